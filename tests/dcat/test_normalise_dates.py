"""Dates of portals: precision kept, zone stated where a notation is rewritten."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datenernte_dcat.normalise.dates import is_valid_date, moment, read_date
from datenernte_dcat.records import Literal
from datenernte_dcat.terms import XSD


@pytest.mark.parametrize(
    ("text", "value", "datatype"),
    [
        ("2019", "2019", "gYear"),
        ("2019-07", "2019-07", "gYearMonth"),
        ("2019-07-01", "2019-07-01", "date"),
        ("2019-07-01+02:00", "2019-07-01+02:00", "date"),
        ("2019-07-01T10:11:12", "2019-07-01T10:11:12", "dateTime"),
        ("2019-07-01T10:11:12.3456Z", "2019-07-01T10:11:12.3456Z", "dateTime"),
        ("2019-12-31T24:00:00", "2019-12-31T24:00:00", "dateTime"),
        (" 2019-07-01\n", "2019-07-01", "date"),
        ("2021-01-28 GMT 01:51:03.34919300", "2021-01-28T01:51:03.34919300Z", "dateTime"),
        ("Date changed\t2014-12-10T09:56:43+01:00", "2014-12-10T09:56:43+01:00", "dateTime"),
        ("2021-01-28 10:15:30+0100", "2021-01-28T10:15:30+01:00", "dateTime"),
        ("2021-07-28 10:15", "2021-07-28T10:15:00+02:00", "dateTime"),
        ("2021-1-5", "2021-01-05", "date"),
        ("2021/01/05", "2021-01-05", "date"),
        ("20210128", "2021-01-28", "date"),
        ("20210128T015103Z", "2021-01-28T01:51:03Z", "dateTime"),
        ("28.1.2021", "2021-01-28", "date"),
        ("28.01.2021, 10:15 Uhr", "2021-01-28T10:15:00+01:00", "dateTime"),
        ("28. Januar 2021", "2021-01-28", "date"),
        ("3. März 2021 um 9:00 Uhr", "2021-03-03T09:00:00+01:00", "dateTime"),
        ("Januar 2021", "2021-01", "gYearMonth"),
        ("01.2021", "2021-01", "gYearMonth"),
        ("Thu, 28 Jan 2021 01:51:03 GMT", "2021-01-28T01:51:03Z", "dateTime"),
        ("28.01.2021 10:15 MEZ", "2021-01-28T10:15:00+01:00", "dateTime"),
    ],
)
def test_known_notations_are_read_with_their_precision(
    text: str, value: str, datatype: str
) -> None:
    assert read_date(text) == Literal(value=value, datatype=XSD + datatype)


@pytest.mark.parametrize(
    "text",
    ["", "2019-02-30", "31.04.2020", "01/02/2021", "1.2.21", "12345678", "2021-01-28T25:00:00",
     "2021-01-28T10:15:30+99:00", "0000", "2021-13", "heute", "Foober 2021", "1611798663",
     "2021-01-28 GMT 01:51 UTC", "\u0662\u0660\u0662\u0661-\u0660\u0661-\u0662\u0668", "2021-Q1", "P1Y", "2021-01-28" + " " * 80 + "x"],
)  # fmt: skip
def test_what_is_no_date_or_could_be_two_is_none(text: str) -> None:
    assert read_date(text) is None
    assert moment(Literal(value=text)) is None


def test_the_zone_of_ckan_is_utc() -> None:
    read = read_date("28.07.2021 10:15", naive_zone="UTC")
    assert read is not None and read.value == "2021-07-28T10:15:00Z"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2021-07-28T10:15:00", datetime(2021, 7, 28, 8, 15, tzinfo=UTC)),
        ("2021-01-28T10:15:00.5Z", datetime(2021, 1, 28, 10, 15, 0, 500000, tzinfo=UTC)),
        ("2021-01-28", datetime(2021, 1, 27, 23, tzinfo=UTC)),
        ("2021-01-28-05:00", datetime(2021, 1, 28, 5, tzinfo=UTC)),
        ("2021-02", datetime(2021, 1, 31, 23, tzinfo=UTC)),
        ("2021", datetime(2020, 12, 31, 23, tzinfo=UTC)),
        ("2021-01-28T24:00:00Z", datetime(2021, 1, 29, tzinfo=UTC)),
    ],
)
def test_moment_is_the_begin_in_utc(text: str, instant: datetime) -> None:
    assert moment(Literal(value=text)) == instant


def test_moment_of_nothing_is_nothing() -> None:
    assert moment(None) is None


@given(st.text(max_size=70))
def test_no_text_breaks_the_reader_and_what_it_reads_it_reads_again(text: str) -> None:
    read = read_date(text)
    moment(Literal(value=text))
    if read is not None:
        assert is_valid_date(read)
        assert read_date(read.value) == read


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_every_german_date_with_time_is_read(when: datetime) -> None:
    read = read_date(f"{when.day}.{when.month}.{when.year:04} {when:%H:%M:%S}", naive_zone="UTC")
    assert read is not None
    assert moment(read) == when.replace(microsecond=0, tzinfo=UTC)
