"""What trips the readers of a feed: GovData's importer and the one of data.europa.eu.

Both take a page by itself, follow everything that a dataset leads to, and delete what they no
longer find. Rules that other tests hold: paging (`test_feeds.py`), titles, identifiers, licences
and stub datasets (`test_publication.py`), sizes (`test_paging.py`), IRIs (`test_identity.py`).

Source: https://github.com/GovDataOfficial/ckanext-dcatde, https://github.com/ckan/ckanext-dcat
"""

from datetime import timedelta

import msgspec
import pytest
from pyoxigraph import BlankNode, NamedNode, RdfFormat, parse
from tests.site.conftest import BASE_URL, NOW, Site, dataset, finding, record, text

from datenernte_dcat.graph.description import Description, node_key
from datenernte_dcat.records import (
    Agent,
    DataService,
    Dataset,
    DatasetSeries,
    Reference,
    Relationship,
)
from datenernte_dcat.terms import DCAT, DCT, HYDRA, RDF

PORTAL = "https://portal.example.org"
PAGES = ("catalog.nt", "eu/catalog.nt", "municipalities/09162000/catalog.nt", "catalog-full.nt")
PAGE_MAX = 50 * 1024 * 1024


def iri(name: str) -> Reference:
    return Reference(uri=f"{PORTAL}/dataset/{name}")


def entangled(name: str, *others: str) -> Dataset:
    """A dataset that leads to others in every way that DCAT knows."""
    links = tuple(iri(other) for other in others)
    service = DataService(uri=f"{PORTAL}/wfs", title=(text("WFS"),), serves_dataset=links)
    base = dataset(name)
    distribution = msgspec.structs.replace(base.distribution[0], access_service=(service,))
    return msgspec.structs.replace(
        base,
        publisher=Agent(uri=f"{PORTAL}/stadt", name=(text("Stadt"),)),
        distribution=(distribution,),
        relation=links,
        source=links,
        has_version=links,
        references=links,
        is_referenced_by=links,
        in_series=(DatasetSeries(uri=f"{PORTAL}/reihe", title=(text("Reihe"),)),),
        qualified_relation=(Relationship(relation=links),),
    )


@pytest.fixture
def tangle(site: Site) -> Site:
    """Three datasets that lead to each other and to the catalogue, and share a publisher."""
    names = ["a", "b", "c"]
    kept = (f"<{PORTAL}/reihe> <{DCAT}seriesMember> <{PORTAL}/dataset/b> .",)
    site.harvest(
        [
            record(
                name,
                of=entangled(name, *[other for other in names if other != name]),
                kept=(
                    *kept,
                    f"<{PORTAL}/dataset/{name}> <{DCT}isPartOf> <{BASE_URL}/catalog> .",
                ),
            )
            for name in names
        ]
    )
    site.publish()
    return site


def index_of(site: Site, path: str) -> Description:
    return Description(quad.triple for quad in parse(site.read(path), format=RdfFormat.N_TRIPLES))


def closure(index: Description, start: str) -> set[str]:
    """Everything that GovData takes for a part of the dataset, by whatever property."""
    found, waiting = set(), [start]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            for objects in index.properties(key).values():
                waiting += [
                    node_key(one) for one in objects if isinstance(one, NamedNode | BlankNode)
                ]
    return found


@pytest.mark.parametrize("path", PAGES)
def test_no_dataset_leads_to_another_or_to_the_catalogue(tangle: Site, path: str) -> None:
    index = index_of(tangle, path)
    datasets = set(index.nodes_of_type(DCAT + "Dataset"))
    catalogues = set(index.nodes_of_type(DCAT + "Catalog"))
    assert len(datasets) == 3
    for one in datasets:
        assert closure(index, one) & (datasets | catalogues) == {one}


@pytest.mark.parametrize("path", PAGES)
def test_each_dataset_brings_along_what_it_leads_to(tangle: Site, path: str) -> None:
    index = index_of(tangle, path)
    for one in index.nodes_of_type(DCAT + "Dataset"):
        reached = closure(index, one)
        for described in (f"{PORTAL}/stadt", f"{PORTAL}/wfs", f"{PORTAL}/reihe"):
            assert described in reached
            assert described in index


@pytest.mark.parametrize("path", PAGES)
def test_contacts_and_periods_belong_to_one_dataset(tangle: Site, path: str) -> None:
    """GovData deletes what a dataset leads to before it reads it again, publishers apart."""
    index = index_of(tangle, path)
    blank: list[str] = []
    for one in index.nodes_of_type(DCAT + "Dataset"):
        blank += [key for key in closure(index, one) if key.startswith("_:")]
    assert blank
    assert len(blank) == len(set(blank))


@pytest.mark.parametrize("path", PAGES)
def test_only_catalogue_members_are_typed_as_datasets(tangle: Site, path: str) -> None:
    index = index_of(tangle, path)
    (catalogue,) = index.nodes_of_type(DCAT + "Catalog")
    members = {node_key(one) for one in index.objects(catalogue, DCAT + "dataset")}  # type: ignore[arg-type]
    assert members == set(index.nodes_of_type(DCAT + "Dataset"))
    assert not index.has_type(f"{PORTAL}/reihe", DCAT + "Dataset")


def test_every_iri_of_a_page_is_absolute_and_paging_leads_to_files(tangle: Site) -> None:
    for path in PAGES:
        for quad in parse(tangle.read(path), format=RdfFormat.N_TRIPLES):
            for term in (quad.subject, quad.object):
                if isinstance(term, NamedNode):
                    assert ":" in term.value.partition("/")[0]
    index = index_of(tangle, "catalog.nt")
    (node,) = index.nodes_of_type(HYDRA + "PagedCollection")
    for name in ("first", "firstPage", "last", "lastPage"):
        (page,) = index.objects(node, HYDRA + name)
        assert isinstance(page, NamedNode)
        assert (tangle.output / page.value.removeprefix(f"{BASE_URL}/")).is_file()


def test_a_page_stays_below_what_govdata_reads(site: Site) -> None:
    long = "Alle Bäume der Stadt, mit Standort und Art. " * 20_000
    site.harvest([record(f"l{number:02}", description=(text(long),)) for number in range(27)])
    site.publish()
    pages = [
        path
        for path in site.output.resolve().rglob("*")
        if path.name.startswith(("catalog.", "page-"))
        and path.suffix in (".rdf", ".ttl", ".nt", ".jsonld")
    ]
    assert len(pages) > 16, "27 datasets of 0.9 MB need more than one page"
    assert max(path.stat().st_size for path in pages) < PAGE_MAX


def test_a_finding_or_a_score_changes_no_date_and_no_byte_of_a_feed(site: Site) -> None:
    stored = [record("a"), record("b")]
    site.harvest(stored)
    site.publish()
    before = {path: site.read(path) for path in PAGES}
    site.harvest(stored, findings={stored[0].id: [finding("license-missing")]})
    site.score({stored[0].id: 100})
    site.publish((NOW + timedelta(days=5)).date())
    assert {path: site.read(path) for path in PAGES} == before


def test_the_type_of_a_dataset_stands_in_every_serialisation(site: Site) -> None:
    site.harvest([record("a", of=msgspec.structs.replace(dataset("a"), untyped=True))])
    site.publish()
    assert index_of(site, "catalog.nt").objects(f"{PORTAL}/dataset/a", RDF + "type")
    assert b"<dcat:Dataset rdf:about=" in site.read("catalog.rdf")
