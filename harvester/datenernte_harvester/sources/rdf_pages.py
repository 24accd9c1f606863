"""Catalogues in RDF, page by page: what every protocol that answers in RDF has in common."""

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit, urlunsplit

from pyoxigraph import Literal
from scrapy.http import Response

from datenernte_dcat.errors import ForbiddenAddress, SourceIncomplete
from datenernte_dcat.graph import Description, dataset_from_rdf, datasets_in, parse_document
from datenernte_dcat.graph.description import RDF_TYPE
from datenernte_dcat.records import SourceRecord
from datenernte_dcat.terms import DCAT, DCT, HYDRA
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.source_outcome import SourceOutcome
from datenernte_validators.network.guard import Guard

ACCEPT_RDF = (
    "application/rdf+xml, text/turtle;q=0.9, application/ld+json;q=0.8, "
    "application/n-triples;q=0.8, */*;q=0.1"
)
"""Accept header for a catalogue in RDF."""
_NEXT = (f"{HYDRA}next", f"{HYDRA}nextPage")
_TOTAL = f"{HYDRA}totalItems"


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


@dataclass(frozen=True, slots=True)
class RdfPage:
    """One document of a catalogue."""

    index: Description
    datasets: tuple[tuple[str, str | None], ...]
    """Key of each described dataset's node in `index`, and its identifier; None where it has
    none that is the same tomorrow."""
    paging: Paging

    @property
    def identifiers(self) -> list[str | None]:
        """The identifiers, in document order."""
        return [identifier for _, identifier in self.datasets]


def rdf_page(response: Response, outcome: SourceOutcome) -> RdfPage:
    """The datasets of an answer in RDF, and what it says of the pages.

    Args:
        outcome: takes the findings about the document as a whole.

    Raises:
        SourceProtocolError: the document is not RDF, or must not be read.
    """
    content_type = response.headers.get("Content-Type")
    media_type = None if content_type is None else content_type.decode("latin-1")
    document = parse_document(response.body, media_type, response.url)
    outcome.findings.extend(document.findings)
    index = Description(document.triples)
    nodes = tuple((node, _identifier(index, node)) for node in _described_datasets(index))
    return RdfPage(index, nodes, paging_of(index, response.url))


def record_from_rdf(index: Description, node: str, identifier: str, url: str) -> SourceRecord:
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


def followed(next_page: str, page: str, guard: Guard, outcome: SourceOutcome, portal: str) -> str:
    """The URL of the next page, at the portal itself where the link leads to a place inside.

    Portals behind a proxy write the address of the server within (`http://192.168.57.3:5000/…`
    stands in a real feed of Schleswig-Holstein), or http for https.

    Args:
        next_page: as it was written.
        page: URL of the page that names it.
        portal: URL of the portal, for the finding `next-rewritten`.

    Raises:
        SourceIncomplete: `paging-broken`: the link is no web address.
    """
    url = urldefrag(urljoin(page, next_page.strip())).url
    here, there = urlsplit(page), urlsplit(url)
    if there.scheme not in ("http", "https") or not there.netloc:
        raise SourceIncomplete("paging-broken", f"»{next_page[:200]}« ist keine Webadresse.")
    if there.scheme == here.scheme and there.hostname != here.hostname:
        try:
            guard.check_url(url)
        except ForbiddenAddress:
            pass
        else:
            return url
    rewritten = urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))
    if rewritten != url:
        change = f"{_origin(url)} → {_origin(page)}"
        outcome.note(finding("next-rewritten", subject=portal, value=change))
    return rewritten


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
