"""One table, one row per field, and the page made of it."""

from pathlib import Path

import pytest

from datenernte_dcat import records
from datenernte_dcat.mapping import (
    CLASSES,
    MAPPING,
    Kind,
    compact,
    right_property,
    row_of,
    rows_of,
)
from datenernte_dcat.mapping_page import mapping_page
from datenernte_dcat.records import Agent, CatalogRecord, Dataset, Node
from datenernte_dcat.terms import DCAT, DCATDE, DCT, VCARD, is_writable_predicate

PAGE = Path(__file__).parents[2] / "docs" / "mapping.md"
RECORDS = [
    member
    for member in vars(records).values()
    if isinstance(member, type) and issubclass(member, Node) and member is not Node
]


@pytest.mark.parametrize("record", RECORDS)
def test_every_field_has_exactly_one_row(record: type[Node]) -> None:
    fields = [row.field for row in rows_of(record)]
    own = [field for field in record.__struct_fields__ if field not in Node.__struct_fields__]
    assert sorted(fields) == sorted(own)


@pytest.mark.parametrize("record", RECORDS)
def test_every_record_has_a_class_and_no_property_twice(record: type[Node]) -> None:
    assert record in CLASSES
    properties = [row.property for row in rows_of(record)]
    assert len(set(properties)) == len(properties)


def test_every_property_can_be_written_in_all_serialisations() -> None:
    assert all(is_writable_predicate(row.property) for row in MAPPING)
    assert all(is_writable_predicate(iri) for iri in CLASSES.values())


def test_kind_and_number_follow_from_the_records() -> None:
    assert row_of(Dataset, "title").kind is Kind.LITERAL
    assert row_of(Dataset, "theme").kind is Kind.REFERENCE
    publisher = row_of(Dataset, "publisher")
    assert (publisher.kind, publisher.many, publisher.target) == (Kind.NODE, False, Agent)
    assert row_of(Dataset, "title").many
    assert not row_of(Dataset, "modified").many


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"Dataset\.colour"):
        row_of(Dataset, "colour")


def test_feeds_omit_exactly_the_closed_list_and_say_why() -> None:
    omitted = {
        f"{row.record.__name__}.{row.field}"
        for row in MAPPING
        if not row.feed and row.record is not CatalogRecord
    }
    assert omitted == {
        "Catalog.is_part_of",
        "Catalog.record",
        "Dataset.has_version",
        "Dataset.source",
        "Dataset.type",
        "Distribution.checksum",
        "Distribution.status",
        "Location.geometry",
    }
    assert not any(row.feed for row in rows_of(CatalogRecord))
    assert all(bool(row.why) is not row.feed for row in MAPPING)


@pytest.mark.parametrize(
    ("published", "right"),
    [
        ("http://dcat-ap.de/def/dcatde/1_0/contributorID", DCATDE + "contributorID"),
        (
            "http://dcat-ap.de/def/dcatde/1_0politicalGeocodingURI",
            DCATDE + "politicalGeocodingURI",
        ),
        ("http://dcat-ap.de/def/dcatde/1.0/geocodingText", DCATDE + "geocodingDescription"),
        ("http://dcat-ap.de/def/dcatde/1.0.1/legalbasisText", DCATDE + "legalBasis"),
        ("https://www.dcat-ap.de/def/dcatde/1.1/maintainer", DCATDE + "maintainer"),
        ("https://dcat-ap.de/def/dcatde/originator", DCATDE + "originator"),
        ("http://data.europa.eu/r5r#availability", "http://data.europa.eu/r5r/availability"),
        ("http://data.europa.eu/r5ravailability", "http://data.europa.eu/r5r/availability"),
        ("https://schema.org/startDate", "http://schema.org/startDate"),
        ("https://www.w3.org/ns/dcat#theme", DCAT + "theme"),
        (VCARD + "email", VCARD + "hasEmail"),
        (VCARD + "hasPostalCode", VCARD + "postal-code"),
    ],
)
def test_old_and_wrong_names_mean_the_right_property(published: str, right: str) -> None:
    assert right_property(published) == right


@pytest.mark.parametrize(
    "iri",
    [
        DCT + "title",
        "http://purl.org/dc/elements/1.1/title",
        "http://dcat-ap.de/def/dcatde/1_0/unknown",
        "http://dcat-ap.de/def/licenses/cc-zero",
        "https://stadt.example/ns#title",
    ],
)
def test_other_properties_mean_themselves(iri: str) -> None:
    assert right_property(iri) == iri


def test_iris_are_shortened_for_people() -> None:
    assert compact(DCT + "title") == "dct:title"
    assert compact("https://stadt.example/x") == "https://stadt.example/x"


def test_the_page_is_not_stale() -> None:
    """`python -m datenernte_dcat.mapping_page > docs/mapping.md` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == mapping_page()
