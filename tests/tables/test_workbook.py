"""XLSX files as offices make them, and as attackers do."""

import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from frictionless import Schema
from frictionless.resources import TableResource
from openpyxl.styles import Font

from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.outcome import TableCheck
from datenernte_validators.tabular.workbook import WorkbookError, read_sheet

Check = Callable[..., TableCheck]
Write = Callable[..., Path]

HEADER = ["Name", "Wert", "Tag", "Zahl", "aktiv", "Code"]
ROWS: list[list[Any]] = [
    ["A", 1.5, datetime.datetime(2024, 1, 2), 3, True, "01"],
    ["B", 2, datetime.datetime(2024, 1, 3), 4, False, "02"],
]


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def simple(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    return saved(book)


def repacked(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            target.writestr(entry.filename, change(entry.filename, source.read(entry)))
    return stream.getvalue()


def types(result: TableCheck) -> list[str]:
    return [field["type"] for field in result.document["fields"]]


def test_typed_cells_give_typed_columns(check: Check) -> None:
    result = check(simple(HEADER, *ROWS), "a.xlsx")
    assert types(result) == ["string", "number", "date", "integer", "boolean", "string"]
    assert result.document["rows"] == 2
    assert result.document["format"] == "xlsx"
    assert result.document["encoding"] is None
    assert result.valid
    assert not result.findings


def test_the_report_is_that_of_plain_frictionless(check: Check, tmp_path: Path) -> None:
    kinds = ["string", "number", "date", "string", "boolean", "integer"]
    schema = {
        "fields": [{"name": n, "type": t} for n, t in zip(HEADER, kinds, strict=True)],
        "primaryKey": ["Name"],
    }
    bad = ["A", "x", datetime.datetime(2024, 1, 2, 3, 4), 3.5, "ja", "#N/A"]
    result = check(simple(HEADER, *ROWS, bad), "a.xlsx", schema=schema)
    expected = TableResource(
        path="a.xlsx", basepath=str(tmp_path), schema=Schema.from_descriptor(schema)
    ).validate()
    report = result.document["report"]
    task, other = report["tasks"][0], expected.to_descriptor()["tasks"][0]
    for copy in (task, other):
        copy["stats"].pop("seconds")
    assert task["errors"] == other["errors"]
    assert task["labels"] == other["labels"]
    assert task["stats"] == other["stats"]


def test_the_sheet_with_the_table_is_taken_and_what_surrounds_it_left_out(check: Check) -> None:
    book = openpyxl.Workbook()
    notes = book.active
    assert notes is not None
    notes["A1"], notes["A2"] = "Hinweise zur Tabelle", "Stand 2024"
    sheet = book.create_sheet("Daten")
    sheet["B2"] = "Bevölkerung der Stadt"
    sheet.merge_cells("B2:E2")
    sheet["B4"], sheet["C4"], sheet["C5"], sheet["D5"] = "Ort", "Einwohner", "männlich", "weiblich"
    sheet["E4"], sheet["E5"] = "Anteil", "%"
    sheet.merge_cells("B4:B5")
    sheet.merge_cells("C4:D4")
    body = [("A", 1, 2, 0.5), ("B", 3, 4, 0.25), ("C", 5, "-", 0.75), ("Insgesamt", 9, 6, None)]
    for number, row in enumerate(body):
        for column, value in enumerate(row):
            sheet.cell(6 + number, 2 + column, value)
    sheet["B12"] = "Quelle: Amt"
    sheet["H40"].font = Font(bold=True)  # a formatted blank cell
    result = check(saved(book), "a.xlsx")
    document = result.document
    assert [field["name"] for field in document["fields"]] == [
        "Ort",
        "Einwohner männlich",
        "Einwohner weiblich",
        "Anteil %",
    ]
    assert types(result) == ["string", "integer", "integer", "number"]
    assert document["fields"][2]["missing_values"] == ["", "-"]
    assert document["rows"] == 3
    assert document["dialect"]["header_rows"] == [4, 5]
    assert document["valid"]
    assert {finding.code for finding in result.findings} == {
        "table-footer",
        "table-header-rows",
        "table-sheet-chosen",
        "table-title-rows",
        "table-totals-row",
    }


def test_text_and_numbers_in_one_column_are_no_error(check: Check) -> None:
    rows: list[list[Any]] = [["Hausnummer", "n"], [12, 1], ["12a", 2], [14, 3]]
    result = check(simple(*rows), "a.xlsx")
    assert types(result) == ["string", "integer"]
    assert result.valid


def test_broken_styles_do_not_hide_the_values(check: Check) -> None:
    def break_styles(name: str, data: bytes) -> bytes:
        if name == "xl/styles.xml":
            return data.replace(b'<xf numFmtId="0"', b'<xf numFmtId="zero"', 1)
        return data

    result = check(repacked(simple(HEADER, *ROWS), break_styles), "a.xlsx")
    assert [finding.code for finding in result.findings] == ["table-damaged-styles"]
    assert types(result) == ["string", "number", "date", "integer", "boolean", "string"]
    assert result.document["rows"] == 2


def test_mojibake_in_a_sheet_is_found(check: Check) -> None:
    result = check(simple(["Ort", "n"], ["MÃ¼nchen", 1], ["Köln", 2]), "a.xlsx")
    assert [(f.code, f.row, f.field) for f in result.findings] == [("table-mojibake", 2, 1)]


def test_an_ending_that_lies_is_named(check: Check) -> None:
    assert [f.code for f in check(simple(HEADER, *ROWS), "a.csv").findings] == [
        "table-format-mismatch"
    ]
    assert [f.code for f in check("a;b\n1;2\n", "a.xlsx").findings] == ["table-format-mismatch"]


@pytest.mark.parametrize("size", [0, 100, 2_000, -300])
def test_a_torn_workbook_is_a_finding(check: Check, size: int) -> None:
    data = simple(HEADER, *ROWS)
    result = check(data[:size] if size > 0 else data[: len(data) + size - 1], "a.xlsx")
    assert not result.valid
    assert [f.code for f in result.findings] == ["table-unreadable"] or size == 0


def test_an_empty_workbook_is_empty(check: Check) -> None:
    assert [f.code for f in check(simple(), "a.xlsx").findings] == ["table-empty"]


def test_a_bomb_is_not_unpacked(write: Write) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    path = write(stream.getvalue(), "bombe.xlsx")
    assert path.stat().st_size < 100_000
    with pytest.raises(WorkbookError) as caught:
        read_sheet(path, Limits())
    assert caught.value.code == "table-archive-bomb"


def test_too_many_entries_are_not_opened(write: Write) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(30):
            archive.writestr(f"xl/{number}", b"")
    with pytest.raises(WorkbookError) as caught:
        read_sheet(write(stream.getvalue(), "a.xlsx"), Limits(archive_entries=20))
    assert caught.value.code == "table-archive-bomb"


def test_two_cells_at_the_ends_of_a_sheet_do_not_fill_the_memory(check: Check) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = 1, 2
    assert [f.code for f in check(saved(book), "a.xlsx").findings] == ["table-too-large"]


def test_two_cells_far_apart_are_not_given_to_the_second_reader(check: Check) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["XFD1048576"] = 1, 2

    def break_styles(name: str, data: bytes) -> bytes:
        return data.replace(b"numFmtId=", b"numFmtId=x", 1) if "styles" in name else data

    result = check(repacked(saved(book), break_styles), "a.xlsx")
    assert [f.code for f in result.findings] == ["table-too-large"]


def test_entities_are_not_expanded(check: Check) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    for number in range(6):
        old, new = b"bcdefgh"[number : number + 1], b"cdefghi"[number : number + 1]
        bomb += b'<!ENTITY %s "%s">' % (new, b"&%s;" % old * 10)
    bomb += b"]>"

    def plant(name: str, data: bytes) -> bytes:
        if name == "xl/worksheets/sheet1.xml":
            start = data.index(b"<worksheet")
            data = bomb + data[start:].replace(b"<v>1.5</v>", b"<v>&h;</v>", 1)
        return data

    result = check(repacked(simple(HEADER, *ROWS), plant), "a.xlsx")
    assert result.findings
    assert len(str(result.document)) < 100_000
