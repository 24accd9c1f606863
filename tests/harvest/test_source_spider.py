"""What the base of all spiders notices by itself."""

from collections.abc import AsyncIterator

import pytest
from scrapy import Request
from scrapy.http import Response

from datenernte_dcat.errors import SourceIncomplete, SourceProtocolError
from datenernte_harvester.crawl.source_outcome import SourceOutcome
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.sources.source_spider import SourceSpider, json_body
from datenernte_validators.network.guard import Guard


class Spider(SourceSpider):
    name = "probe"
    pages_max = 3

    async def start(self) -> AsyncIterator[Request]:
        yield self.ask("https://daten.example/", print)


@pytest.fixture
def spider() -> Spider:
    portal = PortalFile(name="p", title="P", source_type="ckan", url="https://daten.example")
    return Spider(portal=portal, guard=Guard())


def page(number: int, body: bytes = b"") -> Response:
    return Response(f"https://daten.example/{number}", body=body or str(number).encode())


def test_no_page_is_asked_for_twice(spider: Spider) -> None:
    spider.ask("https://daten.example/1", print)

    with pytest.raises(SourceIncomplete, match="im Kreis"):
        spider.ask("https://daten.example/1", print)


def test_pages_have_a_cap(spider: Spider) -> None:
    for number in range(3):
        spider.ask(f"https://daten.example/{number}", print)

    with pytest.raises(SourceIncomplete) as caught:
        spider.ask("https://daten.example/3", print)
    assert caught.value.code == "paging-endless"


def test_a_blank_page_between_others_is_no_end(spider: Spider) -> None:
    spider.begin_page(page(1), ["a"])
    spider.begin_page(page(2), [])
    spider.begin_page(page(3), [])
    spider.begin_page(page(4), ["b"])
    spider.begin_page(page(5), [])
    spider.begin_page(page(6), [])

    with pytest.raises(SourceIncomplete, match="leere Seiten"):
        spider.begin_page(page(7), [])


def test_a_page_with_the_bytes_of_an_earlier_one_ends_the_paging(spider: Spider) -> None:
    spider.begin_page(page(1, b"x"), ["a"])

    with pytest.raises(SourceIncomplete, match="wiederholt"):
        spider.begin_page(page(2, b"x"), ["b"])


def test_a_page_with_only_known_records_ends_the_paging(spider: Spider) -> None:
    spider.outcome.received.add("a")
    spider.outcome.skipped.add("b")

    spider.begin_page(page(1), ["a", "c"])
    with pytest.raises(SourceIncomplete, match="wiederholt"):
        spider.begin_page(page(2), ["a", "b"])


def test_far_more_than_announced_ends_the_paging(spider: Spider) -> None:
    spider.outcome.announced = 10
    spider.outcome.received.update(f"d{number}" for number in range(1021))

    with pytest.raises(SourceIncomplete) as caught:
        spider.begin_page(page(1), ["new"])
    assert caught.value.code == "paging-endless"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": "\xc3\xa4"}', {"a": "ä"}),
        ('{"a": "ä"}'.encode("utf-16"), {"a": "ä"}),
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'[{"a": ' + b"9" * 5000 + b"}, -7]", [{"a": "9" * 5000}, -7]),
        (b"[1.5, 99999999999999999999]", [1.5, 99999999999999999999]),
    ],
)
def test_json_is_read_as_it_is_sent(body: bytes, expected: object) -> None:
    assert json_body(Response("https://daten.example/", body=body)) == expected


def test_windows_1252_is_read_and_reported() -> None:
    outcome = SourceOutcome()

    read = json_body(Response("https://daten.example/", body=b'["B\xe4ume \x80"]'), outcome)

    assert read == ["Bäume €"]
    assert [found.code for found in outcome.findings] == ["encoding-wrong"]


@pytest.mark.parametrize(
    ("body", "code", "quoted"),
    [
        (b"", "portal-not-json", ""),
        (b"Not found", "portal-not-json", "Not found"),
        (b"[" * 100_000, "portal-not-json", "[[["),
        (b"9" * 100_000 + b"x", "portal-not-json", "999"),
        (b"<html><p>Wartung</p></html>", "portal-html", "Wartung"),
        (b'<?xml version="1.0"?><html><p>Log in</p></html>', "portal-html", "Log in"),
        (b"\xef\xbb\xbf\n<!DOCTYPE HTML><script>x=1</script>Hallo", "portal-html", "Hallo"),
        (b"<error/>", "portal-not-json", "<error/>"),
        (b"\x00\x01\x1b[31mrot\x1b[0m" + b"a" * 500, "portal-not-json", "[31mrot [0maaa"),
    ],
)
def test_what_is_no_json_is_quoted_in_clean_characters(body: bytes, code: str, quoted: str) -> None:
    with pytest.raises(SourceProtocolError) as caught:
        json_body(Response("https://daten.example/", body=body))

    assert caught.value.code == code
    assert quoted in caught.value.detail
    assert len(caught.value.detail) <= 200
    assert caught.value.detail.isprintable()
