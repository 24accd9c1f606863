"""The check of one document: the JSON of the contract, and a German finding for bad input."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Triple

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.graph import Format, write_rdf
from datenernte_validators.catalogue_check import LinkStatus, check_catalogue
from datenernte_validators.scores.mqa import DEFAULT, RuleSet
from datenernte_validators.scores.mqa_method import metric_points

Read = Callable[[str], list[Triple]]

TODAY = date(2026, 3, 15)
FINDING_KEYS = {
    "code", "severity", "subject", "property", "value", "row", "field", "message", "advice",
    "source",
}  # fmt: skip


def check(
    body: bytes | list[Triple],
    *,
    profile: str = "dcat-ap.de-3.0",
    link_status: LinkStatus | None = None,
    rules: RuleSet = DEFAULT,
) -> dict[str, Any]:
    return check_catalogue(
        body if isinstance(body, bytes) else write_rdf(body, "ttl"),
        target="katalog.ttl",
        as_of=TODAY,
        profile=profile,
        link_status=link_status,
        rules=rules,
    )


def codes(findings: list[dict[str, Any]]) -> list[str]:
    return [found["code"] for found in findings]


def test_a_perfect_record_has_no_finding(perfect: list[Triple]) -> None:
    report = check(perfect)
    assert report["target"] == "katalog.ttl"
    assert report["kind"] == "catalogue"
    assert report["profile"] == "dcat-ap.de-3.0"
    assert report["conforms"] is True
    assert report["findings"] == []
    (dataset,) = report["datasets"]
    assert dataset["uri"] == "https://daten.example/d"
    assert dataset["title"] == "Baumkataster"
    assert dataset["findings"] == []
    mqa = dataset["mqa"]
    assert list(mqa["metrics"]) == list(metric_points())
    assert set(mqa["dimensions"]) == {
        "findability", "accessibility", "interoperability", "reusability", "contextuality",
    }  # fmt: skip
    assert mqa["total"] == sum(mqa["metrics"].values()) == 270
    assert mqa["rating"] == "Good"
    assert mqa["best_distribution"] == "https://daten.example/v"
    assert json.loads(json.dumps(report)) == report


FORMATS: tuple[Format, ...] = ("rdf", "ttl", "jsonld", "nt")


@pytest.mark.parametrize("form", FORMATS)
def test_all_serialisations_get_the_same_report(perfect: list[Triple], form: Format) -> None:
    report = check(write_rdf(perfect, form))
    assert len(report["datasets"]) == 1
    assert report == check(perfect)


def test_link_statuses_stand_in_for_requests(perfect: list[Triple]) -> None:
    (dataset,) = check(perfect, link_status={"https://daten.example/baum.csv": 200})["datasets"]
    assert dataset["mqa"]["total"] == 270 + 50 + 30
    (dataset,) = check(perfect, link_status={"https://daten.example/baum.csv": 404})["datasets"]
    assert dataset["mqa"]["total"] == 270


def test_statuses_may_come_from_a_function_that_gets_the_urls(read: Read) -> None:
    asked: list[str] = []

    def statuses(urls: list[str]) -> dict[str, int]:
        asked.extend(urls)
        return dict.fromkeys(urls, 200)

    report = check(
        read(
            """ex:d a dcat:Dataset ; dcat:distribution ex:v, _:w .
               ex:v dcat:accessURL ex:seite ; dcat:downloadURL ex:datei, "ftp://a.de/x" .
               _:w dcat:accessURL ex:seite, "https://a.de/text", "" ."""
        ),
        link_status=statuses,
    )
    assert asked == [
        "https://daten.example/seite",
        "https://daten.example/datei",
        "https://a.de/text",
    ]
    assert report["datasets"][0]["mqa"]["dimensions"]["accessibility"] == 100


def test_datasets_come_in_document_order_each_with_its_own_findings(read: Read) -> None:
    report = check(
        read(
            """
            ex:b a dcat:Dataset ; dct:title "B" ; dct:description "Alle B." ; dct:publisher ex:stadt ;
              dcat:distribution ex:v .
            ex:v a dcat:Distribution ; dct:license de:licenses\\/cc-zero .
            ex:a a dcat:Dataset ; dct:title "Englisch"@en, "Deutsch"@de ; dct:publisher ex:stadt .
            ex:stadt a foaf:Agent .
            ex:k a dcat:Catalog ; dct:title "Katalog" ; dct:publisher ex:stadt ; dcat:dataset ex:a .
            """
        )
    )
    assert [dataset["title"] for dataset in report["datasets"]] == ["B", "Deutsch"]
    of_b, of_a = ({(f["code"], f["subject"]) for f in d["findings"]} for d in report["datasets"])
    # The missing name of the shared publisher is a fault of both; the address belongs to B alone.
    assert of_b == {
        ("shacl-agent-name-min-count", "https://daten.example/stadt"),
        ("access-url-missing", "https://daten.example/v"),
    }
    assert of_a == {
        ("shacl-agent-name-min-count", "https://daten.example/stadt"),
        ("description-missing", "https://daten.example/a"),
        ("distribution-missing", "https://daten.example/a"),
    }
    assert codes(report["findings"]) == ["shacl-catalog-description-min-count"]
    assert report["conforms"] is False
    for finding in [*report["findings"], *report["datasets"][0]["findings"]]:
        assert set(finding) == FINDING_KEYS
        assert finding["message"].endswith((".", "v", "ohne Titel"))


def test_one_missing_description_is_one_finding(read: Read) -> None:
    (dataset,) = check(
        read(
            'ex:d a dcat:Dataset ; dct:title "T" ; dct:publisher [ a foaf:Agent ; foaf:name "S" ] .'
        )
    )["datasets"]
    about = [
        f for f in dataset["findings"] if f["property"] == "http://purl.org/dc/terms/description"
    ]
    assert codes(about) == ["description-missing"]
    assert about[0]["severity"] == "error"


def test_links_between_datasets_of_the_document_are_known(
    perfect: list[Triple], read: Read
) -> None:
    linked = perfect + read(
        """ex:d dct:source ex:e . ex:e a dcat:Dataset ; dct:title "E" ; dct:description "Alle E." ;
           dct:publisher ex:stadt ."""
    )
    report = check(linked)
    assert report["datasets"][0]["findings"] == []
    assert codes(report["datasets"][1]["findings"]) == ["distribution-missing"]


def test_warnings_leave_the_verdict_alone(perfect: list[Triple], read: Read) -> None:
    report = check(perfect + read('ex:d dcatde:legalBasis "Gesetz" .'))
    assert report["conforms"] is True
    assert codes(report["datasets"][0]["findings"]) == ["shacl-resource-legal-basis-max-count"]


def test_the_profile_decides_findings_and_the_mqa_rule_its_own_metric(
    perfect: list[Triple],
) -> None:
    without_license = [t for t in perfect if not t.predicate.value.endswith("/license")]
    german = check(without_license)
    european = check(without_license, profile="dcat-ap-3.0")
    assert (german["conforms"], european["conforms"]) == (False, True)
    for report in (german, european):
        assert report["datasets"][0]["mqa"]["metrics"]["dcatApCompliance"] == 30
    strict = check(without_license, rules=RuleSet(shacl_profile="dcat-ap.de-2.0"))
    mqa = strict["datasets"][0]["mqa"]
    assert mqa["metrics"]["dcatApCompliance"] == 0
    assert mqa["switched_rules"] == ["shacl_profile=dcat-ap.de-2.0"]


def test_a_fault_of_one_dataset_costs_no_other_one_its_points(
    perfect: list[Triple], read: Read
) -> None:
    report = check(perfect + read("ex:e a dcat:Dataset ; dct:title ex:t ."))
    points = [d["mqa"]["metrics"]["dcatApCompliance"] for d in report["datasets"]]
    assert points == [30, 0]


def test_a_shapes_file_from_disk_is_a_profile(perfect: list[Triple], tmp_path: Path) -> None:
    file = tmp_path / "eigene.ttl"
    file.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . <urn:s> a sh:NodeShape ; "
        "sh:targetClass <http://www.w3.org/ns/dcat#Dataset> ; sh:property "
        "[ sh:path <http://purl.org/dc/terms/creator> ; sh:minCount 1 ; sh:severity <urn:schlimm> ] .",
        encoding="utf-8",
    )
    report = check(perfect, profile=str(file))
    assert report["profile"] == str(file)
    assert report["conforms"] is True
    (finding,) = report["datasets"][0]["findings"]
    assert (finding["code"], finding["severity"]) == ("shacl-dataset-creator-min-count", "warning")
    with pytest.raises(ConfigError):
        check(perfect, profile="dcat-ap-9")


def test_a_dataset_without_iri_is_checked_too(read: Read) -> None:
    report = check(
        read('[] a dcat:Dataset ; dct:title "T" ; dcat:distribution [ dct:format "x" ] .')
    )
    (dataset,) = report["datasets"]
    assert dataset["uri"] is None
    assert dataset["mqa"]["best_distribution"] is None
    assert "description-missing" in codes(dataset["findings"])
    assert all(found["subject"] is None for found in dataset["findings"])


def test_a_document_without_datasets_is_a_finding(read: Read) -> None:
    report = check(read("ex:x a foaf:Document ."))
    assert report["datasets"] == []
    assert codes(report["findings"]) == ["catalog-empty"]
    assert report["conforms"] is True


ENTITIES = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&a;</rdf:RDF>"""


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        (b"", "rdf-syntax", None),
        (b"\x00\x01\x02", "rdf-syntax", None),
        (b"<!DOCTYPE html><html><body>Wartung</body></html>", "portal-html", None),
        (b"<urn:a> <urn:b> <urn:c> .\n<urn:a> <urn:b>\n.\n", "rdf-syntax", 3),
        (b'{"@context": "http://127.0.0.1:9/ctx", "@id": "urn:a"}', "rdf-remote-context", None),
        (ENTITIES, "rdf-entities", None),
    ],
)
def test_bad_input_is_a_finding_with_the_line(body: bytes, code: str, line: int | None) -> None:
    report = check(body)
    assert report["conforms"] is False
    assert report["datasets"] == []
    (finding,) = report["findings"]
    assert (finding["code"], finding["severity"]) == (code, "error")
    assert finding["subject"] == "katalog.ttl"
    if line is not None:
        assert finding["row"] == line


def test_invalid_terms_do_not_stop_the_check(capfd: pytest.CaptureFixture[str]) -> None:
    report = check(
        b"""@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
        <https://a.de/d 1> a dcat:Dataset ; dct:title "a\\u0007b", <http://a b|c> ;
          dct:issued "morgen"^^<http://www.w3.org/2001/XMLSchema#date> ;
          dcat:distribution <https://a.de/{v}> .
        <https://a.de/{v}> a dcat:Distribution ; dcat:accessURL <http://x y/^> ."""
    )
    (dataset,) = report["datasets"]
    assert "shacl-dataset-title-node-kind" in codes(dataset["findings"])
    assert "iri-invalid" in codes(report["findings"])
    assert capfd.readouterr() == ("", "")
