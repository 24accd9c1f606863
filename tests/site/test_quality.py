"""Scores as data: DQV and JSON."""

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import rdflib
from rdflib.namespace import PROV, RDF, XSD
from tests.site.conftest import BASE_URL, METHOD, NOW, Site, record, text

from datenernte_dcat.quality import Measured, measurement_name, measurement_triples
from datenernte_dcat.store.rows import LinkResult

DQV = rdflib.Namespace("http://www.w3.org/ns/dqv#")
PV = rdflib.Namespace("https://piveau.eu/ns/voc#")
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


def graph(site: Site, path: str) -> rdflib.Graph:
    found = rdflib.Graph()
    found.parse(data=site.read(path), format="turtle")
    return found


@pytest.fixture
def scored(site: Site) -> Site:
    first, second = record("a"), record("b")
    site.harvest([first, second])
    site.score({first.id: 305, second.id: 160})
    site.publish()
    return site


def test_the_catalogue_file_has_the_totals_of_datasets_and_municipalities(scored: Site) -> None:
    found = graph(scored, "quality.ttl")
    totals = {
        str(found.value(node, DQV.computedOn)): found.value(node, DQV.value)
        for node in found.subjects(DQV.isMeasurementOf, PV.scoring)
    }
    assert totals == {
        "https://portal.example.org/dataset/a": rdflib.Literal(305),
        "https://portal.example.org/dataset/b": rdflib.Literal(160),
        f"{BASE_URL}/municipalities/09162000/catalog": rdflib.Literal(232),
    }
    for node in found.subjects(RDF.type, DQV.QualityMeasurement):
        assert (found.value(node, DQV.computedOn), DQV.hasQualityMeasurement, node) in found


def test_the_file_says_how_and_when_it_came_about(scored: Site) -> None:
    found = graph(scored, "quality.ttl")
    node = rdflib.URIRef(f"{BASE_URL}/quality.ttl")
    assert (node, RDF.type, DQV.QualityMetadata) in found
    assert found.value(node, PROV.generatedAtTime) == rdflib.Literal(
        "2026-03-01T00:00:00Z", datatype=XSD.dateTime
    )
    activity = found.value(node, PROV.wasGeneratedBy)
    assert found.value(activity, rdflib.DCTERMS.identifier) == rdflib.Literal(METHOD)


def test_the_municipality_file_has_every_measurement_on_published_iris(scored: Site) -> None:
    found = graph(scored, "municipalities/09162000/quality.ttl")
    dataset = rdflib.URIRef("https://portal.example.org/dataset/a")
    values = {
        found.value(node, DQV.isMeasurementOf): found.value(node, DQV.value)
        for node in found.objects(dataset, DQV.hasQualityMeasurement)
    }
    assert values[PV.keywordAvailability] == rdflib.Literal(True)
    status = found.value(
        found.value(rdflib.URIRef(f"{dataset}/csv"), DQV.hasQualityMeasurement), DQV.value
    )
    assert status == rdflib.Literal(200)


def test_a_link_measurement_carries_the_time_of_its_request(site: Site) -> None:
    stored = record("a")
    site.harvest([stored])
    site.score({stored.id: 305})
    asked = datetime(2026, 2, 27, 11, 3, 12, tzinfo=UTC)
    url = "https://portal.example.org/a.csv"
    site.store.put_links(
        [LinkResult(url=url, checked_at=asked, head_status=200, status=200, outcome="ok")]
    )
    site.publish()
    found = graph(site, "municipalities/09162000/quality.ttl")
    (node,) = found.subjects(DQV.isMeasurementOf, PV.accessUrlStatusCode)
    assert found.value(node, PROV.generatedAtTime) == rdflib.Literal(
        "2026-02-27T11:03:12Z", datatype=XSD.dateTime
    )


def test_measurement_names_depend_on_metric_and_resource_alone() -> None:
    first = Measured(f"{PV}x", "https://x.example.org/a", True)
    assert measurement_name(first) == measurement_name(
        Measured(f"{PV}x", "https://x.example.org/a", False, 0, NOW)
    )
    others = {
        measurement_name(Measured(f"{PV}y", "https://x.example.org/a", True)),
        measurement_name(Measured(f"{PV}x", "https://x.example.org/b", True)),
        measurement_name(Measured(f"{PV}x", "https://x.example.org/a", True, 1)),
    }
    assert len(others | {measurement_name(first)}) == 4


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
        (404, '"404"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        (71.4, '"71.4"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
        (1e-7, '"0.0000001"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
    ],
)
def test_values_are_typed_as_piveau_reads_them(value: float, shown: str) -> None:
    triples = measurement_triples(BASE_URL, Measured(f"{PV}x", "https://x.example.org/a", value))
    assert shown in {str(triple.object) for triple in triples}


def test_feeds_hold_no_measurement(scored: Site) -> None:
    assert "www.w3.org/ns/dqv#QualityMeasurement" not in scored.text("catalog.nt")
    assert "QualityMeasurement" not in scored.text("catalog-full.nt")


def test_quality_json_keeps_its_schema(scored: Site, site: Site) -> None:
    document = json.loads(scored.text("quality.json"))
    schema = json.loads((SCHEMAS / "quality.json").read_text())
    jsonschema.validate(document, schema)
    assert [one["total"] for one in document["datasets"]] == [305, 160]
    assert document["municipalities"][0]["rating"] == "Good"


def test_without_scores_the_files_are_there_and_say_so(site: Site) -> None:
    site.harvest([record("a", title=(text("x"),))])
    site.publish()
    document = json.loads(site.text("quality.json"))
    jsonschema.validate(document, json.loads((SCHEMAS / "quality.json").read_text()))
    assert document["method"] is None
    assert document["datasets"][0]["total"] is None
    assert len(graph(site, "quality.ttl")) > 3


def test_report_json_keeps_its_schema(scored: Site) -> None:
    document = json.loads(scored.text("municipalities/09162000/report.json"))
    jsonschema.validate(document, json.loads((SCHEMAS / "report.json").read_text()))
    assert document["score"]["mqa"]["total"] == 232
    assert document["score"]["kommunal"] is None
