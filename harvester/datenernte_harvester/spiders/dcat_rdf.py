"""DCAT in RDF: one document, or pages that name the next one with Hydra.

RDF/XML, Turtle, N-Triples and JSON-LD; both of Hydra's vocabularies for pages, the old one that
CKAN writes and the newer one of piveau and udata.
"""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

from pyoxigraph import Literal
from scrapy import Request
from scrapy.http import Response

from datenernte_dcat.errors import ForbiddenAddress, SourceIncomplete
from datenernte_dcat.graph import Description, dataset_from_rdf, datasets_in, parse_document
from datenernte_dcat.graph.description import RDF_TYPE
from datenernte_dcat.records import SourceRecord
from datenernte_dcat.terms import DCAT, DCT, HYDRA
from datenernte_dcat.texts import finding
from datenernte_harvester.record_isolation import FailedRecord
from datenernte_harvester.source_spider import SourceSpider

_ACCEPT = (
    "application/rdf+xml, text/turtle;q=0.9, application/ld+json;q=0.8, "
    "application/n-triples;q=0.8, */*;q=0.1"
)
_NEXT = (f"{HYDRA}next", f"{HYDRA}nextPage")
_TOTAL = f"{HYDRA}totalItems"


class DcatRdfSpider(SourceSpider):
    """Reads a catalogue document and the pages behind it."""

    name = "dcat_rdf"
    standard = "https://www.dcat-ap.de/def/dcatde/3.0/spec/"

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the portal's document."""
        yield self.ask(self.portal.url, self.parse_page, accept=_ACCEPT)

    def parse_page(self, response: Response) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a page, then the request for the next.

        Elements used: nodes typed dcat:Dataset; dcat:dataset of the catalogue; of Hydra
        totalItems, next and nextPage.

        Raises:
            SourceProtocolError: the document is not RDF, or must not be read.
            SourceIncomplete: paging goes round in circles.
        """
        content_type = response.headers.get("Content-Type")
        media_type = None if content_type is None else content_type.decode("latin-1")
        document = parse_document(response.body, media_type, response.url)
        self.outcome.findings.extend(document.findings)
        index = Description(document.triples)
        paging = paging_of(index, response.url)
        if paging.total is not None:
            self.outcome.announced = paging.total
        nodes = _described_datasets(index)
        identifiers = [_identifier(index, node) for node in nodes]
        self.begin_page(response, identifiers)
        for node, identifier in zip(nodes, identifiers, strict=True):
            if self.is_full():
                return
            read = partial(dataset_from_dcat_rdf, index, node, identifier or "", response.url)
            yield from self.record(identifier, read)
        if paging.next_page is not None and not self.is_full():
            url = self._followed(paging.next_page, response.url)
            yield self.ask(url, self.parse_page, accept=_ACCEPT)

    def _followed(self, next_page: str, page: str) -> str:
        """The URL of the next page, at the portal itself where the link leads to a place inside.

        Portals behind a proxy write the address of the server within (`http://192.168.57.3:5000/…`
        stands in a real feed of Schleswig-Holstein), or http for https.

        Raises:
            SourceIncomplete: `paging-broken`: the link is no web address.
        """
        url = urldefrag(urljoin(page, next_page.strip())).url
        here, there = urlsplit(page), urlsplit(url)
        if there.scheme not in ("http", "https") or not there.netloc:
            raise SourceIncomplete("paging-broken", f"»{next_page[:200]}« ist keine Webadresse.")
        if there.scheme == here.scheme and there.hostname != here.hostname:
            try:
                self.guard.check_url(url)
            except ForbiddenAddress:
                pass
            else:
                return url
        rewritten = urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))
        if rewritten != url:
            change = f"{_origin(url)} → {_origin(page)}"
            self.outcome.note(finding("next-rewritten", subject=self.portal.url, value=change))
        return rewritten


class Paging(NamedTuple):
    """What a page says of the pages."""

    total: int | None
    """Number of datasets on all pages together."""
    next_page: str | None
    """As it was written: absolute or relative."""


def paging_of(index: Description, page: str) -> Paging:
    """What Hydra says of the pages, in either vocabulary, as literals or IRIs.

    Args:
        page: URL of the page; its own node counts where several nodes have a next page.
    """
    totals = [
        int(term.value)
        for subject in index.subjects()
        for term in index.objects(subject, _TOTAL)
        if isinstance(term, Literal) and term.value.isascii() and term.value.isdigit()
    ]
    following = {
        subject: term.value
        for name in reversed(_NEXT)
        for subject in index.subjects()
        for term in index.objects(subject, name)[:1]
        if hasattr(term, "value") and term.value.strip()
    }
    next_page = following.get(page) or next(iter(following.values()), None)
    return Paging(totals[0] if totals else None, next_page)


def dataset_from_dcat_rdf(index: Description, node: str, identifier: str, url: str) -> SourceRecord:
    """The record of one dataset's node.

    Args:
        node: key of the node in `index`.
        identifier: its IRI, or what stands for it.
        url: of the document.

    Source: https://www.dcat-ap.de/def/dcatde/3.0/spec/
    """
    reading = dataset_from_rdf(index, node)
    return SourceRecord(
        source_identifier=identifier,
        dataset=reading.dataset,
        kept=reading.kept,
        source_url=url,
        findings=reading.findings,
    )


def _described_datasets(index: Description) -> list[str]:
    """The datasets that the document describes: not those that it only mentions the type of."""
    listed = {
        str(term.value)
        for subject in index.subjects()
        for term in index.objects(subject, f"{DCAT}dataset")
        if hasattr(term, "value")
    }
    return [
        node
        for node in datasets_in(index)
        if node in listed or set(index.properties(node)) != {RDF_TYPE}
    ]


def _identifier(index: Description, node: str) -> str | None:
    """The node's IRI; of a blank node its dct:identifier, which alone is the same tomorrow."""
    if not node.startswith("_:"):
        return node
    values = sorted(
        term.value
        for term in index.objects(node, f"{DCT}identifier")
        if isinstance(term, Literal) and term.value.strip()
    )
    return values[0] if values else None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
