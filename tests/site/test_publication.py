"""What feeds say about a dataset, and what they leave out."""

import msgspec
import pytest
from pyoxigraph import NamedNode, Triple
from tests.site.conftest import BASE_URL, CATALOG, dataset, record, text

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.graph.description import node_key
from datenernte_dcat.mapping import MAPPING
from datenernte_dcat.publication import (
    Profile,
    dataset_file_triples,
    feed_triples,
    links_to_others,
    published_dataset,
)
from datenernte_dcat.records import (
    Agent,
    Checksum,
    DataService,
    Dataset,
    Distribution,
    Literal,
    Location,
    Reference,
)
from datenernte_dcat.store.rows import StoredRecord
from datenernte_dcat.terms import ADMS, DCAT, DCATDE, DCT, GEODCATAP, LOCN, SPDX

WITHOUT_LEGACY: CatalogSettings = CatalogSettings(
    title="x", description="x", publisher="x", base_url=BASE_URL, legacy_terms=False
)


def properties(triples: list[Triple]) -> set[str]:
    return {triple.predicate.value for triple in triples}


def values(triples: list[Triple], prop: str) -> list[str]:
    return [
        getattr(triple.object, "value", str(triple.object))
        for triple in triples
        if triple.predicate.value == prop
    ]


@pytest.mark.parametrize("title", [(), (text(""),), (text(" \n"),)])
def test_a_dataset_without_title_gets_one_that_names_its_identifier(
    title: tuple[Literal, ...],
) -> None:
    assert published_dataset(record("a", title=title)).title == (text("Ohne Titel (id-a)"),)


def test_a_dataset_has_exactly_one_identifier() -> None:
    several = (Literal(value="z"), Literal(value="b"))
    shown = published_dataset(record("a", identifier=several))
    assert [one.value for one in shown.identifier] == ["b"]
    assert [one.notation.value for one in shown.other_identifier if one.notation] == ["z"]


def test_without_an_identifier_the_source_identifier_stands() -> None:
    shown = published_dataset(record("a", identifier=()))
    assert [one.value for one in shown.identifier] == ["a"]


@pytest.mark.parametrize(
    "changes", [{"classes": ("http://schema.org/Dataset",)}, {"untyped": True}]
)
def test_a_dataset_is_typed_as_one_whatever_its_portal_calls_it(changes: dict[str, object]) -> None:
    stored = record("a", of=msgspec.structs.replace(dataset("a"), **changes))
    feed = feed_triples(stored, CATALOG)
    assert [node_key(one.subject) for one in feed if one.object == NamedNode(DCAT + "Dataset")] == [
        stored.iri
    ]


def test_the_eu_profile_names_licences_of_the_eu_table() -> None:
    licences = {
        profile: values(feed_triples(record("a"), CATALOG, profile), DCT + "license")
        for profile in Profile
    }
    assert licences == {
        Profile.NATIONAL: ["http://dcat-ap.de/def/licenses/dl-by-de/2.0"],
        Profile.EU: ["http://publications.europa.eu/resource/authority/licence/DLDE_BY_2_0"],
    }


def test_the_eu_profile_keeps_a_licence_that_the_eu_table_lacks() -> None:
    stored = with_distribution(license=Reference(uri="https://example.org/lizenz"))
    licences = values(feed_triples(stored, CATALOG, Profile.EU), DCT + "license")
    assert licences == ["https://example.org/lizenz"]


def test_the_eu_profile_maps_licences_of_services_too() -> None:
    service = DataService(
        uri="https://portal.example.org/wfs",
        license=Reference(uri="http://dcat-ap.de/def/licenses/cc-zero"),
    )
    stored = with_distribution(access_service=(service,), license=None)
    licences = values(feed_triples(stored, CATALOG, Profile.EU), DCT + "license")
    assert licences == ["http://publications.europa.eu/resource/authority/licence/CC0"]


def test_legacy_roles_stand_beside_those_of_3_0() -> None:
    body = Agent(name=(Literal(value="Amt"),))
    for field in ("originator", "dcatde_originator"):
        stored = record("a", of=msgspec.structs.replace(dataset("a"), **{field: (body,)}))
        found = properties(feed_triples(stored, CATALOG))
        assert {GEODCATAP + "originator", DCATDE + "originator"} <= found
        found = properties(feed_triples(stored, WITHOUT_LEGACY))
        assert GEODCATAP + "originator" in found
        assert DCATDE + "originator" not in found


def test_geocoding_of_2_0_is_a_matter_of_the_switch() -> None:
    area = Reference(uri="http://dcat-ap.de/def/politicalGeocoding/municipalityKey/09162000")
    stored = record("a", political_geocoding_uri=(area,))
    assert DCATDE + "politicalGeocodingURI" in properties(feed_triples(stored, CATALOG))
    assert DCATDE + "politicalGeocodingURI" not in properties(feed_triples(stored, WITHOUT_LEGACY))


def test_feeds_leave_out_what_the_table_says_and_the_dataset_file_has_it() -> None:
    stored = with_avoided()
    avoided = {ADMS + "status", SPDX + "checksum", LOCN + "geometry", DCT + "source"}
    avoided |= {DCAT + "hasVersion"}
    assert avoided <= {row.property for row in MAPPING if not row.feed}
    assert avoided <= properties(dataset_file_triples(stored))
    feed = feed_triples(stored, CATALOG)
    assert avoided.isdisjoint(properties(feed))
    assert SPDX + "checksumValue" not in properties(feed), "what only that led to goes as well"


def test_feeds_leave_out_nothing_else() -> None:
    stored = with_avoided()
    everything, feed = set(dataset_file_triples(stored)), set(feed_triples(stored, CATALOG))
    assert feed <= everything
    gone = {triple.predicate.value for triple in everything - feed}
    assert gone == {
        ADMS + "status",
        SPDX + "checksum",
        SPDX + "checksumValue",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
        LOCN + "geometry",
        DCT + "source",
        DCT + "type",
        DCAT + "hasVersion",
    }


def test_the_type_of_an_agent_stays_though_that_of_a_dataset_goes() -> None:
    body = Agent(
        name=(Literal(value="Amt"),),
        type=Reference(uri="http://purl.org/adms/publishertype/LocalAuthority"),
    )
    stored = record("a", publisher=body, type=(Reference(uri="https://example.org/art"),))
    assert values(feed_triples(stored, CATALOG), DCT + "type") == [
        "http://purl.org/adms/publishertype/LocalAuthority"
    ]


def test_avoided_properties_among_the_kept_triples_go_too() -> None:
    iri = "https://portal.example.org/dataset/a"
    kept = (
        f"<{iri}/csv> <{SPDX}checksum> _:c .",
        f"<{iri}> <https://example.org/eigenes> _:e .",
        f'_:c <{SPDX}checksumValue> "ab" .',
        '_:e <https://example.org/wert> "1" .',
    )
    feed = properties(feed_triples(record("a", kept=kept), CATALOG))
    assert "https://example.org/wert" in feed
    assert SPDX + "checksumValue" not in feed


def test_links_to_published_datasets_are_left_out_and_others_stay() -> None:
    stored = record(
        "a",
        relation=(
            Reference(uri="https://portal.example.org/dataset/b"),
            Reference(uri="https://anderswo.example.org/dataset/x"),
        ),
    )
    published = {"https://portal.example.org/dataset/b"}
    feed = feed_triples(stored, CATALOG, Profile.NATIONAL, published)
    assert values(feed, DCT + "relation") == ["https://anderswo.example.org/dataset/x"]


def test_a_service_does_not_link_back_to_its_dataset() -> None:
    iri = "https://portal.example.org/dataset/a"
    service = DataService(
        uri="https://portal.example.org/wfs", serves_dataset=(Reference(uri=iri),)
    )
    stored = with_distribution(access_service=(service,))
    assert DCAT + "servesDataset" not in properties(feed_triples(stored, CATALOG))


def test_the_page_of_a_dataset_may_be_its_landing_page() -> None:
    iri = "https://portal.example.org/dataset/a"
    stored = record("a", landing_page=(Reference(uri=iri),))
    assert values(feed_triples(stored, CATALOG), DCAT + "landingPage") == [iri]


def test_no_other_node_of_a_feed_is_typed_as_dataset() -> None:
    iri, other = "https://portal.example.org/dataset/a", "https://anderswo.example.org/x"
    kept = (
        f"<{iri}> <{DCT}relation> <{other}> .",
        f"<{other}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{DCAT}Dataset> .",
        f'<{other}> <{DCT}title> "Stummel" .',
    )
    stored = record("a", kept=kept)
    assert other in {node_key(triple.subject) for triple in dataset_file_triples(stored)}
    feed = feed_triples(stored, CATALOG)
    assert {triple.subject for triple in feed if triple.object == NamedNode(DCAT + "Dataset")} == {
        NamedNode(iri)
    }
    assert other not in {getattr(triple.object, "value", None) for triple in feed}


def test_links_to_look_after_are_those_that_could_be_datasets() -> None:
    stored = record("a", relation=(Reference(uri="https://portal.example.org/dataset/b"),))
    found = links_to_others(feed_triples(stored, CATALOG), stored.iri)
    assert "https://portal.example.org/dataset/b" in found
    assert stored.iri not in found
    assert not any(iri.startswith("http://publications.europa.eu/") for iri in found)


def with_distribution(**changes: object) -> StoredRecord:
    base = dataset("a")
    changed = msgspec.structs.replace(base.distribution[0], **changes)
    return record("a", of=msgspec.structs.replace(base, distribution=(changed,)))


def with_avoided() -> StoredRecord:
    base: Dataset = dataset(
        "a",
        source=(Reference(uri="https://anderswo.example.org/quelle"),),
        type=(Reference(uri="https://example.org/art"),),
        has_version=(Reference(uri="https://anderswo.example.org/v2"),),
        spatial=(Location(geometry=(Literal(value="POINT(1 2)"),)),),
    )
    distribution: Distribution = msgspec.structs.replace(
        base.distribution[0],
        status=Reference(uri="http://purl.org/adms/status/Completed"),
        checksum=Checksum(checksum_value=Literal(value="ab")),
    )
    return record("a", of=msgspec.structs.replace(base, distribution=(distribution,)))
