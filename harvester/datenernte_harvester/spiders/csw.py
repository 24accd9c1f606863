"""CSW 2.0.2: the catalogue service of spatial data infrastructures, records in ISO 19139 or 19115-3.

The portal's `url` is the service's address, `https://geoportal.example/csw`. Parameters in it are
kept, so a part of a catalogue can be chosen: `?constraint=apiso:OrganisationName='Stadt Lindenau'
&constraintLanguage=CQL_TEXT&constraint_language_version=1.1.0`; `outputSchema` chooses the form.

What servers get wrong, and what follows: `nextRecord` is 0 or 1 after the end, so the position is
counted here; a page may have fewer records than asked for; an empty page may stand between others;
errors come with HTTP 200; servers refuse to sort, so the first page is asked for again without.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from scrapy import Request
from scrapy.http import Response

from datenernte_dcat.errors import RecordError, SourceError, SourceIncomplete, SourceProtocolError
from datenernte_dcat.records import SourceRecord
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.sources.iso19139 import IsoReading, identifier_of, read_iso
from datenernte_harvester.sources.named_fields import UnreadFields
from datenernte_harvester.sources.probe import Answer, Probe
from datenernte_harvester.sources.source_spider import SourceSpider
from datenernte_harvester.sources.xml_elements import Element, parse_xml, xml_body

PAGE_SIZE = 50
"""Records asked for at once; one of ISO 19139 has 20 to 60 kB."""
WINDOW = 10_000
"""Behind this position GeoNetwork 4 answers with an error (its index gives no more)."""

_RECORDS = frozenset({"MD_Metadata", "MI_Metadata"})
_ASKED = (
    ("service", "CSW"),
    ("version", "2.0.2"),
    ("request", "GetRecords"),
    ("typeNames", "gmd:MD_Metadata"),
    ("outputSchema", "http://www.isotc211.org/2005/gmd"),
    ("elementSetName", "full"),
    ("resultType", "results"),
)
_CHOSEN_BY_URL = frozenset({"typenames", "outputschema", "elementsetname"})
"""Parameters that the portal's URL may set in our place."""
_OURS = frozenset(
    {"service", "version", "request", "resulttype", "startposition", "maxrecords", "sortby", "id"}
)
_ORDER = ("sortBy", "apiso:Identifier:A")


class CswSpider(SourceSpider):
    """Asks for one page of records after the other, by position."""

    name = "csw"
    standard = "https://www.ogc.org/standards/cat/"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.endpoint, self.query = _address(self.portal.url)
        self.is_sorted = True
        self.steps = PAGE_SIZE
        self.unread = UnreadFields()
        self.iris: set[str] = set()
        self.publishers: dict[str, int] = {}

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the first page."""
        yield self._page(1)

    def _page(self, position: int) -> Request:
        parameters = [*self.query, ("startPosition", position), ("maxRecords", PAGE_SIZE)]
        if self.is_sorted:
            parameters.append(_ORDER)
        url = _url(self.endpoint, parameters)
        return self.ask(url, self.parse_records, accept="application/xml", position=position)

    def parse_records(
        self, response: Response, position: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a page, then the request for the next.

        Elements used: `csw:SearchResults` with its numbers and `MD_Metadata`; `ExceptionReport`.

        Raises:
            SourceProtocolError: `source-refused` with the server's words; not the answer to
                GetRecords; records in another form than ISO's.
            SourceIncomplete: `result-window`: an error behind the index's window; paging does not
                advance.
        """
        try:
            results = _results(xml_body(response, self.outcome))
        except SourceProtocolError as error:
            if error.code != "source-refused" or not self.is_sorted or position > 1:
                raise _beyond_the_window(error, position) from error
            self.is_sorted = False
            yield self._page(position)
            return
        matched = _number(results.attribute("numberOfRecordsMatched"))
        following = _number(results.attribute("nextRecord"))
        records = [element.as_root() for element in results.children() if element.name in _RECORDS]
        if len(records) < len(results.children()):
            other = next(one.name for one in results.children() if one.name not in _RECORDS)
            raise SourceProtocolError("portal-unexpected-answer", f"»{other}« statt MD_Metadata.")
        self.outcome.announced = matched
        self.begin_page(response, [identifier_of(record) for record in records])
        for record in records:
            if self.is_full():
                return
            identifier = identifier_of(record)
            yield from self.record(identifier, partial(self._record, record))
        if self._ended(position, len(records), matched, following) or self.is_full():
            return
        # An empty page between others counts as long as the ones before it.
        self.steps = len(records) or self.steps
        behind = following is not None and following > position and not records
        yield self._page(following if behind and following else position + self.steps)

    def _ended(self, position: int, count: int, matched: int | None, following: int | None) -> bool:
        """Whether nothing is left, by the announced number; without one by what the page says."""
        if matched is None:
            return count == 0 or following == 0
        return matched == 0 or self.has_arrived(position - 1 + count, matched)

    def _record(self, element: Element) -> SourceRecord:
        reading = read_iso(element)
        self.unread.add(reading.unread)
        role = reading.publisher_role
        if role not in (None, "publisher"):
            self.publishers[role or ""] = self.publishers.get(role or "", 0) + 1
        uri = reading.dataset.uri
        if uri in self.iris:
            # Catalogues give the IRI of a collection, or their homepage, to many records.
            dataset = msgspec.structs.replace(reading.dataset, uri=None)
            reading = replace(reading, dataset=dataset)
        elif uri is not None:
            self.iris.add(uri)
        return _record_of(element, reading, self.endpoint, self.query)

    def finish(self) -> None:
        """Report, once for the portal, what has no place and who was taken as publisher."""
        super().finish()
        self.unread.note(self.outcome, self.portal.url, self.standard)
        if self.publishers:
            value = ", ".join(
                f"{role} ({count})" for role, count in sorted(self.publishers.items())
            )
            self.outcome.note(finding("publisher-by-role", subject=self.portal.url, value=value))


def dataset_from_csw(
    element: Element, endpoint: str, query: Iterable[tuple[str, str]] = ()
) -> SourceRecord:
    """The record of one `MD_Metadata`; see `iso19139.read_iso` for the crosswalk.

    Args:
        endpoint: URL of the service without its question mark.
        query: the parameters of GetRecords; `outputSchema` and those that are none of CSW's go
            into the address of the single record.

    Raises:
        RecordError: it has no identifier.

    Source: https://www.ogc.org/standards/cat/
    """
    return _record_of(element, read_iso(element), endpoint, query)


def _record_of(
    element: Element, reading: IsoReading, endpoint: str, query: Iterable[tuple[str, str]]
) -> SourceRecord:
    identifier = identifier_of(element)
    if identifier is None:
        raise RecordError("Die Beschreibung hat keine Kennung (fileIdentifier).")
    return SourceRecord(
        source_identifier=identifier,
        dataset=reading.dataset,
        source_url=_record_url(endpoint, query, identifier),
        changed_at=reading.changed_at,
    )


def _record_url(endpoint: str, query: Iterable[tuple[str, str]], identifier: str) -> str:
    left_out = ("constraint", "typename", "request", "resulttype")
    kept = [pair for pair in query if not pair[0].lower().startswith(left_out)]
    return _url(endpoint, [("request", "GetRecordById"), *kept, ("id", identifier)])


def _address(url: str) -> tuple[str, list[tuple[str, str]]]:
    """The service's address, and the parameters of every page but its position."""
    parts = urlsplit(url)
    given = [pair for pair in parse_qsl(parts.query) if pair[0].lower() not in _OURS]
    chosen = {name.lower() for name, _ in given} & _CHOSEN_BY_URL
    asked = [pair for pair in _ASKED if pair[0].lower() not in chosen]
    return urlunsplit(parts._replace(query="", fragment="")), [*asked, *given]


def _url(endpoint: str, parameters: Iterable[tuple[str, object]]) -> str:
    return f"{endpoint}?{urlencode([(name, str(value)) for name, value in parameters])}"


def _results(root: Element) -> Element:
    """The `SearchResults` of an answer.

    Raises:
        SourceProtocolError: `source-refused` with the server's words (ows 1.0 and 1.1 alike), or
            `portal-unexpected-answer`.
    """
    if root.name == "ExceptionReport":
        codes = [one.attribute("exceptionCode") or "" for one in root.all("Exception")]
        words = " ".join([*codes, *root.texts("Exception/ExceptionText")])
        raise SourceProtocolError("source-refused", " ".join(words.split())[:200])
    results = root.first("SearchResults") if root.name == "GetRecordsResponse" else None
    if results is None:
        raise SourceProtocolError(
            "portal-unexpected-answer", f"»{root.name}« statt GetRecordsResponse."
        )
    return results


def _beyond_the_window(error: SourceProtocolError, position: int) -> SourceError:
    if error.code == "source-refused" and position + PAGE_SIZE > WINDOW:
        return SourceIncomplete("result-window", f"ab Stelle {position}: {error.detail}")
    return error


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _addresses(url: str) -> Iterator[str]:
    """How many records it has: asked of the address itself, and where servers have theirs."""
    endpoint, query = _address(url)
    hits = [("resultType", "hits") if name == "resultType" else (name, v) for name, v in query]
    site = endpoint.rstrip("/")
    for place in ("", "/csw", "/geonetwork/srv/ger/csw", "/srv/ger/csw"):
        if not place or not site.endswith("/csw"):
            yield _url(f"{site}{place}" if place else endpoint, hits)


def _read(body: bytes, _url: str) -> Answer | None:
    try:
        root, _ = parse_xml(body)
        results = _results(root)
    except SourceError:
        return None
    return Answer("CSW 2.0.2", datasets=_number(results.attribute("numberOfRecordsMatched")))


def _portal_url(given: str, answered: str) -> str:
    """The address that answered, with the parameters of the portal's own that were given."""
    kept = [pair for pair in parse_qsl(urlsplit(given).query) if pair[0].lower() not in _OURS]
    endpoint = urlunsplit(urlsplit(answered)._replace(query=""))
    return _url(endpoint, kept) if kept else endpoint


PROBE = Probe(rank=46, addresses=_addresses, read=_read, portal_url=_portal_url)
