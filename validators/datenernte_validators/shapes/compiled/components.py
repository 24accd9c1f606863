"""Constraint components that judge values by themselves, as functions.

Each function here makes a component from its parameters. A component gets the values of a focus
node and appends a result for each fault.

Source: https://www.w3.org/TR/shacl/#core-components, and pySHACL where it deviates.
"""

import operator
import re
from collections.abc import Callable, Collection, Container
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from datenernte_dcat.graph import Term, node_key
from datenernte_dcat.terms import SH
from datenernte_validators.shapes.compiled.data import RDF_TYPE, DataView
from datenernte_validators.shapes.compiled.literals import as_rdflib, has_datatype
from datenernte_validators.shapes.results import ShapeResult, term_text

Component = Callable[[DataView, Term, Collection[Term], list[ShapeResult]], None]
"""What appends the results of one component: data, focus node, its values, results."""

Report = Callable[[Term, Term | None], ShapeResult]
"""What makes the result of one component: focus node, value or None."""

_Fails = Callable[[DataView, Term], bool]

_KINDS: dict[str, tuple[type, ...]] = {
    SH + "IRI": (NamedNode,),
    SH + "BlankNode": (BlankNode,),
    SH + "Literal": (Literal,),
    SH + "BlankNodeOrIRI": (BlankNode, NamedNode),
    SH + "BlankNodeOrLiteral": (BlankNode, Literal),
    SH + "IRIOrLiteral": (NamedNode, Literal),
}
NODE_KINDS = frozenset(_KINDS)


def each_value(report: Report, fails: _Fails) -> Component:
    """A component that judges each value by itself."""

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        for value in values:
            if fails(view, value):
                out.append(report(focus, value))

    return component


def node_kind(report: Report, kind: str) -> Component:
    """`sh:nodeKind`, one of `NODE_KINDS`."""
    kinds = _KINDS[kind]

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        for value in values:
            if not isinstance(value, kinds):
                out.append(report(focus, value))

    return component


def of_class(report: Report, subclasses: Container[str]) -> Component:
    """`sh:class`, by the class and all below it."""

    def fails(view: DataView, value: Term) -> bool:
        if isinstance(value, Literal):
            return True
        types = view.properties(node_key(value)).get(RDF_TYPE, ())
        return not any(isinstance(t, NamedNode) and t.value in subclasses for t in types)

    return each_value(report, fails)


def datatype(report: Report, iri: str) -> Component:
    """`sh:datatype`."""
    return each_value(
        report,
        lambda view, value: not (isinstance(value, Literal) and has_datatype(value, iri)),
    )


def count(report: Report, is_wrong: Callable[[int], bool]) -> Component:
    """`sh:minCount` and `sh:maxCount`: wrong for some numbers of values."""

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        if is_wrong(len(values)):
            out.append(report(focus, None))

    return component


def length(report: Report, is_wrong: Callable[[int], bool]) -> Component:
    """`sh:minLength` above 0 and `sh:maxLength`; a blank node has no length and fails."""
    return each_value(
        report,
        lambda view, value: isinstance(value, BlankNode) or is_wrong(len(_text(value))),
    )


def pattern(report: Report, expression: re.Pattern[str]) -> Component:
    """`sh:pattern`; a blank node fails."""
    search = expression.search
    return each_value(
        report,
        lambda view, value: isinstance(value, BlankNode) or search(_text(value)) is None,
    )


def language_in(report: Report, languages: frozenset[str]) -> Component:
    """`sh:languageIn`: a language matches itself and its first part, »*« matches all.

    Args:
        languages: in lower case.
    """

    def fails(view: DataView, value: Term) -> bool:
        tag = value.language if isinstance(value, Literal) else None
        if not tag:
            return True
        tag = tag.lower()
        return not ("*" in languages or tag in languages or tag.split("-")[0] in languages)

    return each_value(report, fails)


def unique_lang(report: Report) -> Component:
    """`sh:uniqueLang true`: one result for each language of several values."""

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        seen: set[str] = set()
        twice: set[str] = set()
        for value in values:
            if isinstance(value, Literal) and value.language:
                tag = value.language.lower()
                (twice if tag in seen else seen).add(tag)
        out.extend(report(focus, None) for _ in twice)

    return component


def has_value(report: Report, wanted: Term) -> Component:
    """`sh:hasValue`."""

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        if wanted not in values:
            out.append(report(focus, None))

    return component


def one_of(report: Report, allowed: frozenset[Term]) -> Component:
    """`sh:in`."""
    return each_value(report, lambda view, value: value not in allowed)


def equals(report: Report, predicate: str) -> Component:
    """`sh:equals`: a result for each value that only one side has."""

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        others = view.objects(focus, predicate)
        out.extend(report(focus, value) for value in values if value not in others)
        out.extend(report(focus, value) for value in others if value not in values)

    return component


def disjoint(report: Report, predicate: str) -> Component:
    """`sh:disjoint`: a result for each value that both sides have."""

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        others = view.objects(focus, predicate)
        out.extend(report(focus, value) for value in values if value in others)

    return component


def less_than(report: Report, predicate: str, *, or_equal: bool) -> Component:
    """`sh:lessThan` and `sh:lessThanOrEquals`: a result for each pair in the wrong order.

    IRIs are compared as texts, which pySHACL does and the standard does not. A pair without an order
    is wrong, as the standard says; pySHACL breaks off at blank nodes and at some literals.
    """
    is_right = operator.le if or_equal else operator.lt

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        others = view.objects(focus, predicate)
        right_side = [_comparable(other) for other in others]
        for value in values:
            left = _comparable(value)
            for right in right_side:
                if not _is_ordered(left, right, is_right):
                    out.append(report(focus, value))

    return component


def in_range(report: Report, bound: Literal, is_right: Callable[[int], bool]) -> Component:
    """`sh:minInclusive` and its three sisters.

    Args:
        is_right: takes 1, 0 or -1: the value is greater than, equal to or less than the bound.
    """
    from pyshacl.rdfutil.compare import compare_literal

    limit = as_rdflib(bound)

    def fails(view: DataView, value: Term) -> bool:
        if not isinstance(value, Literal):
            return True
        literal = as_rdflib(value)
        if isinstance(literal.value, str) != isinstance(limit.value, str):
            return True
        try:
            return not is_right(compare_literal(literal, limit))  # type: ignore[no-untyped-call]
        except (TypeError, NotImplementedError):
            return True

    return each_value(report, fails)


class _Text(str):
    """What pySHACL compares as a text; rdflib's literals are strings, too."""

    __slots__ = ()


def _comparable(term: Term) -> Any:
    """A text, an rdflib literal with an order of its own, or None for a blank node."""
    if isinstance(term, NamedNode):
        return _Text(term.value)
    if not isinstance(term, Literal):
        return None
    literal = as_rdflib(term)
    return _Text(literal.value) if isinstance(literal.value, str) else literal


def _is_ordered(left: Any, right: Any, is_right: Callable[[Any, Any], bool]) -> bool:
    if left is None or right is None or isinstance(left, _Text) != isinstance(right, _Text):
        return False
    try:
        return bool(is_right(left, right))
    except TypeError:
        return False


def _text(term: Term) -> str:
    return term.value if isinstance(term, NamedNode | Literal) else term_text(term)
