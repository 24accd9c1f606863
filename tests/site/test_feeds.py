"""The feeds of a published site, as their readers see them."""

import gzip
import hashlib
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
import rdflib
from pyoxigraph import RdfFormat, Triple, parse
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF
from tests.site.conftest import BASE_URL, NOW, Site, record, text

from datenernte_dcat.feeds.documents import FORMATS
from datenernte_dcat.feeds.paging import PAGE_SIZE
from datenernte_dcat.graph.description import node_key
from datenernte_dcat.graph.serialisation import Format
from datenernte_dcat.records import Literal, Reference
from datenernte_dcat.store.store import Store

HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
OXIGRAPH = {
    "rdf": RdfFormat.RDF_XML,
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "nt": RdfFormat.N_TRIPLES,
}
RDFLIB = {"rdf": "xml", "ttl": "turtle", "jsonld": "json-ld", "nt": "nt"}


def names(count: int) -> list[str]:
    return [f"n{number:03}" for number in range(count)]


def triples(site: Site, path: str) -> list[Triple]:
    form = path.rpartition(".")[2]
    return [quad.triple for quad in parse(site.read(path), format=OXIGRAPH[form])]


def graph(site: Site, path: str) -> rdflib.Graph:
    found = rdflib.Graph()
    with warnings.catch_warnings():
        # rdflib's own JSON-LD parser still uses what rdflib has deprecated
        warnings.simplefilter("ignore", DeprecationWarning)
        found.parse(data=site.read(path), format=RDFLIB[path.rpartition(".")[2]])
    return found


def without_paging(found: rdflib.Graph) -> rdflib.Graph:
    for node in list(found.subjects(RDF.type, HYDRA.PagedCollection)):
        found.remove((node, None, None))
    return found


def datasets(site: Site, path: str) -> set[str]:
    return {
        node_key(triple.subject)
        for triple in triples(site, path)
        if str(triple.object) == f"<{DCAT.Dataset}>"
    }


def feed_pages(site: Site, path: str, form: Format) -> list[str]:
    """Paths of all pages, found by following hydra:next from the first."""
    paths = [f"{path}.{form}"]
    while True:
        found = graph(site, paths[-1])
        (node,) = found.subjects(RDF.type, HYDRA.PagedCollection)
        following = list(found.objects(node, HYDRA.next))
        assert following == list(found.objects(node, HYDRA.nextPage))
        if not following:
            return paths
        paths.append(str(following[0]).removeprefix(f"{BASE_URL}/"))


def fill(site: Site) -> Site:
    """237 datasets in two municipalities."""
    site.harvest(
        [
            record(name, municipality="09162000" if number < 130 else "09162001")
            for number, name in enumerate(names(237))
        ]
    )
    site.publish()
    return site


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Published once for all tests that only read."""
    folder = tmp_path_factory.mktemp("big")
    with Store(f"sqlite:///{folder / 'datenernte.db'}") as store:
        yield fill(Site(store, folder / "site"))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("path", ["catalog", "eu/catalog", "municipalities/09162000/catalog"])
def test_following_next_meets_every_dataset_once(big: Site, path: str, form: Format) -> None:
    pages = feed_pages(big, path, form)
    found = [datasets(big, page) for page in pages]
    expected = 130 if path.startswith("municipalities") else 237
    assert sum(map(len, found)) == len(set().union(*found)) == expected
    assert [len(page) for page in found[:-1]] == [PAGE_SIZE] * (len(pages) - 1)
    assert all(page.endswith(f".{form}") for page in pages)


def test_the_paging_node_is_the_file_itself_and_counts_all_datasets(big: Site) -> None:
    found = graph(big, "catalog/page-2.ttl")
    (node,) = found.subjects(RDF.type, HYDRA.PagedCollection)
    assert str(node) == f"{BASE_URL}/catalog/page-2.ttl"
    values = {
        str(prop).removeprefix(str(HYDRA)): value.toPython()
        for prop, value in found.predicate_objects(node)
        if prop != RDF.type and isinstance(value, rdflib.Literal)
    }
    assert values == {"totalItems": 237, "itemsPerPage": 100}
    links = {
        str(prop).removeprefix(str(HYDRA)): str(value).removeprefix(f"{BASE_URL}/")
        for prop, value in found.predicate_objects(node)
        if prop != RDF.type and isinstance(value, rdflib.URIRef)
    }
    assert links == {
        "first": "catalog.ttl",
        "firstPage": "catalog.ttl",
        "previous": "catalog.ttl",
        "previousPage": "catalog.ttl",
        "next": "catalog/page-3.ttl",
        "nextPage": "catalog/page-3.ttl",
        "last": "catalog/page-3.ttl",
        "lastPage": "catalog/page-3.ttl",
    }


@pytest.mark.parametrize("path", ["catalog/page-3", "eu/catalog/page-3"])
def test_all_serialisations_say_the_same_apart_from_paging(big: Site, path: str) -> None:
    graphs = [without_paging(graph(big, f"{path}.{form}")) for form in FORMATS]
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])


def test_full_documents_hold_the_same_triples_in_all_serialisations(big: Site) -> None:
    for path in ("catalog-full", "eu/catalog-full"):
        assert len({frozenset(triples(big, f"{path}.{form}")) for form in FORMATS}) == 1


@pytest.mark.parametrize("form", FORMATS)
def test_the_full_document_holds_every_dataset_and_no_paging(big: Site, form: Format) -> None:
    for path in (f"catalog-full.{form}", f"eu/catalog-full.{form}"):
        assert len(datasets(big, path)) == 237
        assert not any("hydra" in triple.predicate.value for triple in triples(big, path))
        catalog = {
            node_key(triple.subject)
            for triple in triples(big, path)
            if triple.predicate.value == str(DCAT.dataset)
        }
        assert catalog == {f"{BASE_URL}/{path.rpartition('-full')[0]}"}


@pytest.mark.parametrize("form", FORMATS)
def test_the_packed_document_has_one_member_per_page_and_no_time(big: Site, form: Format) -> None:
    packed = big.read(f"catalog-full.{form}.gz")
    assert gzip.decompress(packed) == big.read(f"catalog-full.{form}")
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
    assert packed.startswith(header)
    assert packed.count(header) == 3


@pytest.mark.parametrize("name", ["catalog-full.ttl", "catalog-full.ttl.gz", "eu/catalog-full.rdf"])
def test_checksums_stand_beside_the_full_documents(big: Site, name: str) -> None:
    line = big.text(f"{name}.sha256")
    assert line == f"{hashlib.sha256(big.read(name)).hexdigest()}  {name.rpartition('/')[2]}\n"


def test_a_page_describes_everything_that_its_datasets_point_to(big: Site) -> None:
    for page in feed_pages(big, "catalog", "ttl"):
        found = triples(big, page)
        subjects = {str(triple.subject) for triple in found}
        blank = {str(triple.object) for triple in found if str(triple.object).startswith("_:")}
        assert blank <= subjects
        files = {
            str(triple.object)
            for triple in found
            if triple.predicate.value == str(DCAT.distribution)
        }
        assert files <= subjects


def test_the_catalogue_states_what_the_profile_asks_for(big: Site) -> None:
    found = graph(big, "catalog.ttl")
    catalog = rdflib.URIRef(f"{BASE_URL}/catalog")
    assert (catalog, RDF.type, DCAT.Catalog) in found
    assert found.value(catalog, DCTERMS.title) == rdflib.Literal(
        "Offene Daten Musterland", lang="de"
    )
    for prop in (
        DCTERMS.description,
        DCTERMS.publisher,
        DCTERMS.language,
        DCTERMS.license,
        DCTERMS.issued,
        DCTERMS.modified,
        DCAT.themeTaxonomy,
        rdflib.FOAF.homepage,
    ):
        assert len(list(found.objects(catalog, prop))) == 1, prop


def test_each_dataset_has_one_identifier_in_the_feed(site: Site) -> None:
    several = (Literal(value="z"), Literal(value="b"))
    site.harvest([record("a", identifier=several), record("b", identifier=())])
    site.publish()
    found = graph(site, "catalog.ttl")
    for node in found.subjects(RDF.type, DCAT.Dataset):
        assert len(list(found.objects(node, DCTERMS.identifier))) == 1


def test_no_dataset_of_a_feed_lacks_a_title(site: Site) -> None:
    site.harvest([record("a", title=()), record("b", title=(text("  "),))])
    site.publish()
    found = graph(site, "catalog.ttl")
    titles = {
        str(found.value(node, DCTERMS.title)) for node in found.subjects(RDF.type, DCAT.Dataset)
    }
    assert titles == {"Ohne Titel (id-a)", "Ohne Titel (id-b)"}


def test_eu_feed_has_the_same_datasets_under_its_own_catalogue(big: Site) -> None:
    assert datasets(big, "eu/catalog.ttl") == datasets(big, "catalog.ttl")
    licences = {
        str(triple.object)
        for triple in triples(big, "eu/catalog.nt")
        if triple.predicate.value == str(DCTERMS.license)
    }
    assert licences == {
        "<http://publications.europa.eu/resource/authority/licence/DLDE_BY_2_0>",
        "<http://publications.europa.eu/resource/authority/licence/CC0>",
    }


def test_a_link_to_a_dataset_goes_when_that_dataset_is_published(site: Site) -> None:
    other = Reference(uri="https://portal.example.org/dataset/b")
    site.harvest([record("a", relation=(other,))])
    site.publish()
    assert str(DCTERMS.relation) in site.text("catalog.nt")
    site.harvest([record("b")])
    site.publish()
    assert str(DCTERMS.relation) not in site.text("catalog.nt")
    assert str(DCTERMS.relation) not in site.text("catalog-full.nt")
    site.store.withdraw("musterstadt", ["b"], site.store.begin_run("run", NOW.date(), NOW), NOW)
    site.publish()
    assert str(DCTERMS.relation) in site.text("catalog.nt")


def test_catalogue_time_follows_content_and_never_goes_back(site: Site) -> None:
    later = NOW + timedelta(days=3)
    site.harvest([record("a"), record("b", changed_at=later)])
    site.publish()
    assert "2026-03-04T04:00:00Z" in site.text("catalog-full.ttl")
    run = site.store.begin_run("run", NOW.date(), NOW)
    site.store.withdraw("musterstadt", ["b"], run, NOW)
    site.publish()
    assert "2026-03-04T04:00:00Z" in site.text("catalog-full.ttl")


def test_a_page_says_when_something_on_it_last_changed(site: Site) -> None:
    big = fill(site)
    before = {form: big.read(f"catalog.{form}") for form in FORMATS}
    changed = record(
        names(237)[150],
        municipality="09162001",
        changed_at=NOW + timedelta(days=9),
        title=(text("neu"),),
    )
    big.harvest([changed])
    big.publish()
    assert {form: big.read(f"catalog.{form}") for form in FORMATS} == before
    assert "2026-03-10T04:00:00Z" in big.text("catalog/page-2.ttl")
    assert "2026-03-10T04:00:00Z" in big.text("catalog-full.ttl")


def test_a_shared_dataset_keeps_the_iri_it_was_first_published_under(site: Site) -> None:
    """A second portal takes over; its own IRI would have been another one."""
    from datenernte_dcat.identity import Candidate, Duplicate

    first, second = record("a"), record("a", portal="zweit", iri=f"{BASE_URL}/datasets/zweit")
    site.harvest([first, second])
    pair = [
        Candidate(id=one.id, portal=one.portal, source_iri=first.iri, iri=one.iri)
        for one in (first, second)
    ]
    for winner, loser in ((pair[0], pair[1]), (pair[1], pair[0])):
        site.store.replace_duplicates(
            [Duplicate(source_iri=first.iri, iri=first.iri, winner=winner, losers=(loser,))]
        )
        site.publish()
        assert datasets(site, "catalog.ttl") == {first.iri}
        assert (site.output / f"datasets/{winner.id}.ttl").exists()
        assert winner.id in site.text(f"datasets/{loser.id}/index.html")
        assert not (site.output / f"datasets/{loser.id}.ttl").exists()


@pytest.mark.parametrize(
    "iri", ["https://x.example.org/\u200bä", "https://x.example.org/\ue000", "kein iri", "a b"]
)
def test_an_odd_iri_stops_nothing_and_is_the_same_everywhere(site: Site, iri: str) -> None:
    site.harvest([record("a", iri=iri), record("b")])
    site.publish()
    (odd,) = datasets(site, "catalog.ttl") - {"https://portal.example.org/dataset/b"}
    linked = {
        str(triple.object)
        for triple in triples(site, "catalog-full.nt")
        if triple.predicate.value == str(DCAT.dataset)
    }
    assert f"<{odd}>" in linked
    assert odd in datasets(site, f"datasets/{record('a').id}.ttl")


def test_an_empty_catalogue_is_still_valid(site: Site) -> None:
    site.harvest([])
    site.publish()
    for form in FORMATS:
        assert datasets(site, f"catalog.{form}") == set()
        assert len(triples(site, f"catalog-full.{form}")) > 5


@pytest.mark.skipif(shutil.which("rapper") is None, reason="rapper is not installed")
@pytest.mark.parametrize(
    ("form", "syntax"), [("rdf", "rdfxml"), ("ttl", "turtle"), ("nt", "ntriples")]
)
def test_rapper_reads_as_many_triples(big: Site, form: str, syntax: str) -> None:
    for name in ("catalog", "catalog/page-2", "catalog-full", "eu/catalog"):
        path = f"{name}.{form}"
        command = ["rapper", "-c", "-i", syntax, str(big.output / path)]
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert f"returned {len(triples(big, path))} triples" in done.stderr


def test_records_are_not_changed_by_publishing(site: Site) -> None:
    stored = record("a")
    site.harvest([stored])
    site.publish()
    found = site.store.record(stored.id)
    assert found is not None
    assert msgspec.structs.replace(found, first_seen=NOW) == stored
