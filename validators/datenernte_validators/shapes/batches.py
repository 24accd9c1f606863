"""Many descriptions in one graph, without one changing what is said of another."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import msgspec
from pyoxigraph import BlankNode, Triple

from datenernte_dcat.graph import node_key
from datenernte_dcat.terms import RDFS, SH
from datenernte_validators.shapes.profiles import load_profile
from datenernte_validators.shapes.results import ShapeResult, term_text


@dataclass
class Described:
    """One description, and what of it may clash with others in one graph."""

    key: str
    triples: list[Triple]
    statements: dict[str, frozenset[str]] = field(init=False)
    """Node with an IRI → its statements; nodes that a profile may judge because something points
    to them count as described."""
    mentioned: set[str] = field(init=False)
    has_classes: bool = field(init=False, default=False)
    """Whether it says what a class is below of, which is true for a whole graph."""

    def __post_init__(self) -> None:
        statements: dict[str, set[str]] = {}
        self.mentioned = set()
        for triple in self.triples:
            predicate = triple.predicate.value
            value = term_text(triple.object)
            self.has_classes = self.has_classes or predicate == RDFS + "subClassOf"
            if value.startswith("_:"):
                # A blank node is never equal to one of another description.
                value = f"_:{id(self)} {value}"
            else:
                self.mentioned.add(value)
                if predicate in _pointing_properties():
                    statements.setdefault(value, set()).add(f"^{predicate}")
            subject = node_key(triple.subject)
            if not subject.startswith("_:"):
                self.mentioned.add(subject)
                statements.setdefault(subject, set()).add(f"{predicate} {value}")
        self.statements = {node: frozenset(about) for node, about in statements.items()}


@dataclass
class Group:
    """Descriptions that share one graph."""

    members: list[Described] = field(default_factory=list)
    statements: dict[str, frozenset[str]] = field(default_factory=dict)
    mentioned: set[str] = field(default_factory=set)

    def takes(self, new: Described) -> bool:
        """Whether nothing that both mention is described differently in them."""
        if self.members and (new.has_classes or self.members[0].has_classes):
            return False
        return all(
            self.statements.get(node) == about
            for node, about in new.statements.items()
            if node in self.mentioned
        ) and all(node in new.statements for node in new.mentioned if node in self.statements)

    def add(self, new: Described) -> None:
        """Put a description that it takes into the group."""
        self.members.append(new)
        self.statements |= new.statements
        self.mentioned |= new.mentioned


def groups_of(descriptions: Iterable[Described]) -> list[Group]:
    """As few groups as first come, first served gives."""
    groups: list[Group] = []
    for description in descriptions:
        group = next((group for group in groups if group.takes(description)), None)
        if group is None:
            group = Group()
            groups.append(group)
        group.add(description)
    return groups


def renamed(triple: Triple, prefix: str) -> Triple:
    """The triple with blank nodes that no other description of the graph has."""
    subject, term = triple.subject, triple.object
    if isinstance(subject, BlankNode):
        subject = BlankNode(prefix + subject.value)
    if isinstance(term, BlankNode):
        term = BlankNode(prefix + term.value)
    return Triple(subject, triple.predicate, term)


def unrenamed(result: ShapeResult, prefix: str) -> ShapeResult:
    """The result with the blank nodes as the description itself names them."""

    def own(text: str) -> str:
        return "_:" + text.removeprefix(prefix) if text.startswith(prefix) else text

    focus, value = own(result.focus), result.value and own(result.value)
    if (focus, value) == (result.focus, result.value):
        return result
    return msgspec.structs.replace(result, focus=focus, value=value)


@cache
def _pointing_properties() -> frozenset[str]:
    """Properties whose values our shapes judge because of the property."""
    from rdflib import URIRef

    targets = URIRef(SH + "targetObjectsOf")
    return frozenset(
        str(found)
        for name in ("dcat-ap.de-3.0", "dcat-ap.de-2.0")
        for found in load_profile(name).shapes.objects(None, targets)
    )
