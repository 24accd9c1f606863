"""What changed: the event stream and the Atom feed; and what search engines and crawlers read."""

import json
import re
import warnings
from datetime import datetime, timedelta
from xml.etree import ElementTree

import msgspec
import pyoxigraph
import pytest
import rdflib
from rdflib.compare import isomorphic
from tests.site.conftest import BASE_URL, NOW, Site, record, text

from datenernte_dcat.feeds import ldes
from datenernte_dcat.feeds.changes import Change, Kind
from datenernte_dcat.records import Literal

AS = "https://www.w3.org/ns/activitystreams#"
TREE = rdflib.Namespace("https://w3id.org/tree#")
STREAM = "ldes/index.ttl"
ATOM = "{http://www.w3.org/2005/Atom}"


def events(site: Site) -> dict[str, tuple[str, str]]:
    """Kind and time of the event of every dataset, as a client that follows the stream sees it."""
    root = rdflib.Graph().parse(data=site.read(STREAM), format="turtle")
    found: dict[str, tuple[str, str]] = {}
    for page in set(root.objects(None, TREE.node)):
        path = str(page).removeprefix(f"{BASE_URL}/")
        graph = pyoxigraph.Store()
        graph.bulk_load(site.read(path), pyoxigraph.RdfFormat.TRIG)
        rows = graph.query(
            f"SELECT ?type ?object ?at {{ ?e a ?type; <{AS}object> ?object; <{AS}published> ?at }}"
        )
        assert isinstance(rows, pyoxigraph.QuerySolutions)
        for row in rows:
            assert row["object"].value not in found
            kind = row["type"].value.removeprefix(AS)
            found[row["object"].value] = (kind, row["at"].value)
    return found


def withdraw(site: Site, name: str, at: datetime) -> None:
    run = site.store.begin_run("run", at.date(), at)
    site.store.withdraw("musterstadt", [name], run, at)


def iri(name: str) -> str:
    return f"https://portal.example.org/dataset/{name}"


def test_the_stream_tells_what_came_changed_and_went(site: Site) -> None:
    later = NOW + timedelta(days=1)
    site.harvest([record("a"), record("b"), record("c")])
    site.publish()
    site.harvest([record("b", changed_at=later, title=(text("Neuer Titel"),))])
    withdraw(site, "c", later)
    site.publish()

    assert events(site) == {
        iri("a"): ("Create", "2026-03-01T04:00:00Z"),
        iri("b"): ("Update", "2026-03-02T04:00:00Z"),
        iri("c"): ("Delete", "2026-03-02T04:00:00Z"),
    }


def test_a_removal_stays_in_the_stream_when_the_tombstone_is_gone(site: Site) -> None:
    site.harvest([record("a"), record("b")])
    withdraw(site, "b", NOW)
    site.publish()
    before = site.read("ldes/2026-03-01.trig")
    site.store.purge_withdrawn(NOW + timedelta(days=40))
    site.harvest([record("z", changed_at=NOW + timedelta(days=50))])
    site.publish()

    assert events(site)[iri("b")][0] == "Delete"
    assert site.read("ldes/2026-03-01.trig") == before


def test_a_dataset_that_another_portal_still_has_is_not_removed(site: Site) -> None:
    site.harvest([record("a"), record("x", portal="other", iri=iri("a"))])
    withdraw(site, "a", NOW)
    site.publish()

    assert events(site)[iri("a")][0] == "Create"


def test_an_event_carries_the_description_that_the_feed_has(site: Site) -> None:
    site.harvest([record("a"), record("b", title=(text('Bäume "}" {x} \\ <y>'),))])
    site.publish()
    quads = pyoxigraph.parse(site.read("ldes/2026-03-01.trig"), format=pyoxigraph.RdfFormat.TRIG)
    payload = [quad for quad in quads if isinstance(quad.graph_name, pyoxigraph.NamedNode)]
    dump = rdflib.Graph().parse(data=site.read("catalog-full.nt"), format="nt")
    catalog = rdflib.URIRef(f"{BASE_URL}/catalog")
    publisher = rdflib.URIRef(f"{BASE_URL}/#publisher")
    place = set(dump.objects(catalog, rdflib.URIRef("http://purl.org/dc/terms/spatial")))
    for node in (catalog, publisher, *place):
        dump.remove((node, None, None))
    lines = b"\n".join(f"{quad.triple} .".encode() for quad in payload)

    described = rdflib.Graph().parse(data=lines, format="nt")

    assert len(described) == len(dump) > 20
    assert isomorphic(described, dump)


def test_rdflib_reads_as_many_quads_from_a_page_as_pyoxigraph(site: Site) -> None:
    site.harvest([record(name) for name in "abc"])
    withdraw(site, "b", NOW)
    site.publish()
    body = site.read("ldes/2026-03-01.trig")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        dataset = rdflib.Dataset()
        dataset.parse(data=body, format="trig")
        count = sum(1 for _ in dataset.quads((None, None, None, None)))

    assert count == len(list(pyoxigraph.parse(body, format=pyoxigraph.RdfFormat.TRIG)))


def test_the_stream_says_how_to_be_followed(site: Site) -> None:
    site.harvest([record("a"), record("b", changed_at=NOW + timedelta(days=3))])
    site.publish()
    graph = rdflib.Graph().parse(data=site.read(STREAM), format="turtle")
    stream = rdflib.URIRef(f"{BASE_URL}/{STREAM}#stream")
    terms = rdflib.Namespace("https://w3id.org/ldes#")
    bounds = {
        (str(graph.value(relation, TREE.node)), str(graph.value(relation, TREE.value))[:19])
        for relation in graph.objects(None, TREE.relation)
    }

    assert graph.value(stream, terms.timestampPath) == rdflib.URIRef(f"{AS}published")
    assert graph.value(stream, terms.versionOfPath) == rdflib.URIRef(f"{AS}object")
    assert graph.value(stream, terms.versionDeleteObject) == rdflib.URIRef(f"{AS}Delete")
    assert graph.value(stream, TREE.view) == rdflib.URIRef(f"{BASE_URL}/{STREAM}")
    assert bounds == {
        (f"{BASE_URL}/ldes/2026-03-01.trig", "2026-03-01T00:00:00"),
        (f"{BASE_URL}/ldes/2026-03-01.trig", "2026-03-02T00:00:00"),
        (f"{BASE_URL}/ldes/2026-03-04.trig", "2026-03-04T00:00:00"),
        (f"{BASE_URL}/ldes/2026-03-04.trig", "2026-03-05T00:00:00"),
    }


def test_only_pages_with_a_changed_event_are_written_anew(site: Site) -> None:
    days = [NOW + timedelta(days=number) for number in range(4)]
    site.harvest([record(f"n{number}", changed_at=day) for number, day in enumerate(days)])
    site.publish()
    inodes = {path: (site.output / path).stat().st_ino for path in site.files()}
    changed = days[-1] + timedelta(days=1)
    site.harvest([record("n1", changed_at=changed, title=(text("Anders"),))])
    site.publish()

    for number in (0, 2, 3):
        path = f"ldes/{days[number]:%Y-%m-%d}.trig"
        assert (site.output / path).stat().st_ino == inodes[path], path
    assert f"ldes/{days[1]:%Y-%m-%d}.trig" not in site.files()
    assert events(site)[iri("n1")] == ("Update", f"{changed:%Y-%m-%dT%H:%M:%SZ}")


def test_a_busy_day_is_divided_so_that_one_event_less_moves_no_other() -> None:
    many = [
        Change(kind=Kind.CREATE, id=f"{number * 2654435761 % 16**8:08x}", iri=f"x{number}", at=NOW)
        for number in range(ldes.PAGE_EVENTS + 100)
    ]
    pages = ldes.pages_by_day(many)
    fewer = ldes.pages_by_day(many[1:])
    moved = {path for path in pages if pages[path] != fewer.get(path)}

    assert len(pages) == 16
    assert sum(len(page) for page in pages.values()) == len(many)
    assert max(len(page) for page in pages.values()) <= ldes.PAGE_EVENTS
    assert moved == {f"ldes/2026-03-01-{many[0].id[0]}.trig"}


def test_the_atom_feed_names_the_newest_change_first(site: Site) -> None:
    later = NOW + timedelta(days=1)
    site.harvest([record("a"), record("b", title=(text("Lärm & <b>Licht</b>"),))])
    withdraw(site, "a", later)
    site.publish()
    feed = ElementTree.fromstring(site.read("changes.atom"))  # noqa: S314 - we wrote it
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]

    assert titles == ["Zurückgezogen: Baumkataster a", "Neu: Lärm & <b>Licht</b>"]
    assert feed.findtext(f"{ATOM}updated") == "2026-03-02T04:00:00Z"
    assert len(set(ids)) == 2
    assert f"<{ids[1]}>" in site.text("ldes/2026-03-01.trig")


def test_a_change_elsewhere_leaves_the_atom_feed_alone(site: Site) -> None:
    site.harvest([record("a")])
    site.publish()
    before = (site.output / "changes.atom").stat().st_ino
    site.score({record("a").id: 200})
    site.publish()

    assert (site.output / "changes.atom").stat().st_ino == before


@pytest.mark.parametrize("title", ["\x00\x0b", "]]>", "\u202egnp.exe", "a" * 5000, "\ufffe"])
def test_no_title_breaks_the_atom_feed(site: Site, title: str) -> None:
    site.harvest([record("a", title=(text(title),))])
    site.publish()

    feed = ElementTree.fromstring(site.read("changes.atom"))  # noqa: S314 - we wrote it
    shown = feed.findtext(f"{ATOM}entry/{ATOM}title") or ""
    assert shown.startswith("Neu:")
    assert "\u202e" not in shown


def test_void_names_every_full_document(site: Site) -> None:
    site.harvest([record("a")])
    site.publish()
    graph = rdflib.Graph().parse(data=site.read("void.ttl"), format="turtle")
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    dumps = {str(one).removeprefix(f"{BASE_URL}/") for one in graph.objects(None, void.dataDump)}

    assert dumps == {
        path for path in site.files() if re.fullmatch(r"(eu/)?catalog-full\.\w+\.gz", path)
    }


def block(site: Site, name: str) -> dict[str, object]:
    page = site.text(f"datasets/{record(name).id}/index.html")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found
    decoded: dict[str, object] = json.loads(found[1])
    return decoded


def test_a_page_describes_its_dataset_for_search_engines(site: Site) -> None:
    site.harvest([record("a")])
    site.publish()
    described = block(site, "a")

    assert described["@type"] == "Dataset"
    assert described["@id"] == iri("a")
    assert described["name"] == "Baumkataster a"
    assert len(str(described["description"])) >= 20
    assert described["license"] == ["http://dcat-ap.de/def/licenses/dl-by-de/2.0"]
    assert described["isAccessibleForFree"] is True
    assert described["distribution"] == [
        {
            "@type": "DataDownload",
            "name": "Bäume als CSV",
            "contentUrl": "https://portal.example.org/a.csv",
            "encodingFormat": "CSV",
            "license": "http://dcat-ap.de/def/licenses/dl-by-de/2.0",
            "contentSize": "12345",
        }
    ]


def test_no_value_ends_the_block_for_search_engines(site: Site) -> None:
    evil = "</script><script>alert(1)</script><!--"
    site.harvest([record("a", title=(text(evil),), keyword=(text(evil),))])
    site.publish()

    assert "<script>alert" not in site.text(f"datasets/{record('a').id}/index.html")
    assert block(site, "a")["name"] == evil


def test_a_licence_that_is_not_open_is_not_said_to_be_free(site: Site) -> None:
    closed = msgspec.structs.replace(
        record("a").normalised.distribution[0], license=None, byte_size=Literal(value="x")
    )
    site.harvest([record("a", distribution=(closed,))])
    site.publish()

    assert "isAccessibleForFree" not in block(site, "a")
