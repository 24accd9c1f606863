"""A dataset's description to a record, and what the record cannot hold beside it.

The reader is tolerant in kind and exact in content: writing what was read gives the triples of
the description again, apart from property names that meant another property, and from terms that
are not valid RDF 1.1. Both are findings.
"""

from collections import Counter
from typing import Any, NamedTuple, TypeVar, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from datenernte_dcat.findings import Finding
from datenernte_dcat.graph.blank_nodes import blank_node_names
from datenernte_dcat.graph.description import RDF_TYPE, Description, Scope, Term, node_key
from datenernte_dcat.graph.kept import kept_lines
from datenernte_dcat.graph.safe_terms import iri_term, literal_term
from datenernte_dcat.mapping import CLASSES, Kind, Row, right_property, rows_of
from datenernte_dcat.records import Catalog, Dataset, Node, Reference
from datenernte_dcat.records import Literal as Text
from datenernte_dcat.terms import RDFS, XSD, is_writable_predicate
from datenernte_dcat.texts import finding

_LABEL = RDFS + "label"
_STRING = XSD + "string"
_N = TypeVar("_N", bound=Node)


class Reading(NamedTuple):
    """A dataset as its portal described it."""

    dataset: Dataset
    kept: tuple[str, ...]
    """Triples that the record does not model, as N-Triples lines; blank nodes of the record
    appear by their `uri`."""
    findings: tuple[Finding, ...]
    """`namespace-wrong`, one per property published under another name; `iri-invalid`, one per
    invalid IRI of a node or class of the record; `term-invalid`, one per kept triple that had to
    be changed or left out. Values of the record stay as published, valid or not."""


def dataset_from_rdf(index: Description, node: str) -> Reading:
    """The dataset that a node of a document is.

    Equal descriptions give equal records and kept triples, whatever the order of the document and
    the labels of its blank nodes. Where a field holds one value and several were published, the
    first in sorting order is the field's, the others are kept.

    Args:
        node: key of the dataset's node, from `datasets_in`.
    """
    reader = _Reader(index, node, Dataset)
    dataset = reader.read(node, Dataset)
    kept, findings = reader.kept()
    return Reading(dataset, kept, (*reader.renamings(), *reader.invalid_iris(), *findings))


def catalog_from_rdf(index: Description, node: str) -> Catalog:
    """The catalogue that a node of a document is, without what the record does not model."""
    return record_from_rdf(index, node, Catalog)


def record_from_rdf(index: Description, node: str, record: type[_N]) -> _N:
    """A node of a document as any type of record, without what the record does not model."""
    return _Reader(index, node, record).read(node, record)


def catalogs_in(index: Description) -> list[str]:
    """Keys of the nodes typed dcat:Catalog, in document order."""
    return index.nodes_of_type(CLASSES[Catalog])


class _Reader:
    """Reads one description; remembers which of its triples the records took."""

    def __init__(self, index: Description, root: str, record: type[Node]) -> None:
        self._index = index
        self._scope = Scope(index, root, record)
        self._taken: set[tuple[str, str, Term]] = set()
        self._names: dict[str, str] | None = None
        self._nodes: dict[tuple[str, type[Node]], Node] = {}
        self._renamed: Counter[tuple[str, str]] = Counter()

    def read(self, key: str, record: type[_N]) -> _N:
        """The node as a record of the type; a node read before as that type is not read again."""
        found = self._nodes.get((key, record))
        if found is None:
            found = self._nodes[key, record] = self._read(key, record)
        return cast(_N, found)

    def renamings(self) -> tuple[Finding, ...]:
        """One finding per property that was published under another name."""
        return tuple(
            finding(
                "namespace-wrong",
                subject=self._shown(self._scope.root),
                property=right,
                value=f"{published} → {right}",
                published=published,
                count=count,
            )
            for (published, right), count in sorted(self._renamed.items())
        )

    def invalid_iris(self) -> tuple[Finding, ...]:
        """One finding per node or class that will be published under another IRI or none."""
        found = {key for key, _ in self._nodes if not key.startswith("_:")}
        for node in self._nodes.values():
            found.update(node.classes)
        findings = []
        for iri in sorted(found):
            term = iri_term(iri)
            after = term.value if term is not None else "(entfernt)"
            if after != iri:
                value = f"{iri} → {after}"
                findings.append(
                    finding("iri-invalid", subject=self._shown(self._scope.root), value=value)
                )
        return tuple(findings)

    def kept(self) -> tuple[tuple[str, ...], list[Finding]]:
        """The triples that no record took, and what had to be changed to keep them."""
        triples = []
        findings = []
        for subject, predicate, term in self._scope.triples():
            if (subject, predicate, term) in self._taken:
                continue
            triple = self._kept(subject, predicate, term)
            if triple is None or not _is_as_published(triple, subject, predicate, term):
                after = "" if triple is None else f" → {triple}"
                value = self._shown(node_key(term)) if isinstance(term, BlankNode) else term
                findings.append(
                    finding(
                        "term-invalid",
                        subject=self._shown(self._scope.root),
                        property=predicate,
                        value=f"{self._shown(subject)} {predicate} {value}{after}",
                    )
                )
            if triple is not None:
                triples.append(triple)
        findings.sort(key=lambda found: found.value or "")
        return kept_lines(triples), findings

    def _kept(self, subject: str, predicate: str, term: Term) -> Triple | None:
        """The triple in valid terms and canonical names; None where that cannot be."""
        about = self._node(subject)
        value: NamedNode | BlankNode | Literal | None
        if isinstance(term, Literal):
            value = literal_term(_text(term))
        elif isinstance(term, Triple):
            return None
        else:
            value = self._node(node_key(term))
        if about is None or value is None or not is_writable_predicate(predicate):
            return None
        return Triple(about, NamedNode(predicate), value)

    def _node(self, key: str) -> NamedNode | BlankNode | None:
        return BlankNode(self._name(key)) if key.startswith("_:") else iri_term(key)

    def _shown(self, key: str) -> str:
        """The node for a finding: equal documents must give equal findings."""
        return "_:" + self._name(key) if key.startswith("_:") else key

    def _name(self, key: str) -> str:
        """The canonical name of a blank node."""
        if self._names is None:
            self._names = blank_node_names(self._scope.triples())
        return self._names.get(key, "0")  # a node without any triple

    def _read(self, key: str, record: type[_N]) -> _N:
        values: dict[str, Any] = {}
        left = 0
        wanted = _rows_by_property(record)
        found: dict[str, dict[Term, list[str]]] = {}
        properties = {} if self._scope.stands_alone(key) else self._index.properties(key)
        for predicate, objects in properties.items():
            row = wanted.get(right_property(predicate))
            for term in objects:
                if row is not None and self._fits(row, term):
                    found.setdefault(row.field, {}).setdefault(term, []).append(predicate)
                elif predicate != RDF_TYPE or not isinstance(term, NamedNode):
                    left += 1
        for row in wanted.values():
            terms = found.get(row.field)
            if terms is None:
                continue
            chosen = sorted(terms, key=self._order) if len(terms) > 1 else list(terms)
            if not row.many:
                left += len(chosen) - 1
                del chosen[1:]
            read = [self._take(key, row, term, terms[term]) for term in chosen]
            values[row.field] = tuple(read) if row.many else read[0]
        classes = () if not properties else self._take_classes(key)
        if classes != (CLASSES[record],):
            values |= {"classes": classes, "untyped": not classes}
        return record(uri=self._uri(key, left), **values)

    def _uri(self, key: str, left: int) -> str | None:
        """The key of a node where something else than its one place in the record speaks of it."""
        if not key.startswith("_:"):
            return key
        allowed = 0 if key == self._scope.root else 1
        if left or self._scope.references.get(key, 0) > allowed:
            return "_:" + self._name(key)
        return None

    def _fits(self, row: Row, term: Term) -> bool:
        """Whether the field can hold the value exactly."""
        if isinstance(term, Literal):
            return row.kind is not Kind.NODE and term.direction is None
        if isinstance(term, NamedNode):
            return row.kind is not Kind.LITERAL
        if isinstance(term, BlankNode):
            return row.kind is Kind.NODE or (
                row.kind is Kind.REFERENCE and self._label_of(node_key(term)) is not None
            )
        return False

    def _take(self, key: str, row: Row, term: Term, predicates: list[str]) -> Node | object:
        """The value of a field; its triples count as taken."""
        for predicate in predicates:
            self._taken.add((key, predicate, term))
            if predicate != row.property:
                self._renamed[predicate, row.property] += 1
        if isinstance(term, Literal):
            text = _text(term)
            return text if row.kind is Kind.LITERAL else Reference(label=text)
        assert not isinstance(term, Triple)  # noqa: S101 - it fits no field
        if row.target is not None:
            return self.read(node_key(term), row.target)
        if isinstance(term, NamedNode):
            return Reference(uri=term.value)
        return self._take_labelled(node_key(term))

    def _label_of(self, key: str) -> tuple[NamedNode, Literal] | None:
        """Class and label of a blank node that consists of nothing else and hangs at one place."""
        properties = self._index.properties(key)
        if (
            properties.keys() != {RDF_TYPE, _LABEL}
            or self._scope.references.get(key) != 1
            or key == self._scope.root
            or self._scope.stands_alone(key)
        ):
            return None
        classes, labels = tuple(properties[RDF_TYPE]), tuple(properties[_LABEL])
        if len(classes) == 1 and len(labels) == 1:
            (node_class,), (label,) = classes, labels
            if (
                isinstance(node_class, NamedNode)
                and isinstance(label, Literal)
                and label.direction is None
                and iri_term(node_class.value) == node_class
            ):
                return node_class, label
        return None

    def _take_labelled(self, key: str) -> Reference:
        found = self._label_of(key)
        assert found is not None  # noqa: S101 - `_fits` has looked
        node_class, label = found
        self._taken |= {(key, RDF_TYPE, node_class), (key, _LABEL, label)}
        return Reference(label=_text(label), node_class=node_class.value)

    def _take_classes(self, key: str) -> tuple[str, ...]:
        """IRIs of the node's classes, sorted."""
        found = []
        for term in self._index.objects(key, RDF_TYPE):
            if isinstance(term, NamedNode):
                self._taken.add((key, RDF_TYPE, term))
                found.append(term.value)
        return tuple(sorted(found))

    def _order(self, term: Term) -> tuple[int, str, str, str]:
        """Sorting order of values: IRIs, then text, then blank nodes by their content."""
        if isinstance(term, NamedNode):
            return 0, term.value, "", ""
        if isinstance(term, Literal):
            return 1, term.value, term.language or "", term.datatype.value
        return 2, self._name(node_key(term)), "", ""


_ROWS: dict[type[Node], dict[str, Row]] = {}


def _rows_by_property(record: type[Node]) -> dict[str, Row]:
    found = _ROWS.get(record)
    if found is None:
        found = _ROWS[record] = {row.property: row for row in rows_of(record)}
    return found


def _text(term: Literal) -> Text:
    """The literal as a record holds it."""
    if term.language is not None:
        return Text(value=term.value, language=term.language)
    datatype = term.datatype.value
    return Text(value=term.value, datatype=None if datatype == _STRING else datatype)


def _is_as_published(triple: Triple, subject: str, predicate: str, term: Term) -> bool:
    """Whether the kept triple says exactly what was published, names of blank nodes apart."""
    return (
        triple.predicate.value == predicate
        and (isinstance(triple.subject, BlankNode) or node_key(triple.subject) == subject)
        and (isinstance(triple.object, BlankNode) or triple.object == term)
    )
