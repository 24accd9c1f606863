"""The simulated portals, asked over real HTTP by other people's clients."""

import http.client
import io
import json
import re
import urllib.request
import zipfile
from collections.abc import Iterator
from email.message import Message

import pyoxigraph
import pytest

from datenernte_harvester.simulator.catalogue import MUNICIPALITIES, datasets
from datenernte_harvester.simulator.faults import with_faults
from datenernte_harvester.simulator.files import VICES, body
from datenernte_harvester.simulator.portals import running, simulated_portals
from datenernte_harvester.simulator.server import Server

TIMEOUT_SECONDS = 5


def fetch(
    url: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, Message, bytes]:
    """Status, headers and body; error statuses are answers, redirects are not followed."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, f"/{path}", headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    with running(simulated_portals(1, 6, 100)) as servers:
        yield {name: server.url for name, server in servers.items()}


def faulty(fault: str, kind: str = "beispielau") -> Server:
    """A server of one sound portal with one fault."""
    portal = next(p for p in simulated_portals(1, 6, 100) if p.name == kind)
    return Server(with_faults(portal.site, (fault,)))


def test_equal_seeds_give_equal_datasets_and_others_do_not() -> None:
    assert datasets("musterstadt", 20, 1) == datasets("musterstadt", 20, 1)
    assert datasets("musterstadt", 20, 1) != datasets("musterstadt", 20, 2)


def test_files_have_the_same_bytes_every_time() -> None:
    for dataset in datasets("probstadt", 5, 1):
        for file in dataset.files:
            assert body(file) == body(file)


def test_sheets_carry_no_time_of_saving() -> None:
    sheets = [
        file
        for dataset in datasets("probstadt", 5, 1)
        for file in dataset.files
        if file.format == "XLSX"
    ]
    assert sheets
    with zipfile.ZipFile(io.BytesIO(body(sheets[0]))) as archive:
        found = re.findall(rb"\d{4}-\d\d-\d\dT", archive.read("docProps/core.xml"))
    assert set(found) == {b"2025-01-01T"}


def test_keys_are_in_a_range_that_no_municipality_has() -> None:
    assert all(key.startswith("099") for _, _, key in MUNICIPALITIES)


def test_feed_pages_lead_to_every_dataset(urls: dict[str, str]) -> None:
    url: str | None = f"{urls['beispielau']}/catalog.rdf"
    found: set[str] = set()
    pages = 0
    while url:
        _, _, page = fetch(url)
        pages += 1
        following = None
        for triple in pyoxigraph.parse(page, format=pyoxigraph.RdfFormat.RDF_XML):
            if triple.predicate.value.endswith("hydra/core#nextPage"):
                following = triple.object.value
            if triple.predicate.value.endswith("dcat#dataset"):
                found.add(triple.object.value)
        url = following
    assert (pages, len(found)) == (2, 20)


def test_server_answers_304_to_a_known_etag(urls: dict[str, str]) -> None:
    url = f"{urls['leerhausen']}/catalog.rdf?page=99"
    assert fetch(url)[0] == 404
    url = f"{urls['beispielau']}/catalog.rdf"
    _, headers, _ = fetch(url)
    status, _, content = fetch(url, {"If-None-Match": headers["ETag"]})
    assert (status, content) == (304, b"")


def test_every_vice_gives_a_file() -> None:
    for name, make in VICES.items():
        lines = [["1", "a", "b", "1,0", "01.01.2024", "ja"] for _ in range(20)]
        assert make(lines) or name == "empty"


def test_a_drip_sends_one_byte_at_a_time() -> None:
    with (
        faulty("F10") as server,
        urllib.request.urlopen(  # noqa: S310 - loopback
            f"{server.url}/catalog.rdf", timeout=TIMEOUT_SECONDS
        ) as answer,
    ):
        assert [answer.read1(1000) for _ in range(3)] == [b"<", b"?", b"x"]


def test_a_portal_empties_from_its_second_visit_on() -> None:
    with faulty("F23-later", "musterstadt") as server:
        counts = [
            json.loads(fetch(f"{server.url}/api/3/action/package_search")[2])["result"]["count"]
            for _ in range(3)
        ]
    assert counts == [40, 0, 0]


def test_more_portals_repeat_the_kinds_under_other_names_and_keys() -> None:
    portals = simulated_portals(1, 14, 300)
    assert len({portal.name for portal in portals}) == 14
    assert len({portal.key for portal in portals}) == 14
