"""piveau: the repository of a hub (»hub-repo«) in RDF, checked against its search (»hub-search«).

The portal's `url` is one catalogue, `https://open.bydata.de/api/hub/repo/catalogues/muenchen`, or
the repository, `https://open.bydata.de/api/hub/repo`, or the website, `https://open.bydata.de`;
the last two mean all catalogues. `/datasets` at the end and a query change nothing. A catalogue
after `#` is refused, since that part of an address never reaches the server.
"""

import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode, urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceError, SourceProtocolError
from datenernte_dcat.graph import Description
from datenernte_dcat.records import SourceRecord
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.json_values import mapping, mappings, text
from datenernte_harvester.sources.probe import Probe, listing, site_of
from datenernte_harvester.sources.rdf_pages import ACCEPT_RDF, rdf_page, record_from_rdf
from datenernte_harvester.sources.source_spider import SourceSpider, json_body

LIMIT = 100
"""Datasets asked for at once, piveau's default; 5000 are allowed and take it minutes."""
_REPOSITORY = "/api/hub/repo"
_SEARCH = "/api/hub/search/search"


class PiveauSpider(SourceSpider):
    """Reads the datasets of one catalogue or of all, by offset."""

    name = "piveau"
    headers_read = ("Content-Type",)
    standard = "https://doc.piveau.eu/hub/hub-repo/"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.indexed: int | None = None
        """How many datasets the search knows; None where it does not say."""
        self.page_length = LIMIT

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the first page, and the search for its count."""
        try:
            place = place_of(self.portal.url)
        except SourceProtocolError as error:
            self.note(error)
            return
        yield self._page(place, 0)
        query = {"filter": "dataset", "page": 0, "limit": 1}
        if place.catalogue is not None:
            facets = json.dumps({"catalog": [place.catalogue]}, separators=(",", ":"))
            query = {"filter": "dataset", "facets": facets, "page": 0, "limit": 1}
        yield self.ask(
            f"{place.base}{_SEARCH}?{urlencode(query)}",
            self.parse_count,
            accept="application/json",
            unanswered=_search_is_missing,
            catalogue=place.catalogue,
        )

    def _page(self, place: "Place", offset: int, *, hydra: bool = True) -> Request:
        query: dict[str, Any] = {"valueType": "metadata", "offset": offset, "limit": LIMIT}
        if hydra:
            query["hydra"] = "true"
        is_trial = hydra and offset == 0
        return self.ask(
            f"{place.datasets}?{urlencode(query)}",
            self.parse_page,
            accept=ACCEPT_RDF,
            unanswered=(
                partial(self.ask_without_hydra, place=place)
                if is_trial
                else partial(self.pass_page_over, place=place, offset=offset, hydra=hydra)
            ),
            place=place,
            offset=offset,
            hydra=hydra,
        )

    def ask_without_hydra(self, failure: Failure, place: "Place") -> Iterator[Request]:
        """The request for the first page without Hydra, which piveau warns may fail by itself."""
        error = failure.value
        status = error.response.status if isinstance(error, HttpError) else None
        if status is not None and (status == 400 or status >= 500):
            yield self._page(place, 0, hydra=False)
        else:
            self.note_unanswered(failure)

    def pass_page_over(
        self, failure: Failure, place: "Place", offset: int, hydra: bool
    ) -> Iterator[Request]:
        """The request for the page behind one that did not arrive."""
        behind = offset + self.page_length
        is_more = self.outcome.announced is not None and behind < self.outcome.announced
        page = partial(self._page, place, hydra=hydra)
        yield from self.pass_over(failure, behind if is_more else None, page)

    def parse_page(
        self, response: Response, place: "Place", offset: int, hydra: bool
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a page, then the request for the next.

        Elements used: nodes typed dcat:Dataset; of Hydra, which may be missing behind a proxy,
        totalItems, and whether there is a next page. Its link is never followed: it carries the
        address of the server within.

        Raises:
            SourceProtocolError: the document is not RDF, or must not be read.
            SourceIncomplete: paging does not advance.
        """
        page = rdf_page(response, self.outcome)
        total = page.paging.total
        if total is not None:
            self.outcome.announced = total
        self.begin_page(response, page.identifiers)
        for node, identifier in page.datasets:
            if self.is_full():
                return
            read = partial(dataset_from_piveau, page.index, node, identifier or "", response.url)
            yield from self.record(identifier, read)
        if offset == 0 and page.datasets:
            self.page_length = len(page.datasets)  # and not LIMIT: a server may send fewer
        offset += len(page.datasets)
        is_more = (
            total is None
            or not self.has_arrived(offset, total)
            or page.paging.next_page is not None
        )
        if page.datasets and is_more and not self.is_full():
            yield from self.go_on(offset, partial(self._page, place, hydra=hydra))

    def parse_count(self, response: Response, catalogue: str | None) -> Iterator[Request]:
        """Note how many datasets the search knows; an answer of another kind says nothing.

        Keys used: `result.count`, `result.results[].catalog.id`.
        """
        try:
            result = mapping(mapping(json_body(response)).get("result"))
        except SourceError:  # the search is not what is harvested: a gateway's page, a log-in
            return
        owners = {
            text(mapping(found.get("catalog")).get("id"))
            for found in mappings(result.get("results"))
        }
        count = result.get("count")
        is_of_catalogue = catalogue is None or owners <= {catalogue}  # else the facet was ignored
        if isinstance(count, int) and not isinstance(count, bool) and is_of_catalogue:
            self.indexed = count
        yield from ()

    def finish(self) -> None:
        """Believe the search where it knows more than arrived, never where it lags behind."""
        super().finish()
        outcome = self.outcome
        arrived = len(outcome.received) + len(outcome.skipped)
        if self.indexed is not None and self.indexed > max(arrived, outcome.announced or 0):
            outcome.announced = self.indexed


class Place(NamedTuple):
    """What a portal's URL means."""

    base: str
    """Of the website, without a slash at its end."""
    catalogue: str | None
    """Identifier of the catalogue; None for all catalogues."""
    datasets: str
    """URL of the list of datasets, without query."""


def place_of(url: str) -> Place:
    """The catalogue that a portal's URL names.

    Raises:
        SourceProtocolError: `portal-url-unusable`: it names something else.
    """
    parts = urlsplit(url)
    before, repository, after = parts.path.rstrip("/").partition(_REPOSITORY)
    base = f"{parts.scheme}://{parts.netloc}{before}"
    steps = [step for step in after.split("/") if step]
    if steps[-1:] == ["datasets"]:
        steps.pop()
    is_catalogue = len(steps) == 2 and steps[0] == "catalogues"
    if parts.fragment or (steps and not is_catalogue) or (not repository and "/api/" in base):
        raise SourceProtocolError(
            "portal-url-unusable",
            "Erwartet wird eine Adresse wie https://portal.example/api/hub/repo/catalogues/name.",
        )
    if not steps:
        return Place(base, None, f"{base}{_REPOSITORY}/datasets")
    return Place(base, unquote(steps[1]), f"{base}{_REPOSITORY}/catalogues/{steps[1]}/datasets")


def dataset_from_piveau(index: Description, node: str, identifier: str, url: str) -> SourceRecord:
    """The record of one dataset's node; see `record_from_rdf`.

    Source: https://doc.piveau.eu/hub/hub-repo/
    """
    return record_from_rdf(index, node, identifier, url)


def _search_is_missing(_failure: Failure) -> None:
    """Nothing to note: without the search, the repository's own total has to do."""


def _catalogue(url: str) -> str | None:
    """The catalogue that a URL of piveau names."""
    after = urlsplit(url).path.partition("/api/hub/repo/catalogues/")[2]
    return unquote(after.partition("/")[0]) or None


def _search_address(url: str) -> Iterator[str]:
    query: dict[str, Any] = {"filter": "dataset"}
    catalogue = _catalogue(url)
    if catalogue is not None:
        query["facets"] = json.dumps({"catalog": [catalogue]}, separators=(",", ":"))
    query.update(page=0, limit=1)
    yield f"{site_of(url, '/api/hub')}{_SEARCH}?{urlencode(query)}"


def _portal_url(given: str, _answered: str) -> str:
    repository = f"{site_of(given, '/api/hub')}{_REPOSITORY}"
    return given.rstrip("/") if _catalogue(given) is not None else repository


PROBE = Probe(
    rank=20,
    addresses=_search_address,
    read=listing("piveau", ("result", "count"), ("result", "results")),
    portal_url=_portal_url,
    part=lambda url: _catalogue(url) or "",
)
