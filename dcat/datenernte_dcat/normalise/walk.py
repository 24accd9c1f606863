"""Going through every value of a record, driven by the mapping table."""

from typing import Protocol, TypeVar

import msgspec

from datenernte_dcat.mapping import Kind, rows_of
from datenernte_dcat.records import Literal, Node, Reference

_N = TypeVar("_N", bound=Node)


class Visitor(Protocol):
    """What is done with each value; every method gives back what takes the value's place."""

    def literal(self, owner: Node, field: str, value: Literal) -> Literal | None:
        """The literal that stands in this field from now on; None for none."""

    def reference(self, owner: Node, field: str, value: Reference) -> tuple[Reference, ...]:
        """The references that stand in its place; of several a single field takes the first."""

    def enter(self, node: Node) -> None:
        """Called before the values of a node."""

    def leave(self, node: Node, owner: Node | None, field: str) -> Node:
        """The node in its final form, after its values; `owner` is None for the root."""


def rewritten(node: _N, visitor: Visitor, owner: Node | None = None, field: str = "") -> _N:
    """The node after the visitor went through it; the same object where nothing changed."""
    visitor.enter(node)
    changes: dict[str, object] = {}
    for row in rows_of(type(node)):
        value = getattr(node, row.field)
        if value is None or value == ():
            continue
        values = value if row.many else (value,)
        new: list[object] = []
        for single in values:
            if row.kind is Kind.LITERAL:
                literal = visitor.literal(node, row.field, single)
                new += () if literal is None else (literal,)
            elif row.kind is Kind.REFERENCE:
                new += visitor.reference(node, row.field, single)
            else:
                new.append(rewritten(single, visitor, node, row.field))
        if len(new) != len(values) or any(a is not b for a, b in zip(new, values, strict=True)):
            unique = tuple(dict.fromkeys(new))
            after = unique if row.many else next(iter(unique), None)
            if after != value:
                changes[row.field] = after
    changed = msgspec.structs.replace(node, **changes) if changes else node
    final = visitor.leave(changed, owner, field)
    assert isinstance(final, type(node))  # noqa: S101 - a visitor never changes the kind
    return final
