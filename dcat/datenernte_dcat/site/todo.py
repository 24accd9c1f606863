"""The to-do list of a municipality as a table: for a spreadsheet, for German Excel, for programs.

Whatever a portal wrote is text in all of them: a cell that a spreadsheet would take for a formula
is stored as a string in XLSX and gets an apostrophe before it in CSV.

Source of the dangerous first characters: OWASP, CSV Injection,
https://owasp.org/www-community/attacks/CSV_Injection; of the plain form: RFC 4180.
"""

import csv
import heapq
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from datenernte_dcat.findings import Severity
from datenernte_dcat.publication import one_line
from datenernte_dcat.site.filters import number
from datenernte_dcat.site.model import SEVERITY_ORDER, MunicipalityModel
from datenernte_dcat.site.words import SEVERITIES, property_words
from datenernte_dcat.store.store import Store
from datenernte_dcat.texts import texts

ROWS_MAX = 50_000
"""Rows of one list: the worst and first; a spreadsheet has to stay usable."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CELL = 500
"""Characters in a cell."""
_COLUMNS = (
    ("Art", 10),
    ("Aufgabe", 38),
    ("Datensatz", 46),
    ("Befund", 60),
    ("Wert", 28),
    ("Zeile", 8),
    ("Spalte", 8),
    ("Feld", 20),
    ("Rat", 60),
    ("Seite des Datensatzes", 50),
    ("Code", 26),
)
"""Title and width in characters."""
_DATASET_COLUMNS = (
    ("Datensatz", 60),
    ("Dateien", 9),
    ("MQA-405", 9),
    ("Fehler", 8),
    ("Warnungen", 10),
    ("Kennung", 60),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoRow:
    """One finding that somebody can mend, in the order of the columns."""

    severity: str
    task: str
    dataset: str
    message: str
    value: str
    row: int | None
    field: int | None
    property: str
    advice: str
    page: str
    code: str


def todo_rows(store: Store, model: MunicipalityModel, base_url: str) -> list[TodoRow]:
    """Errors and warnings of the published datasets, errors first, then in the list's order."""
    order = {entry.id: position for position, entry in enumerate(model.entries)}
    titles = {entry.id: entry.title for entry in model.entries}
    known = texts()

    def ranked() -> Iterator[tuple[int, int, str, int, TodoRow]]:
        for position, stored in enumerate(store.stored_findings(municipality=model.key)):
            found = stored.finding
            if stored.subject_id not in order or found.severity is Severity.INFO:
                continue
            text = known.get(found.code)
            row = TodoRow(
                severity=SEVERITIES[found.severity.value].one,
                task="" if text is None else text.title,
                dataset=titles[stored.subject_id],
                message=one_line(found.message, _CELL),
                value=one_line(found.value or "", _CELL),
                row=found.row,
                field=found.field,
                property=property_words(found.property),
                advice=one_line(found.advice, _CELL),
                page=f"{base_url}/datasets/{stored.subject_id}/",
                code=one_line(found.code, 100),
            )
            place = order[stored.subject_id]
            yield SEVERITY_ORDER[found.severity], place, found.code, position, row

    return [one[-1] for one in heapq.nsmallest(ROWS_MAX, ranked(), key=lambda one: one[:-1])]


def german_csv(rows: Iterable[TodoRow]) -> bytes:
    """The list for Excel with German settings: semicolons, byte order mark, decimal commas."""
    return b"\xef\xbb\xbf" + _csv(rows, ";")


def plain_csv(rows: Iterable[TodoRow]) -> bytes:
    """The list for programs: RFC 4180, UTF-8."""
    return _csv(rows, ",")


def _csv(rows: Iterable[TodoRow], delimiter: str) -> bytes:
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([title for title, _ in _COLUMNS])
    for row in rows:
        writer.writerow([_harmless(cell) for cell in astuple(row)])
    return output.getvalue().encode("utf-8", "replace")


def _harmless(cell: str | int | None) -> str:
    """The cell as text that no spreadsheet takes for a formula."""
    if cell is None or isinstance(cell, int):
        return "" if cell is None else str(cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def workbook(rows: Sequence[TodoRow], model: MunicipalityModel) -> bytes:
    """The list as XLSX: tasks, datasets, and what the columns mean. Every text is a string."""
    import xlsxwriter  # only where a report is made anew

    with tempfile.TemporaryDirectory(prefix="datenernte-") as folder:
        path = Path(folder) / "report.xlsx"
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(path, options) as book:
            book.set_properties(
                {
                    "title": f"Aufgaben: {one_line(model.title, 120)}",
                    "created": datetime.combine(model.stand, time(), UTC).replace(tzinfo=None),
                }
            )
            bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
            wrap = book.add_format({"text_wrap": True, "valign": "top"})
            _sheet(book, "Aufgaben", _COLUMNS, (astuple(row) for row in rows), bold, wrap)
            datasets = (
                (
                    entry.title,
                    entry.distributions,
                    None if entry.score is None else entry.score.total,
                    entry.errors,
                    entry.warnings,
                    entry.iri,
                )
                for entry in model.entries[:ROWS_MAX]
            )
            _sheet(book, "Datensätze", _DATASET_COLUMNS, datasets, bold, wrap)
            words = [(one,) for one in _explained(len(rows), model)]
            _sheet(book, "Hinweise", (("Was hier steht", 100),), words, bold, wrap)
        return path.read_bytes()


def _sheet(
    book: object,
    name: str,
    columns: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[object]],
    bold: object,
    wrap: object,
) -> None:
    sheet = book.add_worksheet(name)  # type: ignore[attr-defined]
    for position, (title, width) in enumerate(columns):
        sheet.set_column(position, position, width)
        sheet.write_string(0, position, title, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for position, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(last, position, cell, wrap)
            elif cell:
                sheet.write_string(last, position, str(cell), wrap)
    sheet.freeze_panes(1, 0)
    if last and len(columns) > 1:
        sheet.autofilter(0, 0, last, len(columns) - 1)


def _explained(rows: int, model: MunicipalityModel) -> Iterator[str]:
    yield f"Stand: {model.stand:%d.%m.%Y}"
    yield "Jede Zeile des Blattes »Aufgaben« ist ein Befund, Fehler zuerst."
    yield "»Rat« sagt, wie er sich beheben lässt; die Seite des Datensatzes zeigt mehr."
    yield "Zeile und Spalte zählen in der geprüften Datei ab 1."
    total = model.errors + model.warnings
    if total > rows:
        yield f"Es gibt {number(total)} Befunde; hier stehen die ersten {number(rows)}."
