"""What servers write into headers is read strictly or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datenernte_validators.network.headers import (
    media_type_in,
    printable,
    seconds_in_retry_after,
    size_in,
)
from datenernte_validators.network.redirects import is_insecure_step, redirect_target
from datenernte_validators.network.robots import may_fetch, rules_in


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text/csv", "text/csv"),
        (" Text/CSV ; charset=utf-8", "text/csv"),
        ("application/vnd.ms-excel", "application/vnd.ms-excel"),
        ("image/svg+xml", "image/svg+xml"),
        ("csv", None),
        ("text/", None),
        ("text/csv/x", None),
        ("text/csv,text/html", None),
        ("", None),
        (None, None),
    ],
)
def test_a_media_type_is_exactly_one(value: str | None, expected: str | None) -> None:
    assert media_type_in(value) == expected


@pytest.mark.parametrize(
    ("length", "content_range", "expected"),
    [
        ("5", None, 5),
        (" 5 ", None, 5),
        ("-5", None, None),
        ("5,5", None, None),
        ("٥", None, None),  # noqa: RUF001
        ("9" * 30, None, None),
        (None, None, None),
        ("4", "bytes 0-3/5000", 5000),
        ("4", "bytes */5000", 5000),
        ("4", "bytes 0-3/*", None),
        ("4", "zeilen 0-3/5000", None),
    ],
)
def test_a_size_is_a_number_of_the_whole_file(
    length: str | None, content_range: str | None, expected: int | None
) -> None:
    assert size_in(length, content_range) == expected


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_makes_the_readers_fail(one: str, other: str) -> None:
    media_type_in(one)
    size_in(one, other)
    wait = seconds_in_retry_after(one, other)
    assert wait is None or wait >= 0
    redirect_target("https://a.example.org/b", one)
    is_insecure_step((one, other))
    assert (printable(one) or "").isprintable()


@given(st.binary(max_size=200), st.sampled_from([None, "gzip", "deflate", "br", "identity"]))
def test_no_robots_txt_makes_the_reader_fail(body: bytes, encoding: str | None) -> None:
    rules = rules_in(body, encoding)
    if rules is not None:
        may_fetch(rules, "https://a.example.org/ä?b=c", "datenernte/0.1 (+https://a.example)")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/x", "https://a.example.org/x"),
        ("x#y", "https://a.example.org/b/x"),
        ("?q=1", "https://a.example.org/b/c?q=1"),
        ("//b.example.org/", "https://b.example.org/"),
        (" http://b.example.org/ ", "http://b.example.org/"),
        ("/stra\xc3\x9fe", "https://a.example.org/straße"),
        ("http://[", "http://["),
        ("", None),
        (" ", None),
        (None, None),
    ],
)
def test_redirects_lead_where_browsers_would_go(location: str | None, expected: str | None) -> None:
    assert redirect_target("https://a.example.org/b/c", location) == expected


def test_only_the_step_from_https_to_http_is_insecure() -> None:
    assert is_insecure_step(("https://a.example.org/", "HTTP://b.example.org/"))
    assert is_insecure_step((" https://a", "https://b", "http://c", "https://d"))
    assert not is_insecure_step(("http://a", "https://b"))
    assert not is_insecure_step(("https://a",))
