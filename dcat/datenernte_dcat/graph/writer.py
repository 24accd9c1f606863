"""Records to triples: straight from the mapping table to N-Triples lines, without rdflib.

Whatever a record holds, what comes out is valid RDF 1.1 that all four serialisations can carry:
IRIs are percent-encoded or left out, characters that XML cannot hold are left out, a language tag
that is none is left out (`safe_terms.clean_literal` says what that changes).

Lines first, because one parse of all lines of a dataset makes its triples in a third of the time
that making each term and triple from Python takes (measured with pyoxigraph 0.5.13).
"""

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeAlias

import msgspec
from pyoxigraph import RdfFormat, Triple, parse

from datenernte_dcat.graph.description import RDF_TYPE
from datenernte_dcat.graph.safe_terms import iri_token, literal_token
from datenernte_dcat.mapping import CLASSES, Kind, rows_of
from datenernte_dcat.records import Catalog, Dataset, Node, Reference
from datenernte_dcat.terms import RDFS, is_writable_predicate

_TYPE = f" <{RDF_TYPE}> "
_LABEL = f" <{RDFS}label> "
_BLANK_NODE = re.compile(r"_:[A-Za-z0-9][A-Za-z0-9._-]*+")
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
    document = "\n".join(record_lines(node, kept, iri))
    # The lines are our own and checked, so the parser need not check them again.
    quads = parse(document, format=RdfFormat.N_TRIPLES, lenient=True)
    return [quad.triple for quad in quads]


def record_lines(node: Node, kept: Sequence[str] = (), iri: str | None = None) -> list[str]:
    """The same as N-Triples lines without line ends, in the same order."""
    return _Writing(node, iri).lines(kept)


def blank_node_prefix(node: Node, iri: str | None = None) -> str:
    """What the labels of all blank nodes of a record begin with; an XML name."""
    uri = iri or node.uri
    key = uri.encode("utf-8", "replace") if uri and uri[:2] != "_:" else _encoder.encode(node)
    return "n" + blake2b(key, digest_size=8).hexdigest()


class _Writing:
    """The lines of one record while they are written, by subject in order of appearance."""

    def __init__(self, node: Node, iri: str | None) -> None:
        self._prefix = blank_node_prefix(node, iri)
        self._blank_nodes = 0
        self._groups: dict[str, list[str]] = {}
        self._source_key = node.uri
        self._root = self._subject(iri or node.uri)
        self._add_node(node, self._root)

    def lines(self, kept: Sequence[str]) -> list[str]:
        """Everything written so far and the kept triples, each once."""
        for line in kept:
            self._add_kept(line)
        return [line for group in self._groups.values() for line in dict.fromkeys(group)]

    def _add_kept(self, line: str) -> None:
        """A kept triple, speaking of this record's nodes by the names they have here."""
        subject, predicate, rest = line.split(" ", 2)
        if not is_writable_predicate(predicate[1:-1]):
            return
        term = rest.removesuffix(" .")
        if subject[:2] == "_:":
            subject = self._named(subject)
        elif subject[1:-1] == self._source_key:
            subject = self._root
        if _BLANK_NODE.fullmatch(term):
            term = self._named(term)
        self._groups.setdefault(subject, []).append(f"{subject} {predicate} {term} .")

    def _named(self, key: str) -> str:
        """The node that kept triples and records call »_:name«."""
        if key == self._source_key:
            return self._root
        name = key[2:]
        if not (name.isascii() and name.isalnum()):
            name = blake2b(name.encode("utf-8", "replace"), digest_size=8).hexdigest()
        return f"_:{self._prefix}x{name}"

    def _blank_node(self) -> str:
        self._blank_nodes += 1
        return f"_:{self._prefix}b{self._blank_nodes}"

    def _subject(self, uri: str | None) -> str:
        if uri is None:
            return self._blank_node()
        if uri[:2] == "_:":
            return f"_:{self._prefix}r" if uri == self._source_key else self._named(uri)
        return iri_token(uri) or self._blank_node()

    def _add_node(self, node: Node, subject: str) -> None:
        """The triples of a node, its own ones first, then those of the nodes in it."""
        record = type(node)
        group = self._groups.setdefault(subject, [])
        if node.classes:
            for iri in node.classes:
                node_class = iri_token(iri)
                if node_class is not None:
                    group.append(f"{subject}{_TYPE}{node_class} .")
        elif not node.untyped:
            group.append(f"{subject}{_TYPE}<{CLASSES[record]}> .")
        columns = _COLUMNS.get(record) or _columns(record)
        for column, value in zip(columns, msgspec.structs.astuple(node), strict=True):
            if not value or column is None:  # most fields of most records are empty
                continue
            kind, many, predicate = column
            for single in value if many else (value,):
                if kind is Kind.REFERENCE:
                    term = self._reference(single)
                    if term is None:
                        continue
                elif kind is Kind.LITERAL:
                    term = literal_token(single)
                else:
                    term = self._subject(single.uri)
                    self._add_node(single, term)
                group.append(f"{subject}{predicate}{term} .")

    def _reference(self, reference: Reference) -> str | None:
        """The IRI, the text in its place, or the labelled blank node; None for an invalid IRI."""
        uri = reference.uri
        if uri is not None:
            return iri_token(uri) if uri[:2] != "_:" else self._named(uri)
        if reference.label is None:
            return None
        label = literal_token(reference.label)
        node_class = iri_token(reference.node_class) if reference.node_class else None
        if node_class is None:
            return label
        node = self._blank_node()
        self._groups[node] = [f"{node}{_TYPE}{node_class} .", f"{node}{_LABEL}{label} ."]
        return node


_Column: TypeAlias = tuple[Kind, bool, str]
"""What a field holds, whether it is a tuple, and the property with its brackets and blanks."""
_COLUMNS: dict[type[Node], tuple[_Column | None, ...]] = {}


def _columns(record: type[Node]) -> tuple[_Column | None, ...]:
    """The rows of a record type in the order of its fields; None for `uri` and the like."""
    rows = {row.field: row for row in rows_of(record)}
    found: list[_Column | None] = []
    for field in record.__struct_fields__:
        row = rows.get(field)
        found.append((row.kind, row.many, f" <{row.property}> ") if row else None)
    return _COLUMNS.setdefault(record, tuple(found))
