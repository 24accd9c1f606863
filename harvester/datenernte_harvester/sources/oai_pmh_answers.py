"""Answers of OAI-PMH: records with their headers, resumption tokens, errors, formats.

Source: https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from scrapy.http import Response

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.graph.byte_gate import decoded, gated_xml
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.source_outcome import SourceOutcome
from datenernte_harvester.sources.json_values import text
from datenernte_harvester.sources.source_spider import beginning, refuse_html

OAI = "{http://www.openarchives.org/OAI/2.0/}"
NO_RECORDS = "noRecordsMatch"
BAD_TOKEN = "badResumptionToken"  # noqa: S105 - the protocol's word for a place in a list


@dataclass(frozen=True, slots=True)
class Entry:
    """One `record` of an answer."""

    identifier: str | None
    datestamp: str | None
    is_deleted: bool
    payload: ET.Element | None
    """The element inside `metadata`."""


@dataclass(frozen=True, slots=True)
class ListPart:
    """One answer to ListRecords."""

    entries: tuple[Entry, ...]
    token: str | None
    """For the next part; None after the last."""
    total: int | None
    """Number of records in all parts; the protocol allows an estimate."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format that a repository offers."""

    prefix: str
    namespace: str


def oai_root(body: bytes, content_type: str | None, outcome: SourceOutcome, url: str) -> ET.Element:
    """The `OAI-PMH` element of an answer.

    Args:
        outcome: takes the finding `text-invalid`.

    Raises:
        SourceProtocolError: `portal-html`, `portal-not-xml`, `rdf-entities`, `rdf-too-complex`,
            or `portal-unexpected-answer` for XML of another kind.
    """
    refuse_html(body)
    try:
        gated = gated_xml(decoded(body, content_type))
    except SourceProtocolError as error:
        if error.code != "rdf-syntax":
            raise
        raise SourceProtocolError("portal-not-xml", beginning(body)) from error
    if gated.removed:
        outcome.note(finding("text-invalid", subject=url, value=f"{gated.removed} Zeichen"))
    root = ET.fromstring(gated.text)  # noqa: S314 - the gate has left no entities
    if root.tag != f"{OAI}OAI-PMH":
        raise SourceProtocolError("portal-unexpected-answer", f"Das ist kein OAI-PMH: »{root.tag}«")
    return root


def root_of(response: Response, outcome: SourceOutcome) -> ET.Element:
    """The `OAI-PMH` element of a response; see `oai_root`."""
    header = response.headers.get("Content-Type")
    content_type = None if header is None else header.decode("latin-1")
    return oai_root(response.body, content_type, outcome, response.url)


def error_of(root: ET.Element) -> tuple[str, str] | None:
    """Code and words of the error that an answer states; None where it states none."""
    found = root.find(f"{OAI}error")
    if found is None:
        return None
    return found.get("code", ""), " ".join((found.text or "").split())[:200]


def refuse_error(root: ET.Element) -> None:
    """Refuse an answer that states an error.

    Raises:
        SourceProtocolError: `source-refused`, with the repository's words.
    """
    error = error_of(root)
    if error is not None:
        raise SourceProtocolError("source-refused", ": ".join(word for word in error if word))


def formats_of(root: ET.Element) -> list[Format]:
    """The formats that an answer to ListMetadataFormats names."""
    return [
        Format(
            prefix=_text(one, "metadataPrefix") or "",
            namespace=_text(one, "metadataNamespace") or "",
        )
        for one in root.iterfind(f"{OAI}ListMetadataFormats/{OAI}metadataFormat")
    ]


def list_part(root: ET.Element) -> ListPart:
    """The records of an answer to ListRecords.

    Raises:
        SourceProtocolError: there is no such list.
    """
    listed = root.find(f"{OAI}ListRecords")
    if listed is None:
        raise SourceProtocolError("portal-unexpected-answer", "»ListRecords« fehlt.")
    token = listed.find(f"{OAI}resumptionToken")
    total = None if token is None else token.get("completeListSize", "")
    return ListPart(
        entries=tuple(_entry(record) for record in listed.iterfind(f"{OAI}record")),
        token=None if token is None else text((token.text or "").strip()),
        total=int(total) if total and total.isascii() and total.isdigit() else None,
    )


def _entry(record: ET.Element) -> Entry:
    header = record.find(f"{OAI}header")
    metadata = record.find(f"{OAI}metadata")
    return Entry(
        identifier=None if header is None else _text(header, "identifier"),
        datestamp=None if header is None else _text(header, "datestamp"),
        is_deleted=header is not None and header.get("status") == "deleted",
        payload=None if metadata is None else next(iter(metadata), None),
    )


def _text(element: ET.Element, name: str) -> str | None:
    found = element.findtext(f"{OAI}{name}")
    return None if found is None else text(found.strip())
