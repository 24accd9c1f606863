"""Repositories that speak OAI-PMH, harvested from a real web server, and read by another client."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.harvest.conftest import Answer, Asked, Harvester, WebServer, portal
from tests.harvest.gdi_faces import simulated

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.crawl.source_outcome import SourceOutcome
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.oai_pmh import oai_pmh_site
from datenernte_harvester.simulator.server import Server
from datenernte_harvester.sources.oai_pmh_answers import Format, list_part, oai_root
from datenernte_harvester.sources.repository_fields import other_type
from datenernte_harvester.spiders.oai_pmh import chosen_format

TITLE, KEY = "Stadt Musterstadt", "09991001"
MADE = datasets("musterstadt", 23, 1)
SICKLE = Path(__file__).parents[2] / ".servers" / "sickle" / "bin" / "python"
EXPIRED = (
    b'<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    b'<error code="badResumptionToken">expired</error></OAI-PMH>'
)


def repository(server: WebServer) -> Callable[[Asked], Answer]:
    site = simulated(oai_pmh_site(TITLE, KEY, MADE))
    server.answer = site
    return site


def test_a_repository_is_harvested_completely_and_unchanged_on_the_second_run(
    server: WebServer, harvest: Harvester
) -> None:
    repository(server)
    probe = portal(server, source_type="oai_pmh", url=f"{server.url}/oai?set={KEY}")

    (first,), (second,) = harvest(probe), harvest(probe)

    assert (first.state, first.reason, first.new, first.failed) == (PortalState.OK, None, 23, 0)
    assert (second.state, second.unchanged, second.changed) == (PortalState.OK, 23, 0)


def test_what_the_repository_lists_as_deleted_is_withdrawn(
    server: WebServer, harvest: Harvester
) -> None:
    repository(server)
    probe = portal(server, source_type="oai_pmh", url=f"{server.url}/oai")
    harvest(probe)
    server.answer = simulated(
        oai_pmh_site(TITLE, KEY, MADE[2:], deleted=[one.id for one in MADE[:2]])
    )

    (second,) = harvest(probe)

    assert (second.state, second.withdrawn, second.unchanged) == (PortalState.OK, 2, 21)


def test_a_list_that_expires_once_is_begun_anew(server: WebServer, harvest: Harvester) -> None:
    whole = repository(server)
    expired = iter([True])

    def answer(asked: Asked) -> Answer:
        is_last = asked.query.get("resumptionToken", "").endswith("20")
        if is_last and next(expired, False):
            return Answer(EXPIRED, content_type="text/xml")
        return whole(asked)

    server.answer = answer
    (run,) = harvest(portal(server, source_type="oai_pmh", url=f"{server.url}/oai"))

    assert (run.state, run.reason, run.new, run.duplicates) == (PortalState.OK, None, 23, 0)


def test_an_empty_repository_deletes_nothing(server: WebServer, harvest: Harvester) -> None:
    repository(server)
    probe = portal(server, source_type="oai_pmh", url=f"{server.url}/oai")
    harvest(probe)
    server.answer = simulated(oai_pmh_site(TITLE, KEY, []))

    (second,) = harvest(probe)

    assert (second.state, second.reason, second.withdrawn) == (PortalState.HELD, "portal-empty", 0)


def test_another_client_reads_the_simulated_repository() -> None:
    if not SICKLE.exists():
        assert "CI" not in os.environ, "sickle is missing; .ci/run calls tests/servers/install.py"
        pytest.skip("sickle is missing: python3 tests/servers/install.py sickle")
    program = (
        "import json, sys; from sickle import Sickle; "
        "s = Sickle(sys.argv[1]); r = s.ListRecords(metadataPrefix='oai_dc'); "
        "print(json.dumps([s.Identify().repositoryName, "
        "[[x.header.identifier, x.deleted, x.metadata.get('title') if not x.deleted else None]"
        " for x in r]]))"
    )
    with Server(oai_pmh_site(TITLE, KEY, MADE, deleted=["weg"])) as server:
        command = [str(SICKLE), "-c", program, f"{server.url}/oai"]
        answer = subprocess.run(command, capture_output=True, timeout=60, check=True)  # noqa: S603
    name, records = json.loads(answer.stdout)

    assert name == TITLE
    assert [title for _, _, title in records[:-1]] == [[one.title] for one in MADE]
    assert records[-1] == ["oai:daten.example:weg", True, None]


DUBLIN_CORE = Format("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/")
DATACITE = Format("oai_datacite", "http://datacite.org/schema/kernel-4")
ISO = Format("iso19139", "http://www.isotc211.org/2005/gmd")
DCAT = Format("dcat_ap", "http://www.w3.org/ns/dcat#")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([DUBLIN_CORE], "oai_dc"),
        ([DUBLIN_CORE, DATACITE], "oai_datacite"),
        ([DATACITE, DUBLIN_CORE, ISO], "iso19139"),
        ([ISO, DUBLIN_CORE, DCAT], "dcat_ap"),
        ([replace(DATACITE, prefix="oai_openaire"), DUBLIN_CORE], "oai_openaire"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_richest_format_is_taken(offered: list[Format], chosen: str) -> None:
    assert chosen_format(offered, None) == chosen
    assert chosen_format(offered, offered[0].prefix) == offered[0].prefix


@pytest.mark.parametrize(
    ("types", "other"),
    [
        (["Dataset"], None),
        (["Text", "Dataset"], None),
        (["info:eu-repo/semantics/article"], "info:eu-repo/semantics/article"),
        (["http://purl.org/dc/dcmitype/StillImage"], "http://purl.org/dc/dcmitype/StillImage"),
        (["Karte"], None),
        ([], None),
    ],
)
def test_what_is_plainly_no_data_is_left_out(types: list[str], other: str | None) -> None:
    assert other_type(types) == other


@given(
    st.binary(max_size=400)
    | st.text(max_size=200).map(lambda words: words.encode("utf-8", "surrogatepass"))
)
@settings(max_examples=150)
def test_no_answer_breaks_the_reading(body: bytes) -> None:
    wrapped = b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">' + body + b"</OAI-PMH>"
    for candidate in (body, wrapped):
        try:
            list_part(oai_root(candidate, None, SourceOutcome(), "https://x.example/"))
        except SourceProtocolError:
            continue
