"""`check` for machines and for officers: formats that others read, and a clean copy."""

import csv
import importlib
import io
import json
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource

from datenernte_harvester.cli.main import exit_code
from datenernte_validators.formats import FORMATS, rendered

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
BAD = (
    "Nr;PLZ;Höhe\n" + "".join(f"{n};01067;{n},5\n" for n in range(1, 41)) + "41;01067;hoch, sehr\n"
)
HOSTILE = {
    "target": "a,b:c\n::error::x.csv",
    "kind": "table",
    "findings": [
        {
            "code": "type-error",
            "severity": severity,
            "subject": "s",
            "property": "=1+1",
            "value": "\x00\x1b[31m<&>\ud800",
            "row": 3,
            "field": 2,
            "message": "50 % <b>\n::set-output name=x::y\x0c",
            "advice": "A, b: c",
            "source": None,
        }
        for severity in ("error", "warning", "info")
    ],
}


def reader(name: str) -> ModuleType:
    """A program of other people that reads what we write."""
    try:
        return importlib.import_module(name)
    except ImportError:
        assert "CI" not in os.environ, f"{name} is missing; it is a development dependency"
        pytest.skip(f"{name} is not installed")


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bäume 1.csv"
    path.write_text(BAD, encoding="utf-8")
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert exit_code(["check", *arguments]) == code
    return capsys.readouterr().out


@pytest.mark.parametrize("output", FORMATS)
def test_every_format_takes_every_kind_of_target(
    output: str, bad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = tmp_path / "katalog.ttl"
    catalogue.write_text(
        "@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<http://x.de/a> a dcat:Dataset .\n",
        encoding="utf-8",
    )
    broken = tmp_path / "kaputt.xml"
    broken.write_text("<a>", encoding="utf-8")
    targets = [str(path) for path in (bad, catalogue, broken)]
    shown = said(capsys, *targets, "--format", output, "--no-network", code=1)
    for code in ("type-error", "xml-broken"):
        assert code in shown or output == "github"
    assert "Spalte 3" in shown or output not in ("junit", "github")


@pytest.mark.parametrize(
    ("output", "fail_on", "code"),
    [*((output, "warning", 1) for output in FORMATS), ("sarif", "error", 0), ("csv", "never", 0)],
)
def test_exit_codes_do_not_depend_on_the_format(
    output: str, fail_on: str, code: int, bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, str(bad), "--format", output, "--fail-on", fail_on, code=code)


def test_sarif_is_read_by_sarif_tools(
    bad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loader = reader("sarif.loader")
    written = tmp_path / "befunde.sarif"
    written.write_text(said(capsys, str(bad), "--format", "sarif"), encoding="utf-8")
    read = loader.load_sarif_file(str(written))
    assert read.get_distinct_tool_names() == ["datenernte"]
    records = read.get_records()
    warned = [one for one in records if one["Severity"] == "warning"]
    assert [(one["Code"], one["Line"]) for one in warned] == [("type-error", 42)]
    assert "b%C3%A4ume%201.csv" in warned[0]["Location"]


def test_sarif_names_every_rule_once_and_results_point_to_them() -> None:
    run = json.loads(rendered([HOSTILE], "sarif", version="1"))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["type-error"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 3


@pytest.mark.parametrize(("fail_on", "failures"), [("error", 1), ("warning", 2), ("never", 0)])
def test_junit_is_read_by_junitparser(fail_on: str, failures: int) -> None:
    parser = reader("junitparser")
    clean = {"target": "gut.csv", "kind": "table", "findings": []}
    text = rendered([HOSTILE, clean], "junit", version="1", fail_on=fail_on)
    read = parser.JUnitXml.fromstring(text.encode())
    suites = list(read)
    assert [suite.tests for suite in suites] == [3, 1]
    assert [suite.failures for suite in suites] == [failures, 0]
    found = [result for suite in suites for case in suite for result in case.result]
    assert sum(isinstance(one, parser.Failure) for one in found) == failures


def test_github_commands_cannot_be_planted() -> None:
    lines = rendered([HOSTILE], "github", version="1").split("\n")
    assert len(lines) == 3
    pattern = re.compile(r"::(error|warning|notice) file=[^:,]+,title=[^:,]+,line=3::.+")
    assert all(pattern.fullmatch(line) for line in lines)


def test_gitlab_gets_what_code_quality_needs() -> None:
    issues = json.loads(rendered([HOSTILE], "gitlab", version="1"))
    assert [issue["severity"] for issue in issues] == ["major", "minor", "info"]
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["location"]["lines"]["begin"] == 3


def test_csv_computes_nothing() -> None:
    rows = list(csv.DictReader(io.StringIO(rendered([HOSTILE], "csv", version="1"), newline="")))
    assert len(rows) == 3
    assert rows[0]["property"] == "'=1+1"
    assert rows[0]["severity"] == "error"


def test_a_file_of_another_kind_keeps_the_schema_of_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.pdf"
    path.write_text("%PDF-1.4", encoding="utf-8")
    document: dict[str, Any] = json.loads(said(capsys, str(path), "--format", "json", code=1))
    documents = {one.name: json.loads(one.read_text("utf-8")) for one in SCHEMAS.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        [(name, Resource.from_contents(one)) for name, one in documents.items()]
    )
    Draft202012Validator(documents["check.json"], registry=registry).validate(document)
    assert document["kind"] == "file"
    assert [found["code"] for found in document["findings"]] == ["file-truncated"]


MESSY = """Bäume der Stadt
Stand 2024

Nr;Art;Höhe in m;gepflanzt;öffentlich;Wert;
001;Linde;12,5;01.02.2020;ja;1.234,50;
002;"Eiche; rot";k. A.;15.03.2021;nein;12,00;

003;Ahorn;8;31.12.2019;ja;15.000,00;
004;Buche;-1,5;unklar;ja;7,00;
Summe;;19;;;16.253,50;
Quelle: Amt
"""


def clean(path: Path, *arguments: str) -> int:
    return exit_code(["check", str(path), "--fix-suggestions", "--fail-on", "never", *arguments])


def test_a_clean_copy_and_its_schema_are_written_and_fit(tmp_path: Path) -> None:
    path = tmp_path / "baeume.csv"
    rows = MESSY.replace(
        "004;", "".join(f"1{n:02};Linde;1,5;01.01.2020;ja;1,00;\n" for n in range(30)) + "004;"
    )
    path.write_text(rows, encoding="cp1252", errors="replace")
    before = path.read_bytes()
    assert clean(path) == 0
    assert path.read_bytes() == before
    copy, schema = tmp_path / "baeume.bereinigt.csv", tmp_path / "baeume.schema.json"
    read = list(csv.reader(io.StringIO(copy.read_bytes().decode("utf-8"), newline="")))
    assert read[0] == ["Nr", "Art", "Höhe in m", "gepflanzt", "öffentlich", "Wert"]
    assert read[1] == ["001", "Linde", "12.5", "2020-02-01", "true", "1234.50"]
    assert read[2] == ["002", "Eiche; rot", "", "2021-03-15", "false", "12.00"]
    assert read[3] == ["003", "Ahorn", "8", "2019-12-31", "true", "15000.00"]
    assert read[-1][3] == "unklar"
    assert len(read) == 35
    fields = {field["name"]: field["type"] for field in json.loads(schema.read_text())["fields"]}
    assert fields == {
        "Nr": "string",
        "Art": "string",
        "Höhe in m": "number",
        "gepflanzt": "any",
        "öffentlich": "boolean",
        "Wert": "number",
    }
    assert exit_code(["check", str(copy), "--schema", str(schema), "--fail-on", "error"]) == 0


@pytest.mark.parametrize("there", ["a.bereinigt.csv", "a.schema.json"])
def test_nothing_is_overwritten(
    tmp_path: Path, there: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path, other = tmp_path / "a.csv", tmp_path / there
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    other.write_text("mein", encoding="utf-8")
    assert clean(path) == 2
    assert other.read_text(encoding="utf-8") == "mein"
    assert "gibt es schon" in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(["a.csv", there])


def test_what_is_no_table_has_no_clean_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.pdf"
    path.write_text("%PDF-1.4 %%EOF", encoding="utf-8")
    assert clean(path) == 0
    assert "keine bereinigte Kopie" in capsys.readouterr().err
    assert clean(tmp_path / "fehlt.csv") == 2
    assert exit_code(["check", "https://example.org/a.csv", "--fix-suggestions"]) == 2
