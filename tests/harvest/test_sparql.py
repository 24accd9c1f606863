"""SPARQL endpoints, harvested from a real server and from one that cuts off without a word."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harvest.conftest import Harvester, WebServer
from tests.harvest.gdi_faces import simulated

from datenernte_dcat.graph import Description, parse_rdf
from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.sparql import sparql_site
from datenernte_harvester.sources.sparql_queries import (
    description_query,
    is_too_deep,
    levels,
    list_query,
    members_of,
    rows_in,
    rows_query,
)
from datenernte_harvester.spiders.sparql import IRIS_LENGTH_MAX, batches, refusal

SERVERS = Path(__file__).parents[2] / ".servers"
START_SECONDS = 30
HOME = "https://daten.lindenau.example/id"
PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def catalogue(number: int) -> str:
    """Datasets with all that belongs to a description: IRIs of its own, and blank nodes in others."""
    parts = [PREFIXES, f'<{HOME}/stadt> a foaf:Organization ; foaf:name "Stadt Lindenau"@de .']
    for n in range(number):
        name = f"{HOME}/{n:03}"
        parts.append(
            f"<{HOME}/katalog> dcat:dataset <{name}> . <{name}> a dcat:Dataset ; "
            f'dct:title "Datensatz {n}"@de ; dct:publisher <{HOME}/stadt> ; '
            f"dct:isPartOf <{HOME}/katalog> ; dcat:contactPoint [ a vcard:Organization ; "
            'vcard:fn "Amt" ; vcard:hasAddress [ a vcard:Address ; vcard:locality "Lindenau" ] ] ; '
            'dct:provenance [ a dct:ProvenanceStatement ; rdfs:label "Erhoben"@de ] ; '
            f"dcat:distribution <{name}/csv>, [ a dcat:Distribution ; dcat:accessURL <{name}.xlsx> ; "
            "dcat:accessService [ a dcat:DataService ; "
            'dct:publisher [ a foaf:Agent ; foaf:name "IT" ] ] ] . '
            f"<{name}/csv> a dcat:Distribution ; dcat:accessURL <{name}.csv> ."
        )
    return "\n".join(parts)


@pytest.fixture
def oxigraph() -> Iterator[str]:
    """A real endpoint, filled by its own store protocol; its base URL."""
    program = SERVERS / "oxigraph" / "bin" / "oxigraph"
    if not program.exists():
        assert "CI" not in os.environ, "oxigraph is missing; .ci/run calls tests/servers/install.py"
        pytest.skip("oxigraph is missing: python3 tests/servers/install.py oxigraph")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(  # noqa: S603
        [str(program), "serve", "--bind", place],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(place)
        yield f"http://{place}"
    finally:
        process.terminate()
        process.wait(20)


def wait_for(place: str) -> None:
    host, _, port = place.partition(":")
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port)), 1).close()
            return
        except OSError:
            assert time.monotonic() < end, "oxigraph did not start"
            time.sleep(0.05)


def put(base: str, turtle: str, graph: str = "default") -> None:
    request = Request(  # noqa: S310 - loopback
        f"{base}/store?{graph}",
        data=turtle.encode(),
        headers={"Content-Type": "text/turtle"},
        method="PUT",
    )
    try:
        urlopen(request, timeout=20).close()  # noqa: S310
    except URLError as error:
        raise AssertionError("the store refuses the catalogue") from error


def test_a_real_server_is_harvested_completely_and_unchanged_on_the_second_run(
    oxigraph: str, harvest: Harvester
) -> None:
    put(oxigraph, catalogue(45))
    portal = PortalFile(name="real", title="Real", source_type="sparql", url=f"{oxigraph}/query")

    (first,) = harvest(portal)
    (second,) = harvest(portal)
    put(oxigraph, catalogue(44).replace('"Datensatz 3"', '"Datensatz drei"'))
    (third,) = harvest(portal)

    assert (first.state, first.reason, first.new, first.failed) == (PortalState.OK, None, 45, 0)
    assert (second.state, second.unchanged, second.changed) == (PortalState.OK, 45, 0)
    assert (third.state, third.changed, third.withdrawn) == (PortalState.OK, 1, 1)
    with harvest.store() as store:
        record = next(one for one in store.records() if one.source_identifier == f"{HOME}/007")
    (contact,) = record.as_published.contact_point
    service = next(one for one in record.as_published.distribution if one.uri is None)
    assert record.as_published.publisher is not None
    assert [name.value for name in record.as_published.publisher.name] == ["Stadt Lindenau"]
    assert contact.uri is not None
    assert any("Lindenau" in line for line in record.kept_as_published), "the address is lost"
    assert service.access_service[0].publisher is not None


def test_one_catalogue_of_a_real_server(oxigraph: str, harvest: Harvester) -> None:
    other = f"{PREFIXES} <{HOME}/anderes> a dcat:Dataset ."
    put(oxigraph, catalogue(3) + other.replace(PREFIXES, ""))
    url = f"{oxigraph}/query?catalog={HOME}/katalog"

    (run,) = harvest(PortalFile(name="real", title="Real", source_type="sparql", url=url))

    assert (run.state, run.new) == (PortalState.OK, 3)


def test_one_graph_of_a_real_server(oxigraph: str, harvest: Harvester) -> None:
    put(oxigraph, catalogue(2), f"graph={HOME}/graph")
    url = f"{oxigraph}/query"
    named = f"{url}?default-graph-uri={HOME}/graph"

    whole, one = harvest(
        PortalFile(name="whole", title="W", source_type="sparql", url=url),
        PortalFile(name="one", title="O", source_type="sparql", url=named),
    )

    assert (whole.state, whole.reason) == (PortalState.HELD, "portal-empty")
    assert (one.state, one.new) == (PortalState.OK, 2)


def test_a_server_that_cuts_off_loses_nothing(server: WebServer, harvest: Harvester) -> None:
    made = datasets("musterstadt", 30, 1)
    server.answer = simulated(sparql_site("Stadt Musterstadt", "09991001", made, rows_max=60))
    portal = PortalFile(name="cut", title="C", source_type="sparql", url=f"{server.url}/sparql")

    (first,), (second,) = harvest(portal), harvest(portal)

    assert (first.state, first.reason, first.new, first.failed) == (PortalState.OK, None, 30, 0)
    assert (second.state, second.unchanged) == (PortalState.OK, 30)


def test_a_description_longer_than_the_limit_fails_alone(
    server: WebServer, harvest: Harvester
) -> None:
    made = datasets("musterstadt", 2, 1)
    server.answer = simulated(sparql_site("Stadt Musterstadt", "09991001", made, rows_max=5))
    portal = PortalFile(name="cut", title="C", source_type="sparql", url=f"{server.url}/sparql")

    (run,) = harvest(portal)

    assert (run.state, run.new, run.failed) == (PortalState.OK, 0, 2)


def test_the_limit_asks_for_no_more_than_it_needs(server: WebServer, harvest: Harvester) -> None:
    made = datasets("musterstadt", 30, 1)
    server.answer = simulated(sparql_site("Stadt Musterstadt", "09991001", made))
    portal = PortalFile(name="few", title="F", source_type="sparql", url=f"{server.url}/sparql")

    (run,) = harvest(portal, limit=5)

    assert (run.state, run.new) == (PortalState.OK, 5)


def test_the_levels_follow_the_mapping() -> None:
    first, second = levels()[:2]

    assert "http://www.w3.org/ns/dcat#distribution" in first
    assert "http://www.w3.org/ns/dcat#accessService" in second
    assert levels()[-1] == ()
    assert not any(name in first for name in ("http://purl.org/dc/terms/isPartOf",))


def test_rows_are_counted_as_the_endpoint_counts_them() -> None:
    from pyoxigraph import QuerySolutions, RdfFormat, Store

    store = Store()
    store.load(catalogue(4).encode(), format=RdfFormat.TURTLE)
    names = [f"{HOME}/{n:03}" for n in range(4)]
    found = store.query(rows_query(names))
    assert isinstance(found, QuerySolutions)
    (counted,) = [int(row["n"].value) for row in found]
    described = store.query(description_query(names))
    index = Description(described)  # type: ignore[arg-type]

    assert rows_in(index, names) == counted
    assert not any(is_too_deep(index, name) for name in names)


def test_blank_nodes_deeper_than_the_questions_are_noticed() -> None:
    chain = "".join("[ <http://x.example/p> " for _ in range(len(levels()) + 1))
    turtle = f"<{HOME}/1> <http://x.example/p> {chain} 1 {'] ' * (len(levels()) + 1)} ."
    index = Description(parse_rdf(turtle.encode(), "text/turtle", HOME))

    assert is_too_deep(index, f"{HOME}/1")


@given(st.text(max_size=30))
def test_no_name_breaks_out_of_its_string(last: str) -> None:
    from pyoxigraph import Store

    if any(0xD800 <= ord(character) <= 0xDFFF for character in last):
        return

    Store().query(list_query(members_of(None), last, 10))


def test_a_question_stays_within_what_servers_accept() -> None:
    parts = list(batches([f"{HOME}/{'ä' * 40}/{n}" for n in range(200)]))

    assert sum(map(len, parts)) == 200
    assert all(len("".join(part)) < IRIS_LENGTH_MAX for part in parts)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message": "kaputt"}', "kaputt"),
        (b"error at 1:6: expected [_]", "error at 1:6: expected [_]"),
        (b"<html><body>500</body></html>", ""),
        (b"", ""),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_endpoint(body: bytes, words: str) -> None:
    assert refusal(body) == words
