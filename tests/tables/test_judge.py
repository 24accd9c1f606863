"""Frictionless is the judge: with what we pass on, its report is its own."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from frictionless import Dialect, Error, Schema, errors
from frictionless.formats import CsvControl
from frictionless.resources import TableResource

from datenernte_dcat.texts import texts
from datenernte_validators.tabular.german import FRICTIONLESS_CODES, error_finding
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.outcome import TableCheck

Check = Callable[..., TableCheck]

FIELDS = [
    {"name": "id", "type": "integer", "constraints": {"unique": True}},
    {"name": "name", "type": "string", "constraints": {"required": True, "maxLength": 8}},
    {"name": "betrag", "type": "number", "decimalChar": ",", "groupChar": "."},
    {"name": "tag", "type": "date", "format": "%d.%m.%Y"},
    {"name": "art", "type": "string", "constraints": {"enum": ["a", "b"]}},
]
SCHEMA = {"fields": FIELDS, "primaryKey": ["id"], "missingValues": ["", "-"]}
HEAD = "id;name;betrag;tag;art\n"
TABLES = {
    "clean": HEAD + "1;eins;1.234,5;01.02.2024;a\n2;zwei;-;02.02.2024;b\n",
    "types": HEAD + "1;eins;1,5;2024-02-01;a\nzwei;zwei;x;31.02.2024;b\n",
    "constraints": HEAD + "1;;1;01.02.2024;c\n2;viel zu lang;1;01.02.2024;a\n",
    "keys": HEAD + "1;eins;1;01.02.2024;a\n1;zwei;1;01.02.2024;a\n-;drei;1;01.02.2024;a\n",
    "widths": HEAD + "1;eins;1;01.02.2024;a;mehr\n2;zwei;1\n\n3;drei;1;01.02.2024;a\n",
    "header": "id;Name;betrag;betrag;;zusatz\n1;eins;1;01.02.2024;a;x\n",
    "short header": "id;name;betrag\n1;eins;1\n",
    "quotes": HEAD + '1;"ei""ns";"1,5";01.02.2024;"a"\n2;"zw\nei";2;01.02.2024;b\n',
}


def plain(path: Path, schema: Mapping[str, Any], **dialect: Any) -> dict[str, Any]:
    """The report of Frictionless alone, told nothing but delimiter and encoding."""
    control = CsvControl(delimiter=";", quote_char='"', skip_initial_space=False)
    resource = TableResource(
        path=path.name,
        basepath=str(path.parent),
        encoding="utf-8",
        dialect=Dialect(controls=[control], **dialect),
        schema=Schema.from_descriptor(dict(schema)),
    )
    descriptor: dict[str, Any] = resource.validate().to_descriptor()
    return descriptor


def comparable(report: Mapping[str, Any] | None) -> Any:
    """A report without its time and its names of the file."""
    assert report is not None
    copy = json.loads(json.dumps(report))
    del copy["stats"]["seconds"]
    for task in copy["tasks"]:
        del task["stats"]["seconds"], task["place"], task["name"]
    return copy


@pytest.mark.parametrize("name", TABLES)
def test_the_report_is_that_of_plain_frictionless(check: Check, tmp_path: Path, name: str) -> None:
    result = check(TABLES[name], schema=SCHEMA)
    assert comparable(result.document["report"]) == comparable(
        plain(tmp_path / "tabelle.csv", SCHEMA)
    )
    assert result.valid == (name in ("clean", "quotes"))
    assert (
        len([f for f in result.findings if f.code in FRICTIONLESS_CODES])
        == (result.document["report"]["stats"]["errors"])
    )


def test_the_report_under_titles_and_notes_is_that_of_frictionless_told_of_them(
    check: Check, tmp_path: Path
) -> None:
    text = f"Titel;;;;\n;;;;\n{TABLES['types']};;;;\nQuelle: Amt;;;;\n"
    result = check(text, schema=SCHEMA)
    expected = plain(tmp_path / "tabelle.csv", SCHEMA, header_rows=[3], comment_rows=[6, 7])
    assert comparable(result.document["report"]) == comparable(expected)
    assert {f.row for f in result.findings if f.code == "type-error"} == {4, 5}


def test_the_error_limit_is_that_of_frictionless(check: Check, tmp_path: Path) -> None:
    text = HEAD + "x;y;z;u;v\n" * 600
    result = check(text, schema=SCHEMA)
    report = result.document["report"]
    assert (
        comparable(report)["tasks"][0]["errors"]
        == (comparable(plain(tmp_path / "tabelle.csv", SCHEMA))["tasks"][0]["errors"])
    )
    assert len(report["tasks"][0]["errors"]) == 1_000
    assert result.document["rows"] == 600  # counted by us: the judge stopped before
    assert "table-errors-limit" in {f.code for f in result.findings}


def test_findings_of_one_kind_are_cut_and_counted_and_the_report_is_not(check: Check) -> None:
    limits = Limits(findings_per_code=3)
    result = check(HEAD + "x;y;1;01.01.2024;a\n" * 10, schema=SCHEMA, limits=limits)
    typed = [f for f in result.findings if f.code == "type-error"]
    more = [f for f in result.findings if f.code == "table-more-findings"]
    assert [f.row for f in typed] == [2, 3, 4]
    assert "10 Mal" in more[0].message
    assert "»id«" in more[0].message
    assert len(result.document["report"]["tasks"][0]["errors"]) >= 10


def test_a_cell_of_an_inferred_type_is_a_warning_and_the_file_stays_valid(check: Check) -> None:
    result = check("a;b\n" + "x;1\n" * 40 + "y;viele\n")
    assert result.valid
    assert [(f.code, f.severity, f.row, f.field) for f in result.findings] == [
        ("type-error", "warning", 42, 2)
    ]


def test_structure_errors_count_with_an_inferred_schema_too(check: Check) -> None:
    result = check("a;b\n1;2;3\n4;5\n")
    assert not result.valid
    assert [f.code for f in result.findings] == ["extra-cell"]


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ('type is "date/%d.%m.%Y"', "ein Datum (TT.MM.JJJJ)"),
        ('type is "date/default"', "ein Datum (JJJJ-MM-TT)"),
        ('type is "integer/default"', "eine ganze Zahl"),
        ('type is "string/email"', "eine E-Mail-Adresse"),
        ('constraint "minimum" is "5"', "Der Wert muss mindestens »5« sein"),
        ('constraint "required" is "True"', "Der Wert ist Pflicht"),
        ("constraint \"enum\" is \"['a', 'b']\"", "Erlaubt sind nur »a, b«"),
        ('constraint "pattern" is "[0-9]+"', "Der Text muss dem Muster »[0-9]+« entsprechen"),
    ],
)
def test_what_was_expected_is_said_in_german(note: str, expected: str) -> None:
    error = {
        "type": "type-error",
        "note": note,
        "rowNumber": 7,
        "fieldNumber": 2,
        "fieldName": "Tag",
        "cell": "x",
    }
    finding = error_finding(error, subject="a.csv")
    assert expected in finding.message
    assert "Zeile 7" in finding.message
    assert "»Tag«" in finding.message
    assert (finding.row, finding.field, finding.value) == (7, 2, "x")


def frictionless_types() -> dict[str, type[Error]]:
    """All error types of the installed Frictionless that a table or its schema can have."""
    found: dict[str, type[Error]] = {}
    bases = (errors.DataError, errors.ResourceError, errors.SchemaError, errors.DialectError)
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, bases):
            found[value.type] = value
    return found


ABSTRACT = {
    *("cell-error", "data-error", "file-error", "header-error", "label-error", "row-error"),
    *("table-error", "control-error"),
}


def test_every_error_type_of_the_installed_frictionless_has_german_texts() -> None:
    types = set(frictionless_types()) - ABSTRACT
    assert types <= FRICTIONLESS_CODES
    assert set(texts()) >= FRICTIONLESS_CODES


def test_every_error_type_makes_a_finding() -> None:
    for code in FRICTIONLESS_CODES:
        finding = error_finding({"type": code, "note": "something"}, subject="a.csv")
        assert finding.code == code
        assert finding.message
        assert finding.advice


def test_an_unknown_error_type_is_still_a_finding() -> None:
    error = {"type": "quantum-error", "note": "n", "message": "Quantum note"}
    finding = error_finding(error, subject="a.csv")
    assert finding.code == "table-other-error"
    assert "Quantum note" in finding.message


@pytest.mark.parametrize(
    ("text", "field", "found"),
    [
        ("a;b\nx;1,5\ny;2,5\n", {"name": "b", "type": "number"}, "Dezimalkomma"),
        ("a;b\nx;1.500\ny;2.500\n", {"name": "b", "type": "number"}, "Tausendertrennzeichen »."),
        ("a;b\nx;01.02.2024\ny;02.02.2024\n", {"name": "b", "type": "date"}, "TT.MM.JJJJ"),
    ],
)
def test_another_notation_than_the_schema_says_is_explained_once(
    check: Check, text: str, field: dict[str, str], found: str
) -> None:
    result = check(text, schema={"fields": [{"name": "a", "type": "string"}, field]})
    hints = [f for f in result.findings if f.code == "table-other-notation"]
    assert len(hints) == 1
    assert found in hints[0].message


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ({"fields": [{"name": "a"}, {"name": "a"}]}, "schema-error"),
        ({"fields": [{"name": "a", "type": "nonsense"}, {"name": "b"}]}, "field-error"),
        ({"fields": [{"name": "a", "type": "string", "constraints": {"pattern": "("}}]}, None),
        ({"fields": [{"type": "string"}]}, None),
        ({"fields": "a"}, "table-schema-unusable"),
        ({}, "table-schema-unusable"),
        ({"fields": ["a"]}, "table-schema-unusable"),
        ({"fields": [{"name": 5}]}, None),
        ({"fields": [{"name": "a", "constraints": {"minimum": []}}]}, None),
        ({"fields": [{"name": "a", "type": "integer", "constraints": {"minimum": "x"}}]}, None),
        ({"fields": [{"name": "a", "missingValues": 5}]}, None),
        ({"fields": [{"name": "a"}], "primaryKey": 7}, None),
        ({"fields": [{"name": "a"}], "foreignKeys": [5]}, None),
        ({"fields": [{"name": "a"}], "foreignKeys": {"x": 5}}, None),
    ],
)
def test_a_broken_schema_is_a_finding(
    check: Check, schema: dict[str, Any], code: str | None
) -> None:
    result = check("a;b\n1;2\n", schema=schema)
    assert not result.valid
    assert result.findings
    if code:
        assert code in {f.code for f in result.findings}


def test_a_schema_file_is_read(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text(json.dumps({"fields": [{"name": "a"}, {"name": "b"}]}), encoding="utf-8")
    assert check("a;b\n1;2\n", schema=path).valid
    path.write_text("kein JSON", encoding="utf-8")
    assert [f.code for f in check("a;b\n1;2\n", schema=path).findings] == ["table-schema-unusable"]
    missing = check("a;b\n1;2\n", schema=tmp_path / "fehlt.json")
    assert [f.code for f in missing.findings] == ["table-schema-unusable"]


def test_nothing_that_a_schema_names_is_loaded(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a schema reached for the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    url = "http://schemas.example/x.json"
    schema = {
        "$schema": url,
        "profile": url,
        "fields": [{"name": "a", "$ref": url, "profile": url}, {"name": "b"}],
        "foreignKeys": [{"fields": ["a"], "reference": {"resource": url, "fields": ["x"]}}],
    }
    result = check("a;b\n1;2\n", schema=schema)
    assert result.valid
    assert [f.code for f in result.findings] == ["table-foreign-key-unchecked"]
