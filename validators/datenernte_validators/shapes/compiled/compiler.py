"""From the shapes of a profile to functions; whatever is not plain SHACL Core is refused."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

import pyoxigraph
from rdflib import OWL, RDF, RDFS, Literal, URIRef
from rdflib.term import Node

from datenernte_dcat.graph import Term
from datenernte_dcat.terms import SH
from datenernte_validators.shapes.compiled import components as simple
from datenernte_validators.shapes.compiled import nested
from datenernte_validators.shapes.compiled.components import Component, Report
from datenernte_validators.shapes.compiled.data import Background
from datenernte_validators.shapes.compiled.errors import UnsupportedError
from datenernte_validators.shapes.compiled.nested import CompiledShape
from datenernte_validators.shapes.compiled.paths import compile_path, list_items
from datenernte_validators.shapes.compiled.reading import ShapesReader, as_term, sh
from datenernte_validators.shapes.pyshacl_run import node_text, own_words, path_text
from datenernte_validators.shapes.results import ShapeResult, term_text

if TYPE_CHECKING:
    from datenernte_validators.shapes.profiles import Profile

TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
_SHAPE_VALUES = ("property", "node", "not", "qualifiedValueShape")
_SHAPE_LISTS = ("and", "or", "xone")
_SAID_FOR_PEOPLE = ("name", "description", "message", "order", "group", "defaultValue")
_OF_THE_SHAPE = (*TARGETS, *_SAID_FOR_PEOPLE, "path", "severity", "deactivated")
_FAIL_WITHOUT_VALUES = ("minCount", "qualifiedMinCount", "hasValue", "equals")
_DEPTH = 12
"""Nested shapes; pySHACL gives up at 15."""


class Compiler(ShapesReader):
    """Compiles the shapes of one profile.

    Raises:
        UnsupportedError: something is not plain SHACL Core, or not well-formed.

    Source: https://www.w3.org/TR/shacl/, and pySHACL where it deviates.
    """

    def __init__(self, profile: "Profile", background: Background) -> None:
        super().__init__(profile.shapes)
        self._profile = profile
        self._background = background
        self._compiled: dict[Node, CompiledShape] = {}
        self._open: set[Node] = set()
        own_components = [
            *self.graph.subjects(RDF.type, sh("ConstraintComponent")),
            *self.graph.subjects(RDFS.subClassOf, sh("ConstraintComponent")),
        ]
        if own_components:
            raise UnsupportedError("a constraint component of its own")

    def shapes(self) -> dict[Node, CompiledShape]:
        """Every node that counts as a shape, compiled."""
        graph = self.graph
        nodes: dict[Node, None] = {}
        for kind in ("NodeShape", "PropertyShape"):
            nodes.update(dict.fromkeys(graph.subjects(RDF.type, sh(kind))))
        for word in (*TARGETS, "property", "node"):
            nodes.update(dict.fromkeys(graph.subjects(sh(word), None)))
        for word in _SHAPE_VALUES:
            nodes.update(dict.fromkeys(graph.objects(None, sh(word))))
        for word in _SHAPE_LISTS:
            for items in graph.objects(None, sh(word)):
                nodes.update(dict.fromkeys(list_items(graph, items)))
        return {node: self.shape(node) for node in nodes}

    def shape(self, node: Node) -> CompiledShape:
        """One shape, compiled."""
        known = self._compiled.get(node)
        if known is not None:
            return known
        if node in self._open:
            raise UnsupportedError("shapes that contain themselves")
        if isinstance(node, Literal):
            raise UnsupportedError("a literal as a shape")
        if len(self._open) >= _DEPTH:
            raise UnsupportedError("shapes nested too deep")
        self._open.add(node)
        compiled = self._compiled[node] = self._compile(node)
        self._open.remove(node)
        return compiled

    def is_implicit_class(self, node: Node) -> bool:
        """Whether the shape is a class, and so judges its instances."""
        classes = {RDFS.Class, OWL.Class, *self.graph.subjects(RDFS.subClassOf, RDFS.Class)}
        return any(kind in classes for kind in self.graph.objects(node, RDF.type))

    def _compile(self, node: Node) -> CompiledShape:
        words = {
            str(predicate).removeprefix(SH)
            for predicate in self.graph.predicates(node, None)
            if str(predicate).startswith(SH)
        }
        path = self.one(node, "path")
        types = set(self.graph.objects(node, RDF.type))
        if (path is not None and sh("NodeShape") in types) or (
            path is None and sh("PropertyShape") in types
        ):
            raise UnsupportedError("a shape of the wrong type")
        values = None if path is None else compile_path(self.graph, path)
        property_shapes = tuple(self.shape(p) for p in self.values(node, "property"))
        if any(shape.path is None for shape in property_shapes):
            raise UnsupportedError("sh:property with a shape that has no path")
        others: list[Component] = []
        children = list(property_shapes)
        for word in sorted(words - {*_OF_THE_SHAPE, "property"}):
            builder = _BUILDERS.get(word)
            if builder is None:
                raise UnsupportedError(f"sh:{word}")
            others.extend(builder(self, node, children))
        if path is None and words & {"minCount", "maxCount", "uniqueLang", "lessThan",
                                     "lessThanOrEquals", "qualifiedValueShape"}:  # fmt: skip
            raise UnsupportedError("a component of property shapes in a node shape")
        depth = 1 + max((child.depth for child in children), default=0)
        if depth > _DEPTH:
            raise UnsupportedError("shapes nested too deep")
        if self.flag(node, "deactivated"):
            property_shapes, others = (), []
        own = [nested.properties(property_shapes)] if property_shapes else []
        return CompiledShape(
            path=values,
            predicate=str(path) if isinstance(path, URIRef) else None,
            properties=property_shapes,
            components=(*own, *others),
            others=tuple(others),
            needs_values=not words.isdisjoint(_FAIL_WITHOUT_VALUES),
            depth=depth,
        )

    def _report(self, node: Node, component: str) -> Report:
        fields = self._fields(node, component)
        path = path_text(self.graph, self.one(node, "path"))

        def report(focus: Term, value: Term | None) -> ShapeResult:
            return ShapeResult(
                focus=term_text(focus),
                path=path,
                value=None if value is None else term_text(value),
                **fields,
            )

        return report

    def _fields(self, node: Node, component: str) -> dict[str, str]:
        severity = self.one(node, "severity") or sh("Violation")
        shape = node_text(node) or ""
        rule = self._profile.rules.get(str(node))
        return {
            "component": f"{component}ConstraintComponent",
            "severity": str(severity),
            "shape": shape,
            "message": rule.message if rule is not None else own_words(self._profile, node),
        }

    # Components

    def _class(self, node: Node, _: list[CompiledShape]) -> Iterable[Component]:
        report = self._report(node, "Class")
        for iri in self.iris(node, "class"):
            yield simple.of_class(report, self._background.subclasses(iri))

    def _datatype(self, node: Node, _: list[CompiledShape]) -> Iterable[Component]:
        self.one(node, "datatype")
        for iri in self.iris(node, "datatype"):
            yield simple.datatype(self._report(node, "Datatype"), iri)

    def _node_kind(self, node: Node, _: list[CompiledShape]) -> Iterable[Component]:
        kind = str(self.one(node, "nodeKind"))
        if kind not in simple.NODE_KINDS:
            raise UnsupportedError(f"sh:nodeKind {kind}")
        yield simple.node_kind(self._report(node, "NodeKind"), kind)

    def _count(self, node: Node, _: list[CompiledShape], *, word: str) -> Iterable[Component]:
        bound = self.number(node, word) or 0
        report = self._report(node, word[0].upper() + word[1:])
        yield simple.count(report, bound.__gt__ if word == "minCount" else bound.__lt__)

    def _length(self, node: Node, _: list[CompiledShape], *, word: str) -> Iterable[Component]:
        bound = self.number(node, word) or 0
        if bound or word == "maxLength":
            report = self._report(node, word[0].upper() + word[1:])
            yield simple.length(report, bound.__gt__ if word == "minLength" else bound.__lt__)

    def _pattern(self, node: Node, _: list[CompiledShape]) -> Iterable[Component]:
        flags = "".join(self.texts([f for f in [self.one(node, "flags")] if f], "flags")).lower()
        mode = (re.IGNORECASE if "i" in flags else 0) | (re.MULTILINE if "m" in flags else 0)
        for text in self.texts(self.values(node, "pattern"), "pattern"):
            try:
                expression = re.compile(text, mode)
            except re.error as error:
                raise UnsupportedError(f"sh:pattern {text}") from error
            yield simple.pattern(self._report(node, "Pattern"), expression)

    def _language_in(self, node: Node, _: list[CompiledShape]) -> Iterable[Component]:
        items = self.items(node, "languageIn")
        languages = frozenset(text.lower() for text in self.texts(items, "languageIn"))
        yield simple.language_in(self._report(node, "LanguageIn"), languages)

    def _unique_lang(self, node: Node, _: list[CompiledShape]) -> Iterable[Component]:
        if self.flag(node, "uniqueLang"):
            yield simple.unique_lang(self._report(node, "UniqueLang"))

    def _has_value(self, node: Node, _: list[CompiledShape]) -> Iterable[Component]:
        for value in self.values(node, "hasValue"):
            yield simple.has_value(self._report(node, "HasValue"), as_term(value))

    def _in(self, node: Node, _: list[CompiledShape]) -> Iterable[Component]:
        allowed = frozenset(as_term(item) for item in self.items(node, "in"))
        yield simple.one_of(self._report(node, "In"), allowed)

    def _pair(self, node: Node, _: list[CompiledShape], *, word: str) -> Iterable[Component]:
        makers: dict[str, Callable[[Report, str], Component]] = {
            "equals": simple.equals,
            "disjoint": simple.disjoint,
            "lessThan": partial(simple.less_than, or_equal=False),
            "lessThanOrEquals": partial(simple.less_than, or_equal=True),
        }
        make, report = makers[word], self._report(node, word[0].upper() + word[1:])
        for predicate in self.iris(node, word):
            yield make(report, predicate)

    def _range(
        self, node: Node, _: list[CompiledShape], *, word: str, is_right: Callable[[int], bool]
    ) -> Iterable[Component]:
        report = self._report(node, word[0].upper() + word[1:])
        for value in self.values(node, word):
            bound = as_term(value)
            if not isinstance(bound, pyoxigraph.Literal):
                raise UnsupportedError(f"sh:{word} that is no literal")
            yield simple.in_range(report, bound, is_right)

    def _node(self, node: Node, children: list[CompiledShape]) -> Iterable[Component]:
        for value in self.values(node, "node"):
            shape = self._child(value, children)
            if shape.path is not None:
                raise UnsupportedError("sh:node with a property shape")
            yield nested.node(self._report(node, "Node"), shape)

    def _not(self, node: Node, children: list[CompiledShape]) -> Iterable[Component]:
        for value in self.values(node, "not"):
            yield nested.not_(self._report(node, "Not"), self._child(value, children))

    def _logical(
        self, node: Node, children: list[CompiledShape], *, word: str
    ) -> Iterable[Component]:
        for items in self.values(node, word):
            members = list_items(self.graph, items)
            if word != "xone":
                members = list(dict.fromkeys(members))
            shapes = [self._child(member, children) for member in members]
            is_right: Callable[[int], bool] = {
                "and": len(shapes).__eq__,
                "or": bool,
                "xone": (1).__eq__,
            }[word]
            report = self._report(node, word[0].upper() + word[1:])
            yield nested.logical(report, shapes, is_right)

    def _qualified(self, node: Node, children: list[CompiledShape]) -> Iterable[Component]:
        minimum = self.number(node, "qualifiedMinCount")
        maximum = self.number(node, "qualifiedMaxCount")
        values = self.values(node, "qualifiedValueShape")
        if (minimum is None and maximum is None) or not values:
            raise UnsupportedError(
                "sh:qualifiedValueShape without a number, or the other way round"
            )
        for value in values:
            siblings: dict[Node, None] = {}
            if self.flag(node, "qualifiedValueShapesDisjoint"):
                for parent in self.graph.subjects(sh("property"), node):
                    for sister in self.graph.objects(parent, sh("property")):
                        of_sister = self.graph.objects(sister, sh("qualifiedValueShape"))
                        siblings.update(dict.fromkeys(of_sister))
                siblings.pop(value, None)
            yield nested.qualified(
                self._child(value, children),
                [self._child(sibling, children) for sibling in siblings],
                None if minimum is None else (self._report(node, "QualifiedMinCount"), minimum),
                None if maximum is None else (self._report(node, "QualifiedMaxCount"), maximum),
            )

    def _closed(self, node: Node, _: list[CompiledShape]) -> Iterable[Component]:
        ignored = self.iris_of(self.items(node, "ignoredProperties", optional=True))
        if self.one(node, "closed") is None:
            raise UnsupportedError("sh:ignoredProperties without sh:closed")
        if not self.flag(node, "closed"):
            return
        paths = [self.one(p, "path") for p in self.values(node, "property")]
        fields = self._fields(node, "Closed")

        def report(focus: Term, value: Term, predicate: str) -> ShapeResult:
            return ShapeResult(
                focus=term_text(focus), path=predicate, value=term_text(value), **fields
            )

        allowed = {*ignored, *(str(path) for path in paths if isinstance(path, URIRef))}
        yield nested.closed(report, allowed)

    def _nothing(self, node: Node, _: list[CompiledShape], *, of: str) -> Iterable[Component]:
        """A parameter that another one reads; alone it means nothing to pySHACL."""
        if of == "qualifiedValueShape" and not self.values(node, of):
            raise UnsupportedError("a number without sh:qualifiedValueShape")
        if of == "closed" and not self.values(node, of):
            raise UnsupportedError("sh:ignoredProperties without sh:closed")
        return ()

    def _child(self, node: Node, children: list[CompiledShape]) -> CompiledShape:
        children.append(self.shape(node))
        return children[-1]


_Builder = Callable[[Compiler, Node, list[CompiledShape]], Iterable[Component]]

_BUILDERS: dict[str, _Builder] = {
    "class": Compiler._class,
    "datatype": Compiler._datatype,
    "nodeKind": Compiler._node_kind,
    "minCount": partial(Compiler._count, word="minCount"),
    "maxCount": partial(Compiler._count, word="maxCount"),
    "minLength": partial(Compiler._length, word="minLength"),
    "maxLength": partial(Compiler._length, word="maxLength"),
    "pattern": Compiler._pattern,
    "flags": partial(Compiler._nothing, of="pattern"),
    "languageIn": Compiler._language_in,
    "uniqueLang": Compiler._unique_lang,
    "hasValue": Compiler._has_value,
    "in": Compiler._in,
    "equals": partial(Compiler._pair, word="equals"),
    "disjoint": partial(Compiler._pair, word="disjoint"),
    "lessThan": partial(Compiler._pair, word="lessThan"),
    "lessThanOrEquals": partial(Compiler._pair, word="lessThanOrEquals"),
    "minExclusive": partial(Compiler._range, word="minExclusive", is_right=(0).__lt__),
    "minInclusive": partial(Compiler._range, word="minInclusive", is_right=(0).__le__),
    "maxExclusive": partial(Compiler._range, word="maxExclusive", is_right=(0).__gt__),
    "maxInclusive": partial(Compiler._range, word="maxInclusive", is_right=(0).__ge__),
    "node": Compiler._node,
    "not": Compiler._not,
    "and": partial(Compiler._logical, word="and"),
    "or": partial(Compiler._logical, word="or"),
    "xone": partial(Compiler._logical, word="xone"),
    "qualifiedValueShape": Compiler._qualified,
    "qualifiedMinCount": partial(Compiler._nothing, of="qualifiedValueShape"),
    "qualifiedMaxCount": partial(Compiler._nothing, of="qualifiedValueShape"),
    "qualifiedValueShapesDisjoint": partial(Compiler._nothing, of="qualifiedValueShape"),
    "closed": Compiler._closed,
    "ignoredProperties": partial(Compiler._nothing, of="closed"),
}
"""Local name of the parameter → what makes its components."""
