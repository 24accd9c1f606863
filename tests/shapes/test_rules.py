"""Each rule of our profiles is silent about good data and speaks about its own fault.

The faults are made from the shapes themselves: one statement of a description that uses the whole
profile well is removed, added or replaced so that exactly this rule must fail.
"""

from collections.abc import Callable, Iterator

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib import Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF as RDF_TERMS
from rdflib.term import Node

from datenernte_dcat.graph import to_rdflib
from datenernte_dcat.terms import SH
from datenernte_validators.shapes.engine import validate_dataset, validate_many
from datenernte_validators.shapes.profiles import PROFILES, Profile, load_profile
from datenernte_validators.shapes.results import severity_of

Full = dict[str, list[Triple]]
Read = Callable[[str], list[Triple]]

EX = "https://daten.example/"
SUBCLASS = {
    "http://xmlns.com/foaf/0.1/Agent": "http://www.w3.org/ns/org#Organization",
    "http://www.w3.org/2006/vcard/ns#Kind": "http://www.w3.org/2006/vcard/ns#Organization",
}
WRONG_VALUES = {
    "language-not": "http://publications.europa.eu/resource/authority/language/GER",
    "distribution-status-not": "http://purl.org/adms/status/Completed",
    "checksum-algorithm-not": "http://dcat-ap.de/def/hashAlgorithms/sha/1",
    "agent-type-not": "http://purl.org/adms/publishertype/Company",
}
"""Values that a list no longer holds, by the end of the rule's code."""

COMBINED = {
    "shacl-dataset-political-geocoding-uri-or": ("-", EX + "d", "dcatde:politicalGeocodingURI"),
    "shacl-dataset-distribution-or": (
        "+",
        EX + "d",
        "dct:type",
        "http://dcat-ap.de/def/datasetTypes/collection",
    ),
    "shacl-distribution-license-attribution-by-text-or": (
        "-",
        EX + "v",
        "dcatde:licenseAttributionByText",
    ),
    "shacl-distribution-access-url-or": ("=", EX + "v", "dcat:accessURL", EX + "seite"),
    "shacl-distribution-download-url-or": ("+", EX + "v", "dcat:accessService", EX + "dienst"),
    "shacl-catalog-theme-taxonomy-or": ("=", EX + "katalog", "dcat:themeTaxonomy", EX + "liste"),
}
"""Rules about two properties at once: how to break them."""

PREFIX = {
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "dct": "http://purl.org/dc/terms/",
    "dcat": "http://www.w3.org/ns/dcat#",
}


def sh(name: str) -> URIRef:
    return URIRef(SH + name)


def without(triples: list[Triple], focus: str, properties: set[str]) -> list[Triple]:
    return [
        triple
        for triple in triples
        if not (triple.subject == NamedNode(focus) and triple.predicate.value in properties)
    ]


def broken(triples: list[Triple], data: Graph, profile: Profile, shape: Node) -> list[Triple]:
    """The description with one fault, which the shape must report."""
    code = profile.rules[str(shape)].code
    shapes = profile.shapes
    if code in COMBINED:
        how, focus, name, *value = COMBINED[code]
        prefix, local = name.split(":")
        prop = PREFIX[prefix] + local
        kept = triples if how == "+" else without(triples, focus, {prop})
        added = [Triple(NamedNode(focus), NamedNode(prop), NamedNode(iri)) for iri in value]
        return [*kept, *added]
    focus = focus_of(shapes, shape, data)
    path = shapes.value(shape, sh("path"))
    if not isinstance(path, URIRef):
        parts = {
            str(part)
            for alternatives in shapes.objects(path, sh("alternativePath"))
            for part in Collection(shapes, alternatives)
        }
        return without(triples, focus, parts)
    values = [NamedNode(EX + "fremd"), NamedNode(EX + "fremder")]
    prop = str(path)

    def plus(*terms: NamedNode | BlankNode | Literal) -> list[Triple]:
        return triples + [Triple(NamedNode(focus), NamedNode(prop), term) for term in terms]

    if (shape, sh("minCount"), None) in shapes or (shape, sh("qualifiedMinCount"), None) in shapes:
        return without(triples, focus, {prop})
    if (shape, sh("maxCount"), None) in shapes:
        return plus(*values)
    if (shape, sh("qualifiedMaxCount"), None) in shapes:
        return plus(NamedNode("http://dcat-ap.de/def/contributors/govData"))
    kind = shapes.value(shape, sh("nodeKind"))
    if kind == sh("Literal"):
        return plus(values[0])
    if kind == sh("IRIOrLiteral"):
        return plus(BlankNode())
    if kind is not None or (shape, sh("datatype"), None) in shapes:
        return plus(Literal("freier Text"))
    if (shape, sh("or"), None) in shapes:
        one_of = shapes.value(shape, sh("or"))
        classes = any(
            (part, sh("class"), None) in shapes
            for part in Collection(shapes, one_of)  # type: ignore[arg-type]
        )
        return plus(BlankNode() if classes else Literal("gestern"))
    if (shape, sh("not"), None) in shapes:
        return plus(*(NamedNode(iri) for end, iri in WRONG_VALUES.items() if code.endswith(end)))
    return plus(values[0])


def focus_of(shapes: Graph, shape: Node, data: Graph) -> str:
    """A node of the description that the shape judges."""
    for outer in shapes.subjects(sh("property"), shape):
        for target in shapes.objects(outer, sh("targetClass")):
            for focus in data.subjects(RDF_TERMS.type, target):
                return str(focus)
            for focus in data.subjects(RDF_TERMS.type, URIRef(SUBCLASS.get(str(target), ""))):
                return str(focus)
        if (outer, sh("targetSubjectsOf"), None) in shapes:
            return EX + "d"
        for prop in shapes.objects(outer, sh("targetObjectsOf")):
            for focus in data.objects(None, prop):
                return str(focus)
    raise AssertionError(f"nothing in the description is judged by {shape}")


def relocated(triples: list[Triple], host: str) -> Iterator[Triple]:
    """The same description under another host, so that many fit into one graph."""

    def term(node: NamedNode | BlankNode | Literal) -> NamedNode | BlankNode | Literal:
        if isinstance(node, NamedNode) and node.value.startswith(EX):
            return NamedNode(node.value.replace(EX, host))
        return node

    for triple in triples:
        assert not isinstance(triple.subject, Triple)
        assert not isinstance(triple.object, Triple)
        subject = term(triple.subject)
        assert not isinstance(subject, Literal)
        yield Triple(subject, triple.predicate, term(triple.object))


@pytest.mark.parametrize("profile", PROFILES)
def test_good_data_has_no_result(full: Full, profile: str) -> None:
    report = validate_dataset(full[profile], profile)
    assert report.results == ()
    assert report.conforms


@pytest.mark.parametrize("profile", PROFILES)
def test_the_safe_output_has_no_result(perfect: list[Triple], read: Read, profile: str) -> None:
    if profile == "dcat-ap.de-2.0":
        # The handbook asks for the key of the area (K08), which 3.0 deprecates.
        perfect = perfect + read(
            "ex:d dcatde:politicalGeocodingURI de:politicalGeocoding\\/municipalityKey\\/09162000 ."
        )
    report = validate_dataset(perfect, profile)
    assert report.results == ()
    assert report.conforms
    assert report.base_conforms


@pytest.mark.parametrize("name", ["dcat-ap.de-3.0", "dcat-ap.de-2.0"])
def test_every_rule_reports_its_own_fault(full: Full, name: str) -> None:
    profile = load_profile(name)
    data = to_rdflib(full[name])
    batch = []
    for number, iri in enumerate(profile.rules):
        faulty = broken(full[name], data, profile, URIRef(iri))
        batch.append((iri, list(relocated(faulty, f"https://d{number}.example/"))))
    reports = validate_many(batch, name, base=False)
    silent = [
        iri
        for iri, report in reports.items()
        if not any(result.shape == iri for result in report.results)
    ]
    assert silent == []
    for iri, report in reports.items():
        rule = profile.rules[iri]
        own = [result for result in report.results if result.shape == iri]
        assert all(result.message == rule.message for result in own)
        assert all(severity_of(result.severity) is rule.severity for result in own)
