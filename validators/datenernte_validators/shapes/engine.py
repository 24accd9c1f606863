"""Run a profile over descriptions with pySHACL, one by one or many in one graph.

Our own profiles run without the shapes that cannot fail because their property does not occur, and
with the classes and list memberships of only those terms that do occur; both leave the results as
they are (a test compares them with plain pySHACL). A file from disk runs as it is, with all
vocabularies in the data graph.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple
from typing import Literal as OneOf

from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from datenernte_dcat.findings import Severity
from datenernte_dcat.graph import Description, node_key, to_rdflib
from datenernte_dcat.graph.description import Scope
from datenernte_dcat.records import Dataset
from datenernte_dcat.terms import RDF, SH, SKOS, SPDX
from datenernte_dcat.vocabulary import NAMES, vocabulary, vocabulary_turtle
from datenernte_validators.shapes.batches import Described, groups_of, renamed, unrenamed
from datenernte_validators.shapes.profiles import (
    BASE_PROFILE,
    DEFAULT_PROFILE,
    Profile,
    load_profile,
    shapes_turtle,
)
from datenernte_validators.shapes.pyshacl_run import run_pyshacl, without_rdflib_warnings
from datenernte_validators.shapes.results import (
    Neighbourhood,
    ShapeReport,
    ShapeResult,
    findings_of,
    outer_paths,
    severity_of,
    statements_of,
    term_text,
)

if TYPE_CHECKING:
    import rdflib

_BASE_SHAPES = f"urn:datenernte:shapes:{BASE_PROFILE}:"
_MQA_PROFILES = {
    "dcat-ap-3.0.1-base": BASE_PROFILE,
    "dcat-ap-2.1.1": "dcat-ap-2.1",
    "dcat-ap.de-2.0": "dcat-ap.de-2.0",
}
_FAIL_WITHOUT_VALUES = (SH + "minCount", SH + "qualifiedMinCount", SH + "hasValue", SH + "equals")


def validate_dataset(
    triples: Iterable[Triple], profile: str = DEFAULT_PROFILE, *, base: bool = True
) -> ShapeReport:
    """The report of one dataset's description.

    Args:
        triples: the whole description: dataset, distributions, agents, places, …
        profile: one of `PROFILES`, or the path of a shapes file.
        base: whether `base_conforms` is needed; where the profile lacks the base rules, it costs
            a second validation. Without it `base_conforms` is True.

    Raises:
        ConfigError: there is no such profile, or pySHACL cannot use the file.
    """
    return next(iter(validate_many([("", triples)], profile, base=base).values()))


def validate_many(
    batch: Sequence[tuple[str, Iterable[Triple] | bytes]],
    profile: str = DEFAULT_PROFILE,
    *,
    base: bool = True,
) -> dict[str, ShapeReport]:
    """The reports of many descriptions by key, each as if it were validated alone.

    Descriptions share a graph as long as no node that two of them mention is described
    differently in them; a publisher with other statements elsewhere goes to the next graph. Meant
    as the work item of a process pool; fifty descriptions are a good batch.

    Args:
        batch: key and description, as triples or as N-Triples bytes.
        profile: one of `PROFILES`, or the path of a shapes file.
        base: as for `validate_dataset`.

    Raises:
        ConfigError: there is no such profile, or pySHACL cannot use the file.
    """
    loaded = load_profile(profile)
    descriptions = [Described(key, _triples(source)) for key, source in batch]
    results = _results(descriptions, loaded)
    if not base or loaded.holds_base():
        base_results = results
    else:
        base_results = _results(descriptions, load_profile(BASE_PROFILE))
    return {
        description.key: _report(
            results[description.key],
            base_results[description.key],
            loaded,
            Neighbourhood(statements_of(description.triples)),
        )
        for description in descriptions
    }


class DocumentReport(NamedTuple):
    """The report of a document with several datasets."""

    datasets: dict[str, ShapeReport]
    """Key of the dataset's node → report of its description."""
    rest: ShapeReport
    """What is said of the nodes that belong to no dataset: the catalogue and its records."""


def validate_document(
    triples: Sequence[Triple],
    index: Description,
    datasets: Sequence[str],
    profile: str = DEFAULT_PROFILE,
) -> DocumentReport:
    """The reports of the datasets of a document, which is validated as one graph.

    A result belongs to every dataset whose description holds the node: an agent without a name is
    a fault of each dataset that it publishes.

    Args:
        triples: the whole document, and `index` the same triples as an index.
        datasets: keys of the datasets' nodes.

    Raises:
        ConfigError: there is no such profile, or pySHACL cannot use the file.
    """
    loaded = load_profile(profile)
    document = [Described("", list(triples))]
    results = _results(document, loaded)[""]
    base_results = (
        results if loaded.holds_base() else _results(document, load_profile(BASE_PROFILE))[""]
    )
    scopes = {key: Scope(index, key, Dataset) for key in datasets}
    owners: dict[str, list[str]] = {}
    for key, scope in scopes.items():
        for node in scope.subjects:
            owners.setdefault(node, []).append(key)
    everything = Neighbourhood(statements_of(triples))

    def shares(found: Iterable[ShapeResult]) -> Mapping[str | None, list[ShapeResult]]:
        by_owner: dict[str | None, list[ShapeResult]] = {}
        for result in found:
            nodes = [result.focus] if result.focus in index else everything.users_of(result.focus)
            keys = dict.fromkeys(key for node in nodes for key in owners.get(node, ()))
            for owner in keys or (None,):
                by_owner.setdefault(owner, []).append(result)
        return by_owner

    own, of_base = shares(results), shares(base_results)
    return DocumentReport(
        datasets={
            key: _report(
                own.get(key, ()), of_base.get(key, ()), loaded, Neighbourhood(scope.triples())
            )
            for key, scope in scopes.items()
        },
        rest=_report(own.get(None, ()), of_base.get(None, ()), loaded, everything),
    )


def _report(
    results: Sequence[ShapeResult],
    base_results: Sequence[ShapeResult],
    profile: Profile,
    around: Neighbourhood,
) -> ShapeReport:
    own = sorted(results, key=_order)
    return ShapeReport(
        conforms=not any(severity_of(found.severity) is Severity.ERROR for found in own),
        base_conforms=not any(
            found.severity == SH + "Violation" and (found.shape or "").startswith(_BASE_SHAPES)
            for found in base_results
        ),
        results=tuple(own),
        findings=findings_of(own, profile, around),
    )


def mqa_profile(rule: str) -> str:
    """Name of the profile that a choice of the MQA rule `shacl_profile` means."""
    return _MQA_PROFILES[rule]


def mqa_conforms(
    triples: Iterable[Triple],
    rule: OneOf["dcat-ap-3.0.1-base", "dcat-ap-2.1.1", "dcat-ap.de-2.0"] = "dcat-ap-3.0.1-base",
) -> bool:
    """Whether a description has no violation under the profile that an MQA rule set names."""
    report = validate_dataset(triples, _MQA_PROFILES[rule], base=False)
    return not any(result.severity == SH + "Violation" for result in report.results)


def _results(descriptions: Sequence[Described], profile: Profile) -> dict[str, list[ShapeResult]]:
    """The results of each description by its key."""
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


def _triples(source: Iterable[Triple] | bytes) -> list[Triple]:
    if isinstance(source, bytes):
        return [quad.triple for quad in parse(source, format=RdfFormat.N_TRIPLES)]
    return list(source)


def _order(result: ShapeResult) -> tuple[str, ...]:
    return (
        result.focus,
        result.path or "",
        result.component,
        result.value or "",
        result.shape or "",
    )


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
