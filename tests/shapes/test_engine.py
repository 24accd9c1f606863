"""The engine: equal to plain pySHACL, alone or in batches, and safe with files from disk."""

import json
import logging
import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pyoxigraph
import pyshacl
import pytest
from pyoxigraph import Triple
from rdflib import BNode, Graph, URIRef

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.findings import Severity
from datenernte_dcat.graph import to_rdflib
from datenernte_dcat.terms import SH
from datenernte_dcat.vocabulary import NAMES, vocabulary_turtle
from datenernte_validators.shapes.engine import mqa_conforms, validate_dataset, validate_many
from datenernte_validators.shapes.profiles import (
    PROFILES,
    load_profile,
    rule_codes,
    rule_texts,
    shapes_turtle,
)
from datenernte_validators.shapes.results import ShapeReport, kebab

Read = Callable[[str], list[Triple]]

FAULTY = """
ex:d a dcat:Dataset ; dct:title ex:kein-text ; dct:publisher "Stadt" ; dcat:theme ex:thema, "ENVI" ;
  dct:issued "gestern" ; dct:modified "2024-13-99"^^xsd:date, "2024-01-01"^^xsd:date ;
  dcatde:contributorID "ich" ; dct:language "http://publications.europa.eu/resource/authority/language/DEU" ;
  dct:spatial [ dcat:bbox ex:kein-text ] ; dct:temporal [ a dct:PeriodOfTime ] ;
  dcat:contactPoint [ a vcard:Individual ; vcard:hasEmail "daten@stadt.example" ] ;
  dct:accrualPeriodicity a:frequency\\/IRREGULAR ; dct:source ex:anderer ;
  dcatde:legalBasis "Gesetz" ; dct:type ex:art ; dcat:distribution ex:v, "datei" ;
  dcatde:politicalGeocodingLevelURI de:politicalGeocoding\\/Level\\/municipality .
ex:v a dcat:Distribution ; dct:format "CSV" ; dct:license del:cc-zero, "frei" ;
  dcat:mediaType "text/csv" ; dcat:byteSize "viel" ; dct:rights "ja", "nein" ;
  dcat:temporalResolution "täglich"@de ; adms:status <http://purl.org/adms/status/Completed> ;
  spdx:checksum [ a spdx:Checksum ; spdx:algorithm <http://dcat-ap.de/def/hashAlgorithms/md/5> ] .
ex:o a foaf:Organization . ex:k a dcat:CatalogRecord ; foaf:primaryTopic ex:d .
@prefix del: <http://dcat-ap.de/def/licenses/> .
""".replace("del:cc-zero", "<https://www.dcat-ap.de/def/licenses/cc-zero>")


def plain_pyshacl(triples: list[Triple], profile: str) -> Counter[tuple[str, ...]]:
    """(focus, path, component, severity, value) of each result, the official way: all shapes as
    they stand in the files, all vocabularies in the data graph."""
    data = to_rdflib(triples)
    for content in [shapes_turtle("background"), *(vocabulary_turtle(name) for name in NAMES)]:
        data.parse(data=content, format="turtle")
    shapes = Graph()
    files = {"dcat-ap.de-3.0": ("dcat-ap-3.0", "dcat-ap.de-3.0"),
             "dcat-ap.de-2.0": ("dcat-ap-2.1", "dcat-ap.de-2.0")}  # fmt: skip
    for file in files[profile]:
        shapes.parse(data=shapes_turtle(file), format="turtle")
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    assert isinstance(report, Graph)
    parts = ("focusNode", "sourceConstraintComponent", "resultSeverity", "value", "sourceShape")
    return Counter(
        tuple(str(report.value(node, URIRef(SH + part))) for part in parts)
        for node in report.objects(None, URIRef(SH + "result"))
    )


def as_counter(report: ShapeReport) -> Counter[tuple[str, ...]]:
    def text(value: str | None) -> str:
        if value is None or not value.startswith(('"', "_:")):
            return str(value)
        if value.startswith("_:"):
            return value[2:]
        quad = next(
            iter(pyoxigraph.parse(f"<a:a> <a:a> {value} .", format=pyoxigraph.RdfFormat.N_TRIPLES))
        )
        return str(quad.object.value)

    return Counter(
        (text(r.focus), SH + r.component, r.severity, text(r.value), str(r.shape))
        for r in report.results
    )


@pytest.mark.parametrize("profile", ["dcat-ap.de-3.0", "dcat-ap.de-2.0"])
def test_results_are_those_of_plain_pyshacl_with_all_vocabularies(
    read: Read, full: dict[str, list[Triple]], profile: str
) -> None:
    other = "dcat-ap.de-2.0" if profile == "dcat-ap.de-3.0" else "dcat-ap.de-3.0"
    for triples in (read(FAULTY), full[other]):
        expected = plain_pyshacl(triples, profile)
        assert sum(expected.values()) > 5
        assert as_counter(validate_dataset(triples, profile)) == expected


SHARED = [
    'ex:d1 a dcat:Dataset ; dct:publisher ex:stadt ; dct:title "1" . ex:stadt a foaf:Agent .',
    'ex:d2 a dcat:Dataset ; dct:publisher ex:stadt ; dct:title "2" . ex:stadt a foaf:Agent .',
    """ex:d3 a dcat:Dataset ; dct:publisher ex:stadt ; dct:title "3" .
       ex:stadt a foaf:Agent ; foaf:name "Stadt" .""",
    'ex:d4 a dcat:Dataset ; dct:publisher ex:stadt ; dct:title "4" .',
    "ex:d5 a dcat:Dataset ; dct:source ex:d1 ; dcat:contactPoint _:x . _:x a vcard:Kind .",
    'ex:d6 a dcat:Dataset ; dct:title ex:t ; dcat:contactPoint _:x . _:x a vcard:Kind ; vcard:fn "x" .',
    "ex:d7 a dcat:Dataset ; dct:relation ex:kontakt ; dcat:theme ex:t .",
    "ex:d8 a dcat:Dataset ; dcat:contactPoint ex:kontakt .",
    "_:d a dcat:Dataset ; dcat:distribution _:x . _:x a dcat:Distribution ; dct:license 'frei' .",
    "",
]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_batch_says_of_each_description_what_is_said_of_it_alone(
    read: Read, profile: str
) -> None:
    batch = [(str(number), read(turtle)) for number, turtle in enumerate([*SHARED, FAULTY])]
    together = validate_many(batch, profile)
    alone = {key: validate_dataset(triples, profile) for key, triples in batch}
    assert list(together) == [key for key, _ in batch]
    for key, report in alone.items():
        assert together[key] == report, key


def test_a_batch_can_be_ntriples_and_travels_between_processes(read: Read) -> None:
    triples = read(FAULTY)
    lines = "".join(f"{triple} .\n" for triple in triples).encode()
    job = pickle.loads(pickle.dumps((validate_many, [("d", lines)], "dcat-ap-3.0")))  # noqa: S301
    report = job[0](*job[1:])["d"]
    assert report == validate_dataset(triples, "dcat-ap-3.0")
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301
    assert msgspec.json.decode(msgspec.json.encode(report), type=ShapeReport) == report


def test_the_base_verdict_ignores_german_rules(perfect: list[Triple]) -> None:
    without_license = [t for t in perfect if not t.predicate.value.endswith("/license")]
    for profile in ("dcat-ap.de-3.0", "dcat-ap.de-2.0"):
        report = validate_dataset(without_license, profile)
        assert (report.conforms, report.base_conforms) == (False, True)
    assert validate_dataset(without_license, "dcat-ap-3.0").conforms


def test_warnings_do_not_break_conformance(perfect: list[Triple], read: Read) -> None:
    report = validate_dataset(perfect + read('ex:d dcatde:legalBasis "Gesetz" .'))
    assert [finding.severity for finding in report.findings] == [Severity.WARNING]
    assert report.conforms
    assert report.base_conforms


def test_mqa_rules_name_the_profile_that_decides(read: Read, perfect: list[Triple]) -> None:
    whole_number = read('ex:v dcat:byteSize "12"^^xsd:nonNegativeInteger .')
    assert mqa_conforms(perfect + whole_number)
    assert not mqa_conforms(perfect + whole_number, "dcat-ap-2.1.1")
    without_contributor = [t for t in perfect if not t.predicate.value.endswith("contributorID")]
    assert mqa_conforms(without_contributor, "dcat-ap-2.1.1")
    assert not mqa_conforms(without_contributor, "dcat-ap.de-2.0")


def test_a_literal_format_is_reported_once_and_by_its_kind(read: Read) -> None:
    report = validate_dataset(read('ex:v a dcat:Distribution ; dct:format "CSV" .'))
    about_format = [f for f in report.findings if f.property == "http://purl.org/dc/terms/format"]
    assert [f.code for f in about_format] == ["shacl-distribution-format-node-kind"]
    assert about_format[0].value == "CSV"
    assert about_format[0].subject == "https://daten.example/v"
    assert about_format[0].severity is Severity.ERROR
    assert "»Format«" in about_format[0].message


def test_findings_about_blank_nodes_name_the_dataset(read: Read) -> None:
    report = validate_dataset(
        read("ex:d a dcat:Dataset ; dcat:contactPoint [ a vcard:Kind ; vcard:hasEmail 'a@b.de' ] .")
    )
    (finding,) = [f for f in report.findings if f.code == "shacl-kind-has-email-node-kind"]
    assert finding.subject == "https://daten.example/d"
    assert finding.property == "http://www.w3.org/2006/vcard/ns#hasEmail"
    assert finding.value == "a@b.de"


def test_unreadable_dates_are_no_noise(read: Read, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        validate_dataset(read('ex:d a dcat:Dataset ; dct:issued "morgen"^^xsd:date .'))
    assert caplog.records == []


def test_codes_follow_class_property_and_component(read: Read) -> None:
    codes = rule_codes()
    assert {
        "shacl-distribution-license-min-count",
        "shacl-dataset-theme-node",
        "shacl-dataset-political-geocoding-level-uri-node-kind",
        "shacl-kind-has-email-or-has-url-or-has-telephone-min-count",
        "shacl-data-service-endpoint-url-min-count",
    } <= codes
    assert all(code.startswith("shacl-") and code == kebab(code) for code in codes)


def test_the_code_of_a_rule_says_what_its_shape_says() -> None:
    for name in PROFILES:
        profile = load_profile(name)
        for iri, rule in profile.rules.items():
            for component in ("min-count", "max-count", "node-kind", "datatype", "class", "node"):
                if rule.code.endswith(f"-{component}") and "qualified" not in rule.code:
                    head, *tail = component.split("-")
                    word = URIRef(SH + head + "".join(part.title() for part in tail))
                    assert (URIRef(iri), word, None) in profile.shapes, rule.code


def test_every_rule_has_german_words_and_a_source() -> None:
    for name in PROFILES:
        for rule in load_profile(name).rules.values():
            assert rule.message.endswith(".")
            assert rule.advice.endswith(".")
            assert rule.name
            assert rule.source.startswith("https://")
            assert rule.property


def test_explain_knows_every_rule_and_nothing_else() -> None:
    for code in rule_codes():
        text = rule_texts(code)
        assert text is not None
        assert text.why
    assert rule_texts("shacl-dataset-title-of-honour") is None


def test_shapes_are_plain_shacl_core_for_other_engines() -> None:
    words = set()
    for file in ("dcat-ap-3.0", "dcat-ap.de-3.0", "dcat-ap-2.1", "dcat-ap.de-2.0"):
        graph = Graph().parse(data=shapes_turtle(file), format="turtle")
        words |= {str(p).removeprefix(SH) for p in graph.predicates() if str(p).startswith(SH)}
        for shape, path in graph.subject_objects(URIRef(SH + "path")):
            if isinstance(shape, BNode):
                continue
            assert (shape, URIRef(SH + "severity"), None) in graph, path
    assert words <= {
        "alternativePath", "class", "datatype", "description", "disjoint", "flags", "hasValue",
        "maxCount",
        "message", "minCount", "name", "node", "nodeKind", "not", "or", "path", "pattern",
        "property", "qualifiedMaxCount", "qualifiedMinCount", "qualifiedValueShape", "severity",
        "targetClass", "targetObjectsOf", "targetSubjectsOf",
    }  # fmt: skip


@pytest.mark.parametrize("file", ["dcat-ap.de-3.0", "dcat-ap.de-2.0"])
def test_shapes_are_valid_by_the_shapes_of_shacl(file: str) -> None:
    shapes = Graph().parse(data=shapes_turtle(file), format="turtle")
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=shapes, meta_shacl=True)
    assert conforms, text


FOREIGN = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix mqa: <http://govdata.de/mqa/#> .
<https://regeln.example/> a owl:Ontology ; owl:imports <http://127.0.0.1:9/nirgends.ttl> .
mqa:Dataset a sh:NodeShape ; sh:targetClass dcat:Dataset ;
  sh:property [ sh:path dcat:keyword ; sh:minCount 1 ; sh:severity mqa:no_literal_keyword ;
    sh:message "No keyword"@en, "Kein Schlagwort"@de ] ;
  sh:property [ sh:path dct:creator ; sh:minCount 1 ] ;
  sh:property [ sh:path dct:identifier ; sh:maxCount 0 ; sh:severity mqa:count_Identifiers ] .
mqa:Distribution a sh:NodeShape ; sh:targetClass dcat:Distribution ;
  sh:property [ sh:path dct:license ; sh:property [ sh:path skos:inScheme ;
    sh:hasValue <http://dcat-ap.de/def/licenses> ] ] .
mqa:Concept a sh:NodeShape ; sh:targetClass skos:Concept ;
  sh:property [ sh:path skos:definition ; sh:minCount 1 ] .
"""


def test_a_shapes_file_from_disk_is_a_profile(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "regeln.ttl"
    file.write_text(FOREIGN, encoding="utf-8")
    report = validate_dataset(
        read(
            """ex:d a dcat:Dataset ; dct:identifier "1" ; dcat:distribution ex:v, ex:w .
               ex:v a dcat:Distribution ; dct:license de:licenses\\/cc-zero .
               ex:w a dcat:Distribution ; dct:license "CC BY 4.0" ."""
        ),
        str(file),
    )
    found = {finding.code: finding for finding in report.findings}
    assert set(found) == {
        "shacl-dataset-keyword-min-count",
        "shacl-dataset-creator-min-count",
        "shacl-dataset-identifier-max-count",
        "shacl-distribution-license-has-value",
    }
    keyword = found["shacl-dataset-keyword-min-count"]
    assert (keyword.severity, keyword.message) == (Severity.WARNING, "Kein Schlagwort")
    assert found["shacl-dataset-identifier-max-count"].severity is Severity.INFO
    assert found["shacl-dataset-creator-min-count"].severity is Severity.ERROR
    license_ = found["shacl-distribution-license-has-value"]
    assert license_.subject == "https://daten.example/w"
    assert license_.property == "http://purl.org/dc/terms/license"
    assert license_.value == "CC BY 4.0"
    assert not report.conforms
    assert not report.base_conforms


SLIPS = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <https://regeln.example/> .
:Dataset a sh:NodeShape ; sh:targetClass dcat:Dataset ; sh:property :theme, :reach .
:theme sh:path dcat:theme ; sh:message "Thema"@de ; sh:node [ sh:path skos:inScheme ;
  sh:hasValue <http://publications.europa.eu/resource/authority/data-theme> ] .
:reach sh:or ( [ sh:path dcat:landingPage ; sh:minCount 1 ] [ sh:path dct:relation ; sh:minCount 1 ] ) ;
  sh:severity sh:Warning ; sh:message "Nirgends zu finden"@de .
"""


def test_the_slips_of_the_official_shapes_do_not_stop_pyshacl(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "regeln.ttl"
    file.write_text(SLIPS, encoding="utf-8")
    bad = validate_dataset(read("ex:d a dcat:Dataset ; dcat:theme ex:t ."), str(file))
    assert [(f.code, f.severity, f.message) for f in bad.findings] == [
        ("shacl-dataset-theme-node", Severity.ERROR, "Thema"),
        ("shacl-dataset-node-or", Severity.WARNING, "Nirgends zu finden"),
    ]
    good = read("ex:d a dcat:Dataset ; dcat:theme a:data-theme\\/ENVI ; dct:relation ex:r .")
    assert validate_dataset(good, str(file)).conforms


def test_a_file_from_disk_leaves_no_trace_in_the_next_check(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "regeln.ttl"
    file.write_text(FOREIGN, encoding="utf-8")
    first = read('ex:d a dcat:Dataset ; dcat:keyword "a" ; dct:creator ex:c .')
    second = read("ex:d a dcat:Dataset .")
    reports = validate_many([("1", first), ("2", second)], str(file), base=False)
    assert reports["1"].conforms
    assert len(reports["2"].results) == 2


SPARQL_ELSEWHERE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:s> a sh:NodeShape ; sh:select "SELECT * { SERVICE <http://a> { ?a ?b ?c } }" .
"""
CONTRADICTORY = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:s> a sh:NodeShape ; sh:targetClass <http://www.w3.org/ns/dcat#Dataset> ;
  sh:property [ sh:path <http://purl.org/dc/terms/title> ; sh:minCount 1, 2 ] .
"""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "gibt es nicht"),
        ("@prefix : <", "nicht lesbar"),
        ("<urn:a> <urn:b> <urn:c> .", "keine SHACL-Regeln"),
        (SPARQL_ELSEWHERE, "SERVICE"),
        (CONTRADICTORY, "nicht brauchbar"),
    ],
)
def test_an_unusable_profile_is_a_german_message(
    read: Read, tmp_path: Path, content: str | None, words: str
) -> None:
    file = tmp_path / "regeln.ttl"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        validate_dataset(read("ex:d a dcat:Dataset ."), str(file))


def test_equal_profiles_have_equal_digests() -> None:
    digests = {name: load_profile(name).digest for name in PROFILES}
    assert len(set(digests.values())) == len(PROFILES)
    assert json.dumps(digests)
