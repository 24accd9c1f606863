"""Whatever the bytes are: an answer, no exception; and clean tables are read as they were written."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datenernte_validators.tabular.counting import ColumnStatistics
from datenernte_validators.tabular.dialect import CsvDialect
from datenernte_validators.tabular.inference import infer_columns
from datenernte_validators.tabular.judge import judge
from datenernte_validators.tabular.layout import Layout
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.rows import CsvSource
from datenernte_validators.tabular.schema import typed_schema
from datenernte_validators.tabular.table import check_table

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "utf-16"]
CELLS = [
    *["", " ", "-", ".", "...", "x", "k. A.", "NA", "ja", "nein", "Ja ", "wahr", "n"],
    *["0", "1", "01", "12", "1234", "1.234", "12.345,6", "1,5", "1.5", "1,234", "1,234.5", "1 234"],
    *["-5", "+7", "1e5", "1_0", "٣", "NaN", "inf", "12 %", "3,5 €", "1.234 €", ",5", ".5", "5-"],
    *["01.02.2024", "1.2.2024", "31.02.2024", "01.02.24", "01.13.05", "2024-02-29", "2023-02-29"],
    *["1/2/2024", "13/2/2024", "2/13/2024", "12:30", "24:00", "12:30:59", " 01.02.2024"],
    *["01.02.2024 12:30", "2024-01-01T00:00:00Z", "2024-01-01 12:30", "0000-01-01", "01.01.0000"],
    *[
        "Müller",
        "Größe",
        "a;b",
        "a,b",
        'a"b',
        "a\nb",
        "a\r\nb",
        "#NV",
        "=1+1",
        "Summe",
        "Quelle: x",
    ],
]


def write(path: Path, rows: list[list[str]], delimiter: str, encoding: str, end: str) -> None:
    def cell(text: str) -> str:
        if any(char in text for char in (delimiter, '"', "\n", "\r")):
            return '"' + text.replace('"', '""') + '"'
        return text

    text = "".join(delimiter.join(map(cell, row)) + end for row in rows)
    path.write_bytes(text.encode(encoding, "replace"))


@FUZZ
@given(data=st.binary(max_size=400))
def test_any_bytes_give_an_answer(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    json.dumps(check_table(path, target="x.csv").document)


@FUZZ
@given(
    text=st.text(alphabet=";,\t|\"'\n\r\0 a1.5-ü€Ã¼\ufffd", max_size=300),
    encoding=st.sampled_from(ENCODINGS),
)
def test_any_text_of_hostile_characters_gives_an_answer(
    tmp_path: Path, text: str, encoding: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(encoding, "replace"))
    document = check_table(path, target="x.csv").document
    json.dumps(document)
    for task in (document["report"] or {"tasks": []})["tasks"]:
        assert all(error["type"] != "type-error" for error in task["errors"])


@FUZZ
@given(
    rows=st.lists(
        st.lists(st.sampled_from(CELLS), min_size=1, max_size=5), min_size=1, max_size=12
    ),
    delimiter=st.sampled_from(";,\t"),
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_table_of_odd_cells_gives_an_answer(
    tmp_path: Path, rows: list[list[str]], delimiter: str, encoding: str, end: str
) -> None:
    path = tmp_path / "x.csv"
    write(path, rows, delimiter, encoding, end)
    document = check_table(path, target="x.csv").document
    json.dumps(document)


@FUZZ
@given(
    cells=st.lists(st.sampled_from(CELLS), min_size=1, max_size=30),
    pool=st.integers(min_value=1, max_value=4),
)
def test_a_type_that_fits_all_cells_is_one_that_frictionless_accepts(
    tmp_path: Path, cells: list[str], pool: int
) -> None:
    cells = cells[:pool] * 10
    statistics = ColumnStatistics()
    statistics.add_texts(cells)
    column = infer_columns(["name"], [statistics], ";")[0]
    if column.unjudged:
        return
    path = tmp_path / "x.csv"
    write(path, [["name"], *([cell] for cell in cells)], ";", "utf-8", "\n")
    source = CsvSource(path, "utf-8", CsvDialect(delimiter=";"), 10**6)
    layout = Layout(header_rows=(1,), width=1, last_row=len(cells) + 1)
    report = judge(
        path,
        source,
        layout,
        typed_schema([column]),
        name="x",
        place="x",
        longest_row=100,
        limits=Limits(),
    )
    errors = {error["type"] for error in report["tasks"][0]["errors"]}
    assert errors <= {"blank-row"}, (column, report["tasks"][0]["errors"][:1])


def numbers(mark: str) -> st.SearchStrategy[str]:
    return st.decimals(min_value=0, max_value=99_999, places=2).map(
        lambda number: str(number).replace(".", mark)
    )


COLUMNS: dict[str, st.SearchStrategy[str]] = {
    "integer": st.integers(min_value=0, max_value=10**6).map(str),
    "number ,": numbers(","),
    "number .": numbers("."),
    "date %d.%m.%Y": st.integers(min_value=0, max_value=20_000).map(
        lambda days: (date(1970, 1, 1) + timedelta(days)).strftime("%d.%m.%Y")
    ),
    "string code": st.integers(min_value=1, max_value=99_999).map(lambda n: f"{n:06}"),
    "string word": st.sampled_from(
        ["Rathaus", "Größe, klein", "Weg; links", 'das "alte" Tor', "Übergang", "zwei\nZeilen"]
    ),
    "boolean": st.sampled_from(["ja", "nein"]),
}


@st.composite
def clean_tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=2, max_size=6))
    count = draw(st.integers(min_value=8, max_value=25))
    rows = [[draw(COLUMNS[kind]) for kind in kinds] for _ in range(count)]
    return kinds, rows


@FUZZ
@given(
    table=clean_tables(),
    delimiter=st.sampled_from(";,\t"),
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_clean_table_is_read_as_it_was_written(
    tmp_path: Path,
    table: tuple[list[str], list[list[str]]],
    delimiter: str,
    encoding: str,
    end: str,
) -> None:
    kinds, rows = table
    header = [f"Spalte {letter}" for letter in "abcdef"[: len(kinds)]]
    path = tmp_path / "x.csv"
    write(path, [header, *rows], delimiter, encoding, end)
    document: dict[str, Any] = check_table(path, target="x.csv").document
    assert document["dialect"]["delimiter"] == delimiter
    text = "".join("".join(row) for row in rows)
    if encoding == "cp1252" and text.isascii():
        assert document["encoding"] == "utf-8"
    else:
        assert document["encoding"] == encoding
    if set(kinds) == {"string word"}:
        return  # nothing but words that come again: nobody can tell a header from them
    assert document["dialect"]["header_rows"] == [1]
    assert document["rows"] == len(rows)
    assert document["valid"]
    assert [field["name"] for field in document["fields"]] == header
    for kind, field, cells in zip(kinds, document["fields"], zip(*rows, strict=True), strict=True):
        expected = kind.split()[0]
        if kind.startswith("number") and all(cell[-2:] == "00" for cell in cells):
            continue
        assert field["type"] == expected, (kind, cells)
        if kind.startswith("date"):
            assert field["format"] == "%d.%m.%Y"


def test_the_quick_count_of_numbers_is_the_slow_one() -> None:
    @settings(max_examples=500, deadline=None, derandomize=True)
    @given(st.lists(st.sampled_from(CELLS), min_size=1, max_size=4), st.data())
    def compare(pool: list[str], data: st.DataObject) -> None:
        cells = data.draw(st.lists(st.sampled_from(pool), min_size=1, max_size=6))
        quick, slow = ColumnStatistics(), ColumnStatistics()
        quick.add_texts(cells)
        for cell in cells:
            slow.add_text(cell, 1)
        quick.classes, slow.classes = +quick.classes, +slow.classes
        if not any("," in cell or "." in cell for cell in cells):
            assert quick.lengths == slow.lengths
        quick.lengths = slow.lengths = set()
        assert quick == slow

    compare()
