"""Compiled shapes say what pySHACL says: on mutated descriptions, and for each component."""

from collections.abc import Callable, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.graph import Description
from datenernte_validators.shapes.compiled.errors import NeedsReferenceError
from datenernte_validators.shapes.engine import validate_dataset, validate_document, validate_many
from datenernte_validators.shapes.profiles import PROFILES, load_profile
from datenernte_validators.shapes.results import ShapeReport

Read = Callable[[str], list[Triple]]
Compare = Callable[[list[Triple], str], ShapeReport]

# Of rdflib: of each boolean that is none, and of comparisons that it has no answer to.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Parsing weird boolean"),
    pytest.mark.filterwarnings("ignore:NotImplemented should not be used"),
]

SEED = 20261122
SHAPES_PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> . @prefix ex: <https://daten.example/> .
@prefix s: <https://regeln.example/> .
"""


@pytest.fixture(scope="module")
def endurance() -> ModuleType:
    """The long run, whose cases are used here."""
    path = Path(__file__).parent.parent / "endurance" / "shapes.py"
    spec = spec_from_file_location("endurance_shapes", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def compare(endurance: ModuleType) -> Compare:
    """A function that returns the report of a profile after comparing it with pySHACL's."""

    def compared(triples: list[Triple], profile: str) -> ShapeReport:
        report: ShapeReport = validate_dataset(triples, profile)
        assert report == endurance.by_pyshacl([("d", triples)], profile)["d"]
        return report

    return compared


def write(folder: Path, shapes: str) -> str:
    """Path of a profile with these shapes."""
    file = folder / "regeln.ttl"
    file.write_text(SHAPES_PREFIXES + shapes, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("profile", PROFILES)
def test_our_profiles_are_compiled(profile: str) -> None:
    assert load_profile(profile).fallback_reason is None
    assert load_profile(profile).program is not None


@pytest.mark.parametrize("profile", ["dcat-ap.de-3.0", "dcat-ap.de-2.0"])
def test_mutated_descriptions_get_the_report_of_pyshacl(
    endurance: ModuleType, profile: str
) -> None:
    made = list(endurance.cases(100, SEED, profile))
    wrong, seen = endurance.differences(made, profile)
    assert wrong == []
    words = {"Class", "Datatype", "MaxCount", "MinCount", "Node", "NodeKind", "Pattern"}
    words |= {"Not"} if profile.endswith("3.0") else {"Or", "QualifiedMinCount"}
    assert {f"{word}ConstraintComponent" for word in words} <= set(seen)


@pytest.mark.parametrize("profile", PROFILES)
def test_most_mutated_descriptions_need_no_pyshacl(endurance: ModuleType, profile: str) -> None:
    program = load_profile(profile).program
    assert program is not None
    left = 0
    for _, triples in endurance.cases(100, SEED, profile):
        try:
            program.run(Description(triples))
        except NeedsReferenceError:
            left += 1
    assert left < 15


def test_a_hierarchy_in_one_description_does_not_judge_its_neighbours(
    endurance: ModuleType, read: Read
) -> None:
    """Seed 1, case 28: the graph that pySHACL got for a batch spread what one description said."""
    batch = [
        ("with", read("ex:k a vcard:Kind . vcard:Kind rdfs:subClassOf foaf:Agent .")),
        ("without", read('ex:l a vcard:Organization ; vcard:fn "Amt" .')),
    ]
    together = endurance.by_pyshacl(batch, "dcat-ap.de-3.0")
    assert together == validate_many(batch, "dcat-ap.de-3.0")
    assert any(r.path == "http://xmlns.com/foaf/0.1/name" for r in together["with"].results)
    assert not any(r.path == "http://xmlns.com/foaf/0.1/name" for r in together["without"].results)


def test_a_document_gets_the_report_of_pyshacl(
    endurance: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for profile in ("dcat-ap.de-3.0", "dcat-ap.de-2.0"):
        for _, triples in endurance.cases(6, SEED, profile):
            index = Description(triples)
            keys = index.nodes_of_type("http://www.w3.org/ns/dcat#Dataset")
            ours = validate_document(triples, index, keys, profile)
            with monkeypatch.context() as patched:
                for name in PROFILES:
                    patched.setitem(vars(load_profile(name)), "_compiled", "pySHACL is asked for")
                assert validate_document(triples, index, keys, profile) == ours


def test_every_datatype_judges_hostile_literals_as_pyshacl_does(
    endurance: ModuleType, compare: Compare, tmp_path: Path
) -> None:
    names = endurance.DATATYPES
    shapes = "".join(
        f"s:{name} a sh:NodeShape ; sh:targetSubjectsOf ex:p ; "
        f"sh:property s:{name}P . s:{name}P sh:path ex:{name} ; sh:datatype xsd:{name} .\n"
        for name in names
    )
    profile = write(tmp_path, shapes)
    subject = NamedNode("https://daten.example/d")
    triples = [Triple(subject, NamedNode("https://daten.example/p"), Literal("da"))]
    for name in names:
        if name in ("normalizedString", "token"):
            continue
        link = NamedNode(f"https://daten.example/{name}")
        datatype = NamedNode(f"http://www.w3.org/2001/XMLSchema#{name}")
        triples += [
            Triple(subject, link, Literal(t, datatype=datatype)) for t in endurance.LEXICALS
        ]
        triples += [
            Triple(subject, link, Literal("1")),
            Triple(subject, link, Literal("1", language="de")),
        ]
    program = load_profile(profile).program
    assert program is not None
    assert len(program.run(Description(triples))) > 500
    compare(triples, profile)


@pytest.mark.parametrize("profile", ["dcat-ap.de-3.0", "dcat-ap.de-2.0"])
def test_dates_in_our_profiles_are_judged_as_pyshacl_does(
    endurance: ModuleType, compare: Compare, read: Read, profile: str
) -> None:
    triples = read("ex:d a dcat:Dataset ; dcat:distribution ex:v . ex:v a dcat:Distribution .")
    links = ["dct:issued", "dcat:temporalResolution", "dcat:spatialResolutionInMeters"]
    kinds = (
        "date dateTime gYear gYearMonth duration decimal hexBinary nonNegativeInteger double string"
    )
    for link in links:
        predicate = read(f"ex:a {link} ex:b .")[0].predicate
        for kind in kinds.split():
            datatype = NamedNode(f"http://www.w3.org/2001/XMLSchema#{kind}")
            triples += [
                Triple(
                    NamedNode("https://daten.example/d"), predicate, Literal(t, datatype=datatype)
                )
                for t in endurance.LEXICALS
            ]
    assert len(compare(triples, profile).results) > 50


DATA = """
ex:d a dcat:Dataset ; ex:p 1, 2, 3.5, "drei", "vier"@de, "fünf"@de, "four"@en, "five"@en-GB, ex:a, _:b, "" ;
  ex:q 2, "drei", ex:a, "vier"@de ; ex:date "2024-01-01"^^xsd:date, "gestern"^^xsd:date ;
  ex:end "2023-01-01"^^xsd:date, "2025-01-01"^^xsd:date ; ex:name "Anna", ex:zebra ; ex:than "Berta" ;
  ex:next ex:e ; ex:theme a:data-theme\\/ENVI, a:data-theme\\/NICHTS, "ENVI" ; ex:agent ex:o, ex:n .
ex:e a dcat:Dataset ; ex:next ex:f ; ex:p "1"^^xsd:integer, ex:f . ex:f ex:next ex:d, ex:f .
ex:o a foaf:Organization ; foaf:name "Amt" . ex:n foaf:name "Name", "Name"@de, "name"@de .
_:b a vcard:Individual ; ex:p _:b . ex:k a ex:Klasse ; ex:x 1 ; ex:y 2 .
"""

ON_DATASETS = (
    "s:N a sh:NodeShape ; sh:targetClass dcat:Dataset ; sh:property s:P . s:P sh:path ex:p ; "
)

COMPONENTS = {
    "class": "sh:class foaf:Agent",
    "two classes": "sh:class foaf:Agent, ex:Klasse",
    "datatype": "sh:datatype xsd:integer",
    "datatype decimal": "sh:datatype xsd:decimal",
    "datatype string": "sh:datatype xsd:string",
    "datatype language": "sh:datatype rdf:langString",
    "datatype any literal": "sh:datatype rdfs:Literal",
    "datatype any datatype": "sh:datatype rdfs:Datatype",
    "kind IRI": "sh:nodeKind sh:IRI",
    "kind blank": "sh:nodeKind sh:BlankNode",
    "kind literal": "sh:nodeKind sh:Literal",
    "kind blank or IRI": "sh:nodeKind sh:BlankNodeOrIRI",
    "kind blank or literal": "sh:nodeKind sh:BlankNodeOrLiteral",
    "kind IRI or literal": "sh:nodeKind sh:IRIOrLiteral",
    "minimum": "sh:minCount 3",
    "minimum of nothing": "sh:minCount 0 ; sh:maxCount 2",
    "maximum": "sh:maxCount 1",
    "maximum of nothing": "sh:maxCount 0",
    "shortest": "sh:minLength 2",
    "shortest of nothing": "sh:minLength 0 ; sh:maxLength 4",
    "longest": "sh:maxLength 3",
    "pattern": 'sh:pattern "^[dv]"',
    "pattern with flags": 'sh:pattern "^D" ; sh:flags "i"',
    "two patterns": 'sh:pattern "e", "r$" ; sh:flags "ms"',
    "languages": 'sh:languageIn ( "de" "en" )',
    "language of a country": 'sh:languageIn ( "en-GB" )',
    "any language": 'sh:languageIn ( "*" )',
    "each language once": "sh:uniqueLang true",
    "each language as often": "sh:uniqueLang false",
    "equal": "sh:equals ex:q",
    "different": "sh:disjoint ex:q, ex:next",
    "one value": "sh:hasValue 2",
    "two values": 'sh:hasValue ex:a, "5"',
    "value with a language": 'sh:hasValue "vier"@DE',
    "list": 'sh:in ( 1 2.0 "drei" "vier"@de ex:a )',
    "greater": "sh:minExclusive 1",
    "at least": "sh:minInclusive 2.0",
    "less": "sh:maxExclusive 3.5",
    "at most": 'sh:maxInclusive "2"^^xsd:integer',
    "at least a text": 'sh:minInclusive "drei"',
    "deactivated": "sh:deactivated true ; sh:maxCount 0",
    "severity and message": 'sh:maxCount 0 ; sh:severity sh:Info ; sh:message "So"@de, "Thus"@en',
    "own severity": "sh:maxCount 0 ; sh:severity s:schlimm",
    "not": "sh:not [ sh:nodeKind sh:IRI ]",
    "and": "sh:and ( [ sh:nodeKind sh:Literal ] [ sh:minLength 2 ] )",
    "or": "sh:or ( [ sh:nodeKind sh:IRI ] [ sh:datatype xsd:integer ] )",
    "xone": "sh:xone ( [ sh:nodeKind sh:Literal ] [ sh:minLength 4 ] )",
    "two logics": "sh:or ( [ sh:nodeKind sh:IRI ] ), ( [ sh:minLength 1 ] )",
    "a deactivated part": "sh:not [ sh:deactivated true ; sh:class ex:Nichts ]",
    "node": "sh:node [ sh:class vcard:Kind ]",
    "two nodes": "sh:node [ sh:class vcard:Kind ], [ sh:nodeKind sh:BlankNode ; sh:minLength 1 ]",
    "nested property": "sh:property [ sh:path ex:p ; sh:maxCount 0 ; sh:nodeKind sh:IRI ]",
    "counted values": "sh:qualifiedValueShape [ sh:nodeKind sh:Literal ] ; sh:qualifiedMaxCount 2",
    "too few counted": "sh:qualifiedValueShape [ sh:class foaf:Agent ] ; sh:qualifiedMinCount 1",
    "disjoint counted": """sh:qualifiedValueShape [ sh:nodeKind sh:Literal ] ; sh:qualifiedMinCount 6 ;
        sh:qualifiedValueShapesDisjoint true . s:N sh:property [ sh:path ex:p ;
        sh:qualifiedValueShape [ sh:datatype xsd:integer ] ; sh:qualifiedMaxCount 9 ;
        sh:qualifiedValueShapesDisjoint true ]""",
}
SILENT = {"each language as often", "deactivated", "any literal"}


@pytest.mark.parametrize("name", COMPONENTS)
def test_each_component_judges_as_pyshacl_does(
    compare: Compare, read: Read, tmp_path: Path, name: str
) -> None:
    profile = write(tmp_path, ON_DATASETS + COMPONENTS[name] + " .")
    assert load_profile(profile).fallback_reason is None
    report = compare(read(DATA), profile)
    assert bool(report.results) is (name not in SILENT)


SHAPES = {
    "earlier": "s:N sh:targetClass dcat:Dataset ; sh:property [ sh:path ex:date ; sh:lessThan ex:end ] .",
    "earlier or equal": """s:N sh:targetClass dcat:Dataset ;
        sh:property [ sh:path ex:end ; sh:lessThanOrEquals ex:end ] .""",
    "texts in order": """s:N sh:targetClass dcat:Dataset ;
        sh:property [ sh:path ex:name ; sh:lessThan ex:than ] .""",
    "closed": """s:N sh:targetNode ex:k ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ;
        sh:property [ sh:path ex:x ] .""",
    "closed values": """s:N sh:targetClass dcat:Dataset ;
        sh:property [ sh:path ex:next ; sh:closed true ; sh:property [ sh:path ex:p ] ] .""",
    "not closed": "s:N sh:targetNode ex:k ; sh:closed false ; sh:class ex:Nichts .",
    "components of a node": """s:N sh:targetClass dcat:Dataset ; sh:nodeKind sh:BlankNode ;
        sh:hasValue ex:e ; sh:pattern "e$" ; sh:in ( ex:d ) ; sh:not [ sh:class dcat:Dataset ] ;
        sh:equals ex:next ; sh:disjoint ex:next .""",
    "target node": "s:N sh:targetNode ex:o, ex:nirgends, 5 ; sh:class ex:Nichts .",
    "target IRI": "s:N sh:targetNode ex:o, ex:nirgends, ex:a ; sh:class ex:Nichts .",
    "target subjects": "s:N sh:targetSubjectsOf ex:next, ex:p ; sh:class ex:Nichts .",
    "target objects": """s:N sh:targetObjectsOf ex:next, ex:p ; sh:class ex:Nichts ;
        sh:property [ sh:path ex:p ; sh:minCount 1 ] .""",
    "all targets at once": """s:N sh:targetClass dcat:Dataset ; sh:targetSubjectsOf ex:next ;
        sh:targetObjectsOf ex:next ; sh:targetNode ex:d, ex:d ; sh:class ex:Nichts .""",
    "target subclasses": "s:N sh:targetClass foaf:Agent, vcard:Kind ; sh:class ex:Nichts .",
    "a class as shape": "ex:Klasse a sh:NodeShape, rdfs:Class ; sh:property [ sh:path ex:z ; sh:minCount 1 ] .",
    "a property shape with targets": "s:P sh:path ex:p ; sh:targetClass dcat:Dataset ; sh:maxCount 1 .",
    "a shared property shape": """s:N sh:targetClass dcat:Dataset ; sh:property s:P .
        s:M sh:targetSubjectsOf ex:p ; sh:property s:P . s:P sh:path ex:p ; sh:nodeKind sh:IRI .""",
    "a deactivated shape": """s:N sh:targetClass dcat:Dataset ; sh:deactivated true ; sh:class ex:N .
        s:M sh:targetClass dcat:Dataset ; sh:node s:N ; sh:property s:P . s:P sh:path ex:p ; sh:node s:N .""",
    "vocabulary": """s:N sh:targetClass dcat:Dataset ; sh:property [ sh:path ex:theme ;
        sh:node [ sh:property [ sh:path skos:inScheme ;
        sh:hasValue <http://publications.europa.eu/resource/authority/data-theme> ] ] ] .""",
    "vocabulary, results on terms": """s:N sh:targetClass dcat:Dataset ; sh:property [ sh:path ex:theme ;
        sh:property [ sh:path skos:prefLabel ; sh:maxCount 1 ; sh:uniqueLang true ] ] .""",
    "vocabulary, backwards": """s:N sh:targetClass dcat:Dataset ; sh:property [
        sh:path ( ex:theme skos:inScheme [ sh:inversePath skos:inScheme ] ) ; sh:maxCount 3 ] .""",
    "inside of inside": """s:N sh:targetClass dcat:Dataset ; sh:node s:M . s:M sh:property [ sh:path ex:next ;
        sh:or ( [ sh:not [ sh:node s:O ] ] [ sh:path ex:next ; sh:minCount 3 ] ) ] .
        s:O sh:property [ sh:path ex:next ; sh:minCount 1 ] .""",
}  # fmt: skip

PATHS = {
    "inverse": "[ sh:inversePath ex:next ]",
    "sequence": "( ex:next ex:next )",
    "long sequence": "( ex:next ex:next ex:next ex:p )",
    "alternatives": "[ sh:alternativePath ( ex:p ex:q ) ]",
    "zero or more": "[ sh:zeroOrMorePath ex:next ]",
    "one or more": "[ sh:oneOrMorePath ex:next ]",
    "zero or one": "[ sh:zeroOrOnePath ex:next ]",
    "inverse of a sequence": "[ sh:inversePath ( ex:next ex:p ) ]",
    "inverse of inverse": "[ sh:inversePath [ sh:inversePath ex:p ] ]",
    "sequence with inverse": "( ex:next [ sh:inversePath ex:next ] )",
    "repeated alternatives": "[ sh:zeroOrMorePath [ sh:alternativePath ( ex:next ex:p ) ] ]",
    "type and above": "( rdf:type [ sh:zeroOrMorePath rdfs:subClassOf ] )",
}


@pytest.mark.parametrize("name", SHAPES)
def test_targets_and_shapes_judge_as_pyshacl_does(
    compare: Compare, read: Read, tmp_path: Path, name: str
) -> None:
    profile = write(tmp_path, SHAPES[name])
    report = compare(read(DATA), profile)
    reason = load_profile(profile).fallback_reason
    assert (reason is None) is (name != "target node"), reason
    assert bool(report.results) is (name != "a deactivated shape")


@pytest.mark.parametrize("name", PATHS)
def test_each_path_leads_where_pyshacl_goes(
    compare: Compare, read: Read, tmp_path: Path, name: str
) -> None:
    shapes = f"s:N sh:targetClass dcat:Dataset, foaf:Agent ; sh:property [ sh:path {PATHS[name]} ; sh:class ex:N ] ."
    profile = write(tmp_path, shapes)
    assert load_profile(profile).fallback_reason is None
    assert compare(read(DATA), profile).results


BEYOND = {
    "sh:sparql": 's:N sh:targetClass dcat:Dataset ; sh:sparql [ sh:select "SELECT $this WHERE { }" ] .',
    "contain themselves": "s:N sh:targetClass dcat:Dataset ; sh:property [ sh:path ex:next ; sh:node s:N ] .",
    "vocabularies themselves": "s:N sh:targetClass skos:Concept ; sh:nodeKind sh:BlankNode .",
    "component of its own": """s:C a sh:ConstraintComponent ; sh:parameter [ sh:path s:p ] ;
        sh:validator [ a sh:SPARQLAskValidator ; sh:ask "ASK { }" ] .
        s:N sh:targetClass dcat:Dataset ; s:p 1 .""",
    "sh:reifierShape": "s:N sh:targetClass dcat:Dataset ; sh:property [ sh:path ex:p ; sh:reifierShape s:N ] .",
    "several values of sh:severity": """s:N sh:targetClass dcat:Dataset ; sh:class dcat:Dataset ;
        sh:severity sh:Info, sh:Warning .""",
}


@pytest.mark.parametrize("reason", BEYOND)
def test_what_is_not_compiled_runs_through_pyshacl_and_says_so(
    compare: Compare, read: Read, tmp_path: Path, reason: str
) -> None:
    profile = write(tmp_path, BEYOND[reason])
    loaded = load_profile(profile)
    assert loaded.program is None
    assert loaded.fallback_reason is not None
    assert reason in loaded.fallback_reason
    compare(read("ex:d a dcat:Dataset ; ex:next ex:e ; ex:p 1 ."), profile)


WRONG = {
    "several values": "sh:minCount 1, 2",
    "no integer": 'sh:minCount "zwei"',
    "no number": "sh:maxLength -1",
    "no text": "sh:pattern ex:muster",
    "regular expression": 'sh:pattern "("',
    "no IRI": 'sh:class "Klasse"',
    "list": "sh:or ex:liste",
    "kind": "sh:nodeKind sh:Unsinn",
    "path into itself": "sh:property [ sh:path _:p ; sh:class ex:N ] . _:p sh:inversePath _:p",
    "nested too deep": "sh:not [ " * 40 + "sh:class ex:N" + " ]" * 40,
    "number alone": "sh:qualifiedMinCount 1",
}


@pytest.mark.parametrize("name", WRONG)
def test_malformed_shapes_are_left_to_pyshacl(tmp_path: Path, name: str) -> None:
    profile = write(tmp_path, ON_DATASETS + WRONG[name] + " .")
    assert load_profile(profile).program is None


def odd_descriptions() -> Sequence[list[Triple]]:
    """Descriptions with something that rdflib reads in its own way."""
    link, d = NamedNode("http://purl.org/dc/terms/title"), NamedNode("https://daten.example/d")
    kind = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    dataset = Triple(d, kind, NamedNode("http://www.w3.org/ns/dcat#Dataset"))
    token = NamedNode("http://www.w3.org/2001/XMLSchema#token")
    below = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
    return (
        [dataset, Triple(d, link, Literal(" a  b ", datatype=token))],
        [Triple(d, kind, NamedNode("urn:k")), Triple(NamedNode("urn:k"), below, dataset.object)],
        [dataset, Triple(BlankNode("b"), below, BlankNode("b"))],
    )


@pytest.mark.parametrize("number", range(3))
def test_an_odd_description_goes_to_pyshacl_by_itself(compare: Compare, number: int) -> None:
    triples = list(odd_descriptions()[number])
    program = load_profile("dcat-ap.de-3.0").program
    assert program is not None
    with pytest.raises(NeedsReferenceError):
        program.run(Description(triples))
    assert compare(triples, "dcat-ap.de-3.0").results


@pytest.mark.parametrize("values", ["_:b", '"gestern"^^xsd:date'])
def test_values_without_an_order_are_wrong_where_pyshacl_breaks_off(
    endurance: ModuleType, read: Read, tmp_path: Path, values: str
) -> None:
    profile = write(tmp_path, ON_DATASETS + "sh:lessThanOrEquals ex:q .")
    triples = read(f'ex:d a dcat:Dataset ; ex:p {values} ; ex:q "2024-01-01"^^xsd:date .')
    with pytest.raises((ConfigError, TypeError)):
        endurance.by_pyshacl([("d", triples)], profile)
    assert [r.component for r in validate_dataset(triples, profile).results] == [
        "LessThanOrEqualsConstraintComponent"
    ]
