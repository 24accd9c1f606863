"""What compiled shapes look things up in: the description, and the background behind it."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache, cached_property

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from datenernte_dcat.graph import Description, Term, node_key
from datenernte_dcat.terms import RDF, RDFS, SKOS, SPDX, XSD
from datenernte_dcat.vocabulary import NAMES, vocabulary, vocabulary_turtle
from datenernte_validators.shapes.compiled.errors import NeedsReferenceError
from datenernte_validators.shapes.profiles import shapes_turtle

RDF_TYPE = RDF + "type"
SUBCLASS_OF = RDFS + "subClassOf"

_CHANGED_BY_RDFLIB = frozenset({XSD + "normalizedString", XSD + "token"})
"""Datatypes whose lexical form rdflib changes when it reads a literal."""

_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
"""Language tags that rdflib takes."""

_NOTHING: Mapping[str, Collection[Term]] = {}


class Background:
    """Triples that belong to every data graph: subclasses and vocabularies. Loaded once."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._index = Description(triples)
        self.predicates = frozenset(
            predicate
            for subject in self._index.subjects()
            for predicate in self._index.properties(subject)
        )
        self.about: dict[str, dict[str, tuple[Term, ...]]] = {
            subject: {
                predicate: tuple(objects)
                for predicate, objects in self._index.properties(subject).items()
            }
            for subject in self._index.subjects()
        }
        self._parents = {
            subject: frozenset(node_key(term) for term in properties[SUBCLASS_OF])  # type: ignore[arg-type]
            for subject, properties in self.about.items()
            if SUBCLASS_OF in properties
        }
        self.classes = frozenset(
            ancestor
            for properties in self.about.values()
            for term in properties.get(RDF_TYPE, ())
            if isinstance(term, NamedNode)
            for ancestor in self.superclasses(term.value)
        )
        """Every class that a node of the background belongs to."""

    def superclasses(self, iri: str) -> frozenset[str]:
        """The class itself and all above it."""
        found = {iri}
        waiting = [iri]
        while waiting:
            for parent in self._parents.get(waiting.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return frozenset(found)

    def subclasses(self, iri: str) -> frozenset[str]:
        """The class itself and all below it."""
        return frozenset({iri, *(c for c in self._parents if iri in self.superclasses(c))})

    @cached_property
    def users(self) -> dict[tuple[str, Term], tuple[Term, ...]]:
        """(predicate, object) → subjects."""
        return _users(self._index)


class DataView:
    """One description as the shapes see it, with the background behind it.

    Raises:
        NeedsReferenceError: a term or statement that rdflib reads in its own way.
    """

    def __init__(self, index: Description, background: Background) -> None:
        self.index = index
        self._about = background.about
        self._background = background
        _check(index)

    def properties(self, key: str) -> Mapping[str, Collection[Term]]:
        """Predicate → objects of the node with this key."""
        own: Mapping[str, Collection[Term]] = self.index.properties(key)  # type: ignore[assignment]
        more = self._about.get(key)
        if more is None:
            return own
        joined: dict[str, Collection[Term]] = dict(own)
        for predicate, objects in more.items():
            joined[predicate] = dict.fromkeys((*own.get(predicate, ()), *objects))
        return joined

    def properties_of(self, node: Term) -> Mapping[str, Collection[Term]]:
        """Predicate → objects; a literal has none."""
        return self.properties(node_key(node)) if not isinstance(node, Literal) else _NOTHING

    def objects(self, node: Term, predicate: str) -> Collection[Term]:
        """The objects of the node's statements with the predicate, each once."""
        return self.properties_of(node).get(predicate, ())

    def subjects(self, predicate: str, node: Term) -> Collection[Term]:
        """The subjects of the statements with this predicate and object, each once."""
        own = self._users.get((predicate, node), ())
        more = self._background.users.get((predicate, node))
        return own if more is None else dict.fromkeys((*own, *more))

    @cached_property
    def _users(self) -> dict[tuple[str, Term], tuple[Term, ...]]:
        return _users(self.index)


def subject_term(key: str) -> NamedNode | BlankNode:
    """The node with this key.

    Raises:
        NeedsReferenceError: the IRI is none.
    """
    if key.startswith("_:"):
        return BlankNode(key[2:])
    try:
        return NamedNode(key)
    except ValueError as error:
        raise NeedsReferenceError(f"no IRI: {key}") from error


@cache
def background(*, whole: bool) -> Background:
    """The background of a profile.

    Args:
        whole: with all that the vocabularies say, for a file from disk; our own profiles only look
            at subclasses, lists and checksum algorithms.
    """
    triples = _turtle(shapes_turtle("background"))
    for name in NAMES:
        if whole:
            triples += _turtle(vocabulary_turtle(name))
            continue
        known = vocabulary(name)
        in_scheme, scheme = NamedNode(SKOS + "inScheme"), NamedNode(known.scheme)
        triples += [Triple(NamedNode(iri), in_scheme, scheme) for iri in sorted(known.iris)]
        if name == "checksum_algorithms":
            algorithm = NamedNode(SPDX + "ChecksumAlgorithm")
            triples += [
                Triple(NamedNode(iri), NamedNode(RDF_TYPE), algorithm) for iri in sorted(known.iris)
            ]
    return Background(triples)


def _check(index: Description) -> None:
    for key in index.subjects():
        if key.startswith("<"):
            raise NeedsReferenceError(f"no IRI: {key}")
        for predicate, objects in index.properties(key).items():
            if predicate == SUBCLASS_OF:
                raise NeedsReferenceError("the description has classes of its own")
            for term in objects:
                if isinstance(term, Literal):
                    language = term.language
                    if language is not None:
                        if term.direction is not None or not _is_language(language):
                            raise NeedsReferenceError(f"language {language}")
                    elif term.datatype.value in _CHANGED_BY_RDFLIB:
                        raise NeedsReferenceError(f"literal of {term.datatype}")
                elif isinstance(term, Triple):
                    raise NeedsReferenceError("a statement about a statement")


@cache
def _is_language(tag: str) -> bool:
    return _LANGUAGE.fullmatch(tag) is not None


def _users(index: Description) -> dict[tuple[str, Term], tuple[Term, ...]]:
    users: dict[tuple[str, Term], list[Term]] = {}
    for key in index.subjects():
        subject = subject_term(key)
        for predicate, objects in index.properties(key).items():
            for term in objects:
                users.setdefault((predicate, term), []).append(subject)
    return {use: tuple(subjects) for use, subjects in users.items()}


def _turtle(content: bytes) -> list[Triple]:
    return [quad.triple for quad in parse(content, format=RdfFormat.TURTLE)]
