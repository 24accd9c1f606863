"""DKAN: the list of packages with their resources, and `data.json` where that list is missing.

DKAN 7 speaks part of CKAN's action API, without a search: `current_package_list_with_resources`
gives the packages as a list inside a list, `package_list` their names, which are counted. DKAN 2
has only `data.json` of DCAT-US. A DKAN that answers to `package_search` is read as `ckan`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceError, SourceProtocolError
from datenernte_dcat.records import SourceRecord
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.ckan_answers import identifier_of_package, is_not_published
from datenernte_harvester.sources.dcat_us_fields import identifier_of
from datenernte_harvester.sources.json_values import mapping, text
from datenernte_harvester.sources.named_fields import UnreadFields
from datenernte_harvester.sources.probe import Answer, Probe, at, below, json_of, website
from datenernte_harvester.sources.source_spider import SourceSpider, json_body
from datenernte_harvester.spiders.ckan import dataset_from_ckan, unknown_fields
from datenernte_harvester.spiders.dcat_us import dataset_from_dcat_us, datasets_of

LIMIT = 100
"""Packages asked for at once; DKAN builds each page from the database."""
_API = "/api/3/action"
_NAMES = f"{_API}/package_list"
_PACKAGES = f"{_API}/current_package_list_with_resources"
_NOT_HERE = frozenset({400, 404, 405, 410, 501})
"""Statuses of a DKAN whose API lacks an action."""


class DkanSpider(SourceSpider):
    """Reads the packages page by page and compares their number with that of the names."""

    name = "dkan"
    standard = "https://dkan.readthedocs.io/en/latest/apis/dkan-harvest.html"
    headers_read = ("Content-Type",)

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        parts = urlsplit(self.portal.url)
        path = parts.path.partition("/api/3")[0].removesuffix("/data.json").rstrip("/")
        self.base = f"{parts.scheme}://{parts.netloc}{path}"
        self.page_length = LIMIT
        self.unread = UnreadFields()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the names, to know how many there are."""
        yield self.ask(
            f"{self.base}{_NAMES}",
            self.parse_names,
            accept="application/json",
            unanswered=self.do_without_names,
        )

    def parse_names(self, response: Response) -> Iterator[Request]:
        """Note how many packages there are; ask for the first of them.

        Keys used: `result`, a list of names. Another answer says nothing.
        """
        try:
            names = mapping(json_body(response)).get("result")
        except SourceError:  # a page in HTML: the first packages decide what this portal is
            names = None
        if isinstance(names, list):
            self.outcome.announced = len({name for name in map(text, names) if name is not None})
        yield from self.go_on(0, self._page)

    def do_without_names(self, failure: Failure) -> Iterator[Request]:
        """Ask for the packages all the same, unless the portal is not there at all."""
        if isinstance(failure.value, HttpError):
            yield from self.go_on(0, self._page)
        else:
            self.note_unanswered(failure)

    def _page(self, offset: int) -> Request:
        return self.ask(
            f"{self.base}{_PACKAGES}?{urlencode({'limit': LIMIT, 'offset': offset})}",
            self.parse_packages,
            accept="application/json",
            unanswered=partial(self.pass_page_over, offset=offset),
            offset=offset,
        )

    def pass_page_over(self, failure: Failure, offset: int) -> Iterator[Request]:
        """The request behind a page that did not arrive; `data.json` for a missing action."""
        error = failure.value
        if offset == 0 and isinstance(error, HttpError) and error.response.status in _NOT_HERE:
            self.outcome.announced = None
            yield self.ask(f"{self.base}/data.json", self.parse_catalog, accept="application/json")
            return
        behind = offset + self.page_length
        is_more = self.outcome.announced is not None and behind < self.outcome.announced
        yield from self.pass_over(failure, behind if is_more else None, self._page)

    def parse_packages(
        self, response: Response, offset: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a page, then the request for the next; an empty page is the end.

        Keys used: `success`, `error.message`, `result` (packages, or a list of them in a list).

        Raises:
            SourceProtocolError: not DKAN's answer, or its error form.
            SourceIncomplete: paging does not advance.
        """
        packages = _packages(json_body(response, self.outcome))
        if not packages:
            return
        self.begin_page(response, [identifier_of_package(package) for package in packages])
        for package in packages:
            if self.is_full():
                return
            identifier = identifier_of_package(package)
            if is_not_published(package):
                self.skip(identifier)
                continue
            yield from self.record(identifier, partial(self._record, package))
        if offset == 0:
            self.page_length = len(packages)  # and not LIMIT: a server may send fewer
        offset += len(packages)
        announced = self.outcome.announced
        if announced is None or not self.has_arrived(offset, announced):
            yield from self.go_on(offset, self._page)

    def _record(self, package: object) -> SourceRecord:
        self.unread.add(unknown_fields(mapping(package)))
        return dataset_from_dkan(mapping(package), self.base)

    def parse_catalog(self, response: Response) -> Iterator[SourceRecord | FailedRecord]:
        """Yield the records of `data.json`; see `dcat_us`.

        Raises:
            SourceProtocolError: there is no list of datasets.
        """
        entries = datasets_of(json_body(response, self.outcome))
        named = [identifier_of(mapping(entry)) for entry in entries]
        self.begin_page(response, named)
        for entry, identifier in zip(entries, named, strict=True):
            if self.is_full():
                return
            read = partial(dataset_from_dcat_us, mapping(entry), response.url)
            yield from self.record(identifier, read)

    def finish(self) -> None:
        """Report the fields that nobody has mapped yet, once for the portal."""
        super().finish()
        self.unread.note(self.outcome, self.portal.url, self.standard)


def dataset_from_dkan(package: Mapping[str, object], base: str) -> SourceRecord:
    """The record of one package; see `dataset_from_ckan`.

    Args:
        base: URL of the portal without a slash at its end.

    Raises:
        RecordError: it is no object, or has neither `id` nor `name`.

    Source: https://dkan.readthedocs.io/en/latest/apis/dkan-harvest.html
    """
    return dataset_from_ckan(package, base)


def _packages(answer: object) -> list[object]:
    """The packages of an answer.

    Raises:
        SourceProtocolError: `ckan-error` with the server's words, or `portal-unexpected-answer`.
    """
    document = mapping(answer)
    if document.get("success") is not True:
        words = text(mapping(document.get("error")).get("message")) or text(answer)
        if words is not None:
            raise SourceProtocolError("ckan-error", words[:200])
    result = document.get("result")
    if not isinstance(result, list):
        raise SourceProtocolError("portal-unexpected-answer", "»result« ist keine Liste.")
    if len(result) == 1 and isinstance(result[0], list):
        return result[0]
    return result


def _listed(body: bytes, _url: str) -> Answer | None:
    """DKAN's list of packages: CKAN has the objects themselves in `result`, DKAN a list of them."""
    result = at(json_of(body), "result")
    if not (isinstance(result, list) and len(result) == 1 and isinstance(result[0], list)):
        return None
    number = len(result[0])
    return Answer("DKAN", datasets=number if number < LIMIT else None)


PROBE = Probe(
    rank=12,
    addresses=below("/api/3", f"{_PACKAGES}?limit={LIMIT}&offset=0"),
    read=_listed,
    portal_url=website("/api/3"),
)
