"""Shapes, and the constraint components that hold values against other shapes."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from datenernte_dcat.graph import Term
from datenernte_dcat.terms import RDF, RDFS
from datenernte_validators.shapes.compiled.components import Component, Report, each_value
from datenernte_validators.shapes.compiled.data import DataView
from datenernte_validators.shapes.compiled.paths import Path
from datenernte_validators.shapes.results import ShapeResult, term_text


@dataclass(frozen=True, kw_only=True)
class CompiledShape:
    """One node or property shape."""

    path: Path | None
    """None for a node shape, whose only value is the focus node."""
    predicate: str | None
    """IRI of the property if the path is nothing but a property."""
    properties: tuple["CompiledShape", ...]
    """The property shapes of a node shape; they belong to `components` as well."""
    components: tuple[Component, ...]
    """Empty for a deactivated shape."""
    others: tuple[Component, ...]
    """The components but for `sh:property`."""
    needs_values: bool
    """Whether it may fail where the path leads to nothing."""
    depth: int
    """How many shapes are nested, this one included."""

    def validate(self, view: DataView, focus: Term, out: list[ShapeResult]) -> None:
        """Append the results for one focus node."""
        values = (focus,) if self.path is None else self.path(view, focus)
        if values or self.needs_values:
            for component in self.components:
                component(view, focus, values, out)

    def allows(self, view: DataView, node: Term) -> bool:
        """Whether the node conforms."""
        found: list[ShapeResult] = []
        values = (node,) if self.path is None else self.path(view, node)
        if values or self.needs_values:
            for component in self.components:
                component(view, node, values, found)
                if found:
                    return False
        return True


def properties(shapes: Sequence[CompiledShape]) -> Component:
    """`sh:property`: the values are focus nodes of the property shapes."""

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        for shape in shapes:
            for value in values:
                shape.validate(view, value, out)

    return component


def node(report: Report, shape: CompiledShape) -> Component:
    """`sh:node`."""
    return each_value(report, lambda view, value: not shape.allows(view, value))


def not_(report: Report, shape: CompiledShape) -> Component:
    """`sh:not`."""
    return each_value(report, shape.allows)


def logical(
    report: Report, shapes: Sequence[CompiledShape], is_right: Callable[[int], bool]
) -> Component:
    """`sh:and`, `sh:or` and `sh:xone`: right for some numbers of shapes to which a value conforms."""

    def fails(view: DataView, value: Term) -> bool:
        return not is_right(sum(shape.allows(view, value) for shape in shapes))

    return each_value(report, fails)


def qualified(
    shape: CompiledShape,
    siblings: Sequence[CompiledShape],
    minimum: tuple[Report, int] | None,
    maximum: tuple[Report, int] | None,
) -> Component:
    """`sh:qualifiedValueShape`.

    Args:
        shape: what values are counted by.
        siblings: shapes to which a counted value must not conform.
        minimum: for `sh:qualifiedMinCount`, and `maximum` for `sh:qualifiedMaxCount`.
    """

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        number = sum(
            shape.allows(view, value) and not any(s.allows(view, value) for s in siblings)
            for value in values
        )
        if maximum is not None and number > maximum[1]:
            out.append(maximum[0](focus, None))
        if minimum is not None and number < minimum[1]:
            out.append(minimum[0](focus, None))

    return component


def closed(report: Callable[[Term, Term, str], ShapeResult], allowed: Iterable[str]) -> Component:
    """`sh:closed true`.

    Args:
        report: makes a result from focus node, value and IRI of the property.
        allowed: IRIs of the properties that values may have.
    """
    known = frozenset(allowed)

    def component(
        view: DataView, focus: Term, values: Collection[Term], out: list[ShapeResult]
    ) -> None:
        for value in values:
            for predicate, objects in view.properties_of(value).items():
                if predicate in known:
                    continue
                for term in objects:
                    # pySHACL lets this one statement pass everywhere.
                    if predicate != RDF + "type" or term_text(term) != RDFS + "Resource":
                        out.append(report(focus, term, predicate))

    return component
