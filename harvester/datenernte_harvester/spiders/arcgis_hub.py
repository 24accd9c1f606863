"""ArcGIS Hub: the site's feed in DCAT-AP, one document in JSON-LD.

The portal's `url` is the site, `https://data-lra-cha.opendata.arcgis.com`, whose newest feed is
read; or one feed, `…/api/feed/dcat-ap/2.1.1.json`. Its query (`q`, `id`, `updated`) is kept.

The site's search is no check of the number: it counts items, the feed layers of items (669 in the
feed and 620 in the search were seen at one site). That the feed arrived whole is certain without
it, since half a document is no JSON.
"""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.graph import Description, catalogs_in
from datenernte_dcat.records import SourceRecord
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.probe import Probe, below, listing, website
from datenernte_harvester.sources.rdf_pages import rdf_page, record_from_rdf
from datenernte_harvester.sources.source_spider import SourceSpider, beginning

VERSIONS = ("3.0.0", "2.1.1", "2.0.1")
"""Versions of the feed, the newest first; sites differ in what they have."""

_FEED = "/api/feed/"
_NO_FEED = frozenset((400, 404, 410))
"""HTTP statuses for a version that a site does not have."""


class ArcgisHubSpider(SourceSpider):
    """Reads the newest feed of a site."""

    name = "arcgis_hub"
    headers_read = ("Content-Type",)
    standard = "https://doc.arcgis.com/en/hub/content/federate-data-with-external-catalogs.htm"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.feeds = feeds_of(self.portal.url)

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the newest feed."""
        yield self._feed(0)

    def _feed(self, number: int) -> Request:
        is_last = number + 1 == len(self.feeds)
        return self.ask(
            self.feeds[number],
            self.parse_feed,
            accept="application/ld+json, application/json;q=0.9",
            unanswered=None if is_last else partial(self.ask_older, number=number),
        )

    def ask_older(self, failure: Failure, number: int) -> Iterator[Request]:
        """The request for the next older feed, where the site does not have this one."""
        error = failure.value
        if isinstance(error, HttpError) and error.response.status in _NO_FEED:
            yield self._feed(number + 1)
        else:
            self.note_unanswered(failure)

    def parse_feed(self, response: Response) -> Iterator[SourceRecord | FailedRecord]:
        """Yield the records of the feed.

        Elements used: nodes typed dcat:Dataset; a node typed dcat:Catalog.

        Raises:
            SourceProtocolError: not JSON-LD, or no catalogue: the site's form of an error.
        """
        page = rdf_page(response, self.outcome)
        if not page.datasets and not catalogs_in(page.index):
            raise SourceProtocolError("portal-unexpected-answer", beginning(response.body))
        self.begin_page(response, page.identifiers)
        for node, identifier in page.datasets:
            if self.is_full():
                return
            read = partial(
                dataset_from_arcgis_hub, page.index, node, identifier or "", response.url
            )
            yield from self.record(identifier, read)


def feeds_of(url: str) -> tuple[str, ...]:
    """URLs of the feeds of a site, the newest first; of a feed's URL only that."""
    parts = urlsplit(url)
    if _FEED in parts.path:
        return (url,)
    path = parts.path.rstrip("/")
    return tuple(
        urlunsplit(parts._replace(path=f"{path}{_FEED}dcat-ap/{version}.json", fragment=""))
        for version in VERSIONS
    )


def dataset_from_arcgis_hub(
    index: Description, node: str, identifier: str, url: str
) -> SourceRecord:
    """The record of one dataset's node; see `record_from_rdf`.

    Source: https://doc.arcgis.com/en/hub/content/federate-data-with-external-catalogs.htm
    """
    return record_from_rdf(index, node, identifier, url)


PROBE = Probe(
    rank=45,
    addresses=below("/api/", "/api/search/v1/collections/dataset/items?limit=1"),
    read=listing("ArcGIS Hub", ("numberMatched",), ("features",)),
    portal_url=website("/api/"),
)
