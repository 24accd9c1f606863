"""CSW through real HTTP: a catalogue service of the simulator, harvested completely and again."""

import json
import subprocess
from collections.abc import Iterator

import pytest
from tests.harvest.conftest import Harvester
from tests.harvest.gdi_faces import python_of

from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.simulator.catalogue import SimulatedDataset, datasets
from datenernte_harvester.simulator.csw import csw_site, iso_document
from datenernte_harvester.simulator.server import Answer, Request, Server
from datenernte_harvester.sources.iso19139 import read_iso
from datenernte_harvester.sources.iso_rights import Rights, rights_of
from datenernte_harvester.sources.xml_elements import parse_xml

TITLE, KEY = "Stadt Musterstadt", "09991001"
DATASETS = datasets("musterstadt", 23, 1)


@pytest.fixture
def service() -> Iterator[Server]:
    with Server(csw_site(TITLE, KEY, DATASETS)) as server:
        yield server


def portal(server: Server, path: str = "/csw") -> PortalFile:
    return PortalFile(name="csw", title="CSW", source_type="csw", url=f"{server.url}{path}")


def test_a_service_is_harvested_completely_and_unchanged_on_the_second_run(
    service: Server, harvest: Harvester
) -> None:
    (first,), (second,) = harvest(portal(service)), harvest(portal(service))

    assert (first.state, first.reason, first.seen, first.new) == (PortalState.OK, None, 23, 23)
    assert (second.state, second.unchanged) == (PortalState.OK, 23)


def test_no_page_is_asked_twice_although_the_server_gives_fewer_than_asked(
    service: Server, harvest: Harvester
) -> None:
    harvest(portal(service))

    asked = [request.query["startPosition"] for request in service.requests if request.query]
    assert asked == ["1", "11", "21"]


def test_an_announced_record_that_never_comes_makes_the_run_incomplete(
    harvest: Harvester,
) -> None:
    whole = csw_site(TITLE, KEY, DATASETS)

    def one_more(request: Request) -> Answer:
        answer = whole(request)
        body = answer.body.replace(b'Matched="23"', b'Matched="24"')
        return Answer(content_type=answer.content_type, body=body)

    with Server(one_more) as server:
        (run,) = harvest(portal(server))

    assert (run.state, run.seen) == (PortalState.PARTIAL, 23)


def test_parameters_of_the_portal_file_choose_a_part(service: Server, harvest: Harvester) -> None:
    query = "constraint=apiso%3ATitle+like+%27Baum%25%27&constraintLanguage=CQL_TEXT"
    harvest(portal(service, f"/csw?request=GetCapabilities&{query}"))

    pages = [request.query for request in service.requests if request.query]
    assert {page["request"] for page in pages} == {"GetRecords"}
    assert {page["constraint"] for page in pages} == {"apiso:Title like 'Baum%'"}


def iso(constraints: str) -> Rights:
    names = 'xmlns:gco="g" xmlns:gmx="x" xmlns:xlink="http://www.w3.org/1999/xlink"'
    root, _ = parse_xml(f"<a {names}><b>{constraints}</b></a>".encode())
    return rights_of(root.all("b"))


def other(words: str) -> str:
    text = words.replace("&", "&amp;").replace("<", "&lt;")
    return f"<otherConstraints><gco:CharacterString>{text}</gco:CharacterString></otherConstraints>"


JSON_FORMS = {
    "as the rule writes it": '{"id":"dl-by-de/2.0","name":"DL","url":"https://x.example","quelle":"Q"}',
    "with stray blanks": '{ "id" : " dl-by-de/2.0 " ,\n "name" : "DL" , "quelle":" Q " }',
    "with the id of CKAN": '{"id":"dl-de-by-2.0","quelle":"Q"}',
    "with a comma at the end": '{"id":"dl-by-de/2.0","quelle":"Q",}',
    "with typographic marks": "{„id“: „dl-by-de/2.0“, „quelle“: „Q“}",
    "with single marks": "{'id': 'dl-by-de/2.0', 'quelle': 'Q'}",
    "with an unknown id and a known address": (
        '{"id":"by","url":"https://www.govdata.de/dl-de/by-2-0","quelle":"Q"}'
    ),
}


@pytest.mark.parametrize("form", JSON_FORMS)
def test_the_licence_of_the_gdi_rule_is_read_in_every_form_that_was_seen(form: str) -> None:
    rights = iso(other(JSON_FORMS[form]))

    assert rights.license is not None
    label = rights.license.label
    named = rights.license.uri or (label.value if label else "")
    assert named in ("dl-by-de/2.0", "dl-de-by-2.0", "https://www.govdata.de/dl-de/by-2-0")
    assert [text.value for text in rights.attribution] == ["Q"]
    assert rights.rights is None


def test_prose_beside_the_licence_is_kept() -> None:
    rights = iso(other('Bitte beachten: {"id":"cc-by/4.0"} und Belegexemplar senden.'))

    assert rights.license is not None
    assert rights.rights is not None
    assert rights.rights.label is not None
    assert rights.rights.label.value == "Bitte beachten: und Belegexemplar senden."


def test_an_unknown_licence_stays_as_it_was_written() -> None:
    rights = iso(other("Nutzungsbedingungen der Stadt") + other("Nur für Schulen"))

    assert rights.license is not None and rights.license.label is not None
    assert rights.license.label.value == "Nutzungsbedingungen der Stadt"
    assert rights.rights is not None and rights.rights.label is not None
    assert rights.rights.label.value == "Nur für Schulen"


def test_braces_without_a_licence_are_prose() -> None:
    rights = iso(other("Siehe {Anlage 1}"))

    assert rights.license is not None and rights.license.label is not None
    assert rights.license.label.value == "Siehe {Anlage 1}"


def test_what_has_no_place_is_named() -> None:
    document = iso_document(DATASETS[0], TITLE, KEY, "https://x.example").replace(
        "<gmd:abstract>",
        "<gmd:credit><gco:CharacterString>Dank an alle</gco:CharacterString></gmd:credit>"
        "<gmd:abstract>",
    )

    reading = read_iso(parse_xml(document.encode())[0])

    assert reading.unread == ("identificationInfo/credit",)


OWSLIB = """
import json, sys
from owslib.csw import CatalogueServiceWeb
csw = CatalogueServiceWeb(sys.argv[1], timeout=30)
found, position = {}, 1
while position:
    csw.getrecords2(typenames="gmd:MD_Metadata", esn="full", startposition=position, maxrecords=50,
                    outputschema="http://www.isotc211.org/2005/gmd")
    for key, record in csw.records.items():
        found[key] = [record.identification[0].title, record.datestamp]
    position = csw.results["nextrecord"]
csw.getrecordbyid(id=[sys.argv[2]], outputschema="http://www.isotc211.org/2005/gmd")
print(json.dumps({"found": found, "one": list(csw.records)}))
"""


def test_owslib_reads_the_simulated_service_as_if_it_were_real(service: Server) -> None:
    wanted: SimulatedDataset = DATASETS[0]
    command = [python_of("owslib"), "-W", "ignore", "-c", OWSLIB, f"{service.url}/csw", wanted.id]
    done = subprocess.run(command, capture_output=True, timeout=90, check=False)  # noqa: S603

    assert done.returncode == 0, done.stderr.decode()[-2000:]
    read = json.loads(done.stdout)
    assert read["found"] == {one.id: [one.title, one.modified] for one in DATASETS}
    assert read["one"] == [wanted.id]
