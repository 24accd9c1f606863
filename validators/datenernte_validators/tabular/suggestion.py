"""A clean copy of a table and its Table Schema, for an officer to start from.

The copy is UTF-8 and RFC 4180: comma, one header row, decimal points, ISO dates, true and false,
nothing where the file said »k. A.«. Titles, sums, notes and blank rows are left out. Cells that do
not fit their column stay as they are; nothing is guessed. The original is only read.
"""

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.counting import body_rows
from datenernte_validators.tabular.inference import Column
from datenernte_validators.tabular.layout import Layout
from datenernte_validators.tabular.rows import RowSource

_NUMBER = re.compile(r"[+-]?[0-9][0-9 .,'’\u00a0\u202f]*(?:[eE][+-]?[0-9]+)?|[+-]?[.,][0-9]+")
_GROUPS = re.compile("[ '’\u00a0\u202f]")


@dataclass(frozen=True, slots=True)
class SuggestionPaths:
    """Where the two files go."""

    table: Path
    schema: Path

    @classmethod
    def beside(cls, original: Path) -> "SuggestionPaths":
        """`<name>.bereinigt.csv` and `<name>.schema.json` next to a file."""
        stem = original.name.split(".", 1)[0] or original.stem
        folder = original.parent
        return cls(folder / f"{stem}.bereinigt.csv", folder / f"{stem}.schema.json")


def write_suggestions(
    paths: SuggestionPaths,
    source: RowSource,
    layout: Layout,
    columns: Sequence[Column],
    *,
    title: str,
) -> None:
    """Write both files.

    Raises:
        FileExistsError: one of them exists; then neither is written.
        OSError: the folder cannot be written to.
    """
    for path in (paths.table, paths.schema):
        if path.exists():
            raise FileExistsError(17, "Die Datei gibt es schon", str(path))
    kept = _kept(columns, layout)
    with paths.table.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([_name(columns[k], k) for k in kept])
        for row in body_rows(source.rows(), layout):
            if all(map(c.is_blank, row)):
                continue
            cells = [clean_cell(row[k] if k < len(row) else None, columns[k]) for k in kept]
            cells += ["" if x is None else str(x) for x in row[len(columns) :]]
            writer.writerow(cells)
    document = {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "title": title,
        "fields": [_field(columns[k], k) for k in kept],
    }
    with paths.schema.open("x", encoding="utf-8") as file:
        file.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _kept(columns: Sequence[Column], layout: Layout) -> list[int]:
    """All columns but unnamed ones without a value, which a separator too many leaves behind."""
    names = range(len(columns))
    return [k for k in names if columns[k].type != "any" or not _is_unnamed(columns[k], k)]


def _is_unnamed(column: Column, index: int) -> bool:
    return column.name in ("", f"field{index + 1}")


def _name(column: Column, index: int) -> str:
    return " ".join(column.name.replace("\u00ad", "").split()) or f"spalte_{index + 1}"


def clean_cell(cell: c.Cell, column: Column) -> str:
    """A cell as the clean copy has it."""
    if cell is None or isinstance(cell, str):
        return _clean_text(cell or "", column)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        midnight = cell.time() == time()
        return cell.date().isoformat() if midnight and column.type == "date" else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def _clean_text(text: str, column: Column) -> str:
    plain = text.strip()
    if text in column.missing_values or (c.classify_text(text) == c.EMPTY):
        return ""
    if column.classes and c.classify_text(text) not in column.classes:
        return plain  # it does not fit its column: whoever knows the data must say what it is
    if column.type in ("integer", "number"):
        return _plain_number(c.with_plain_sign(plain), column)
    if column.type == "boolean":
        return "true" if text in column.true_values else "false"
    if column.type in ("date", "datetime", "time") and column.format != "default":
        return _iso(plain, column)
    return plain


def _plain_number(text: str, column: Column) -> str:
    """A number with a decimal point and without thousands marks; its unit stays."""
    match = _NUMBER.match(text)
    if match is None:
        return text
    number, rest = match[0].rstrip(" \u00a0\u202f"), text[match.end() :].strip()
    if column.group_char:
        number = _GROUPS.sub("", number)
        if column.group_char in ".,":
            number = number.replace(column.group_char, "")
    if column.decimal_char == ",":
        number = number.replace(",", ".")
    return f"{number} {rest}" if rest else number


def _iso(text: str, column: Column) -> str:
    try:
        moment = datetime.strptime(text, column.format)
    except ValueError:
        return text
    if column.type == "date":
        return moment.date().isoformat()
    return moment.time().isoformat() if column.type == "time" else moment.isoformat()


def _field(column: Column, index: int) -> dict[str, Any]:
    """A field of the clean copy: everything is in the notation that Table Schema expects."""
    field: dict[str, Any] = {"name": _name(column, index), "type": column.type}
    if column.outliers:
        field["type"] = "any"
        field["description"] = (
            f"Werte, die nicht zur Art »{column.type}« passen: {column.outliers}."
        )
    elif column.type in ("integer", "number") and not column.bare_number:
        field["bareNumber"] = False
    return field
