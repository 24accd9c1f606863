"""Documents put together from fragments: one frame per serialisation, one fragment per dataset.

A feed page and the full dump hold the same datasets. Each dataset is serialised once; documents are
prologue + fragments + epilogue, so that an unchanged dataset costs a byte copy. That needs a fixed
prefix table and blank node labels that are unique across datasets, which `graph` promises.

Source: RDF 1.1 Turtle, N-Triples and XML Syntax, JSON-LD 1.1, https://www.w3.org/TR/json-ld11/
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import get_args
from xml.sax.saxutils import quoteattr

from pyoxigraph import Triple

from datenernte_dcat.graph.serialisation import Format, write_rdf
from datenernte_dcat.terms import PREFIXES, RDF

FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands before, between and after the fragments of a document."""

    prologue: bytes
    separator: bytes
    epilogue: bytes


def _turtle_frame() -> Frame:
    lines = [f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in sorted(PREFIXES.items())]
    return Frame("".join(lines).encode(), b"", b"")


def _xml_frame() -> Frame:
    names = {**PREFIXES, "rdf": RDF}
    attributes = "".join(
        f"\n  xmlns:{prefix}={quoteattr(iri)}" for prefix, iri in sorted(names.items())
    )
    start = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{attributes}>\n'
    return Frame(start.encode(), b"", b"</rdf:RDF>\n")


FRAMES: dict[Format, Frame] = {
    "rdf": _xml_frame(),
    "ttl": _turtle_frame(),
    "jsonld": Frame(b"[\n", b",\n", b"\n]\n"),
    "nt": Frame(b"", b"", b""),
}


def fragment(triples: Sequence[Triple], format: Format) -> bytes:  # noqa: A002 - the usual word
    """The triples serialised without the frame; empty for no triples.

    Raises:
        ValueError: the serialiser's document does not have the form that we take apart.
    """
    if not triples:
        return b""
    document = write_rdf(triples, format)
    if format == "nt":
        return document
    if format == "ttl":
        return _without_prefixes(document)
    if format == "rdf":
        return _between(document, b"<rdf:RDF", b">\n", b"</rdf:RDF>")
    text = document.strip()
    if not (text.startswith(b"[{") and text.endswith(b"}]")):
        raise ValueError("JSON-LD document is not an array of node objects")
    return text[1:-1]


def _without_prefixes(document: bytes) -> bytes:
    start = 0
    while document.startswith(b"@prefix ", start):
        start = document.index(b"\n", start) + 1
    return document[start:]


def _between(document: bytes, tag: bytes, tag_end: bytes, closing: bytes) -> bytes:
    start = document.index(tag_end, document.index(tag)) + len(tag_end)
    return document[start : document.rindex(closing)]


def assemble(fragments: Iterable[bytes], format: Format) -> bytes:  # noqa: A002
    """One document of the given fragments."""
    frame = FRAMES[format]
    body = frame.separator.join(part for part in fragments if part)
    return frame.prologue + body + frame.epilogue
