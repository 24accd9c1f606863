"""The mappings of JSON protocols: values of any shape, and what counts for the municipality."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datenernte_dcat.errors import RecordError
from datenernte_dcat.normalise import published_view
from datenernte_dcat.records import Dataset, SourceRecord, dataset_from_json, dataset_to_json
from datenernte_dcat.terms import GSP, XSD
from datenernte_harvester.sources.dcat_us_fields import places, repetition, without_redacted
from datenernte_harvester.sources.json_values import period
from datenernte_harvester.sources.named_fields import NamedFields
from datenernte_harvester.spiders.dcat_us import dataset_from_dcat_us
from datenernte_harvester.spiders.dcat_us import unknown_fields as unknown_of_dcat_us
from datenernte_harvester.spiders.opendatasoft import dataset_from_opendatasoft
from datenernte_harvester.spiders.udata import dataset_from_udata
from datenernte_harvester.spiders.udata import unknown_fields as unknown_of_udata

FIXTURES = Path(__file__).parent.parent / "fixtures"
AUTHORITY = "http://publications.europa.eu/resource/authority/"
BASE = "https://daten.lindenau.example"


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("2019", ("2019", "gYear"), ("2019", "gYear")),
        ("2019-05", ("2019-05", "gYearMonth"), ("2019-05", "gYearMonth")),
        ("2015-01-01/2026-01-31", ("2015-01-01", "date"), ("2026-01-31", "date")),
        ("2015 / 2020-06", ("2015", "gYear"), ("2020-06", "gYearMonth")),
        ("2015-01-01/", ("2015-01-01", "date"), None),
        ("/2020", None, ("2020", "gYear")),
    ],
)
def test_an_interval_gives_its_ends(
    words: str, start: tuple[str, str] | None, end: tuple[str, str] | None
) -> None:
    found = period(words)

    assert found is not None
    ends = [
        None if date is None else (date.value, (date.datatype or "").removeprefix(XSD))
        for date in (found.start_date, found.end_date)
    ]
    assert ends == [start, end]


@pytest.mark.parametrize(
    "words", ["", "/", "fortlaufend", "2015/P1Y", "R/2015-01-01/P1D", "2015-13-01", "1/2/3", None]
)
def test_what_is_no_interval_gives_none(words: str | None) -> None:
    assert period(words) is None


@pytest.mark.parametrize("words", ["R/P1D", "R/P0.5Y", "R5/P1M", "R/PT1S"])
def test_a_repetition_in_place_of_a_date_is_recognised(words: str) -> None:
    assert repetition(words) == words


@pytest.mark.parametrize("words", ["2026-01-01", "R/", "P1D", "", None, 7, "R/P1D nachts"])
def test_a_date_is_no_repetition(words: object) -> None:
    assert repetition(words) is None


def test_a_rectangle_becomes_its_polygon() -> None:
    [place] = places("9.9,49.7, 10.0,49.8")

    assert place.bbox is not None
    assert place.bbox.datatype == f"{GSP}wktLiteral"
    assert place.bbox.value.startswith("POLYGON((9.9 49.7,10.0 49.7,")


@pytest.mark.parametrize("words", ["Lindenau", "9.9,49.7", "a,b,c,d", "9.9,49.7,10.0,49.8,1"])
def test_other_words_are_the_name_of_a_place(words: str) -> None:
    [place] = places(words)

    assert [label.value for label in place.pref_label] == [words]


def test_what_was_blacked_out_is_named_and_left_out() -> None:
    given_value = {
        "a": "[[REDACTED]]",
        "b": ["x", "[[REDACTED-EX B6]]"],
        "c": {"d": "[[REDACTED]]"},
    }

    cleaned, names = without_redacted(given_value)

    assert cleaned == {"a": None, "b": ["x"], "c": {"d": None}}
    assert names == ("a", "b", "c.d")


def test_fields_tell_which_of_them_nobody_asked_for() -> None:
    fields = NamedFields({"contributorID": "x", "b": 1, "c_d": 2, "e": [], "f": None}, ["C-D"])

    assert fields("contributor_id") == "x"
    assert fields("missing", "also_missing") is None
    assert fields.unread() == ["b"]


def first_entry(path: str, *keys: str | int) -> dict[str, Any]:
    value = json.loads((FIXTURES / path).read_bytes())
    for key in keys:
        value = value[key]
    assert isinstance(value, dict)
    return value


def iris(dataset: Dataset) -> dict[str, Any]:
    file = dataset.distribution[0]
    return {
        "theme": [entry.uri for entry in dataset.theme],
        "frequency": dataset.accrual_periodicity and dataset.accrual_periodicity.uri,
        "format": file.format and file.format.uri,
        "media_type": file.media_type and file.media_type.uri,
        "license": file.license and file.license.uri,
    }


def test_words_of_data_json_count_as_the_iris_they_mean() -> None:
    entry = first_entry("dcat_us/version-1-1/data.json", "dataset", 0)

    view = published_view(dataset_from_dcat_us(entry, BASE).dataset, "dcat_us")

    assert iris(view) == {
        "theme": [f"{AUTHORITY}data-theme/ENVI"],
        "frequency": f"{AUTHORITY}frequency/ANNUAL",
        "format": f"{AUTHORITY}file-type/CSV",
        "media_type": "https://www.iana.org/assignments/media-types/text/csv",
        "license": "https://www.govdata.de/dl-de/by-2-0",
    }
    assert view.access_rights is not None
    assert view.access_rights.uri == f"{AUTHORITY}access-right/PUBLIC"


def test_words_of_opendatasoft_count_as_the_iris_they_mean() -> None:
    entry = first_entry("opendatasoft/ordinary/page-1.json", "results", 0)

    view = published_view(dataset_from_opendatasoft(entry, BASE).dataset, "opendatasoft")

    assert iris(view) == {
        "theme": [f"{AUTHORITY}data-theme/ENVI", None],
        "frequency": f"{AUTHORITY}frequency/MONTHLY",
        "format": f"{AUTHORITY}file-type/CSV",
        "media_type": "https://www.iana.org/assignments/media-types/text/csv",
        "license": "https://www.govdata.de/dl-de/by-2-0",
    }
    assert [entry.uri for entry in view.language] == [f"{AUTHORITY}language/DEU"]


def test_words_of_udata_count_as_the_iris_they_mean() -> None:
    entry = first_entry("udata/ordinary/page-1.json", "data", 0)

    view = published_view(dataset_from_udata(entry, f"{BASE}/api/1/datasets/").dataset, "udata")

    assert iris(view) == {
        "theme": [],
        "frequency": f"{AUTHORITY}frequency/ANNUAL",
        "format": f"{AUTHORITY}file-type/CSV",
        "media_type": "https://www.iana.org/assignments/media-types/text/csv",
        "license": "http://dcat-ap.de/def/licenses/cc-by",
    }
    checksum = view.distribution[0].checksum
    assert checksum is not None
    assert checksum.algorithm is not None
    assert checksum.algorithm.uri == "http://spdx.org/rdf/terms#checksumAlgorithm_sha1"


MAPPINGS: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], SourceRecord]]] = {
    "dcat_us": (
        first_entry("dcat_us/version-3-0/data.json", "dataset", 0),
        lambda entry: dataset_from_dcat_us(entry, BASE),
    ),
    "opendatasoft": (
        first_entry("opendatasoft/ordinary/page-1.json", "results", 0),
        lambda entry: dataset_from_opendatasoft(entry, BASE),
    ),
    "udata": (
        first_entry("udata/ordinary/page-1.json", "data", 0),
        lambda entry: dataset_from_udata(entry, f"{BASE}/api/1/datasets/"),
    ),
}

ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", " ", "{", "[1", "https://a b", "[[REDACTED]]", "\ud800", "a" * 500])
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@id", "name", "value", "geometry", "uri", "de", "prefLabel", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def replaced(document: Any, path: list[int], value: Any) -> Any:
    """The document with one value at some place exchanged for another."""
    if not isinstance(document, dict | list) or not document or not path:
        return value
    places_of = list(document) if isinstance(document, dict) else list(range(len(document)))
    place = places_of[path[0] % len(places_of)]
    copy = document.copy()
    copy[place] = replaced(document[place], path[1:], value)
    return copy


@pytest.mark.parametrize("name", MAPPINGS)
@given(changes=st.lists(st.tuples(st.lists(st.integers(0, 60), min_size=1, max_size=5), ODD)))
@settings(max_examples=150, deadline=None)
def test_no_value_of_any_shape_breaks_a_mapping(name: str, changes: list[Any]) -> None:
    document, read = MAPPINGS[name]
    for path, value in changes:
        document = replaced(document, path, value)

    try:
        record = read(document)
    except RecordError:
        return

    assert dataset_from_json(dataset_to_json(record.dataset)) == record.dataset
    published_view(record.dataset, name)
    if name == "dcat_us":
        unknown_of_dcat_us(document)
    if name == "udata":
        unknown_of_udata(document)
