"""DCAT in RDF: one document, or pages that name the next one with Hydra.

RDF/XML, Turtle, N-Triples and JSON-LD; both of Hydra's vocabularies for pages, the old one that
CKAN writes and the newer one of piveau and udata.
"""

from collections.abc import AsyncIterator, Iterator
from functools import partial

from scrapy import Request
from scrapy.http import Response

from datenernte_dcat.errors import SourceError
from datenernte_dcat.graph import Description, datasets_in, parse_rdf
from datenernte_dcat.records import SourceRecord
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.probe import Answer, Probe, document, documents
from datenernte_harvester.sources.rdf_pages import ACCEPT_RDF, followed, rdf_page, record_from_rdf
from datenernte_harvester.sources.source_spider import SourceSpider


class DcatRdfSpider(SourceSpider):
    """Reads a catalogue document and the pages behind it."""

    name = "dcat_rdf"
    headers_read = ("Content-Type",)
    standard = "https://www.dcat-ap.de/def/dcatde/3.0/spec/"

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the portal's document."""
        yield self.ask(self.portal.url, self.parse_page, accept=ACCEPT_RDF)

    def parse_page(self, response: Response) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a page, then the request for the next.

        Elements used: nodes typed dcat:Dataset; dcat:dataset of the catalogue; of Hydra
        totalItems, next and nextPage.

        Raises:
            SourceProtocolError: the document is not RDF, or must not be read.
            SourceIncomplete: paging goes round in circles.
        """
        page = rdf_page(response, self.outcome)
        if page.paging.total is not None:
            self.outcome.announced = page.paging.total
        self.begin_page(response, page.identifiers)
        for node, identifier in page.datasets:
            if self.is_full():
                return
            read = partial(dataset_from_dcat_rdf, page.index, node, identifier or "", response.url)
            yield from self.record(identifier, read)
        if page.paging.next_page is not None and not self.is_full():
            url = followed(
                page.paging.next_page, response.url, self.guard, self.outcome, self.portal.url
            )
            yield self.ask(url, self.parse_page, accept=ACCEPT_RDF)


def dataset_from_dcat_rdf(index: Description, node: str, identifier: str, url: str) -> SourceRecord:
    """The record of one dataset's node; see `record_from_rdf`.

    Source: https://www.dcat-ap.de/def/dcatde/3.0/spec/
    """
    return record_from_rdf(index, node, identifier, url)


def _feed(body: bytes, url: str) -> Answer | None:
    """Number of datasets on the first page of an RDF feed."""
    try:
        datasets = len(datasets_in(parse_rdf(body, None, url)))
    except SourceError:
        return None
    return Answer("DCAT-Feed", datasets=datasets) if datasets else None


PROBE = Probe(
    rank=60,
    addresses=documents("", "/catalog.rdf", "/catalog.ttl", "/catalog.jsonld", "/catalog.xml"),
    read=_feed,
    portal_url=document,
)
