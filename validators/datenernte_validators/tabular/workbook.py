"""Read a sheet of a workbook that a stranger made: XLSX, XLS or ODS.

The archive is weighed before it is opened. Values of XLSX are those of openpyxl, as Frictionless
reads them; where openpyxl refuses a workbook for its styles, calamine reads it, as it reads XLS and
ODS. The sheet with the most cells is the table, not the first one: that is often a cover page.
"""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Protocol

from datenernte_validators.tabular.cells import Cell, is_blank
from datenernte_validators.tabular.limits import Limits

_SMALL_BYTES = 10_000_000
"""Below this nobody is hurt, whatever the ratio: repetitive sheets do shrink a hundredfold."""
_CHUNK_BYTES = 1 << 20
_VALUE_END = re.compile(rb"</(?:[A-Za-z0-9]+:)?(?:v|is)>")
_NO_RESULT = re.compile(rb"</f>(?:<v ?/>|<v></v>)?</c>")
_REFERENCE = re.compile(rb'<(?:[A-Za-z0-9]+:)?c [^>]*?r="([A-Z]{1,3})([0-9]{1,7})"')

_MERGED = re.compile(rb'mergeCell ref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')


DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What openpyxl and zipfile raise for damaged workbooks; openpyxl has no error class for it."""


class WorkbookError(Exception):
    """Raised by `read_sheet` when a workbook cannot be used; `code` is the finding's code."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """The cells of one sheet, blank edges cut off."""

    name: str
    number: int
    """1-based, as Frictionless counts."""
    sheets: int
    """Number of sheets in the workbook."""
    rows: list[tuple[Cell, ...]]
    """From row 1 of the file to the last one that is not blank."""
    first_column: int = 0
    """Columns of the file left of the table that are blank, cut off."""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """First row, first column, last row, last column of cells that span several, from 1."""
    damaged_styles: bool = False
    """openpyxl refused it."""
    formulas_without_value: int = 0
    """Cells with a formula whose result the file does not hold."""


class _Worksheet(Protocol):
    title: str

    def reset_dimensions(self) -> None: ...
    def iter_rows(self, *, values_only: bool) -> Iterator[tuple[Cell, ...]]: ...


def read_sheet(path: Path, limits: Limits, kind: str = "xlsx") -> Sheet:
    """The sheet that holds the table.

    Args:
        kind: `xlsx`, `xls` or `ods`.

    Raises:
        WorkbookError: `table-archive-bomb`, `table-unreadable`, `table-encrypted`,
            `table-too-large` (more cells than the limit) or `table-empty`.
    """
    if kind == "xls":
        return _trimmed(_with_calamine(path, limits), limits)
    try:
        with zipfile.ZipFile(path) as archive:
            weigh_entries(archive.infolist(), limits)
            if kind == "ods":
                _weigh_repeats(archive, limits)
            weights = _sheet_weights(archive)
    except DAMAGE as error:
        raise WorkbookError("table-unreadable", str(error)) from error
    if kind == "ods":
        return _trimmed(_with_calamine(path, limits), limits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # openpyxl on styles and extensions
            found = _with_openpyxl(path, weights, limits)
    except DAMAGE as error:
        if _span(path) > limits.cells:
            # calamine holds the whole rectangle in memory and aborts the process where it cannot.
            detail = "die Zellen liegen zu weit auseinander"
            raise WorkbookError("table-too-large", detail) from error
        found = replace(_with_calamine(path, limits, error), damaged_styles=True)
    return _trimmed(found, limits)


def weigh_entries(entries: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse bombs and locked archives before anything is unpacked.

    Raises:
        WorkbookError: `table-archive-bomb` or `table-encrypted`.
    """
    if len(entries) > limits.archive_entries:
        raise WorkbookError("table-archive-bomb", f"{len(entries)} Einträge")
    total = sum(entry.file_size for entry in entries)
    if total > limits.archive_bytes:
        raise WorkbookError("table-archive-bomb", f"{total // 1_000_000} MB")
    for entry in entries:
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > _SMALL_BYTES and ratio > limits.archive_ratio:
            raise WorkbookError("table-archive-bomb", f"Faktor {ratio:.0f}")
        if entry.flag_bits & 1:
            raise WorkbookError("table-encrypted")


def _sheet_weights(archive: zipfile.ZipFile) -> dict[str, tuple[int, int]]:
    """Filled cells and formulas without a result of each worksheet part of an XLSX file."""
    weights: dict[str, tuple[int, int]] = {}
    for entry in archive.infolist():
        name = entry.filename.replace("\\", "/").lstrip("/")
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name, re.IGNORECASE):
            weights[name.lower()] = _filled_cells(archive, entry)
    return weights


def _weigh_repeats(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Refuse an ODS file whose short text stands for more cells than the limit.

    Blank rows and cells at the end are repeated up to the size of a sheet by every office program;
    only what comes before something filled counts.
    """
    from lxml import etree  # type: ignore[import-untyped]  # ships no stubs

    table = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    office = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
    cells = waiting = width = 0
    with archive.open("content.xml") as part:
        for _, element in etree.iterparse(
            part, tag=(table + "table-cell", table + "table-row"), resolve_entities=False
        ):
            if element.tag == table + "table-cell":
                repeated = element.get(table + "number-columns-repeated", "1")
                if element.get(office + "value-type"):
                    width += int(repeated)
                continue
            rows = int(element.get(table + "number-rows-repeated", "1"))
            waiting += rows  # a blank row counts as one cell
            if width:
                cells, waiting = cells + waiting + rows * width, 0
            width = 0
            element.clear()
            if cells > limits.cells:
                raise WorkbookError("table-too-large", f"mehr als {limits.cells} Zellen")


def _filled_cells(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """Cells with a value, and formulas without one; a stated dimension is not believed."""
    count = formulas = 0
    rest = b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK_BYTES):
            text = rest + chunk
            cut = text.rfind(b"<") if len(chunk) == _CHUNK_BYTES else len(text)
            cut = len(text) if cut <= 0 else cut
            count += len(_VALUE_END.findall(text, 0, cut))
            formulas += len(_NO_RESULT.findall(text, 0, cut))
            rest = text[cut:]
    return count, formulas


def _with_openpyxl(path: Path, weights: dict[str, tuple[int, int]], limits: Limits) -> Sheet:
    from frictionless.platform import platform  # openpyxl, loaded when it is first asked for

    with path.open("rb") as file:  # an open file, as openpyxl judges names by their ending
        book: Any = platform.openpyxl.load_workbook(file, read_only=True, data_only=True)
        worksheets: list[Any] = list(book.worksheets)
        if not worksheets:
            raise WorkbookError("table-empty")
        visible = [s for s in worksheets if s.sheet_state == "visible"] or worksheets
        # On a draw the first one.
        chosen = max(visible, key=lambda s: (_weight(s, weights)[0], -worksheets.index(s)))
        return Sheet(
            name=str(chosen.title),
            number=worksheets.index(chosen) + 1,
            sheets=len(worksheets),
            rows=_read_rows(chosen, limits),
            merged=_merged_cells(path, chosen),
            formulas_without_value=_weight(chosen, weights)[1],
        )


def _weight(worksheet: Any, weights: dict[str, tuple[int, int]]) -> tuple[int, int]:
    part = str(getattr(worksheet, "_worksheet_path", "")).lstrip("/").lower()
    return weights.get(part, (0, 0))


def _merged_cells(path: Path, worksheet: Any) -> tuple[tuple[int, int, int, int], ...]:
    """The merged ranges, which openpyxl does not read in its streaming mode."""
    part = str(getattr(worksheet, "_worksheet_path", "")).lstrip("/")
    try:
        with zipfile.ZipFile(path) as archive, archive.open(part) as file:
            # They stand behind the rows, so at the end of the part.
            file.seek(max(0, archive.getinfo(part).file_size - 262_144))
            end = file.read()
    except KeyError:
        return ()
    return tuple(
        (int(top), _column_number(left), int(bottom), _column_number(right))
        for left, top, right, bottom in _MERGED.findall(end)
    )


def _read_rows(worksheet: _Worksheet, limits: Limits) -> list[tuple[Cell, ...]]:
    worksheet.reset_dimensions()  # a stated range of a million rows would be filled up with blanks
    rows: list[tuple[Cell, ...]] = []
    count = 0  # a blank row counts as one cell
    for row in worksheet.iter_rows(values_only=True):
        count += len(row) + 1
        if count > limits.cells:
            raise WorkbookError("table-too-large", f"mehr als {limits.cells} Zellen")
        rows.append(row)
    return rows


def _with_calamine(path: Path, limits: Limits, cause: Exception | None = None) -> Sheet:
    """The sheet with the most filled cells, by the reader that takes every kind of workbook."""
    import python_calamine

    try:
        with path.open("rb") as file, python_calamine.load_workbook(file) as book:
            names = [
                sheet.name
                for sheet in book.sheets_metadata
                if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
                and sheet.visible == python_calamine.SheetVisibleEnum.Visible
            ] or book.sheet_names
            if not names:
                raise WorkbookError("table-empty")
            best: list[tuple[Cell, ...]] = []
            best_name, most, left = names[0], -1, limits.cells
            for name in names:
                sheet = book.get_sheet_by_name(name)
                left -= sheet.height * sheet.width
                if left < 0:
                    raise WorkbookError("table-too-large", f"mehr als {limits.cells} Zellen")
                rows = [
                    tuple(map(_as_openpyxl, row)) for row in sheet.to_python(skip_empty_area=False)
                ]
                filled = sum(not is_blank(cell) for row in rows for cell in row)
                if filled > most:
                    best, best_name, most = rows, name, filled
            sheet = book.get_sheet_by_name(best_name)
            merged = tuple(
                (top + 1, left + 1, bottom + 1, right + 1)
                for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
            )
            number, count = book.sheet_names.index(best_name) + 1, len(book.sheet_names)
    except python_calamine.PasswordError as error:
        raise WorkbookError("table-encrypted") from error
    except python_calamine.CalamineError as error:
        raise WorkbookError("table-unreadable", str(error) or str(cause)) from error
    return Sheet(name=best_name, number=number, sheets=count, rows=best, merged=merged)


def _span(path: Path) -> int:
    """Cells of the largest rectangle that any sheet part spans."""
    largest = 0
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if "worksheets/" not in entry.filename or not entry.filename.endswith(".xml"):
                continue
            rows = columns = 0
            rest = b""
            with archive.open(entry) as part:
                while chunk := part.read(_CHUNK_BYTES):
                    text = rest + chunk
                    for letters, number in _REFERENCE.findall(text):
                        rows = max(rows, int(number))
                        columns = max(columns, _column_number(letters))
                    rest = text[-200:]
            largest = max(largest, rows * columns)
    return largest


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _as_openpyxl(value: Any) -> Cell:
    """A value of calamine as openpyxl gives it."""
    if value == "" and isinstance(value, str):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value  # type: ignore[no-any-return]  # calamine knows no other types than ours


def _trimmed(sheet: Sheet, limits: Limits) -> Sheet:
    """Cut off blank rows below and blank columns at both sides; all rows get one width."""
    first, width, last = None, 0, 0
    for index, row in enumerate(sheet.rows, start=1):
        filled = [k for k, cell in enumerate(row) if not is_blank(cell)]
        if filled:
            first = filled[0] if first is None else min(first, filled[0])
            width = max(width, filled[-1] + 1)
            last = index
    if first is None:
        raise WorkbookError("table-empty")
    if last * (width - first) > limits.cells:
        raise WorkbookError("table-too-large", f"mehr als {limits.cells} Zellen")
    rows = [
        tuple(row[first:width]) if len(row) >= width else _padded(row[first:], width - first)
        for row in sheet.rows[:last]
    ]
    merged = tuple(
        (top, left - first, bottom, right - first) for top, left, bottom, right in sheet.merged
    )
    return replace(sheet, rows=rows, first_column=first, merged=merged)


def fill_merged(sheet: Sheet, header_rows: Sequence[int]) -> None:
    """Give every header cell under a merged one its text, in place: »Bevölkerung« over three."""
    for number in header_rows:
        row = list(sheet.rows[number - 1])
        for top, left, bottom, right in sheet.merged:
            if top <= number <= bottom and left >= 1 and top in header_rows:
                value = sheet.rows[top - 1][left - 1] if left <= len(row) else None
                for column in range(left, min(right, len(row)) + 1):
                    if is_blank(row[column - 1]):
                        row[column - 1] = value
        sheet.rows[number - 1] = tuple(row)


def _padded(row: Sequence[Cell], width: int) -> tuple[Cell, ...]:
    return (*row, *(None,) * (width - len(row)))
