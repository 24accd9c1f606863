"""The index of a document's triples, and the part of it that describes one dataset."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from datenernte_dcat.mapping import CLASSES, Kind, right_property, rows_of
from datenernte_dcat.records import Catalog, CatalogRecord, Dataset, Node
from datenernte_dcat.terms import RDF

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple
"""What a triple can have as its object; a triple only in RDF 1.2, which we do not publish."""

RDF_TYPE = RDF + "type"


def node_key(term: NamedNode | BlankNode | Triple) -> str:
    """The key of a subject in a `Description`: its IRI, or »_:label« of a blank node."""
    if isinstance(term, NamedNode):
        value = term.value
        # An invalid IRI of a lenient parse must not look like a blank node.
        return value if not value.startswith("_:") else f"<{value}>"
    if isinstance(term, BlankNode):
        return "_:" + term.value
    return str(term)


class Description:
    """Triples by subject → predicate → objects; subjects and predicates as text, objects as terms.

    Built once per document; duplicates are gone, the order of the document is kept.
    """

    def __init__(self, triples: Iterable[Triple]) -> None:
        index: dict[str, dict[str, dict[Term, None]]] = {}
        for triple in triples:
            subject = node_key(triple.subject)
            properties = index.get(subject)
            if properties is None:
                properties = index[subject] = {}
            predicate = triple.predicate.value
            objects = properties.get(predicate)
            if objects is None:
                objects = properties[predicate] = {}
            objects[triple.object] = None
        self._index = index

    def __len__(self) -> int:
        """Number of distinct triples."""
        return sum(len(objects) for p in self._index.values() for objects in p.values())

    def __contains__(self, subject: object) -> bool:
        """Whether the node (its key) is the subject of a triple."""
        return subject in self._index

    def subjects(self) -> Iterator[str]:
        """Keys of all nodes that are a subject, in document order."""
        return iter(self._index)

    def properties(self, subject: str) -> Mapping[str, Iterable[Term]]:
        """Predicate IRI → objects of one subject; empty for an unknown one."""
        return self._index.get(subject, {})

    def objects(self, subject: str, predicate: str) -> tuple[Term, ...]:
        """The objects of one subject and predicate, in document order."""
        properties = self._index.get(subject)
        return tuple(properties.get(predicate, ())) if properties else ()

    def value(self, subject: str, predicate: str) -> Term | None:
        """The first object, or None."""
        return next(iter(self.objects(subject, predicate)), None)

    def types(self, subject: str) -> tuple[str, ...]:
        """IRIs of the node's classes, in document order."""
        return tuple(
            term.value for term in self.objects(subject, RDF_TYPE) if isinstance(term, NamedNode)
        )

    def has_type(self, subject: str, *classes: str) -> bool:
        """Whether the node is typed as one of the classes."""
        return any(found in classes for found in self.types(subject))

    def nodes_of_type(self, *classes: str) -> list[str]:
        """Keys of the nodes typed as one of the classes, in document order."""
        return [subject for subject in self._index if self.has_type(subject, *classes)]


def datasets_in(source: Description | Iterable[Triple]) -> list[str]:
    """Keys (IRI or »_:label«) of the nodes typed dcat:Dataset, in document order."""
    index = source if isinstance(source, Description) else Description(source)
    return index.nodes_of_type(CLASSES[Dataset])


_STANDING_ALONE = (CLASSES[Dataset], CLASSES[Catalog], CLASSES[CatalogRecord])
"""Classes whose nodes are described by their own record wherever another node points to them."""


LISTS = (
    "http://dcat-ap.de/def/",
    "http://publications.europa.eu/resource/authority/",
    "https://www.iana.org/assignments/",
)
"""Where the concepts of the official lists live, and no datasets."""


class Scope:
    """The part of an index that describes one node.

    It follows blank nodes and the nodes that the mapping nests (distributions, agents, places, …),
    and then whatever else the document describes and these lead to (a licence, a standard, a law),
    but never other datasets, catalogues and catalogue records. What a document says of a concept of
    an official list belongs to it as well, the list that the concept leads to does not. Each node
    is visited once per record type and record types do not nest in themselves, so a cycle ends.
    """

    def __init__(self, index: Description, root: str, record: type[Node]) -> None:
        self.index = index
        self.root = root
        self.references: dict[str, int] = {}
        """How often the description leads to the blank node: once for each triple that has it as
        its object and each record type that the triple's subject is read as."""
        self.subjects: dict[str, None] = {}
        """Keys of the described nodes, the root first."""
        self._visited: set[tuple[str, type[Node] | None]] = set()
        self._collect(record)

    def stands_alone(self, key: str) -> bool:
        """Whether the node is another dataset or a catalogue, described elsewhere."""
        return key != self.root and self.index.has_type(key, *_STANDING_ALONE)

    def triples(self) -> Iterator[tuple[str, str, Term]]:
        """All triples of the description: key of the subject, predicate IRI, object."""
        for subject in self.subjects:
            for predicate, objects in self.index.properties(subject).items():
                for term in objects:
                    yield subject, predicate, term

    def _collect(self, record: type[Node]) -> None:
        mentioned = self._follow([(self.root, record)])
        while mentioned:
            mentioned = self._follow([(key, None) for key in mentioned if key not in self.subjects])

    def _follow(self, waiting: list[tuple[str, type[Node] | None]]) -> dict[str, None]:
        """Visit the nodes and what they nest; gives other described nodes that they lead to."""
        mentioned: dict[str, None] = {}
        visited = self._visited
        while waiting:
            visit = waiting.pop()
            if visit in visited:
                continue
            visited.add(visit)
            key, as_record = visit
            self.subjects[key] = None
            targets = nested_targets(as_record) if as_record is not None else {}
            ends_here = key.startswith(LISTS)
            for predicate, objects in self.index.properties(key).items():
                target = targets.get(right_property(predicate))
                for term in objects:
                    if isinstance(term, BlankNode):
                        child = node_key(term)
                        self.references[child] = self.references.get(child, 0) + 1
                    elif not isinstance(term, NamedNode):
                        continue
                    elif target is not None:
                        child = node_key(term)
                    else:
                        child = node_key(term)
                        if not ends_here and predicate != RDF_TYPE and child in self.index:
                            mentioned[child] = None
                        continue
                    if not self.stands_alone(child):
                        waiting.append((child, target))
        return {key: None for key in mentioned if not self.stands_alone(key)}


_TARGETS: dict[type[Node], dict[str, type[Node]]] = {}


def nested_targets(record: type[Node]) -> dict[str, type[Node]]:
    """Property IRI → record type of the nodes that the record type nests."""
    found = _TARGETS.get(record)
    if found is None:
        found = _TARGETS[record] = {
            row.property: row.target
            for row in rows_of(record)
            if row.kind is Kind.NODE and row.target is not None
        }
    return found
