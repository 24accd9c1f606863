"""Records to triples: straight from the mapping table to pyoxigraph terms, without rdflib.

Whatever a record holds, what comes out is valid RDF 1.1 that all four serialisations can carry:
IRIs are percent-encoded or left out, characters that XML cannot hold are left out, a language tag
that is none is left out (`safe_terms.clean_literal` says what that changes).
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeAlias

import msgspec
from pyoxigraph import BlankNode, NamedNode, Triple

from datenernte_dcat.graph.description import RDF_TYPE, Term
from datenernte_dcat.graph.kept import kept_triples
from datenernte_dcat.graph.safe_terms import iri_term, literal_term
from datenernte_dcat.mapping import CLASSES, MAPPING, Kind, rows_of
from datenernte_dcat.records import Catalog, Dataset, Node, Reference
from datenernte_dcat.terms import RDFS, is_writable_predicate

_TYPE = NamedNode(RDF_TYPE)
_LABEL = NamedNode(RDFS + "label")
_PROPERTIES = {row.property: NamedNode(row.property) for row in MAPPING}
_CLASS_NODES = {record: NamedNode(iri) for record, iri in CLASSES.items()}
_encoder = msgspec.json.Encoder(order="deterministic")


def dataset_triples(
    dataset: Dataset, kept: Sequence[str] = (), iri: str | None = None
) -> list[Triple]:
    """All triples of a dataset: what the record says and what was kept beside it.

    Same input, same triples in the same order, grouped by subject, each once. Labels of blank
    nodes begin with a hash of the dataset's IRI, so documents can be put together.

    Args:
        kept: N-Triples lines of `Reading.kept`.
        iri: the published IRI, where it is not the record's own.
    """
    return record_triples(dataset, kept, iri)


def catalog_triples(catalog: Catalog) -> list[Triple]:
    """All triples of a catalogue, without the descriptions of its datasets."""
    return record_triples(catalog)


def record_triples(node: Node, kept: Sequence[str] = (), iri: str | None = None) -> list[Triple]:
    """All triples of any record, as `dataset_triples` writes a dataset."""
    return _Writing(node, iri).triples(kept)


def blank_node_prefix(node: Node, iri: str | None = None) -> str:
    """What the labels of all blank nodes of a record begin with; an XML name."""
    uri = iri or node.uri
    key = uri.encode("utf-8", "replace") if uri and uri[:2] != "_:" else _encoder.encode(node)
    return "n" + blake2b(key, digest_size=8).hexdigest()


class _Writing:
    """The triples of one record while they are written, by subject in order of appearance."""

    def __init__(self, node: Node, iri: str | None) -> None:
        self._prefix = blank_node_prefix(node, iri)
        self._blank_nodes = 0
        self._groups: dict[NamedNode | BlankNode, list[Triple]] = {}
        self._source_key = node.uri
        uri = iri or node.uri
        self._root = self._subject(uri)
        self._add_node(node, self._root)

    def triples(self, kept: Sequence[str]) -> list[Triple]:
        """Everything written so far and the kept triples, each once."""
        for triple in kept_triples(kept) if kept else ():
            if is_writable_predicate(triple.predicate.value):
                self._add_kept(triple)
        return [triple for group in self._groups.values() for triple in dict.fromkeys(group)]

    def _add_kept(self, triple: Triple) -> None:
        """A kept triple, speaking of this record's nodes by the names they have here."""
        subject, term = triple.subject, triple.object
        if isinstance(subject, BlankNode):
            subject = self._named(f"_:{subject.value}")
        elif isinstance(subject, NamedNode) and subject.value == self._source_key:
            subject = self._root
        if isinstance(term, BlankNode):
            term = self._named(f"_:{term.value}")
        if isinstance(subject, Triple) or isinstance(term, Triple):
            return
        self._groups.setdefault(subject, []).append(Triple(subject, triple.predicate, term))

    def _named(self, key: str) -> NamedNode | BlankNode:
        """The node that kept triples and records call »_:name«."""
        if key == self._source_key:
            return self._root
        name = key[2:]
        if not (name.isascii() and name.isalnum()):
            name = blake2b(name.encode("utf-8", "replace"), digest_size=8).hexdigest()
        return BlankNode(f"{self._prefix}x{name}")

    def _blank_node(self) -> BlankNode:
        self._blank_nodes += 1
        return BlankNode(f"{self._prefix}b{self._blank_nodes}")

    def _subject(self, uri: str | None) -> NamedNode | BlankNode:
        if uri is None:
            return self._blank_node()
        if uri[:2] == "_:":
            return BlankNode(f"{self._prefix}r") if uri == self._source_key else self._named(uri)
        return iri_term(uri) or self._blank_node()

    def _add_node(self, node: Node, subject: NamedNode | BlankNode) -> None:
        """The triples of a node, its own ones first, then those of the nodes in it."""
        record = type(node)
        group = self._groups.setdefault(subject, [])
        if node.classes:
            for iri in node.classes:
                node_class = iri_term(iri)
                if node_class is not None:
                    group.append(Triple(subject, _TYPE, node_class))
        elif not node.untyped:
            group.append(Triple(subject, _TYPE, _CLASS_NODES[record]))
        columns = _COLUMNS.get(record) or _columns(record)
        for column, value in zip(columns, msgspec.structs.astuple(node), strict=True):
            if not value or column is None:  # most fields of most records are empty
                continue
            kind, many, predicate = column
            for single in value if many else (value,):
                term: Term | None
                if kind is Kind.REFERENCE:
                    term = self._reference(single)
                    if term is None:
                        continue
                elif kind is Kind.LITERAL:
                    term = literal_term(single)
                else:
                    term = self._nested(single)
                group.append(Triple(subject, predicate, term))

    def _nested(self, node: Node) -> NamedNode | BlankNode:
        subject = self._subject(node.uri)
        self._add_node(node, subject)
        return subject

    def _reference(self, reference: Reference) -> Term | None:
        """The IRI, the text in its place, or the labelled blank node; None for an invalid IRI."""
        uri = reference.uri
        if uri is not None:
            return iri_term(uri) if uri[:2] != "_:" else self._named(uri)
        if reference.label is None:
            return None
        label = literal_term(reference.label)
        node_class = iri_term(reference.node_class) if reference.node_class else None
        if node_class is None:
            return label
        node = self._blank_node()
        self._groups[node] = [Triple(node, _TYPE, node_class), Triple(node, _LABEL, label)]
        return node


_Column: TypeAlias = tuple[Kind, bool, NamedNode]
"""What a field holds, whether it is a tuple, and the property."""
_COLUMNS: dict[type[Node], tuple[_Column | None, ...]] = {}


def _columns(record: type[Node]) -> tuple[_Column | None, ...]:
    """The rows of a record type in the order of its fields; None for `uri` and the like."""
    rows = {row.field: row for row in rows_of(record)}
    found: list[_Column | None] = []
    for field in record.__struct_fields__:
        row = rows.get(field)
        found.append((row.kind, row.many, _PROPERTIES[row.property]) if row else None)
    return _COLUMNS.setdefault(record, tuple(found))
