"""Second values of properties that hold one: they stand among the kept triples.

A distribution with the formats »csv« and »text/csv« (seen in Brandenburg) has one of them in its
record and the other beside it. The second value is normalised like the first; where both then
are the same, one remains.
"""

from collections.abc import Callable, Mapping

from pyoxigraph import BlankNode, NamedNode, Triple
from pyoxigraph import Literal as Term

from datenernte_dcat.graph import kept_lines, kept_triples, node_key
from datenernte_dcat.graph.safe_terms import iri_term, literal_term
from datenernte_dcat.mapping import Kind, Row, right_property, rows_of
from datenernte_dcat.records import Literal, Node, Reference
from datenernte_dcat.terms import XSD

Normaliser = Callable[[Node, str, Literal | Reference], tuple[Literal | Reference, ...]]
"""Gives what stands in place of a value of a node's field, and notes findings."""


def normalised_kept(
    kept: tuple[str, ...], nodes: Mapping[str, Node], normaliser: Normaliser
) -> tuple[str, ...]:
    """The kept triples with second values normalised; equal ones are dropped.

    Args:
        nodes: normalised nodes of the record by IRI or »_:name«.
    """
    triples = kept_triples(kept) if kept else []
    new: list[Triple] = []
    for triple in triples:
        node = nodes.get(node_key(triple.subject))
        row = _row(node, triple.predicate.value) if node is not None else None
        if node is None or row is None or isinstance(triple.object, BlankNode | Triple):
            new.append(triple)
            continue
        before = _value(row, triple.object)
        if before is None:
            new.append(triple)
            continue
        after = normaliser(node, row.field, before)
        if after == (before,) and before != getattr(node, row.field):
            new.append(triple)
            continue
        for value in after:
            term = _term(value)
            if value != getattr(node, row.field) and term is not None:
                new.append(Triple(triple.subject, NamedNode(row.property), term))
    return kept if new == triples else kept_lines(new)


def _row(node: Node, predicate: str) -> Row | None:
    """The row of a property that holds one value in this type of record, else None."""
    wanted = right_property(predicate)
    for row in rows_of(type(node)):
        if row.property == wanted:
            return None if row.many or row.kind is Kind.NODE else row
    return None


def _value(row: Row, term: NamedNode | Term) -> Literal | Reference | None:
    """The term as the row's field would hold it; None where it cannot."""
    if isinstance(term, NamedNode):
        return Reference(uri=term.value) if row.kind is Kind.REFERENCE else None
    datatype = None if term.language or term.datatype.value == XSD + "string" else term.datatype
    literal = Literal(
        value=term.value,
        language=term.language,
        datatype=datatype.value if datatype is not None else None,
    )
    return literal if row.kind is Kind.LITERAL else Reference(label=literal)


def _term(value: Literal | Reference) -> NamedNode | Term | None:
    if isinstance(value, Literal):
        return literal_term(value)
    if value.uri is not None:
        return iri_term(value.uri)
    return literal_term(value.label) if value.label is not None else None
