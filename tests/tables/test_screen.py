"""The screen: the report of plain Frictionless, for every type of error and every known trap."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from frictionless.checks import baseline

from datenernte_validators.tabular import judge as judge_module
from datenernte_validators.tabular.isolation import TableJob, TableWorker
from datenernte_validators.tabular.screen.blocks import Sizes

Judge = Callable[..., tuple[list[str], bool]]


@pytest.fixture
def judged(endurance: ModuleType, tmp_path: Path) -> Judge:
    """Judge a table both ways; the reports are equal. Types of errors, and whether it was screened."""

    def run(
        text: str | bytes, schema: dict[str, Any], *, sizes: Sizes | None = None, **options: Any
    ) -> tuple[list[str], bool]:
        encoding = options.get("encoding", "utf-8")
        data = text.encode(encoding) if isinstance(text, str) else text
        for one in [sizes] if sizes else [Sizes(first_bytes=40, largest_bytes=90), Sizes()]:
            case = endurance.Case(data, schema, sizes=one, **options)
            result = endurance.compare(iter([case]), tmp_path / "t.csv")
            assert not result.different
        return sorted(result.errors.elements()), result.screened == 1

    return run


def fields(*types: str, **more: Any) -> dict[str, Any]:
    """A schema of fields a, b, c, …"""
    return {"fields": [{"name": "abcdef"[k], "type": t} for k, t in enumerate(types)], **more}


def field(kind: str, **more: Any) -> dict[str, Any]:
    """A schema of a field and a text."""
    return {"fields": [{"name": "a", "type": kind, **more}, {"name": "b", "type": "string"}]}


def unique(**constraints: Any) -> dict[str, Any]:
    return {"constraints": {"unique": True, **constraints}}


FILLER = "".join(f"{number};x\n" for number in range(1000, 1040))
TWO = fields("integer", "string")
ERRORS: dict[str, tuple[str, dict[str, Any]]] = {
    "blank-header": ("\n1;x\n", TWO),
    "unmatched-header": ("x;y\n1;x\n", fields("integer", "string", fieldsMatch="partial")),
    "extra-label": (f"a;b;c\n{FILLER}", TWO),
    "missing-label": (f"a\n{FILLER}", TWO),
    "blank-label": (f"a;\n{FILLER}", TWO),
    "duplicate-label": (f"a;a\n{FILLER}", TWO),
    "incorrect-label": (f"a;x\n{FILLER}", TWO),
    "blank-row": (f"a;b\n{FILLER}\n;\n{FILLER};\n", TWO),
    "primary-key": (f"a;b\n{FILLER}1003;x\n;y\n", {**TWO, "primaryKey": ["a"]}),
    "foreign-key": (
        f"a;b\n1;1000\n2;5\n{FILLER}",
        {
            **TWO,
            "foreignKeys": [{"fields": ["b"], "reference": {"resource": "", "fields": ["a"]}}],
        },
    ),
    "extra-cell": (f"a;b\n{FILLER}1;x;y\n", TWO),
    "missing-cell": (f"a;b\n{FILLER}1\n", TWO),
    "type-error": (f"a;b\n{FILLER}x;x\n{FILLER}", TWO),
    "constraint-error": (f"a;b\n{FILLER}", field("integer", constraints={"maximum": 1030})),
    "unique-error": (f"a;b\n{FILLER}{FILLER}", field("integer", **unique())),
}
COUNTS = {"hash-count", "byte-count", "field-count", "row-count"}
"""Held against what a package says of its files; the screen is never told of one."""


def test_every_error_type_of_the_plain_check_has_a_case() -> None:
    assert {error.type for error in baseline.Errors} == set(ERRORS) | COUNTS


@pytest.mark.parametrize("kind", ERRORS)
def test_reports_are_equal_for_each_error_type(judged: Judge, kind: str) -> None:
    text, schema = ERRORS[kind]
    found, screened = judged(text, schema)
    # Frictionless has no header where its labels are blank, and says »source is empty« of nothing.
    assert kind in found or kind == "blank-header"
    assert screened == (kind != "foreign-key")


def test_a_table_without_rows_and_a_table_without_anything(judged: Judge) -> None:
    assert judged("a;b\n", TWO) == ([], True)
    assert judged("a;b", TWO) == ([], True)
    assert judged("", TWO)[0] == judged("\n", TWO)[0] == ["source-error"]
    assert judged("\n\n", TWO)[0] == ["blank-row"]


def test_the_screen_leaves_only_the_rows_that_are_not_clean(
    judged: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    from frictionless.table.row import Row

    seen: list[int] = []
    plain = Row.__init__

    def counted(self: Row, cells: list[Any], **options: Any) -> None:
        seen.append(options["row_number"])
        plain(self, cells, **options)

    monkeypatch.setattr(Row, "__init__", counted)
    judged(f"a;b\n{FILLER}x;y\n{FILLER}", TWO, sizes=Sizes(first_bytes=300, largest_bytes=300))
    plainly = list(range(2, 83))
    assert seen == [2, 42, *plainly] or seen == [*plainly, 2, 42]


def test_trap_order_of_errors_in_rows_with_unique_fields(judged: Judge) -> None:
    schema = fields("date", "integer", "number", primaryKey=["c"])
    schema["fields"][1] |= unique()
    found, _ = judged("a;b;c\nx;y;z\n2024-01-01;1;1\nx;1;1.0\n;;\ny;;1\n", schema)
    assert found.count("type-error") == 5


def test_trap_blank_lines_and_lines_of_empty_cells(judged: Judge) -> None:
    found, screened = judged("a;b\n;\n\n1;x\n\r\n;\n", TWO)
    assert (found, screened) == (["blank-row"] * 4, True)
    assert judged("a\n1\n\n2\n", fields("integer")) == (["blank-row"], True)
    assert judged('a\n""\n" "\n', fields("string")) == (["blank-row"], True)


def test_trap_byte_order_marks_at_the_start_of_blocks(judged: Judge) -> None:
    sizes = Sizes(first_bytes=4, largest_bytes=4)
    text = "a;b\n" + "\ufeff;x\n" * 9 + "1;\ufeffx\n"
    assert judged(text, fields("string", "string"), sizes=sizes) == ([], True)
    assert judged(text, TWO, sizes=sizes) == (["type-error"] * 9, True)
    # Told of UTF-8, Frictionless takes a mark at the start of the file for none of the text.
    assert judged("\ufeff1;x\n2;y\n", TWO, header_rows=()) == ([], True)
    assert judged("\ufeff\ufeffa;b\n1;x\n", TWO, encoding="utf-8-sig")[0] == ["incorrect-label"]


def test_trap_a_missing_value_that_looks_like_a_number_is_no_key(judged: Judge) -> None:
    schema = field("integer", **unique(), missingValues=["-1", ""])
    assert judged("a;b\n-1;x\n-1;x\n1;x\n", schema) == ([], True)
    schema = field("integer", **unique(required=True), missingValues=["-1", ""])
    assert judged("a;b\n-1;x\n-1;x\n1;x\n", schema)[0] == ["constraint-error"] * 2


@pytest.mark.parametrize(
    ("kind", "cells", "faults"),
    [
        ("date", "0000-01-01 0001-01-01 2024-02-29 2023-02-29 2024-2-1 9999-12-31", 2),
        ("number", "NaN 1e5 1_0 ٣ inf -Infinity .5 5. x 0x1", 2),
        ("integer", "1_0 ٣ +1 -0 007 1.0 1e3 99999999999999999999 0x1", 3),
        ("time", "24:00:00 23:59:60 10:00:00Z 00:00:00", 1),
        ("year", "2024 02024 99 ٢٠٢٤ +202 1_99", 2),
    ],
)
def test_trap_what_python_reads_as_a_value(
    judged: Judge, kind: str, cells: str, faults: int
) -> None:
    found, screened = judged("a;b\n" + "".join(f"{c};x\n" for c in cells.split()), field(kind))
    assert (found, screened) == (["type-error"] * faults, True)


def test_trap_integers_with_blanks_around_them_are_integers(judged: Judge) -> None:
    assert judged("a;b\n 1;x\n1 ;x\n\t1\u00a0;x\n1 1;x\n", TWO)[0] == ["type-error"]


@pytest.mark.parametrize(
    ("pattern", "cells", "faults"),
    [
        ("a|b", "a ab xb b ax", 1),  # anchored on one side each
        ("[0-9]{5}", "80331 8033 803310 ٨٠٣٣١", 3),
        (r"\d+", "1 ٣ x", 1),
        (r"\w+", "ä e\u0301x a-b", 2),
        ("[^;]+", "x ä", 0),
        (r"(a)\1", "aa ab", 1),
        ("a++", "a aa b", 1),
    ],
)
def test_trap_patterns_mean_what_they_mean_to_python(
    judged: Judge, pattern: str, cells: str, faults: int
) -> None:
    schema = fields("string", "string")
    schema["fields"][0]["constraints"] = {"pattern": pattern}
    found, _ = judged("a;b\n" + "".join(f"{c};x\n" for c in cells.split()), schema)
    assert found == ["constraint-error"] * faults


def test_trap_a_pattern_admits_a_line_break_at_the_end(judged: Judge) -> None:
    schema = fields("string", "string")
    schema["fields"][0]["constraints"] = {"pattern": "[0-9]+"}
    assert judged('a;b\n"1\n";x\n"1\n2";x\n', schema)[0] == ["constraint-error"]


def test_trap_thousands_marks_may_stand_anywhere(judged: Judge) -> None:
    schema = field("number", decimalChar=",", groupChar=".")
    found, _ = judged("a;b\n1.2.3,4;x\n1.234,5;x\n..1;x\n1,2,3;x\n", schema)
    assert found == ["type-error"]


@pytest.mark.parametrize(
    ("first", "again", "more"),
    [
        ("7", "007", {"type": "integer"}),
        ("7", " 7", {"type": "integer"}),
        ("1,0", "1,00", {"type": "number", "decimalChar": ","}),
        ("1000", "1.000", {"type": "number", "decimalChar": ",", "groupChar": "."}),
        ("-0", "0.00", {"type": "number"}),
        ("100", "1e2", {"type": "number"}),
        ("1" + "0" * 70, "1e70", {"type": "number"}),
        ("1.0", "1.00", {"type": "number", "floatNumber": True}),
        ("9" * 30, "9" * 30, {"type": "integer"}),
        ("1.2.2024", "01.02.2024", {"type": "date", "format": "%d.%m.%Y"}),
        ("29.02.2024", "29.2.2024", {"type": "date", "format": "%d.%m.%Y"}),
        ("10:00:00", "10:00:00.0", {"type": "time"}),
        ("2024-01-01T10:00:00Z", "2024-01-01T12:00:00+02:00", {"type": "datetime"}),
        ("true", "1", {"type": "boolean"}),
        ("2024-1", "2024-01", {"type": "yearmonth"}),
        ("a@b.de", "a@b.de", {"type": "string", "format": "email"}),
        ("x", "x", {"type": "any"}),
    ],
)
@pytest.mark.parametrize("primary", [False, True])
def test_trap_equal_values_are_equal_however_they_are_written(
    judged: Judge, first: str, again: str, more: dict[str, Any], primary: bool
) -> None:
    schema = field(str(more["type"]), **{k: v for k, v in more.items() if k != "type"})
    filler = "".join(f";{number}\n" for number in range(30))
    if primary:
        schema["primaryKey"] = ["a", "b"]
        text = f"a;b\n{first};x\n{filler}{again};x\n{filler.replace(';', ';y')}{first};x\n"
        expected = ["primary-key"] * 2
    else:
        schema["fields"][0] |= unique()
        text = f"a;b\n{first};x\n{filler}{again};x\n{filler}{first};x\n"
        expected = ["unique-error"] * 2
    assert judged(text, schema) == (expected, True)


def test_a_value_that_failed_as_a_value_is_no_key(judged: Judge) -> None:
    schema = fields("string", "string", primaryKey=["a", "b"])
    schema["fields"][0]["format"] = "email"
    found, screened = judged("a;b\nx;1\n;1\ny;1\na@b.de;1\n", schema)
    assert (found, screened) == (["primary-key"] * 2 + ["type-error"] * 2, True)


@pytest.mark.parametrize("errors", [1, 2, 3, 7])
def test_trap_an_error_limit_stops_where_frictionless_stops(judged: Judge, errors: int) -> None:
    text = f"a;b\n{FILLER}x;y\n{FILLER}1000;x\nz;z;z\n{FILLER}"
    found, _ = judged(text, field("integer", **unique()), errors=errors)
    assert len(found) == errors


def test_an_error_limit_counts_the_errors_of_the_header(judged: Judge) -> None:
    assert judged(f"x;y\n{FILLER}", TWO, errors=1)[0] == ["incorrect-label"]


def test_an_error_limit_leaves_the_rest_of_the_file_unread(
    endurance: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datenernte_validators.tabular.screen.blocks import BlockReader

    path = tmp_path / "t.csv"
    path.write_text("a;b\n" + "x;y\n" * 50_000, encoding="utf-8")
    readers: list[BlockReader] = []
    begin = BlockReader.blocks

    def watched(self: BlockReader) -> Any:
        readers.append(self)
        return begin(self)

    monkeypatch.setattr(BlockReader, "blocks", watched)
    case = endurance.Case(b"", TWO, errors=10, sizes=Sizes(first_bytes=1_000))
    report = endurance.by_us(case, path)
    assert len(report["tasks"][0]["errors"]) == 10
    assert report["tasks"][0]["stats"]["rows"] == 10
    assert readers[0].size == 1_000


@pytest.mark.parametrize(
    ("text", "screened"),
    [
        ('a;b\n1;"x\ny"\n2;y\n', True),
        ('a;b\n1;"x\r\ny"\r\n2;y\r\n', True),
        ('a;b\n1;"x;""y"""\n2;""\n', True),
        ('a;b\n1;x"y\n2;"x"y\n', True),
        ('a;b\n1;"x\n2;y\n3;z\n', True),
        ("a;b\n1;x\r2;y\r\n3;z\n", True),
        ("a;b\r1;x\r2;y\r", True),
        ("a;b\r\r\n1;x\r\r\n", True),
        ("a;b\n1;\0x\n2;y\n", True),
        ("a;b\n1;\x1f\x1e\x1d\x1c\n2;y\n", True),
        ("a;b\n1;\x1f\x1e\x1d\x1c\n2;y;z\n", False),
        ('a;b\n1;"x\ry"\n2;"y\r\n\r\nz"\n3;"""\n', True),
    ],
)
def test_trap_lines_that_only_the_csv_reader_can_cut(
    judged: Judge, text: str, screened: bool
) -> None:
    assert judged(text, TWO)[1] == screened
    assert judged(text, fields("integer", "string", primaryKey=["a"]))[1] == screened


def test_trap_an_encoding_error_in_the_middle_falls_back(judged: Judge) -> None:
    data = f"a;b\n{FILLER * 50}".encode() + b"\xff;x\n" + FILLER.encode()
    found, screened = judged(data, TWO)
    assert found == ["encoding-error"]
    assert not screened


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859-15", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_other_encodings_are_screened_too(judged: Judge, encoding: str, end: str) -> None:
    text = f"a;b\n{FILLER}x;Größe\n{FILLER}1;ÄÖÜ".replace("\n", end)
    assert judged(text, TWO, encoding=encoding) == (["type-error"], True)


def test_rows_that_frictionless_is_told_to_leave_out_are_left_out(judged: Judge) -> None:
    found, screened = judged(
        f"Titel\na;b\n{FILLER}x;x\n", TWO, header_rows=(2,), comment_rows=(43,)
    )
    assert (found, screened) == ([], True)


@pytest.mark.parametrize("last_row", [1, 2, 41, 42, 43, 44, 100])
def test_rows_below_the_body_are_hashed_and_not_judged(
    endurance: ModuleType, tmp_path: Path, last_row: int
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"a;b\n{FILLER}x;x\n1000;x\nQuelle: x\n", encoding="utf-8")
    schema = field("integer", **unique())
    case = endurance.Case(b"", schema, comment_rows=(3,), last_row=last_row)
    ours = endurance.comparable(endurance.by_us(case, path))
    assert ours == endurance.comparable(endurance.by_us(case, path, screened=False))
    assert ours["tasks"][0]["stats"]["bytes"] == path.stat().st_size


def test_a_constraint_that_is_none_ends_the_report_as_without_a_screen(judged: Judge) -> None:
    schema = field("datetime", constraints={"minimum": "2024-01-01T00:00:00Z"})
    text = "a;b\n2024-01-01T00:00:00Z;x\n2024-01-01T00:00:00;x\n"
    assert judged(text, schema)[0] == ["schema-error"]


def test_only_foreign_keys_row_limits_and_small_files_are_not_screened(
    endurance: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1;x\n", encoding="utf-8")
    case = endurance.Case(b"", TWO)
    asked: list[Sizes | None] = []
    report_of = judge_module._Task.report

    def watched(task: Any, sizes: Sizes | None) -> Any:
        asked.append(sizes)
        return report_of(task, sizes)

    judge_module._Task.report = watched  # type: ignore[method-assign, assignment]
    try:
        endurance.by_us(case, path)
        endurance.by_us(case, path, screened=False)
    finally:
        judge_module._Task.report = report_of  # type: ignore[method-assign]
    assert asked == [case.sizes, None]


def test_polars_is_loaded_for_large_tables_only() -> None:
    code = (
        "import sys, pathlib, tempfile\n"
        "from datenernte_validators.tabular.table import check_table\n"
        "path = pathlib.Path(tempfile.mkdtemp()) / 'a.csv'\n"
        "path.write_text('a;b\\n' + '1;2\\n' * 100)\n"
        "check_table(path, target='a')\n"
        "print('polars' in sys.modules)\n"
        "path.write_text('a;b\\n' + '1;2\\n' * 60_000)\n"
        "check_table(path, target='a')\n"
        "print('polars' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split() == ["False", "True"]


def test_a_large_table_of_a_stranger_is_screened_in_its_child_process(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "a;b\n" + "".join(f"{n};x\n" for n in range(150_000)) + "x;x\n", encoding="utf-8"
    )
    schema = field("integer", **unique())
    with TableWorker() as worker:
        check = worker.check(TableJob(path=path, target="a.csv", schema=schema))
    assert check.document["rows"] == 150_001
    assert [(f.code, f.row) for f in check.findings] == [("type-error", 150_002)]
    # Without the screen it would take a second for each 40 000 rows.
    assert check.document["report"]["tasks"][0]["stats"]["rows"] == 150_001


@pytest.mark.parametrize("fault", [pl.exceptions.ComputeError, MemoryError, TypeError])
def test_what_the_screen_cannot_do_falls_back(
    judged: Judge, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise fault("no")

    monkeypatch.setattr(pl, "read_csv", refuse)
    assert judged(f"a;b\n{FILLER}x;y;z\n", TWO) == (["extra-cell", "type-error"], False)
