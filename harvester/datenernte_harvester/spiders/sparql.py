"""SPARQL: an endpoint that has a catalogue in DCAT, such as that of piveau.

The portal's `url` is the endpoint, `https://daten.example/sparql`. `?catalog=IRI` restricts it to
the datasets of one catalogue; that parameter is ours and is not sent. All others are:
`default-graph-uri=IRI`, which SPARQL itself has for one graph, or `union-default-graph` of Oxigraph.

Endpoints cut off what is longer than their limit without saying so. Therefore datasets are listed
by their last IRI and never by offset, their number is asked for, and each description is counted
inside the endpoint before it is believed; one that is too long is asked for in smaller parts.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from datenernte_dcat.errors import RecordError, SourceIncomplete, SourceProtocolError
from datenernte_dcat.graph import Description, parse_document
from datenernte_dcat.records import SourceRecord
from datenernte_dcat.terms import safe_iri
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.json_values import mapping, text
from datenernte_harvester.sources.probe import Answer, Probe, json_of
from datenernte_harvester.sources.rdf_pages import record_from_rdf
from datenernte_harvester.sources.source_spider import SourceSpider, beginning, json_body
from datenernte_harvester.sources.sparql_queries import (
    count_query,
    description_query,
    is_too_deep,
    list_query,
    members_of,
    number_of,
    rows_in,
    rows_query,
    values_of,
)

LIST_LIMIT = 1000
"""Datasets listed at once; an endpoint may give fewer."""
IRIS_LENGTH_MAX = 4000
"""Characters of all IRIs in one question; with the rest it stays below the 8 kB of many servers."""
_RESULTS = "application/sparql-results+json"
_RDF = (
    "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.8, application/ld+json;q=0.7"
)
_OURS = ("catalog", "catalogue")
_ASKED = ("query", "format")


class SparqlSpider(SourceSpider):
    """Lists the datasets of an endpoint and asks for their descriptions, some at a time."""

    name = "sparql"
    standard = "https://www.w3.org/TR/sparql11-protocol/"
    pages_max = 100_000

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.endpoint, self.query = _endpoint(self.portal.url)
        self.catalogue = _catalogue(self.portal.url)
        self.members = members_of(self.catalogue)
        self.listed: set[str] = set()
        self.asked_for: set[str] = set()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the number of datasets, and for the first of them."""
        if self.catalogue is not None and safe_iri(self.catalogue) != self.catalogue:
            detail = f"»{self.catalogue[:200]}« ist keine IRI eines Katalogs."
            self.note(SourceProtocolError("portal-url-unusable", detail))
            return
        yield self._question(count_query(self.members), self.parse_count)
        yield self._list(None)

    def _question(
        self, query: str, callback: Any, accept: str = _RESULTS, **arguments: Any
    ) -> Request:
        url = f"{self.endpoint}?{urlencode([*self.query, ('query', query)])}"
        return self.ask(url, callback, accept=accept, unanswered=self.note_refused, **arguments)

    def _list(self, last: str | None) -> Request:
        return self._question(list_query(self.members, last, LIST_LIMIT), self.parse_list)

    def note_refused(self, failure: Failure) -> None:
        """Remember an error in the endpoint's words: JSON with a message, or plain text."""
        error = failure.value
        if isinstance(error, HttpError) and error.response.status == 400:
            words = refusal(error.response.body)
            if words:
                self.note(SourceProtocolError("source-refused", words))
                return
        self.note_unanswered(failure)

    def parse_count(self, response: Response) -> Iterator[Request]:
        """Note the number of datasets; yield the question for those that have no IRI.

        Raises:
            SourceProtocolError: no results in JSON.
        """
        self.outcome.announced = number_of(json_body(response, self.outcome))
        yield self._question(count_query(self.members, "FILTER(isBlank(?d)) "), self.parse_unnamed)

    def parse_unnamed(self, response: Response) -> Iterator[Request]:
        """Note how many datasets are blank nodes: nobody can name them tomorrow.

        Raises:
            SourceProtocolError: no results in JSON.
        """
        self.outcome.unnamed = number_of(json_body(response, self.outcome))
        yield from ()

    def parse_list(self, response: Response) -> Iterator[FailedRecord | Request]:
        """Yield the questions for the listed datasets, then the one for the next part of the list.

        Keys used: `results.bindings[].d.value`. Only an empty part is the end: the endpoint may
        give fewer than were asked for.

        Raises:
            SourceProtocolError: no results in JSON.
            SourceIncomplete: the list repeats itself.
        """
        found = values_of(json_body(response, self.outcome), "d")
        fresh = [iri for iri in dict.fromkeys(found) if iri not in self.listed]
        if found and not fresh:
            raise SourceIncomplete("paging-loop", "Die Liste der Datensätze wiederholt sich.")
        self.listed.update(fresh)
        usable = [iri for iri in fresh if safe_iri(iri) == iri]
        for iri in fresh:
            if iri not in usable:
                yield from self._unusable(iri)
        room = None if self.limit is None else max(0, self.limit - len(self.asked_for))
        self.asked_for.update(usable[:room])
        for batch in batches(usable[:room]):
            yield self._rows(batch)
        if found and (self.limit is None or len(self.asked_for) < self.limit):
            yield self._list(found[-1])

    def _unusable(self, iri: str) -> Iterator[FailedRecord]:
        def read() -> SourceRecord:
            raise RecordError(f"»{iri[:200]}« ist keine gültige IRI; nach ihr kann niemand fragen.")

        for made in self.record(iri, read):
            assert isinstance(made, FailedRecord)  # noqa: S101 - `read` makes nothing else
            yield made

    def _rows(self, batch: Sequence[str]) -> Request:
        return self._question(rows_query(batch), self.parse_rows, batch=batch)

    def parse_rows(self, response: Response, batch: Sequence[str]) -> Iterator[Request]:
        """Yield the question for the descriptions that have so many rows.

        Raises:
            SourceProtocolError: no results in JSON.
        """
        rows = number_of(json_body(response, self.outcome))
        if not self.is_full():
            yield self._question(
                description_query(batch), self.parse_descriptions, _RDF, batch=batch, rows=rows
            )

    def parse_descriptions(
        self, response: Response, batch: Sequence[str], rows: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of an answer that is whole, else the questions for its halves.

        Raises:
            SourceProtocolError: the answer is not RDF, or must not be read.
        """
        header = response.headers.get("Content-Type")
        media_type = None if header is None else header.decode("latin-1")
        document = parse_document(response.body, media_type, self.endpoint)
        self.outcome.findings.extend(
            found for found in document.findings if found not in self.outcome.findings
        )
        index = Description(document.triples)
        if rows_in(index, batch) < rows and len(batch) > 1:
            middle = len(batch) // 2
            yield self._rows(batch[:middle])
            yield self._rows(batch[middle:])
            return
        is_cut = rows_in(index, batch) < rows
        for iri in batch:
            if self.is_full():
                return
            whole = partial(dataset_from_sparql, index, iri, self.portal.url)
            yield from self.record(iri, partial(_refuse_part, rows) if is_cut else whole)
        self.is_full()  # the list ends early then, and that is no loss


def dataset_from_sparql(index: Description, iri: str, url: str) -> SourceRecord:
    """The record of one dataset of an answer; see `record_from_rdf`.

    Raises:
        RecordError: the answer does not describe it, or is not all that there is of it.

    Source: https://www.w3.org/TR/sparql11-query/#construct
    """
    if iri not in index:
        raise RecordError(
            "Der Datensatz steht in der Liste, aber die Antwort beschreibt ihn nicht."
        )
    if is_too_deep(index, iri):
        raise RecordError("Die Beschreibung ist tiefer verschachtelt, als wir fragen.")
    return record_from_rdf(index, iri, iri, url)


def batches(iris: Sequence[str]) -> Iterator[list[str]]:
    """The IRIs in parts that fit into one question."""
    part: list[str] = []
    length = 0
    for iri in iris:
        size = len(urlencode({"": f" <{iri}>"}))
        if part and length + size > IRIS_LENGTH_MAX:
            yield part
            part, length = [], 0
        part.append(iri)
        length += size
    if part:
        yield part


def refusal(body: bytes) -> str:
    """The words of an error: `message` or the like of JSON, else the text; "" for a web page."""
    found = mapping(json_of(body))
    for name in ("message", "error", "detail", "title"):
        words = text(found.get(name))
        if words is not None:
            return words[:200]
    return "" if body.lstrip()[:1] == b"<" else beginning(body)


def _refuse_part(rows: int) -> SourceRecord:
    raise RecordError(
        f"Der Endpunkt gibt nur einen Teil der Beschreibung heraus, die {rows} Zeilen hat; "
        "seine Obergrenze liegt darunter."
    )


def _datasets(body: bytes, _url: str) -> Answer | None:
    try:
        number = number_of(json_of(body))
    except SourceProtocolError:
        return None
    return Answer("SPARQL-Endpunkt", datasets=number) if number else None


def _addresses(url: str) -> Iterator[str]:
    endpoint, query = _endpoint(url)
    asked = [*query, ("query", count_query(members_of(_catalogue(url)))), ("format", "json")]
    for path in ("", "/sparql", "/api/sparql"):
        yield f"{endpoint.rstrip('/')}{path}?{urlencode(asked)}"


def _endpoint(url: str) -> tuple[str, list[tuple[str, str]]]:
    parts = urlsplit(url)
    given = parse_qsl(parts.query, keep_blank_values=True)
    query = [pair for pair in given if pair[0] not in (*_OURS, *_ASKED)]
    return parts._replace(query="", fragment="").geturl(), query


def _catalogue(url: str) -> str | None:
    given = parse_qsl(urlsplit(url).query)
    return next((value for name, value in given if name in _OURS), None)


def _portal_url(given: str, answered: str) -> str:
    endpoint, query = _endpoint(answered)
    catalogue = _catalogue(given)
    named = [*query, *([] if catalogue is None else [("catalog", catalogue)])]
    return f"{endpoint}?{urlencode(named)}" if named else endpoint


PROBE = Probe(
    rank=48,
    addresses=_addresses,
    read=_datasets,
    portal_url=_portal_url,
    part=lambda url: _catalogue(url) or "",
)
