"""A plain web page that links to files: what a municipality has that has no portal.

The portal's `url` is the page, `https://www.stadt.example/offene-daten`; pages that it continues
on (»weiter«, `rel="next"`) are read as well, where they lie at or below the same path. Nothing is
guessed: what the page does not say stays empty, and the publisher is that of the portal file.
"""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from datenernte_dcat.errors import SourceError
from datenernte_dcat.records import Dataset, Distribution, Literal, Reference, SourceRecord
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.data_files import format_of
from datenernte_harvester.sources.json_values import literal, literals, reference, references
from datenernte_harvester.sources.named_fields import UnreadFields
from datenernte_harvester.sources.page_links import LinkedFile, Thing, things_on
from datenernte_harvester.sources.page_words import name_in
from datenernte_harvester.sources.probe import Answer, Probe
from datenernte_harvester.sources.source_spider import SourceSpider
from datenernte_harvester.sources.web_pages import (
    WebPage,
    is_same_site,
    page_of,
    web_page,
    words_of,
)

PAGES_MAX = 100
_NEXT = frozenset(
    (
        "weiter",
        "nächste",
        "nächste seite",
        "next",
        "next page",
        "»",
        "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        ">",
        "vor",
    )
)
_NAMED_MAX = 20


class HtmlLinksSpider(SourceSpider):
    """Reads a page and the pages that it continues on."""

    name = "html_links"
    standard = "https://html.spec.whatwg.org/multipage/links.html"
    pages_max = PAGES_MAX

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.not_taken: set[str] = set()
        self.unread = UnreadFields()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the page."""
        yield self.ask(self.portal.url, self.parse_page, accept="text/html")

    def parse_page(self, response: Response) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield a record for each thing on the page, then the request for the next page.

        Elements used: `a` with `href`, `type`, `download` and `rel`; around them `tr`, `li`, `dd`
        and headings.

        Raises:
            SourceProtocolError: it is no web page.
            SourceIncomplete: the pages go round in circles.
        """
        page = page_of(response)
        things, others = things_on(page)
        self.not_taken.update(others)
        self.begin_page(response, [identifier_of(thing) for thing in things])
        for thing in things:
            if self.is_full():
                return
            self.unread.add(f"Spalte »{heading}«" for heading in thing.unread)
            read = partial(dataset_from_html_links, thing, response.url)
            yield from self.record(identifier_of(thing), read)
        url = next_page(page, self.portal.url)
        if url is not None and not self.was_asked(url) and not self.is_full():
            yield self.ask(url, self.parse_page, accept="text/html")

    def finish(self) -> None:
        """Report the documents that are no data, and the columns that nobody reads."""
        super().finish()
        if self.not_taken:
            shown = ", ".join(sorted(self.not_taken)[:_NAMED_MAX])
            number = len(self.not_taken)
            self.outcome.note(
                finding("files-not-taken", subject=self.portal.url, value=shown, number=number)
            )
        self.unread.note(self.outcome, self.portal.url, self.standard)


def identifier_of(thing: Thing) -> str:
    """The address of its files without ending; of several, the first in the alphabet.

    Neither title nor place on the page: both change without the thing being another one.
    """
    return min(file.stem for file in thing.files if file.is_data)


def dataset_from_html_links(thing: Thing, url: str) -> SourceRecord:
    """The record of one thing that a page offers.

    Args:
        url: of the page.

    Source: https://html.spec.whatwg.org/multipage/links.html
    """
    return SourceRecord(
        source_identifier=identifier_of(thing),
        dataset=Dataset(
            title=literals(thing.title),
            description=literals(thing.description),
            keyword=tuple(Literal(value=word) for word in thing.keywords),
            theme=references(thing.theme),
            modified=literal(thing.modified),
            accrual_periodicity=reference(thing.frequency),
            distribution=tuple(_distribution(file, thing) for file in thing.files),
        ),
        source_url=url,
    )


def next_page(page: WebPage, portal_url: str) -> str | None:
    """The page that a page continues on; None where it is the last, or leads elsewhere."""
    given = [*page.root.xpath("//link[@rel='next']"), *page.root.xpath("//a[@href]")]
    root = urlsplit(portal_url).path.rstrip("/")
    for link in given:
        says_next = (link.attrib.get("rel") or "").lower() == "next"
        named = {words_of([link]).lower(), (link.attrib.get("aria-label") or "").lower()}
        url = page.link(link.attrib.get("href"))
        if url is None or not (says_next or named & _NEXT):
            continue
        path = urlsplit(url).path.rstrip("/")
        is_below = path == root or path.startswith(f"{root}/")
        if is_below and is_same_site(url, portal_url) and url != page.url:
            return url
    return None


def _distribution(file: LinkedFile, thing: Thing) -> Distribution:
    place = (Reference(uri=file.url),)
    name = None if file.file is None else file.file.name
    title = name_in(file.words, name)
    return Distribution(
        access_url=place,
        download_url=place,
        title=literals(title if title != thing.title else None),
        format=None if file.file is None else format_of(file.file.ending),
        media_type=reference(file.media_type),
        license=reference(thing.license),
    )


def _page_with_files(body: bytes, url: str) -> Answer | None:
    try:
        things, _ = things_on(web_page(body, url))
    except SourceError:
        return None
    return Answer("Webseite mit Dateien", datasets=len(things)) if things else None


PROBE = Probe(
    rank=90,
    addresses=lambda url: (url,),
    read=_page_with_files,
    portal_url=lambda given, _answered: given,
)
