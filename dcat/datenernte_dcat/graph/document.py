"""A document from a portal to triples, whatever its encoding and serialisation.

Nothing is ever fetched: no document type, no entity, no JSON-LD context.
"""

import re
from typing import NamedTuple

from pyoxigraph import RdfFormat, Triple, parse

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.findings import Finding
from datenernte_dcat.graph.byte_gate import (
    Gated,
    gated_json,
    gated_turtle,
    gated_xml,
    recognised,
)
from datenernte_dcat.terms import safe_iri
from datenernte_dcat.texts import finding

_NAMESPACE = re.compile(r"\sxmlns(:[\w.-]+)?\s*=")
"""An XML namespace declaration; the bare word also stands in FOAF's own IRIs."""

_HTML = re.compile(
    r"(?:<\?xml[^>]*+>|<!--.*?-->|\s++)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(r"<(?:\?xml\s|!DOCTYPE\s|!--|[A-Za-z_][\w.-]*:RDF[\s>])")
_JSON_ARRAY = re.compile(r'\[\s*[\[{"\]]')
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_REMOTE_CONTEXT = "load remote contexts"


class Document(NamedTuple):
    """What a portal sent."""

    triples: list[Triple]
    """In document order; IRIs and language tags may be invalid (`dataset_from_rdf` reports)."""
    findings: tuple[Finding, ...]
    """What the document as a whole got wrong: `encoding-wrong`, `text-invalid`, `iri-invalid`."""


def parse_rdf(body: bytes, media_type: str | None, base: str) -> list[Triple]:
    """The triples of a document; see `parse_document`."""
    return parse_document(body, media_type, base).triples


def parse_document(body: bytes, media_type: str | None, base: str) -> Document:
    """The triples of a document in RDF/XML, Turtle, N-Triples or JSON-LD.

    One invalid IRI does not lose the page: what a strict parser refuses is read again leniently.
    Named graphs are read as one graph. Wrong namespaces stay as they are.

    Args:
        media_type: as the server said, with or without charset; the content decides where the
            two differ.
        base: URL of the document, for relative IRIs.

    Raises:
        SourceProtocolError: `portal-html` for a web page, `rdf-entities`, `rdf-too-complex`,
            `rdf-remote-context`, `rdf-syntax`.
    """
    text, guessed, damaged = recognised(body, media_type)
    if not text:
        raise SourceProtocolError("rdf-syntax", "Das Dokument ist leer.")
    if _HTML.match(text[:5000]):
        raise SourceProtocolError("portal-html", _quoted(text))
    rdf_format = _format(text, media_type)
    if rdf_format is RdfFormat.RDF_XML:
        gated = gated_xml(text)
    elif rdf_format is RdfFormat.JSON_LD:
        gated = gated_json(text)
    else:
        gated = gated_turtle(text)
    findings = []
    if guessed:
        findings.append(finding("encoding-wrong", subject=base))
    if gated.removed + damaged:
        removed = f"{gated.removed + damaged} Zeichen"
        findings.append(finding("text-invalid", subject=base, value=removed))
    triples, problem = _parsed(gated, rdf_format, base)
    if problem is not None:
        findings.append(finding("iri-invalid", subject=base, value=problem))
    return Document(triples, tuple(findings))


def _format(text: str, media_type: str | None) -> RdfFormat:
    """The serialisation that the text is in; the media type only decides what the text leaves open.

    N-Triples is read as Turtle, which contains it.
    """
    if _XML.match(text) or (text.startswith("<") and _NAMESPACE.search(text[:5000]) is not None):
        return RdfFormat.RDF_XML
    stated = (media_type or "").partition(";")[0].strip().lower()
    turtle = stated in ("text/turtle", "application/x-turtle", "application/n-triples", "text/n3")
    if text.startswith("{") or (_JSON_ARRAY.match(text) and not turtle):
        return RdfFormat.JSON_LD
    return RdfFormat.TURTLE


def _parsed(gated: Gated, rdf_format: RdfFormat, base: str) -> tuple[list[Triple], str | None]:
    """The triples, and what a strict parser says where only a lenient one reads the document."""
    base_iri = safe_iri(base)
    if rdf_format is RdfFormat.JSON_LD:
        # The strict reader drops nodes with an invalid IRI without a word, the lenient one keeps
        # them, and properties without an IRI as well, which JSON-LD says to ignore.
        triples = _read(gated.text, rdf_format, base_iri, lenient=True)
        return [t for t in triples if _SCHEME.match(t.predicate.value)], None
    try:
        return _read(gated.text, rdf_format, base_iri, lenient=False), None
    except SourceProtocolError as error:
        return _read(gated.text, rdf_format, base_iri, lenient=True), error.detail


def _read(text: str, rdf_format: RdfFormat, base_iri: str | None, *, lenient: bool) -> list[Triple]:
    try:
        quads = parse(text, format=rdf_format, base_iri=base_iri, lenient=lenient)
        return [quad.triple for quad in quads]
    except (SyntaxError, ValueError, MemoryError, OSError) as error:
        if _REMOTE_CONTEXT in str(error):
            raise SourceProtocolError("rdf-remote-context") from error
        raise SourceProtocolError("rdf-syntax", f"{error} – {_quoted(text)}") from error


def _quoted(text: str) -> str:
    """The beginning of the text in one line, for a message."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:1000]).split())
    return f"»{line[:200]}«"
