"""Bad input: a finding that says what and where, never a traceback, never a hang."""

from collections.abc import Callable
from pathlib import Path

import pytest

from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.outcome import TableCheck
from datenernte_validators.tabular.table import check_table

Check = Callable[..., TableCheck]


def codes(result: TableCheck) -> list[str]:
    return [finding.code for finding in result.findings]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", ["table-empty"]),
        ("\n\n\n", ["table-empty"]),
        (";;;\n;;;\n", ["table-empty"]),
        ("\ufeff", ["table-empty"]),
        ("a;b;c\n", ["table-no-rows"]),
        ("<!DOCTYPE html><title>Anmeldung</title>", ["table-html"]),
        (b"%PDF-1.4 xyz", ["table-not-a-table"]),
        (b"\x89PNG\r\n\x1a\n", ["table-not-a-table"]),
        (bytes(range(256)) * 20, ["table-not-a-table"]),
        (b"\0" * 5_000, ["table-not-a-table"]),
        (b"PAR1....", ["table-format-mismatch", "table-unreadable"]),
        ('[{"a": 1}', ["table-format-mismatch", "table-json-broken"]),
        ('{"a": 1}', ["table-format-mismatch", "table-json-no-rows"]),
        ('[{"a": 1}]', ["table-format-mismatch", "table-one-column"]),
        ("a;b\n1;2\0\n3;4\n5;6\n7;8\n9;1\n2;3\n", ["table-zero-bytes"]),
        ("a,b\n" + "".join(f"{n},{n}\n" for n in range(90)) + '1,"2\n3,4\n', ["table-quote-open"]),
        ("wert\n1\n2\n", ["table-one-column"]),
        ("wert\r1\r2\r", ["table-one-column"]),
        (
            b"a;b\n" + "Müller;1\n".encode() * 9 + b"M\xfcller;2\n",
            ["table-encoding-mixed", "table-mojibake"],
        ),
    ],
)
def test_bad_input_is_named(check: Check, data: str | bytes, expected: list[str]) -> None:
    found = codes(check(data))
    assert [code for code in found if code.startswith("table-")] == expected


def test_an_empty_file_is_invalid_and_frictionless_says_so_too(check: Check) -> None:
    result = check("")
    assert not result.valid
    assert result.document["report"]["tasks"][0]["errors"][0]["type"] == "source-error"


def test_a_web_page_is_quoted(check: Check) -> None:
    result = check("<html>\n<body>Bitte   melden Sie sich an</body>")
    assert "Bitte melden Sie sich an" in result.findings[0].message


def test_bytes_of_another_encoding_stop_frictionless_and_name_their_line(check: Check) -> None:
    data = b"a;b\n" + "Müller;1\n".encode() * 3 + b"M\xfcller;2\n" + b"x;3\n"
    result = check(data)
    assert not result.valid
    assert codes(result) == ["table-encoding-mixed", "table-mojibake", "encoding-error"]
    assert "Textzeile 5" in result.findings[0].message


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (",".join(map(str, range(100_000))) + "\n", "table-too-wide"),
        ("a,b\n" + "x" * 6_000_000 + "\n", "table-row-too-long"),
        ('a,b\n1,"2\n' + "3,4\n" * 1_500_000, "table-quote-open"),
        ("," * 9_000 + "x\n" + "1\n" * 10, "table-too-ragged"),
        ("a,b\n1,2\n" + "1," * 9_000 + "\n", "table-too-ragged"),
    ],
)
def test_a_table_past_the_limits_is_not_judged(check: Check, data: str, expected: str) -> None:
    result = check(data)
    assert expected in codes(result)
    assert result.document["report"] is None
    assert not result.valid


def test_a_file_past_the_size_limit_is_not_opened(check: Check) -> None:
    assert codes(check("a;b\n1;2\n", limits=Limits(file_bytes=5))) == ["table-too-large"]


def test_a_row_limit_is_named(check: Check) -> None:
    rows = "".join(f"{n};{n + 1}\n" for n in range(50))
    result = check("a;b\n" + rows, limits=Limits(rows=10))
    assert codes(result) == ["table-rows-limit"]


def test_long_rows_make_fewer_errors_not_a_giant_report(check: Check) -> None:
    long = "y" * 100_000
    limits = Limits(report_characters=1_000_000)
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}]}
    result = check("a;b\n" + f"x;{long}\n" * 30, schema=schema, limits=limits)
    assert len(result.document["report"]["tasks"][0]["errors"]) == 9
    assert "table-errors-limit" in codes(result)


def test_values_in_findings_are_short(check: Check) -> None:
    schema = {"fields": [{"name": "a", "type": "integer"}, {"name": "b"}]}
    result = check("a;b\n" + "x" * 50_000 + ";1\n", schema=schema)
    assert len(result.findings[0].value or "") == 1_000
    assert len(result.findings[0].message) < 500


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    assert codes(check_table(tmp_path / "fehlt.csv", target="fehlt.csv")) == ["table-unreadable"]
    assert codes(check_table(tmp_path, target="ordner")) == ["table-unreadable"]


def test_names_that_mean_something_to_frictionless_mean_nothing(check: Check) -> None:
    for name in ("a.zip", "a.csv.gz", "a?b*[1].csv", "~.csv", "$HOME.csv", "%x%.csv", "..csv"):
        result = check("a;b\n1;2\n", name)
        assert result.valid, name
        assert result.document["report"]["tasks"][0]["place"] == name


def test_a_quote_that_swallows_rows_is_named_where_it_begins(check: Check) -> None:
    text = 'a;b;c\n1;2;3\n4;"5;6\n7;8;9\n1;"2;3\n4;5;6\n'
    result = check(text)
    assert [(f.code, f.row) for f in result.findings if f.code == "table-quote-open"] == [
        ("table-quote-open", 3)
    ]


def test_line_breaks_in_quoted_cells_are_fine(check: Check) -> None:
    result = check('a;b;c\n1;"zwei\nZeilen";3\n4;"auch\nzwei, mit; Zeichen";6\n')
    assert result.valid
    assert result.document["rows"] == 2
    assert not result.findings
