"""Triples to documents and to rdflib, and back."""

import typing
from collections.abc import Iterable, Iterator
from typing import Literal as OneOf

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from datenernte_dcat.graph.description import RDF_TYPE
from datenernte_dcat.terms import PLACEHOLDER, PREFIXES, XSD, is_writable_predicate

if typing.TYPE_CHECKING:
    import rdflib

Format = OneOf["rdf", "ttl", "jsonld", "nt"]
"""The serialisations, named as their files end."""

MEDIA_TYPES: dict[Format, str] = {
    "rdf": "application/rdf+xml",
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
}
"""Media type of each serialisation, without charset; all are UTF-8."""

_FORMATS: dict[Format, RdfFormat] = {
    "rdf": RdfFormat.RDF_XML,
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "nt": RdfFormat.N_TRIPLES,
}
_TYPE_PLACEHOLDER = NamedNode(PLACEHOLDER + "type")


def write_rdf(triples: Iterable[Triple], format: Format) -> bytes:  # noqa: A002 - as in pyoxigraph
    """The triples as a document in UTF-8; the same triples in the same order give the same bytes.

    Prefixes are always the same (`terms.PREFIXES`); JSON-LD is expanded and has none.

    Raises:
        OSError: a predicate cannot be written (`terms.is_writable_predicate`).
    """
    if format == "rdf":
        triples = _without_unwritable_elements(triples)
    prefixes = PREFIXES if format in ("rdf", "ttl") else None
    document = serialize(triples, format=_FORMATS[format], prefixes=prefixes)
    assert document is not None  # noqa: S101 - bytes, since no output was given
    if format == "rdf":
        # XML parsers turn a bare carriage return into a line feed.
        document = document.replace(b"\r", b"&#13;").replace(
            b'<type xmlns="' + PLACEHOLDER.encode() + b'"', b"<rdf:type"
        )
    elif format == "ttl":
        head, body = _turtle_head(document)
        document = b"\n".join([*sorted(head), *body])
    return document


def _turtle_head(document: bytes) -> tuple[list[bytes], list[bytes]]:
    """The lines that declare prefixes, which come in the order of a hash, and the rest."""
    lines = document.split(b"\n", len(PREFIXES))
    head = [line for line in lines if line.startswith(b"@prefix ")]
    return head, lines[len(head) :]


def _without_unwritable_elements(triples: Iterable[Triple]) -> Iterator[Triple]:
    """The triples with a stand-in for rdf:type where the class is not an XML name.

    The RDF/XML writer makes an element of a node's first class, whatever its IRI.
    """
    for triple in triples:
        if (
            triple.predicate.value == RDF_TYPE
            and isinstance(triple.object, NamedNode)
            and not is_writable_predicate(triple.object.value)
        ):
            yield Triple(triple.subject, _TYPE_PLACEHOLDER, triple.object)
        else:
            yield triple


def to_rdflib(triples: Iterable[Triple]) -> "rdflib.Graph":
    """The triples as an rdflib graph; lexical forms stay as they are."""
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)

    def node(term: object) -> rdflib.term.Node:
        if isinstance(term, NamedNode):
            return rdflib.URIRef(term.value)
        if isinstance(term, BlankNode):
            return rdflib.BNode(term.value)
        if isinstance(term, Literal):
            if term.language is not None:
                return rdflib.Literal(term.value, lang=term.language)
            datatype = term.datatype.value
            if datatype == XSD + "string":
                return rdflib.Literal(term.value)
            return rdflib.Literal(term.value, datatype=datatype, normalize=False)
        raise TypeError(f"no RDF 1.1 term: {term}")

    for triple in triples:
        graph.add((node(triple.subject), node(triple.predicate), node(triple.object)))
    return graph


def from_rdflib(graph: "rdflib.Graph") -> list[Triple]:
    """The triples of an rdflib graph, sorted.

    Raises:
        ValueError: a term is not valid, e.g. an IRI with a blank.
    """
    import rdflib

    def node(term: object) -> NamedNode | BlankNode | Literal:
        if isinstance(term, rdflib.URIRef):
            return NamedNode(str(term))
        if isinstance(term, rdflib.BNode):
            return BlankNode(str(term))
        if isinstance(term, rdflib.Literal):
            if term.language:
                return Literal(str(term), language=term.language)
            datatype = str(term.datatype or XSD + "string")
            return Literal(str(term), datatype=NamedNode(datatype))
        raise TypeError(f"no RDF 1.1 term: {term!r}")

    found = []
    for subject, predicate, value in graph:
        about, link = node(subject), node(predicate)
        if isinstance(about, Literal) or not isinstance(link, NamedNode):
            raise TypeError(f"no RDF 1.1 triple: {subject!r} {predicate!r}")
        found.append(Triple(about, link, node(value)))
    return sorted(found, key=str)
