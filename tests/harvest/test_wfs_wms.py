"""WMS and WFS through real HTTP: the simulator's service, harvested completely and again."""

import json
import subprocess
from collections.abc import Callable, Iterator

import pytest
from tests.harvest.conftest import Answer, Asked, Harvester, WebServer
from tests.harvest.gdi_faces import python_of, simulated

from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.server import Server
from datenernte_harvester.simulator.wfs import wfs_site
from datenernte_harvester.sources.ogc_capabilities import service_of
from datenernte_harvester.sources.ogc_services import capabilities_url, service_kind
from datenernte_harvester.sources.xml_elements import parse_xml

TITLE, KEY = "Stadt Musterstadt", "09991001"
DATASETS = datasets("musterstadt", 12, 1)


@pytest.fixture
def service() -> Iterator[Server]:
    with Server(wfs_site(TITLE, KEY, DATASETS)) as server:
        yield server


def portal(url: str) -> PortalFile:
    return PortalFile(name="geo", title="Geodienste", source_type="wfs_wms", url=url)


def test_a_service_is_harvested_completely_and_unchanged_on_the_second_run(
    service: Server, harvest: Harvester
) -> None:
    ours = portal(f"{service.url}/wfs?service=WFS")
    (first,), (second,) = harvest(ours), harvest(ours)

    assert (first.state, first.reason, first.seen, first.new) == (PortalState.OK, None, 12, 12)
    assert (second.state, second.unchanged) == (PortalState.OK, 12)


def test_a_kind_that_does_not_answer_costs_no_dataset(service: Server, harvest: Harvester) -> None:
    (first,) = harvest(portal(f"{service.url}/wfs?service=WFS"))
    (second,) = harvest(portal(f"{service.url}/wfs"))  # its WMS answers with an error

    assert (first.seen, second.state) == (12, PortalState.FAILED)
    assert (second.withdrawn, second.changed) == (0, 0)


def test_what_is_in_one_list_through_two_services_does_not_depend_on_who_answers_first(
    servers: Callable[[], WebServer], harvest: Harvester
) -> None:
    slow, fast, listed = servers(), servers(), servers()
    for server in (slow, fast):
        server.answer = simulated(wfs_site(TITLE, KEY, DATASETS[:1]))
    names = {"typ": "WFS", "featureType": f"k{KEY}:{DATASETS[0].id}", "version": "2.0.0"}
    same = [{"md_id": "1", "md_name": "Bäume"}]
    entries = [
        {"id": str(number), "url": f"{server.url}/wfs", "datasets": same, **names}
        for number, server in enumerate((slow, fast))
    ]
    listed.answer = lambda _asked: Answer(json.dumps(entries).encode())
    answer = slow.answer

    ours = portal(f"{listed.url}/services.json")
    allow = [listed.place, slow.place, fast.place]
    (first,) = harvest(ours, allow=allow)

    def late(asked: Asked) -> Answer:
        slow.released.wait(0.5)
        return answer(asked)

    slow.answer = late
    (second,) = harvest(ours, allow=allow)

    assert (first.state, first.new) == (PortalState.OK, 1)
    assert (second.state, second.unchanged) == (PortalState.OK, 1)


@pytest.mark.parametrize(
    ("protocol", "url", "kind"),
    [
        ("OGC:WMS", None, "WMS"),
        ("OGC:WMS-1.3.0-http-get-map", None, "WMS"),
        ("http://www.opengis.net/def/serviceType/ogc/wfs", None, "WFS"),
        ("OGC API Features", None, "OGC API Features"),
        ("INSPIRE ATOM", None, "ATOM"),
        ("WWW:LINK", "https://x.example/ows?SERVICE=wms&REQUEST=GetCapabilities", "WMS"),
        ("WWW:DOWNLOAD-1.0-http--download", "https://x.example/wfs-anleitung.pdf", None),
        ("HTTP", "https://x.example/atomkraft.csv", None),
        (None, "https://x.example/?service=etwas", None),
        (None, "http://[", None),
    ],
)
def test_a_service_is_known_by_its_protocol_or_its_parameters(
    protocol: str | None, url: str | None, kind: str | None
) -> None:
    assert service_kind(protocol, url) == kind


def test_parameters_of_a_service_stay_in_its_addresses() -> None:
    url = "https://x.example/ows?map=a%2Fb&REQUEST=GetMap&Service=WMS"

    assert capabilities_url(url, "WFS", "2.0.0") == (
        "https://x.example/ows?map=a%2Fb&service=WFS&request=GetCapabilities&version=2.0.0"
    )


BOXES = {
    "ordinary": ("11.4 48.8", "11.7 49.0", True),
    "of no data": ("180 90", "-180 -90", False),
    "not numbers": ("NaN NaN", "NaN NaN", False),
    "infinite": ("-Infinity -90", "Infinity 90", False),
    "three": ("11.4 48.8", "11.7", False),
    "metres": ("4400000 5300000", "4500000 5400000", False),
}


@pytest.mark.parametrize("name", BOXES)
def test_only_a_box_of_the_earth_is_a_place(name: str) -> None:
    lower, upper, expected = BOXES[name]
    root, _ = parse_xml(
        f"<WFS_Capabilities><FeatureTypeList><FeatureType><Name>a</Name><WGS84BoundingBox>"
        f"<LowerCorner>{lower}</LowerCorner><UpperCorner>{upper}</UpperCorner></WGS84BoundingBox>"
        f"</FeatureType></FeatureTypeList></WFS_Capabilities>".encode()
    )

    (layer,) = service_of(root).layers

    assert (layer.place is not None) == expected


OWSLIB = """
import json, sys
from owslib.wfs import WebFeatureService
wfs = WebFeatureService(sys.argv[1], version="2.0.0", timeout=30)
print(json.dumps({name: [one.title, list(one.boundingBoxWGS84)] for name, one in wfs.contents.items()}))
"""


def test_owslib_reads_the_simulated_service_as_if_it_were_real(service: Server) -> None:
    command = [python_of("owslib"), "-W", "ignore", "-c", OWSLIB, f"{service.url}/wfs"]
    done = subprocess.run(command, capture_output=True, timeout=90, check=False)  # noqa: S603

    assert done.returncode == 0, done.stderr.decode()[-2000:]
    box = [11.4, 48.8, 11.7, 49.0]
    assert json.loads(done.stdout) == {f"k{KEY}:{one.id}": [one.title, box] for one in DATASETS}
