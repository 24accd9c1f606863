"""CKAN's fields to records, one rule at a time; whole packages are in the recordings."""

from typing import Any

import pytest

from datenernte_dcat.errors import RecordError
from datenernte_dcat.records import Dataset, Distribution, Literal, Reference
from datenernte_dcat.terms import XSD
from datenernte_harvester.spiders.ckan import dataset_from_ckan, unknown_fields


def dataset(**fields: Any) -> Dataset:
    return dataset_from_ckan({"id": "1", **fields}, "https://daten.example").dataset


def distribution(package: dict[str, Any] | None = None, **fields: Any) -> Distribution:
    [made] = dataset(**(package or {}), resources=[fields]).distribution
    return made


def label(text: str) -> Reference:
    return Reference(label=Literal(value=text))


def extras(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def test_the_key_of_a_package_is_its_id_else_its_name() -> None:
    by_name = dataset_from_ckan({"name": "baeume"}, "https://daten.example")

    assert by_name.source_identifier == "baeume"
    assert by_name.source_url == "https://daten.example/api/3/action/package_show?id=baeume"
    with pytest.raises(RecordError):
        dataset_from_ckan({"title": "Ohne"}, "https://daten.example")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"extras": extras(identifier="a", guid="b")}, "a"),
        ({"extras": extras(guid="b", metadata_original_id="c")}, "b"),
        ({"extras": extras(metadata_original_id="c")}, "c"),
        ({}, "1"),
    ],
)
def test_the_identifier_is_the_first_that_is_stated(fields: dict[str, Any], expected: str) -> None:
    assert dataset(**fields).identifier == (Literal(value=expected),)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://daten.example/d/1", "https://daten.example/d/1"),
        ("urn:uuid:1", None),
        ("kein IRI", None),
        ("", None),
    ],
)
def test_only_a_web_iri_is_the_datasets_own(uri: str, expected: str | None) -> None:
    assert dataset(extras=extras(uri=uri)).uri == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"license_id": "cc-by", "license_url": "http://x.example/", "license_title": "CC"},
            "cc-by",
        ),
        ({"license_id": "", "license_title": "CC"}, "CC"),
        ({"license_title": "cc-by"}, "cc-by"),
    ],
)
def test_the_licence_of_the_package_goes_to_resources_without_one(
    fields: dict[str, Any], expected: str
) -> None:
    assert distribution(fields, url="https://daten.example/a").license == label(expected)
    assert distribution(fields, license="http://l.example/").license == Reference(
        uri="http://l.example/"
    )


def test_no_licence_stays_none() -> None:
    given = {"license_id": "notspecified", "license_title": "Keine Angabe"}

    assert distribution(given, url="https://daten.example/a").license is None


@pytest.mark.parametrize(
    ("fields", "access", "download"),
    [
        ({"url": "https://d.example/u"}, "https://d.example/u", "https://d.example/u"),
        (
            {"url": "https://d.example/u", "access_url": "https://d.example/a"},
            "https://d.example/a",
            "https://d.example/u",
        ),
        (
            {"url": "https://d.example/u", "download_url": "https://d.example/d"},
            "https://d.example/u",
            "https://d.example/d",
        ),
    ],
)
def test_the_url_stands_in_for_access_and_download(
    fields: dict[str, Any], access: str, download: str
) -> None:
    made = distribution(**fields)

    assert made.access_url == (Reference(uri=access),)
    assert made.download_url == (Reference(uri=download),)


@pytest.mark.parametrize(
    ("fields", "file_format", "media_type"),
    [
        ({"format": "CSV"}, "CSV", None),
        ({"format": "CSV", "mimetype": "text/csv"}, "CSV", "text/csv"),
        ({"format": "text/csv"}, None, "text/csv"),
        ({"format": "text/csv", "mimetype": "text/csv"}, None, "text/csv"),
        ({"format": "application/json", "mimetype": "text/csv"}, "application/json", "text/csv"),
        ({"format": "", "mimetype": "kmz"}, None, "kmz"),
    ],
)
def test_a_format_that_is_a_media_type_is_one(
    fields: dict[str, Any], file_format: str | None, media_type: str | None
) -> None:
    made = distribution(**fields)

    assert made.format == (None if file_format is None else label(file_format))
    assert made.media_type == (None if media_type is None else label(media_type))


def test_a_resource_without_anything_is_still_counted() -> None:
    assert dataset(resources=[{"id": "", "url": ""}]).distribution == (Distribution(),)


@pytest.mark.parametrize(
    ("written", "datatype"),
    [
        ("2026-11-22T11:05:25.805419", "dateTime"),
        ("2014-12-10T12:25:26+01:00", "dateTime"),
        ("2026-11-22", "date"),
        ("2026-11", "gYearMonth"),
        ("2026", "gYear"),
        ("22.11.2026", None),
        ("2026-13-45", None),
        ("2021-01-28 GMT 01:51:03.34919300", None),
    ],
)
def test_a_date_keeps_its_words_and_gets_the_datatype_of_its_form(
    written: str, datatype: str | None
) -> None:
    expected = Literal(value=written, datatype=None if datatype is None else XSD + datatype)

    assert dataset(extras=extras(issued=written)).issued == expected


def test_the_dates_of_ckan_itself_are_the_last_resort() -> None:
    own = {"metadata_created": "2026-01-01", "metadata_modified": "2026-01-02"}
    dates = '[{"role": "veroeffentlicht", "date": "2012-01-01"}]'

    assert dataset(**own).issued == Literal(value="2026-01-01", datatype=f"{XSD}date")
    assert dataset(**own, extras=extras(dates=dates)).issued == Literal(
        value="2012-01-01", datatype=f"{XSD}date"
    )


def test_dkans_label_before_a_date_is_no_part_of_it() -> None:
    made = distribution(last_modified="Date changed\t2014-12-10T09:56:43+01:00")

    assert made.modified == Literal(value="2014-12-10T09:56:43+01:00", datatype=f"{XSD}dateTime")
    assert distribution(last_modified="Date changed\t").modified is None


@pytest.mark.parametrize(
    ("size", "datatype"), [(17, "nonNegativeInteger"), ("17", "nonNegativeInteger"), ("3 KB", None)]
)
def test_a_size_is_kept_as_it_was_written(size: object, datatype: str | None) -> None:
    expected = Literal(value=str(size), datatype=None if datatype is None else XSD + datatype)

    assert distribution(size=size).byte_size == expected


@pytest.mark.parametrize(
    "written",
    [
        ["http://a.example/", "http://b.example/"],
        '["http://a.example/", "http://b.example/"]',
        "http://a.example/, http://b.example/",
    ],
)
def test_a_list_may_be_a_list_or_json_or_separated_by_commas(written: object) -> None:
    expected = (Reference(uri="http://a.example/"), Reference(uri="http://b.example/"))

    assert dataset(extras=extras(contributorID=written)).contributor_id == expected


def test_a_comma_in_a_text_separates_nothing() -> None:
    made = dataset(extras=extras(geocodingText="Köln, Stadt"))

    assert made.geocoding_description == (Literal(value="Köln, Stadt"),)


def test_the_maintainer_is_the_contact_where_there_is_none() -> None:
    given = {"maintainer": "Fachstelle", "maintainer_email": "f@d.example"}

    assert dataset(**given).contact_point[0].fn == (Literal(value="Fachstelle"),)
    [contact] = dataset(**given, extras=extras(contact_name="Servicestelle")).contact_point
    assert contact.fn == (Literal(value="Servicestelle"),)


def test_fields_that_nobody_maps_are_named() -> None:
    package = {
        "id": "1",
        "haushaltsstelle": "4711",
        "leer": "",
        "extras": extras(gemarkung="x", issued="2026"),
        "resources": [{"url": "https://d.example/", "kennwort": 1}],
    }

    assert unknown_fields(package) == {"haushaltsstelle", "gemarkung", "resources.kennwort"}
