"""OAI-PMH: repositories of libraries and archives, and catalogues that speak it, such as pycsw.

The portal's `url` is the base URL, `https://repo.example/oai`; `?set=daten` restricts it to a set
and `metadataPrefix=…` names the format. Without the latter the richest of those that are offered
is taken: DCAT in RDF, ISO 19139 or 19115-3, DataCite, Dublin Core.
"""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from scrapy import Request
from scrapy.http import Response

from datenernte_dcat.errors import RecordError, SourceError, SourceIncomplete, SourceProtocolError
from datenernte_dcat.graph import Description, datasets_in, parse_document
from datenernte_dcat.records import SourceRecord
from datenernte_dcat.terms import DCAT, RDF
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.crawl.source_outcome import SourceOutcome
from datenernte_harvester.sources.iso19139 import read_iso
from datenernte_harvester.sources.json_values import utc
from datenernte_harvester.sources.named_fields import UnreadFields
from datenernte_harvester.sources.oai_pmh_answers import (
    BAD_TOKEN,
    NO_RECORDS,
    OAI,
    Entry,
    Format,
    error_of,
    formats_of,
    list_part,
    oai_root,
    refuse_error,
    root_of,
)
from datenernte_harvester.sources.probe import Answer, Probe
from datenernte_harvester.sources.rdf_pages import record_from_rdf
from datenernte_harvester.sources.repository_fields import (
    other_type,
    read_datacite,
    read_dublin_core,
    types_in,
    unread_dublin_core,
)
from datenernte_harvester.sources.source_spider import SourceSpider
from datenernte_harvester.sources.xml_elements import Element, parse_xml

_FORMATS = (
    ("dcat_ap_de", "dcatapde", "dcat_ap", "dcatap", "dcat-ap", "dcat", "rdf", DCAT, RDF),
    ("iso19139", "gmd", "iso19115-3", "iso19115", "http://www.isotc211.org/2005/gmd"),
    ("oai_datacite", "datacite", "oai_datacite4", "datacite4"),
    ("oai_dc", "dc"),
)
"""Prefixes and namespaces of the formats that are read, the richest first."""
_ARGUMENTS = frozenset(
    ("verb", "set", "metadataPrefix", "resumptionToken", "identifier", "from", "until")
)
_ISO_ROOTS = frozenset(("MD_Metadata", "MI_Metadata"))


class OaiPmhSpider(SourceSpider):
    """Reads all records of a repository or of one of its sets."""

    name = "oai_pmh"
    standard = "https://www.openarchives.org/OAI/openarchivesprotocol.html"

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.base, self.query = _base(self.portal.url)
        given = dict(parse_qsl(urlsplit(self.portal.url).query))
        self.set = given.get("set")
        self.wanted = given.get("metadataPrefix")
        self.restarted = False
        self.others: Counter[str] = Counter()
        self.unread = UnreadFields()

    async def start(self) -> AsyncIterator[Request]:
        """Ask who answers."""
        yield self._verb("Identify", self.parse_identify)

    def _verb(self, verb: str, callback: Any, **arguments: str | None) -> Request:
        stated = [(name, value) for name, value in arguments.items() if value]
        query = [*self.query, ("verb", verb), *stated]
        return self.ask(f"{self.base}?{urlencode(query)}", callback, accept="text/xml")

    def parse_identify(self, response: Response) -> Iterator[Request]:
        """Yield the request for the formats.

        Raises:
            SourceProtocolError: it is no OAI-PMH, or an error.
        """
        root = root_of(response, self.outcome)
        refuse_error(root)
        if root.find(f"{OAI}Identify") is None:
            raise SourceProtocolError("portal-unexpected-answer", "»Identify« fehlt.")
        yield self._verb("ListMetadataFormats", self.parse_formats)

    def parse_formats(self, response: Response) -> Iterator[Request]:
        """Yield the request for the records in the best format.

        Raises:
            SourceProtocolError: no format is one that we read.
        """
        root = root_of(response, self.outcome)
        refuse_error(root)
        offered = formats_of(root)
        self.wanted = chosen_format(offered, self.wanted)
        yield self._first_part()

    def _first_part(self) -> Request:
        return self._verb(
            "ListRecords", self.parse_records, metadataPrefix=self.wanted, set=self.set
        )

    def parse_records(self, response: Response) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a part of the list, then the request for the next part.

        Elements used: `record` with `header` (`identifier`, `datestamp`, `status`) and `metadata`;
        `resumptionToken` with `completeListSize`; `error`.

        Raises:
            SourceProtocolError: an error, or not a list.
            SourceIncomplete: the place in the list is lost a second time, or comes again.
        """
        root = root_of(response, self.outcome)
        error = error_of(root)
        if error is not None and error[0] == NO_RECORDS:
            return
        if error is not None and error[0] == BAD_TOKEN:
            yield self._restart(error[1])
            return
        refuse_error(root)
        part = list_part(root)
        if part.total is not None:
            self.outcome.announced = part.total
        entries = part.entries
        if self.restarted:  # what came before the list was lost is no repetition
            known = self.outcome.received | self.outcome.skipped
            entries = tuple(entry for entry in entries if entry.identifier not in known)
        if entries or not self.restarted:
            self.begin_page(response, [entry.identifier for entry in entries])
        for entry in entries:
            if self.is_full():
                return
            yield from self._entry(entry, response.url)
        if part.token is not None and not self.is_full():
            yield self._verb("ListRecords", self.parse_records, resumptionToken=part.token)

    def _restart(self, words: str) -> Request:
        """The request for the beginning, once: lists of some repositories expire while read."""
        if self.restarted:
            raise SourceIncomplete("paging-broken", f"Die Liste ist abgelaufen: {words}")
        self.restarted = True
        self._asked.clear()  # the same places in the list may be named again
        return self._first_part()

    def _entry(self, entry: Entry, url: str) -> Iterator[SourceRecord | FailedRecord]:
        if entry.is_deleted:
            self.skip(entry.identifier)
            return
        kind = None if entry.payload is None else _other_type(entry.payload)
        if kind is not None:
            self.others[kind] += 1
            self.skip(entry.identifier)
            return
        yield from self.record(entry.identifier, partial(self._record, entry, url))

    def _record(self, entry: Entry, url: str) -> SourceRecord:
        record, unread = _read(entry, url)
        self.unread.add(unread)
        return record

    def finish(self) -> None:
        """Report what is no data and what nobody reads; the announced number is an estimate."""
        super().finish()
        outcome = self.outcome
        arrived = len(outcome.received) + len(outcome.skipped)
        if outcome.announced is not None and outcome.is_complete:
            outcome.announced = max(outcome.announced, arrived)
        if self.others:
            listed = ", ".join(f"{kind} ({count})" for kind, count in sorted(self.others.items()))
            outcome.note(finding("records-not-data", subject=self.portal.url, value=listed))
        self.unread.note(outcome, self.portal.url, self.standard)


def chosen_format(offered: list[Format], wanted: str | None) -> str:
    """The prefix of the richest format that we read, or the wanted one where it is offered.

    Raises:
        SourceProtocolError: `portal-url-unusable`: the wanted one is not offered;
            `portal-unexpected-answer`: none is one that we read.
    """
    prefixes = ", ".join(one.prefix for one in offered)
    if wanted is not None:
        if all(one.prefix != wanted for one in offered):
            raise SourceProtocolError(
                "portal-url-unusable", f"»{wanted}« wird nicht angeboten, nur: {prefixes}."
            )
        return wanted
    for names in _FORMATS:
        for one in offered:
            is_datacite = "datacite.org/" in one.namespace and "oai_datacite" in names
            if one.prefix.lower() in names or one.namespace in names or is_datacite:
                return one.prefix
    raise SourceProtocolError(
        "portal-unexpected-answer", f"Kein Format, das wir lesen; angeboten werden: {prefixes}."
    )


def dataset_from_oai_pmh(entry: Entry, url: str) -> SourceRecord:
    """The record of one entry of the list.

    Raises:
        RecordError: it has no metadata, or in a format that we do not read.

    Source: https://www.openarchives.org/OAI/openarchivesprotocol.html
    """
    return _read(entry, url)[0]


def _read(entry: Entry, url: str) -> tuple[SourceRecord, list[str]]:
    """The record, and what of it has no place."""
    identifier, payload = entry.identifier or "", entry.payload
    if payload is None:
        raise RecordError("Der Eintrag hat keine Metadaten.")
    changed = utc(entry.datestamp)
    if payload.tag.startswith((f"{{{RDF}}}", f"{{{DCAT}}}")):
        found = _from_rdf(payload, identifier, url)
        unread: list[str] = []
    else:
        root = _element(payload)
        if root.name == "dc":
            dataset = read_dublin_core(root)
            unread = unread_dublin_core(root)
        elif root.name in _ISO_ROOTS:
            reading = read_iso(root)
            dataset, unread = reading.dataset, list(reading.unread)
        elif root.name == "resource":
            dataset = read_datacite(root)
            unread = root.unread()
        else:
            raise RecordError(f"Metadaten in einem Format, das wir nicht lesen: »{payload.tag}«")
        found = SourceRecord(source_identifier=identifier, dataset=dataset, source_url=url)
    return (
        SourceRecord(
            source_identifier=identifier,
            dataset=found.dataset,
            kept=found.kept,
            source_url=url,
            changed_at=changed,
            findings=found.findings,
        ),
        unread,
    )


def _from_rdf(payload: ET.Element, identifier: str, url: str) -> SourceRecord:
    """The record of the one dataset that a payload in RDF/XML describes."""
    if payload.tag != f"{{{RDF}}}RDF":
        whole = ET.Element(f"{{{RDF}}}RDF")
        whole.append(payload)
        payload = whole
    document = parse_document(ET.tostring(payload), "application/rdf+xml", url)
    index = Description(document.triples)
    nodes = datasets_in(index)
    if len(nodes) != 1:
        raise RecordError(f"Der Eintrag beschreibt {len(nodes)} Datensätze und nicht einen.")
    return record_from_rdf(index, nodes[0], identifier, url)


def _element(payload: ET.Element) -> Element:
    """The payload without its wrapper: `oai_datacite` has one around `resource`."""
    root, _ = parse_xml(ET.tostring(payload))
    inside = root.first("payload/resource")
    return root if inside is None else inside.as_root()


def _other_type(payload: ET.Element) -> str | None:
    """The type by which an entry is no dataset; None also where it cannot be read."""
    if payload.tag.startswith((f"{{{RDF}}}", f"{{{DCAT}}}")):
        return None
    try:
        root = _element(payload)
    except SourceError:
        return None  # the record itself fails with the reason
    return None if root.name in _ISO_ROOTS else other_type(types_in(root))


def _listed(body: bytes, url: str) -> Answer | None:
    """How many records a repository lists, where it says so or lists them all at once."""
    try:
        root = oai_root(body, None, SourceOutcome(), url)
    except SourceError:
        return None
    listed = root.find(f"{OAI}ListIdentifiers")
    if listed is None:
        error = error_of(root)
        is_empty = error is not None and error[0] == NO_RECORDS
        return Answer("OAI-PMH", datasets=0) if is_empty else None
    token = listed.find(f"{OAI}resumptionToken")
    headers = listed.findall(f"{OAI}header")
    if token is None or not (token.text or "").strip():
        return Answer("OAI-PMH", datasets=len(headers))
    total = token.get("completeListSize", "")
    is_number = total.isascii() and total.isdigit()
    return Answer("OAI-PMH", datasets=int(total) if is_number else None)


def _base(url: str) -> tuple[str, list[tuple[str, str]]]:
    """The base URL, and what of its query is not the protocol's: pycsw wants `mode=oaipmh`."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] not in _ARGUMENTS]
    return parts._replace(query="", fragment="").geturl(), query


def _named(url: str) -> list[tuple[str, str]]:
    """The set and the format that a URL names."""
    return [pair for pair in parse_qsl(urlsplit(url).query) if pair[0] in ("set", "metadataPrefix")]


def _addresses(url: str) -> Iterator[str]:
    """Where the list of identifiers would be; every repository has Dublin Core."""
    base, query = _base(url)
    asked = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", **dict(_named(url))}
    for path in (base, f"{base.rstrip('/')}/oai"):
        yield f"{path}?{urlencode([*query, *asked.items()])}"


def _portal_url(given: str, answered: str) -> str:
    """The base URL with the set and the format that the given URL names."""
    base, query = _base(answered)
    wanted = [*query, *_named(given)]
    return f"{base}?{urlencode(wanted)}" if wanted else base


PROBE = Probe(rank=49, addresses=_addresses, read=_listed, portal_url=_portal_url)
