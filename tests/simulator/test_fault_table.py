"""The table of faults: every row can be shown, is told apart and has words for its name."""

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.texts import texts
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.certificates import KINDS, server_context
from datenernte_harvester.simulator.faces import FACES, CatalogueSite
from datenernte_harvester.simulator.faults import FAULTS, Fault, with_faults
from datenernte_harvester.simulator.portals import DEFAULT_FAULT_PORTAL, simulated_portals
from datenernte_harvester.simulator.server import Answer, Request, Server
from datenernte_harvester.simulator.visits import is_catalogue, is_first_page

ROWS = {"F01", "F02", "F04", "F05", "F06", "F07", "F08", "F09", "F10", "F11", "F12", "F13"} | {
    *("F14", "F15", "F16", "F19", "F20", "F23", "F24", "F25", "F26", "F31", "F32", "F34")
}
"""Rows of the fault catalogue that a portal can show."""
PAGES = {
    "ckan": ["/api/3/action/package_search?start=0", "/api/3/action/package_search?start=4"],
    "dcat_rdf": ["/catalog.rdf", "/catalog.rdf?page=2"],
    "csw": [
        f"/csw?request=GetRecords&resultType=results&maxRecords=4&startPosition={start}"
        for start in (1, 5)
    ],
}
SLOW = {"F10", "F10-silent"}
"""Shown by tests of their own."""
TIMEOUT_SECONDS = 2.0
READ_BYTES = 100_000


def site(source_type: str) -> CatalogueSite:
    made = sorted(datasets("musterstadt", 12, 1), key=lambda dataset: dataset.id)
    return FACES[source_type].site("Stadt Musterstadt", "09991001", made, 4)


@contextmanager
def served(source_type: str, fault: Fault | None) -> Iterator[Server]:
    shown = with_faults(site(source_type), (fault.id,)) if fault else site(source_type)
    with Server(shown) as server:
        yield server


def observed(server: Server, source_type: str) -> list[object]:
    """What a client gets: three pages, twice, robots.txt, a file; without the port."""
    file = next(file for dataset in site(source_type).datasets for file in dataset.files).name
    first, second = PAGES[source_type]
    third = {"ckan": "start=8", "dcat_rdf": "page=3", "csw": "startPosition=9"}[source_type]
    asked = [("GET", first), ("GET", second), ("GET", re.sub(r"\w+=\d+$", third, second))]
    asked += [("GET", first), ("GET", "/robots.txt"), ("HEAD", f"/dateien/{file}")]
    asked += [("GET", f"/dateien/{file}")]
    return [_answer(server, method, path) for method, path in asked]


def _answer(server: Server, method: str, path: str) -> object:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read(READ_BYTES).replace(str(server.port).encode(), b"PORT")
        unlike = ("Date", "ETag", "Server", "Content-Length")
        heads = [(name, value) for name, value in answer.getheaders() if name not in unlike]
        return answer.status, heads, body, answer.length if answer.length else 0
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS.values() if not fault.certificate and fault.id not in SLOW],
    ids=lambda fault: fault.id,
)
def test_every_fault_changes_what_a_client_gets(fault: Fault) -> None:
    source_type = next(name for name in ("dcat_rdf", "ckan", "csw") if fault.concerns(name))
    with served(source_type, None) as plain, served(source_type, fault) as spoiled:
        assert observed(plain, source_type) != observed(spoiled, source_type)


@pytest.mark.parametrize("kind", KINDS)
def test_every_certificate_makes_an_https_server(kind: str) -> None:
    import ssl

    with Server(site("ckan"), tls=server_context(kind)) as server:
        trusting = ssl._create_unverified_context()  # noqa: S323 - the certificate is the fault
        connection = http.client.HTTPSConnection(
            "127.0.0.1", server.port, timeout=5, context=trusting
        )
        connection.request("GET", "/api/3/action/status_show")
        answer = connection.getresponse()
        answer.read()
        answer.close()
        connection.close()
        assert (answer.status, server.url[:8]) == (200, "https://")


def test_a_silent_server_takes_the_question_and_says_nothing() -> None:
    with served("ckan", FAULTS["F10-silent"]) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.3)
        connection.request("GET", PAGES["ckan"][0])
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()
        assert len(server.requests) == 1


def test_every_row_that_a_portal_can_show_is_there() -> None:
    assert {fault[:3] for fault in FAULTS} == ROWS


@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.id)
def test_a_fault_says_what_must_come_of_it(fault: Fault) -> None:
    assert re.fullmatch(r"F\d\d(-[a-z0-9-]+)?", fault.id)
    assert set(fault.states) <= {"ok", "partial", "held", "failed"}
    assert fault.states
    assert set(fault.codes) <= set(texts()), "a name that nobody can look up"
    assert fault.codes or "ok" in fault.states
    assert any(fault.concerns(source_type) for source_type in FACES)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_demo_can_show_every_fault(fault: str) -> None:
    from datenernte_harvester.demo import parse_faults

    portals = simulated_portals(1, 6, 20)
    if not any(portal.can_show(FAULTS[fault]) for portal in portals):
        assert FAULTS[fault].source_types == ("csw",)  # no portal of the demo speaks it
        with pytest.raises(ConfigError):
            parse_faults([fault], portals)
        return
    [(shown, name)] = parse_faults([fault], portals)
    portal = next(portal for portal in portals if portal.name == name)
    assert shown == fault
    if any(p.can_show(FAULTS[fault]) for p in portals if p.name == DEFAULT_FAULT_PORTAL):
        assert name == DEFAULT_FAULT_PORTAL
    spoiled = simulated_portals(1, 6, 20, [(fault, name)])
    assert [p.certificate for p in spoiled if p.name == portal.name] == [FAULTS[fault].certificate]


def request(path: str, body: bytes = b"", **query: str) -> Request:
    return Request(
        method="POST" if body else "GET", path=path, query=query, headers={}, base="", body=body
    )


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        (request("/x", start="0"), True),
        (request("/x", start="10"), False),
        (request("/x", page="1"), True),
        (request("/x", page="2"), False),
        (request("/csw", startPosition="1"), True),
        (request("/csw", STARTPOSITION="11"), False),
        (request("/csw", b'<csw:GetRecords startPosition="1"/>'), True),
        (request("/csw", b'<csw:GetRecords startPosition="11"/>'), False),
        (request("/items", offset="0"), True),
        (request("/items", startindex="10"), False),
        (request("/oai", verb="ListRecords"), True),
        (request("/oai", verb="ListRecords", resumptionToken="abc"), False),
        (request("/sparql", query="SELECT ?s WHERE {} LIMIT 10"), True),
        (request("/sparql", query="SELECT ?s WHERE {} LIMIT 10 OFFSET 10"), False),
    ],
)
def test_the_first_page_is_known_in_every_protocol(asked: Request, first: bool) -> None:
    assert is_first_page(asked) is first


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/catalog.rdf", True),
        ("/dateien/a.csv", False),
        ("/dateien/", True),
        ("/robots.txt", False),
    ],
)
def test_files_and_robots_txt_are_no_catalogue(path: str, expected: bool) -> None:
    assert is_catalogue(request(path)) is expected


def test_faults_of_the_content_may_be_combined() -> None:
    shown = with_faults(site("ckan"), ("F31", "F25-churn", "F23-40"))
    asked = request("/api/3/action/package_search", start="0", rows="10")

    assert shown(asked).status == 429
    answer: Answer = shown(asked)
    assert b'"count": 5' in answer.body


def test_a_fault_of_the_content_needs_a_catalogue() -> None:
    with pytest.raises(TypeError):
        with_faults(lambda asked: Answer(), ("F23",))
