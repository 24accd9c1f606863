"""Property paths as functions from a node to its values."""

from collections.abc import Callable, Collection

from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from datenernte_dcat.graph import Term
from datenernte_dcat.terms import SH
from datenernte_validators.shapes.compiled.data import DataView
from datenernte_validators.shapes.compiled.errors import UnsupportedError

Path = Callable[[DataView, Term], Collection[Term]]
"""The values of a node, each once."""

_DEPTH = 10
"""Paths nested deeper are an error for pySHACL."""


def compile_path(shapes: Graph, path: Node, *, inverse: bool = False, depth: int = 0) -> Path:
    """The path as a function.

    An inverse of a sequence goes through its parts in the written order and not backwards, as
    pySHACL does.

    Raises:
        UnsupportedError: it is no well-formed path.

    Source: https://www.w3.org/TR/shacl/#property-paths
    """
    if isinstance(path, URIRef):
        return _predicate(str(path), inverse)
    if not isinstance(path, BNode) or depth >= _DEPTH:
        raise UnsupportedError("a path that is malformed or too deep")

    def part(node: Node, *, turned: bool = False) -> Path:
        return compile_path(shapes, node, inverse=inverse != turned, depth=depth + 1)

    words = {str(predicate).removeprefix(SH) for predicate in shapes.predicates(path, None)}
    if words == {str(RDF.first), str(RDF.rest)}:
        first, rest = _one(shapes, path, RDF.first), _one(shapes, path, RDF.rest)
        if rest != RDF.nil:
            return _sequence(part(first), part(rest))
        if depth == 0:
            raise UnsupportedError("a sequence path of one part")
        return part(first)
    if len(words) != 1:
        raise UnsupportedError("a malformed path")
    word = words.pop()
    value = _one(shapes, path, URIRef(SH + word))
    if word == "inversePath":
        return part(value, turned=True)
    if word == "alternativePath":
        parts = [part(item) for item in list_items(shapes, value)]
        if len(parts) < 2:
            raise UnsupportedError("an alternative path of one part")
        return _alternatives(parts)
    repeated = {"zeroOrMorePath": _zero_or_more, "oneOrMorePath": _one_or_more}
    if word in repeated:
        return repeated[word](part(value))
    if word == "zeroOrOnePath":
        step = part(value)
        return lambda view, node: dict.fromkeys((node, *step(view, node)))
    raise UnsupportedError(f"a path with {word}")


def list_items(shapes: Graph, node: Node) -> list[Node]:
    """The members of an RDF list.

    Raises:
        UnsupportedError: it is malformed, or empty.
    """
    items: list[Node] = []
    seen: set[Node] = set()
    while node != RDF.nil:
        if node in seen or isinstance(node, Literal):
            raise UnsupportedError("a malformed list")
        seen.add(node)
        items.append(_one(shapes, node, RDF.first))
        node = _one(shapes, node, RDF.rest)
    if not items:
        raise UnsupportedError("an empty list")
    return items


def _one(shapes: Graph, node: Node, predicate: URIRef) -> Node:
    values = list(shapes.objects(node, predicate))
    if len(values) != 1:
        raise UnsupportedError(f"{len(values)} values of {predicate}")
    return values[0]


def _predicate(iri: str, inverse: bool) -> Path:
    if inverse:
        return lambda view, node: view.subjects(iri, node)
    return lambda view, node: view.objects(node, iri)


def _sequence(first: Path, rest: Path) -> Path:
    def values(view: DataView, node: Term) -> Collection[Term]:
        return dict.fromkeys(found for step in first(view, node) for found in rest(view, step))

    return values


def _alternatives(parts: list[Path]) -> Path:
    def values(view: DataView, node: Term) -> Collection[Term]:
        return dict.fromkeys(found for part in parts for found in part(view, node))

    return values


def _one_or_more(step: Path) -> Path:
    def values(view: DataView, node: Term) -> Collection[Term]:
        found = dict.fromkeys(step(view, node))
        waiting = list(found)
        while waiting:
            for further in step(view, waiting.pop()):
                if further not in found:
                    found[further] = None
                    waiting.append(further)
        return found

    return values


def _zero_or_more(step: Path) -> Path:
    more = _one_or_more(step)
    return lambda view, node: dict.fromkeys((node, *more(view, node)))
