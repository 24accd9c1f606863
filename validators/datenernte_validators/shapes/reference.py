"""The results of pySHACL: the reference of the compiled shapes, and what runs where they cannot.

Our own profiles run without the shapes that cannot fail because their property does not occur, and
with the classes and list memberships of only those terms that do occur; both leave the results as
they are (a test compares them with plain pySHACL). A file from disk runs as it is, with all
vocabularies in the data graph.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from datenernte_dcat.graph import node_key, to_rdflib
from datenernte_dcat.terms import RDF, SH, SKOS, SPDX
from datenernte_dcat.vocabulary import NAMES, vocabulary, vocabulary_turtle
from datenernte_validators.shapes.batches import Described, groups_of, renamed, unrenamed
from datenernte_validators.shapes.profiles import Profile, load_profile, shapes_turtle
from datenernte_validators.shapes.pyshacl_run import run_pyshacl, without_rdflib_warnings
from datenernte_validators.shapes.results import ShapeResult, outer_paths, term_text

if TYPE_CHECKING:
    import rdflib

_FAIL_WITHOUT_VALUES = (SH + "minCount", SH + "qualifiedMinCount", SH + "hasValue", SH + "equals")


def reference_results(
    batch: Iterable[tuple[str, list[Triple]]], profile: Profile
) -> dict[str, list[ShapeResult]]:
    """The results of each description by its key.

    Descriptions share a graph as long as no node that two of them mention is described
    differently in them; a publisher with other statements elsewhere goes to the next graph.

    Raises:
        ConfigError: pySHACL cannot use the profile.
    """
    descriptions = [Described(key, triples) for key, triples in batch]
    if not profile.built_in:
        return {
            description.key: _run_with_vocabularies(description.triples, profile)
            for description in descriptions
        }
    found: dict[str, list[ShapeResult]] = {}
    for group in groups_of(descriptions):
        merged = [
            renamed(triple, f"d{number}x")
            for number, member in enumerate(group.members)
            for triple in member.triples
        ]
        merged = list(dict.fromkeys(merged))
        results = run_pyshacl(
            _graph(merged + _known_terms(merged)), _needed(profile, merged), profile
        )
        for number, member in enumerate(group.members):
            prefix = f"_:d{number}x"
            found[member.key] = [
                unrenamed(result, prefix)
                for result in results
                if result.focus.startswith(prefix) or result.focus in member.statements
            ]
    return found


@cache
def _subclasses() -> list[Triple]:
    return _turtle(shapes_turtle("background"))


@cache
def _schemes() -> Mapping[str, tuple[str, ...]]:
    """Concept → schemes that it belongs to."""
    schemes: dict[str, tuple[str, ...]] = {}
    for name in NAMES:
        known = vocabulary(name)
        for iri in known.iris:
            schemes[iri] = (*schemes.get(iri, ()), known.scheme)
    return schemes


def _known_terms(triples: Iterable[Triple]) -> list[Triple]:
    """Subclasses, and what the vocabularies say about the terms that the description uses."""
    schemes = _schemes()
    known = list(_subclasses())
    for iri in {triple.object for triple in triples if isinstance(triple.object, NamedNode)}:
        known.extend(
            Triple(iri, NamedNode(SKOS + "inScheme"), NamedNode(scheme))
            for scheme in schemes.get(iri.value, ())
        )
        if iri in _checksum_algorithms():
            known.append(
                Triple(iri, NamedNode(RDF + "type"), NamedNode(SPDX + "ChecksumAlgorithm"))
            )
    return known


@cache
def _checksum_algorithms() -> frozenset[NamedNode]:
    return frozenset(NamedNode(iri) for iri in vocabulary("checksum_algorithms").iris)


def _turtle(content: bytes) -> list[Triple]:
    return [quad.triple for quad in parse(content, format=RdfFormat.TURTLE)]


def _graph(triples: Iterable[Triple]) -> "rdflib.Graph":
    with without_rdflib_warnings():
        return to_rdflib(triples)


def _needed(profile: Profile, triples: Iterable[Triple]) -> "rdflib.Graph":
    """The profile without the shapes about properties that do not occur and need not."""
    return _shapes_without(
        profile.name,
        frozenset(_optional(profile.name)) - {triple.predicate.value for triple in triples},
    )


@cache
def _optional(name: str) -> Mapping[str, tuple["rdflib.term.Node", ...]]:
    """Property → the property shapes of a profile that hold for every node without it."""
    from rdflib import URIRef

    shapes = load_profile(name).shapes
    optional: dict[str, tuple[rdflib.term.Node, ...]] = {}
    for shape, path in shapes.subject_objects(URIRef(SH + "path")):
        if isinstance(shape, URIRef) and isinstance(path, URIRef):
            needs_values = any(
                (shape, URIRef(part), None) in shapes for part in _FAIL_WITHOUT_VALUES
            )
            if not needs_values:
                optional[str(path)] = (*optional.get(str(path), ()), shape)
    return optional


@lru_cache(maxsize=64)
def _shapes_without(name: str, properties: frozenset[str]) -> "rdflib.Graph":
    from rdflib import Graph, URIRef

    graph = Graph(bind_namespaces="none")
    for triple in load_profile(name).shapes:
        graph.add(triple)
    for prop in properties:
        for shape in _optional(name)[prop]:
            graph.remove((shape, None, None))
            graph.remove((None, URIRef(SH + "property"), shape))
    return graph


def _run_with_vocabularies(triples: Sequence[Triple], profile: Profile) -> list[ShapeResult]:
    """The results of a file from disk, without those about the vocabularies themselves."""
    data = _graph(triples)
    background = _background()
    added = [triple for triple in data if triple not in background]
    for triple in added:
        background.add(triple)
    try:
        results = run_pyshacl(background, profile.shapes, profile)
    finally:
        for triple in added:
            background.remove(triple)
    described = {node_key(triple.subject) for triple in triples}
    used = {term_text(triple.object) for triple in triples}
    return [
        result
        for result in results
        if result.focus in described
        # A term that the description only uses was judged for its sake if the shape is nested
        # in a property; a shape of its own judges the vocabulary.
        or (result.focus in used and outer_paths(result.shape, profile))
    ]


@cache
def _background() -> "rdflib.Graph":
    """Subclasses and all vocabularies as one graph."""
    triples = list(_subclasses())
    for name in NAMES:
        triples.extend(_turtle(vocabulary_turtle(name)))
    return _graph(triples)
