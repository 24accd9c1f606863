"""Datasets that web pages describe in the vocabulary of schema.org, as search engines read them.

The portal's `url` is a page, `https://daten.example/` or `https://www.stadt.example/daten/`, or a
site map. The pages are those that the site maps list (robots.txt, else `/sitemap.xml`) at or below
that address; where there is no site map, the page itself and what it links to below it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceError, SourceProtocolError
from datenernte_dcat.records import SourceRecord
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.data_files import DATA_ENDINGS, DOCUMENT_ENDINGS, file_name
from datenernte_harvester.sources.json_values import utc
from datenernte_harvester.sources.named_fields import UnreadFields
from datenernte_harvester.sources.probe import Answer, Probe
from datenernte_harvester.sources.schema_org_fields import SchemaOrg, page_url
from datenernte_harvester.sources.site_maps import maps_in_robots, site_map
from datenernte_harvester.sources.source_spider import SourceSpider, refuse_html
from datenernte_harvester.sources.structured_data import StructuredData, structured_data
from datenernte_harvester.sources.web_pages import (
    encoded_url,
    is_same_site,
    page_of,
    web_page,
)

PAGES_MAX = 5000
"""Pages of a website; a portal with more has an interface."""
_GONE = frozenset((404, 410))
_NO_PAGES = (DATA_ENDINGS | DOCUMENT_ENDINGS) - {"xml"} | {
    "jpg",
    "jpeg",
    "png",
    "gif",
    "svg",
    "mp4",
}
_MAP_NAMES = (".xml", ".xml.gz", ".txt")

Answers = Iterator[SourceRecord | FailedRecord | Request]


class SchemaOrgSpider(SourceSpider):
    """Reads the pages of a website, and of each the datasets that it describes."""

    name = "schema_org"
    standard = "https://schema.org/Dataset"
    pages_max = PAGES_MAX

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.scope = scope_of(self.portal.url)
        self.is_map = urlsplit(self.portal.url).path.lower().endswith(_MAP_NAMES)
        self.waiting: set[str] = set()
        """Addresses that have not been answered yet."""
        self.maps: int = 0
        """Site maps that could be read."""
        self.links: list[str] = []
        """Pages below the portal's page, for a website without site map."""
        self.mentions: dict[str, tuple[str, Callable[[], SourceRecord]]] = {}
        """Datasets that a page only names, by identifier, with their own pages, which say more."""
        self.without_data: set[str] = set()
        """Pages that were read and describe no dataset."""
        self.pages = self.with_data = self.gone = 0
        self.unread = UnreadFields()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the page, and where the others are listed."""
        if self.is_map:
            yield self._go(self.portal.url, self._read_map, self._map_missing)
            return
        parts = urlsplit(self.portal.url)
        yield self._go(
            f"{parts.scheme}://{parts.netloc}/robots.txt", self._read_robots, self._guess
        )
        yield self._go(self.portal.url, self._read_page, self._page_missing, is_given=True)

    def _go(
        self,
        url: str,
        read: Callable[..., Answers],
        missing: Callable[[Failure], Answers],
        **arguments: Any,
    ) -> Request:
        request = self.ask(
            url,
            self.parse_answer,
            accept="text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
            unanswered=partial(self.note_missing, asked=url, missing=missing),
            asked=url,
            read=read,
            **arguments,
        )
        self.waiting.add(url)
        return request

    def parse_answer(
        self, response: Response, asked: str, read: Callable[..., Answers], **arguments: Any
    ) -> Answers:
        """Yield what an answer leads to; after the last one, the datasets that were only named.

        Args:
            asked: the address that was asked for, before any redirect.
            read: reads an answer of this kind.
        """
        yield from self._closed(asked, read(response, **arguments))

    def note_missing(
        self, failure: Failure, asked: str, missing: Callable[[Failure], Answers]
    ) -> Answers:
        """Yield what follows from an answer that did not come."""
        yield from self._closed(asked, missing(failure))

    def _closed(self, asked: str, work: Answers) -> Answers:
        try:
            yield from work
        except SourceError as error:
            self.note(error)
        self.waiting.discard(asked)
        if not self.waiting and not self.maps and not self.is_map:
            links, self.links = self.links, []
            yield from self._asked_pages((link, None) for link in links)
        if not self.waiting:
            for identifier, (own, read) in self.mentions.items():
                # a page that did not answer may have it under another identifier
                says_nothing = not self.was_asked(own) or own in self.without_data
                if says_nothing and identifier not in self.outcome.received and not self.is_full():
                    yield from self.record(identifier, read)

    def _read_robots(self, response: Response) -> Answers:
        found = [url for url in maps_in_robots(response.body) if is_same_site(url, self.portal.url)]
        if not found:
            yield self._default_map()
        for url in found:
            if not self.was_asked(url):
                yield self._go(url, self._read_map, self._map_missing)

    def _guess(self, _failure: Failure) -> Answers:
        yield self._default_map()

    def _default_map(self) -> Request:
        parts = urlsplit(self.portal.url)
        url = f"{parts.scheme}://{parts.netloc}/sitemap.xml"
        return self._go(url, self._read_map, self._map_missing, is_guess=True)

    def _map_missing(self, failure: Failure) -> Answers:
        """A site map that is not there is none; one that does not answer may list something."""
        error = failure.value
        is_gone = isinstance(error, HttpError) and error.response.status in _GONE
        if not is_gone or self.is_map:
            self.note_unanswered(failure)
        yield from ()

    def _read_map(self, response: Response, is_guess: bool = False) -> Answers:
        try:
            refuse_html(response.body)
        except SourceProtocolError:
            if not is_guess:
                raise
            return  # a page that says that there is no such page, with status 200
        found = site_map(response.body)
        self.maps += 1
        for url in found.maps:
            if is_same_site(url, self.portal.url) and not self.was_asked(url):
                yield self._go(url, self._read_map, self._map_missing)
        yield from self._asked_pages((encoded_url(page.url), page.changed) for page in found.pages)

    def _asked_pages(self, listed: Iterable[tuple[str, str | None]]) -> Answers:
        """The requests for pages of ours that were not asked for before."""
        for url, changed in listed:
            name = file_name(url)
            is_file = name is not None and name.ending in _NO_PAGES
            if (
                self._is_ours(url)
                and not is_file
                and not self.was_asked(url)
                and not self.is_full()
            ):
                yield self._go(url, self._read_page, self._page_missing, changed=changed)

    def _is_ours(self, url: str) -> bool:
        path = f"{urlsplit(url).path.rstrip('/')}/"
        return path.startswith(self.scope) and is_same_site(url, self.portal.url)

    def _page_missing(self, failure: Failure) -> Answers:
        """A listed page that is gone is gone; one that does not answer is missing."""
        error = failure.value
        is_gone = isinstance(error, HttpError) and error.response.status in _GONE
        if isinstance(error, HttpError) and is_gone and error.response.url != self.portal.url:
            self.gone += 1
        else:
            self.note_unanswered(failure)
        yield from ()

    def _read_page(
        self, response: Response, changed: str | None = None, is_given: bool = False
    ) -> Answers:
        """The records of a page.

        Args:
            is_given: it is the portal's own, whose links count where there is no site map.

        Raises:
            SourceProtocolError: the page cannot be read, or the portal has moved.
        """
        if is_given and not is_same_site(response.url, self.portal.url):
            raise SourceProtocolError(
                "portal-url-unusable", f"Sie führt weiter zu {response.url}; tragen Sie diese ein."
            )
        self.pages += 1
        header = (response.headers.get("Content-Type") or b"text/html").decode("latin-1").lower()
        if "html" not in header:
            return
        page = page_of(response)
        html = page.root.get()
        data = structured_data(page, html)
        self.outcome.findings.extend(
            found for found in data.findings if found not in self.outcome.findings
        )
        self.with_data += bool(data.datasets)
        if not data.datasets:
            self.without_data.update((response.url, *_redirected(response)))
        if is_given:
            links = (page.link(href) for href in page.root.xpath("//a/@href").getall())
            self.links = list(dict.fromkeys(link for link in links if link is not None))
        named_pages = []
        for node in data.datasets:
            if self.is_full():
                return
            found = SchemaOrg(data, node, response.url)
            own = found.own_page()
            identifier = found.identifier()
            if identifier is None and len(data.datasets) == 1:
                identifier = response.url
            read = partial(self._record, data, node, identifier or "", response.url, changed)
            is_elsewhere = own is not None and is_elsewhere_of(own, response)
            if is_elsewhere and is_same_site(own or "", self.portal.url):
                own = encoded_url(page_url(response.url, own or ""))
                named_pages.append((own, None))
                if identifier is not None:
                    self.mentions.setdefault(identifier, (own, read))
                continue
            yield from self.record(identifier, read)
        yield from self._asked_pages(named_pages)

    def _record(
        self,
        data: StructuredData,
        node: Mapping[str, Any],
        identifier: str,
        page: str,
        changed: str | None,
    ) -> SourceRecord:
        record, unread = _read(data, node, identifier, page, changed)
        self.unread.add(unread)
        return record

    def finish(self) -> None:
        """Report how many pages were read, and the properties that nobody has mapped yet."""
        super().finish()
        if self.pages:
            self.outcome.note(
                finding(
                    "pages-read",
                    subject=self.portal.url,
                    pages=self.pages,
                    described=self.with_data,
                    gone=self.gone,
                )
            )
        self.unread.note(self.outcome, self.portal.url, self.standard)


def dataset_from_schema_org(
    data: StructuredData,
    node: Mapping[str, Any],
    identifier: str,
    page: str,
    changed: str | None = None,
) -> SourceRecord:
    """The record of one dataset that a page describes.

    Args:
        node: one of `data.datasets`.
        page: URL of the page.
        changed: `lastmod` of the page in the site map.

    Source: https://schema.org/Dataset
    """
    return _read(data, node, identifier, page, changed)[0]


def _read(
    data: StructuredData,
    node: Mapping[str, Any],
    identifier: str,
    page: str,
    changed: str | None,
) -> tuple[SourceRecord, set[str]]:
    """The record, and the properties that have no place in it."""
    found = SchemaOrg(data, node, page)
    dataset = found.dataset()
    record = SourceRecord(
        source_identifier=identifier,
        dataset=dataset,
        source_url=page,
        changed_at=utc(changed),
        findings=tuple(found.findings),
    )
    return record, found.unread


def scope_of(url: str) -> str:
    """What the paths of all pages of a portal begin with; a slash for the whole website."""
    path = urlsplit(url).path
    if path.lower().endswith(_MAP_NAMES):
        return "/"
    folder, _, name = path.rpartition("/")
    return f"{folder if '.' in name else path.rstrip('/')}/"  # a page, or a folder


def is_elsewhere_of(own: str, response: Response) -> bool:
    """Whether a dataset's own page is another than the one that it stands on."""
    here = {response.url, *_redirected(response)}
    pages = {page_url(response.url, url).rstrip("/") for url in here}
    return page_url(response.url, own).rstrip("/") not in pages


def _redirected(response: Response) -> list[str]:
    """The addresses that led to the page."""
    return [] if response.request is None else response.request.meta.get("redirect_urls", [])


def _described(body: bytes, url: str) -> Answer | None:
    """A page that describes datasets or a catalogue of them."""
    try:
        page = web_page(body, url)
        data = structured_data(page, page.root.get())
    except SourceError:
        return None
    if not data.datasets and not data.catalogues:
        return None
    # the page of one dataset does not say how many there are on others
    number = len(data.datasets) if data.catalogues else None
    titles = [name for node in data.catalogues if isinstance(name := node.get("name"), str)]
    return Answer("Webseiten mit schema.org", next(iter(titles), None), number)


PROBE = Probe(
    rank=80,
    addresses=lambda url: (url,),
    read=_described,
    portal_url=lambda given, _answered: given,
)
