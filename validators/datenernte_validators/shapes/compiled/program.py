"""A compiled profile: which shapes judge which nodes of a description, and what they say."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode
from rdflib import URIRef
from rdflib.term import Node

from datenernte_dcat.graph import Description, Term, node_key
from datenernte_dcat.terms import SH
from datenernte_validators.shapes.compiled.compiler import Compiler
from datenernte_validators.shapes.compiled.components import Component
from datenernte_validators.shapes.compiled.data import (
    RDF_TYPE,
    Background,
    DataView,
    background,
    subject_term,
)
from datenernte_validators.shapes.compiled.errors import UnsupportedError
from datenernte_validators.shapes.compiled.nested import CompiledShape
from datenernte_validators.shapes.results import ShapeResult, outer_paths, term_text

if TYPE_CHECKING:
    from datenernte_validators.shapes.profiles import Profile


def compile_profile(profile: "Profile") -> "Program":
    """The profile as a program.

    Raises:
        UnsupportedError: only pySHACL can run it.
    """
    return Program(profile, background(whole=not profile.built_in))


@dataclass(frozen=True)
class _Plan:
    """All that is asked of a node for which the same shapes are meant."""

    by_property: dict[str, tuple[Component, ...]]
    """Property → components that only its values can violate."""
    always: tuple[tuple[str, tuple[Component, ...]], ...]
    """Property and components that may fail without a value."""
    others: tuple[CompiledShape, ...]
    """Property shapes with longer paths."""
    of_node: tuple[Component, ...]
    """Components whose only value is the node."""


class Program:
    """The shapes of one profile, ready to judge descriptions one by one.

    Raises:
        UnsupportedError: only pySHACL can run the profile.
    """

    def __init__(self, profile: "Profile", known: Background) -> None:
        self._background = known
        self._built_in = profile.built_in
        compiler = Compiler(profile, known)
        shapes = compiler.shapes()
        graph = compiler.graph
        self._by_class: dict[str, list[int]] = {}
        self._by_subject_of: dict[str, list[int]] = {}
        self._by_object_of: dict[str, list[int]] = {}
        self._by_node: dict[Term, list[int]] = {}
        self._shapes = list(shapes.values())
        self._plans: dict[frozenset[int], _Plan] = {}
        self._outer = {
            (f"_:{node}" if not isinstance(node, URIRef) else str(node)): bool(
                outer_paths(f"_:{node}" if not isinstance(node, URIRef) else str(node), profile)
            )
            for node in shapes
        }
        """Shape → whether a property leads to the nodes that it judges."""

        def targets(node: Node, word: str) -> list[str]:
            found = list(graph.objects(node, URIRef(SH + word)))
            if not all(isinstance(target, URIRef) for target in found):
                raise UnsupportedError(f"sh:{word} that is no IRI")
            return [str(target) for target in found]

        for number, node in enumerate(shapes):
            classes = targets(node, "targetClass")
            if compiler.is_implicit_class(node):
                if not isinstance(node, URIRef):
                    raise UnsupportedError("a class without a name")
                classes.append(str(node))
            below = {name for iri in classes for name in known.subclasses(iri)}
            if not below.isdisjoint(known.classes):
                raise UnsupportedError("shapes that judge the vocabularies themselves")
            for iri in below:
                self._by_class.setdefault(iri, []).append(number)
            for word, place in (
                ("targetSubjectsOf", self._by_subject_of),
                ("targetObjectsOf", self._by_object_of),
            ):
                for predicate in targets(node, word):
                    if predicate in known.predicates:
                        raise UnsupportedError("shapes that judge the vocabularies themselves")
                    place.setdefault(predicate, []).append(number)
            for iri in targets(node, "targetNode"):
                self._by_node.setdefault(NamedNode(iri), []).append(number)

    def run(self, index: Description) -> list[ShapeResult]:
        """The results of one description.

        Raises:
            NeedsReferenceError: only pySHACL knows what it says of this description.
        """
        view = DataView(index, self._background)
        aimed = self._aimed_at(index)
        out: list[ShapeResult] = []
        for key in index.subjects():
            own = index.properties(key)
            found: set[int] = set()
            for kind in own.get(RDF_TYPE, ()):
                if isinstance(kind, NamedNode):
                    found.update(self._by_class.get(kind.value, ()))
            for predicate, numbers in self._by_subject_of.items():
                if predicate in own:
                    found.update(numbers)
            if aimed:
                found |= aimed.pop(key, frozenset())
            if found:
                self._judge(view, subject_term(key), frozenset(found), out)
        for target, shapes in aimed.items():
            focus = target if isinstance(target, Literal) else subject_term(target)
            self._judge(view, focus, frozenset(shapes), out)
        return out if self._all_described(index, out) else self._described(index, out)

    def _aimed_at(self, index: Description) -> dict[str | Literal, set[int]]:
        """Key of a node, or literal → shapes that judge it for its name or for who points to it."""
        aimed: dict[str | Literal, set[int]] = {}
        if self._by_object_of:
            for key in index.subjects():
                properties = index.properties(key)
                for predicate, numbers in self._by_object_of.items():
                    for term in properties.get(predicate, ()):
                        target = term if isinstance(term, Literal) else node_key(term)
                        aimed.setdefault(target, set()).update(numbers)
        for node, numbers in self._by_node.items():
            aimed.setdefault(term_text(node), set()).update(numbers)
        return aimed

    def _judge(
        self, view: DataView, focus: Term, shapes: frozenset[int], out: list[ShapeResult]
    ) -> None:
        plan = self._plans.get(shapes)
        if plan is None:
            plan = self._plans[shapes] = self._plan(shapes)
        by_property = plan.by_property
        properties = view.properties_of(focus)
        for predicate, values in properties.items():
            for component in by_property.get(predicate, ()):
                component(view, focus, values, out)
        for predicate, components in plan.always:
            values = properties.get(predicate, ())
            for component in components:
                component(view, focus, values, out)
        for shape in plan.others:
            shape.validate(view, focus, out)
        for component in plan.of_node:
            component(view, focus, (focus,), out)

    def _plan(self, shapes: Iterable[int]) -> _Plan:
        by_property: dict[str, list[Component]] = {}
        always: list[tuple[str, tuple[Component, ...]]] = []
        others: list[CompiledShape] = []
        of_node: list[Component] = []
        for number in sorted(shapes):
            shape = self._shapes[number]
            asked: Collection[CompiledShape] = (shape,)
            if shape.path is None:
                asked = shape.properties
                of_node.extend(shape.others)
            for part in asked:
                if part.predicate is None:
                    others.append(part)
                elif part.needs_values:
                    always.append((part.predicate, part.components))
                else:
                    by_property.setdefault(part.predicate, []).extend(part.components)
        return _Plan(
            by_property={iri: tuple(found) for iri, found in by_property.items()},
            always=tuple(always),
            others=tuple(others),
            of_node=tuple(of_node),
        )

    def _all_described(self, index: Description, results: Iterable[ShapeResult]) -> bool:
        return all(result.focus in index for result in results)

    def _described(self, index: Description, results: list[ShapeResult]) -> list[ShapeResult]:
        """The results without those about nodes that the description only uses.

        A term that is only used was judged for its sake if the shape is nested in a property, or
        meant for what a property points to.
        """
        used = {
            term_text(term)
            for key in index.subjects()
            for objects in index.properties(key).values()
            for term in objects
        }
        return [
            result
            for result in results
            if result.focus in index
            or (
                result.focus in used
                and (self._built_in or self._outer.get(result.shape or "", False))
            )
        ]
