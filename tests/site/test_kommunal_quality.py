"""The Kommunal-Score as data: DQV with its method, of datasets, municipalities and the catalogue."""

from decimal import Decimal
from typing import Any

import pyoxigraph
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, SKOS, XSD
from tests.site.conftest import BASE_URL, METHOD, Site, record
from tests.site.test_quality import DQV, graph

from datenernte_dcat.quality import (
    COMPLIANCE,
    conformance_triples,
    kommunal_measurements,
)
from datenernte_dcat.store.rows import Score
from datenernte_validators.scores.kommunal.method import method_document

KOMMUNAL = "kommunal/1.0"
KS = rdflib.Namespace(f"{BASE_URL}/def/{KOMMUNAL}#")
KEY = "09162000"
DESCRIBED = {**method_document(), "hash": "ab" * 32}


REPORTED: dict[str, Any] = {
    "grade": "C", "grade_text": "solide", "provisional": False, "low": 60.0, "high": 61.0,
    "coverage": 1.0, "datasets": 2, "caps": [], "frozen": None, "comparison": None,
    "next_steps": [], "advice": [], "changes": [], "figures": {},
    "reproducibility": {"as_of": "2026-03-01", "version": "1.0.0", "method_hash": "ab" * 32,
                        "mqa_rules": METHOD},
}  # fmt: skip
"""What a municipality's page asks for beside the numbers."""


def score(subject: str, kind: str, points: float, **further: Any) -> Score:
    bare: dict[str, Any] = {"losses": {}, "faults": [], "hvd": None, "values": {}}
    bare |= REPORTED if kind == "municipality" else {}
    document = {"score": points, "dimensions": {"F": 50.0, "K": None}, **bare, **further}
    return Score(subject=subject, kind=kind, method=KOMMUNAL, total=points, document=document)


@pytest.fixture
def scored(site: Site) -> Site:
    first, second = record("a"), record("b")
    site.harvest([first, second])
    site.score({first.id: 305, second.id: 160})
    file = first.as_published.distribution[0].uri
    site.store.put_scores(
        [
            score(first.id, "dataset", 71.4, values={"F1": 1, "F2": None, "K": 0.7},
                  files=[{"iri": file, "values": {"I3": 0}}]),
            score(second.id, "dataset", 50, values={}, files=[]),
            score(KEY, "municipality", 60.7),
            score("catalog", "catalog", 60.7),
        ]
    )  # fmt: skip
    verdict = {"metric": COMPLIANCE, "subject": first.iri, "value": True, "unit": None}
    site.store.put_scores(
        [Score(subject=first.id, kind="dataset", method=METHOD, total=305,
               document={"total": 305, "measurements": [verdict]})]
    )  # fmt: skip
    site.store.put_setting("kommunal_method", DESCRIBED)
    site.publish()
    return site


def values(found: rdflib.Graph, metric: rdflib.term.Node) -> dict[str, Any]:
    return {
        str(found.value(node, DQV.computedOn)): found.value(node, DQV.value)
        for node in found.subjects(DQV.isMeasurementOf, metric)
    }


def test_the_catalogue_file_has_both_totals_of_everything(scored: Site) -> None:
    found = graph(scored, "quality.ttl")
    assert values(found, KS.gesamt) == {
        f"{BASE_URL}/catalog": rdflib.Literal(Decimal("60.7")),
        f"{BASE_URL}/municipalities/{KEY}/catalog": rdflib.Literal(Decimal("60.7")),
        "https://portal.example.org/dataset/a": rdflib.Literal(Decimal("71.4")),
        "https://portal.example.org/dataset/b": rdflib.Literal(Decimal("50.0")),
    }
    assert set(values(found, KS["F-punkte"])) == {
        f"{BASE_URL}/catalog",
        f"{BASE_URL}/municipalities/{KEY}/catalog",
    }


def test_the_file_names_the_method_with_version_and_hash(scored: Site) -> None:
    for path, about in (
        ("quality.ttl", f"{BASE_URL}/catalog"),
        (f"municipalities/{KEY}/quality.ttl", f"{BASE_URL}/municipalities/{KEY}/catalog"),
    ):
        found = graph(scored, path)
        node = rdflib.URIRef(f"{BASE_URL}/{path}")
        assert (rdflib.URIRef(about), DQV.hasQualityMetadata, node) in found
        definition = rdflib.URIRef(f"{BASE_URL}/def/{KOMMUNAL}")
        activity = rdflib.URIRef(f"{BASE_URL}/quality#scoring")
        assert (activity, rdflib.DCTERMS.conformsTo, definition) in found
        assert (activity, rdflib.DCTERMS.identifier, rdflib.Literal(METHOD)) in found
        assert found.value(definition, OWL.versionInfo) == rdflib.Literal("1.0.0")
        assert (definition, rdflib.DCTERMS.identifier, rdflib.Literal("sha256:" + "ab" * 32)) in (
            found
        )
        assert (KS.gesamt, DQV.expectedDataType, XSD.decimal) in found
        assert (KS.gesamt, DQV.inDimension, KS.kommunalScore) in found
        assert found.value(KS.F1, SKOS.prefLabel) == rdflib.Literal(
            "Titel, Anteil von 1", lang="de"
        )


def test_every_measured_metric_is_described(scored: Site) -> None:
    found = graph(scored, f"municipalities/{KEY}/quality.ttl")
    used = {
        metric for metric in found.objects(None, DQV.isMeasurementOf) if str(metric).startswith(KS)
    }
    assert {KS.gesamt, KS["F-punkte"], KS.F1, KS.I3} == used
    for metric in used:
        assert (metric, RDF.type, DQV.Metric) in found


def test_the_municipality_file_has_the_checks_of_dataset_and_file(scored: Site) -> None:
    found = graph(scored, f"municipalities/{KEY}/quality.ttl")
    assert values(found, KS.F1) == {
        "https://portal.example.org/dataset/a": rdflib.Literal(Decimal(1))
    }
    assert list(values(found, KS.I3).values()) == [rdflib.Literal(Decimal(0))]
    assert not values(found, KS.F2)


def test_the_verdict_of_the_shapes_is_an_annotation(scored: Site) -> None:
    triples = conformance_triples(BASE_URL, "https://portal.example.org/dataset/a", False)
    text = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES)
    assert text is not None
    assert b"shacl#conforms" in text
    assert b'"false"' in text
    found = graph(scored, f"municipalities/{KEY}/quality.ttl")
    dataset = rdflib.URIRef("https://portal.example.org/dataset/a")
    [annotation] = found.objects(dataset, DQV.hasQualityAnnotation)
    assert (annotation, RDF.type, DQV.QualityAnnotation) in found


def test_an_unchanged_score_rewrites_no_file(scored: Site) -> None:
    assert not scored.publish().changed
    scored.store.put_scores([score("catalog", "catalog", 61.0)])
    changed = scored.publish()
    assert changed.changed
    found = graph(scored, "quality.ttl")
    assert str(values(found, KS.gesamt)[f"{BASE_URL}/catalog"]) == "61.0"


def test_without_kommunal_scores_nothing_is_said_of_them(site: Site) -> None:
    first = record("a")
    site.harvest([first])
    site.score({first.id: 305})
    site.publish()
    assert b"def/kommunal" not in site.read("quality.ttl")
    unknown = {"score": 1.0, "dimensions": {"F": None}}
    assert len(list(kommunal_measurements(BASE_URL, KOMMUNAL, "https://a.example", unknown))) == 1
