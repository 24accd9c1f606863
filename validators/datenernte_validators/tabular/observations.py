"""What our own reading of a table shows, as findings: layout, encoding, columns.

Frictionless says whether a table keeps to its schema; these say how it is written, and where that
makes it hard to use. Codes: `table-…` in `texts_de.toml`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding
from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.encoding import MOJIBAKE, Encoding, is_suspicious
from datenernte_validators.tabular.german import expected_type, more_findings
from datenernte_validators.tabular.inference import Column
from datenernte_validators.tabular.layout import Layout
from datenernte_validators.tabular.rows import Row, RowSource, Scan
from datenernte_validators.tabular.subtotals import find_subtotals
from datenernte_validators.tabular.workbook import Sheet

_ENCODING_NAMES = {
    "cp1252": "Windows-1252",
    "iso8859-1": "ISO-8859-1",
    "iso8859-15": "ISO-8859-15",
    "cp850": "DOS (CP850)",
    "mac-roman": "Mac Roman",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
}


def encoding_findings(encoding: Encoding, subject: str) -> Iterator[Finding]:
    """`table-encoding-not-utf8`, `-mixed`, `table-bom-twice`, `-zero-bytes`, `-decomposed`."""
    if not encoding.is_utf8:
        name = _ENCODING_NAMES.get(encoding.name, encoding.name)
        yield finding("table-encoding-not-utf8", subject=subject, value=name)
    if encoding.broken:
        line = encoding.broken_line
        yield finding("table-encoding-mixed", subject=subject, line=line or "?")
    if encoding.bom_twice:
        yield finding("table-bom-twice", subject=subject)
    if encoding.decomposed:
        yield finding("table-decomposed", subject=subject)
    if encoding.zero_bytes:
        yield finding("table-zero-bytes", subject=subject)


def sheet_findings(sheet: Sheet, subject: str) -> Iterator[Finding]:
    """`table-sheet-chosen`, `table-damaged-styles` and `table-formula-without-value`."""
    if sheet.sheets > 1:
        yield finding(
            "table-sheet-chosen",
            subject=subject,
            value=sheet.name,
            number=sheet.number,
            sheets=sheet.sheets,
        )
    if sheet.damaged_styles:
        yield finding("table-damaged-styles", subject=subject)
    if sheet.formulas_without_value:
        count = sheet.formulas_without_value
        yield finding("table-formula-without-value", subject=subject, count=count)


def layout_findings(layout: Layout, rows: int, scan: Scan, subject: str) -> Iterator[Finding]:
    """What stands around the table, and what its header looks like."""
    if layout.title_rows:
        yield finding(
            "table-title-rows",
            subject=subject,
            row=layout.title_rows[0],
            value=_text_of(scan, layout.title_rows[0]),
            count=len(layout.title_rows),
            header=layout.first_row - 1,
        )
    if not layout.header_rows:
        yield finding("table-no-header", subject=subject, row=layout.first_row)
    elif len(layout.header_rows) > 1:
        yield finding(
            "table-header-rows",
            subject=subject,
            row=layout.header_rows[0],
            count=len(layout.header_rows),
        )
    if layout.totals_row is not None:
        yield finding(
            "table-totals-row",
            subject=subject,
            row=layout.totals_row,
            value=layout.totals_label or _text_of(scan, layout.totals_row),
        )
    if layout.note_rows:
        yield finding(
            "table-footer",
            subject=subject,
            row=layout.note_rows[0],
            value=_text_of(scan, layout.note_rows[0]),
            count=len(layout.note_rows),
        )
    if not rows:
        yield finding("table-no-rows", subject=subject)
    elif layout.width == 1:
        yield finding("table-one-column", subject=subject)


def width_findings(
    labels: Sequence[str], layout: Layout, scan: Scan, subject: str
) -> Iterator[Finding]:
    """`table-trailing-delimiter`: a separator too many at the end of the rows or of the header."""
    if not layout.header_rows or layout.width < 2:
        return
    body = [row for n, row in scan.sample if layout.first_row <= n <= layout.last_row]
    wide = [row for row in body if len(row) == layout.width]
    if not wide:
        return
    last_blank = all(c.is_blank(row[-1]) for row in wide)
    if len(labels) == layout.width - 1 and last_blank:
        where = "in den Datenzeilen, aber nicht in der Kopfzeile"
    elif len(labels) == layout.width + 1 and not labels[-1]:
        where = "in der Kopfzeile, aber nicht in den Datenzeilen"
    elif len(labels) == layout.width and not labels[-1] and last_blank:
        where = "in allen Zeilen"
    else:
        return
    yield finding(
        "table-trailing-delimiter", subject=subject, row=layout.header_rows[-1], where=where
    )


def body_findings(
    labels: Sequence[str], layout: Layout, scan: Scan, subject: str
) -> Iterator[Finding]:
    """`table-glued-row`, `table-groups-cut` and `table-subtotals`."""
    body = [
        (n, row)
        for n, row in scan.sample
        if layout.first_row <= n <= layout.last_row and n not in layout.left_out and any(row)
    ]
    glued = {2 * layout.width - 1, 2 * layout.width} if layout.width > 2 else set()
    for number, row in body:
        if len(row) in glued and not all(map(c.is_blank, row[layout.width :])):
            yield finding("table-glued-row", subject=subject, row=number, width=layout.width)
            break
    period = _period(labels)
    widths = {len(row) for _, row in body}
    if period and len(widths) > 1 and all((len(labels) - w) % period == 0 for w in widths):
        yield finding("table-groups-cut", subject=subject, count=period, name=labels[-period])
    subtotals = find_subtotals(body, labels)
    if subtotals is not None:
        yield finding(
            "table-subtotals",
            subject=subject,
            row=subtotals.row,
            value=subtotals.label,
            how=subtotals.how,
        )


def _period(labels: Sequence[str]) -> int:
    """How many labels come again and again at the end of a header; 0 where none do."""
    for period in range(2, len(labels) // 2 + 1):
        group = labels[-period:]
        if any(group) and labels[-2 * period : -period] == group:
            return period
    return 0


def column_findings(columns: Sequence[Column], subject: str) -> Iterator[Finding]:
    """Lost zeros, mixed dates, and columns of one file with different decimal marks."""
    for number, column in enumerate(columns, start=1):
        if column.lost_zeros:
            yield _about(column, number, "table-lost-zero", subject)
        if column.mixed_dates:
            yield _about(column, number, "table-mixed-dates", subject)
    marks = Counter(column.decimal_char for column in columns if column.decimal_char)
    if len(marks) > 1:
        rare = min(marks, key=lambda mark: (marks[mark], mark))
        names = [column.name for column in columns if column.decimal_char == rare]
        yield finding(
            "table-mixed-decimal-marks",
            subject=subject,
            property=names[0],
            names=", ".join(f"»{name}«" for name in names[:5]),
            mark="Komma" if rare == "," else "Punkt",
            other="Punkt" if rare == "," else "Komma",
        )


def notation_findings(
    columns: Sequence[Column], fields: Sequence[Mapping[str, Any]], subject: str
) -> Iterator[Finding]:
    """`table-other-notation`: the file writes numbers or dates otherwise than a given schema says.

    Each such cell is an error already; this says once what lies behind them.
    """
    for number, (column, field) in enumerate(zip(columns, fields, strict=False), start=1):
        kind = field.get("type", "string")
        if kind == "number" and column.type in ("number", "integer"):
            schema_mark = field.get("decimalChar", ".")
            if column.decimal_char and column.decimal_char != schema_mark:
                found = "Dezimalkomma" if column.decimal_char == "," else "Dezimalpunkt"
                wanted = "Dezimalkomma" if schema_mark == "," else "Dezimalpunkt"
                hint = f'"decimalChar": "{column.decimal_char}"'
                yield _notation(column, number, subject, found, wanted, hint)
            elif column.group_char and column.group_char != field.get("groupChar", ""):
                found = f"Tausendertrennzeichen »{column.group_char}«"
                hint = f'"groupChar": "{column.group_char}"'
                yield _notation(column, number, subject, found, "keines", hint)
        elif kind in ("date", "datetime", "time") and column.type == kind:
            form = str(field.get("format", "default"))
            if form not in (column.format, "any"):
                found = expected_type(column.type, column.format)
                hint = f'"format": "{column.format}"'
                yield _notation(column, number, subject, found, expected_type(kind, form), hint)


def cell_findings(
    source: RowSource,
    layout: Layout,
    columns: Sequence[Column],
    subject: str,
    *,
    outliers: bool,
    mojibake: bool,
    per_code: int,
) -> Iterator[Finding]:
    """Cells that do not fit the type of their column (`type-error`, a warning) and mojibake.

    Args:
        outliers: list the cells that do not fit; only for inferred types, as Frictionless lists
            them for given ones.
        mojibake: look for text that was decoded wrongly, in all rows.
    """
    typed = {
        number: column
        for number, column in enumerate(columns, start=1)
        if outliers and column.outliers
    }
    if not typed and not mojibake:
        return
    counts: Counter[tuple[str, str]] = Counter()
    for row_number, row in enumerate(source.rows(), start=1):
        in_body = (
            layout.first_row <= row_number <= layout.last_row and row_number not in layout.left_out
        )
        if in_body:
            for number, column in typed.items():
                if number <= len(row) and _is_outlier(row[number - 1], column):
                    counts["type-error", column.name] += 1
                    if counts["type-error", column.name] <= per_code:
                        yield _outlier(row[number - 1], column, row_number, number, subject)
        if mojibake:
            for number, cell in enumerate(row, start=1):
                if isinstance(cell, str) and not cell.isascii() and is_suspicious(cell):
                    name = columns[number - 1].name if number <= len(columns) else ""
                    counts["table-mojibake", name] += 1
                    if counts["table-mojibake", name] <= per_code:
                        yield _mojibake(cell, name, row_number, number, subject)
    yield from more_findings(counts, subject=subject, per_code=per_code)


def _is_outlier(cell: c.Cell, column: Column) -> bool:
    kind = c.classify(cell)
    return kind not in column.classes and kind not in (c.EMPTY, c.MISSING)


def _outlier(cell: c.Cell, column: Column, row: int, field: int, subject: str) -> Finding:
    from datenernte_dcat.findings import Severity

    return finding(
        "type-error",
        subject=subject,
        property=column.name,
        value=str(cell)[:1_000],
        row=row,
        field=field,
        severity=Severity.WARNING,
        name=column.name or f"Nr. {field}",
        expected=expected_type(column.type, column.format),
    )


def _mojibake(cell: str, name: str, row: int, field: int, subject: str) -> Finding:
    match = MOJIBAKE.search(cell)
    start = max(0, match.start() - 20) if match else 0
    extract = "".join(ch if ch.isprintable() else "\ufffd" for ch in cell[start : start + 60])
    return finding(
        "table-mojibake",
        subject=subject,
        property=name or None,
        value=extract,
        row=row,
        field=field,
        name=name or f"Nr. {field}",
    )


def _about(column: Column, number: int, code: str, subject: str) -> Finding:
    name = column.name or f"Nr. {number}"
    return finding(code, subject=subject, property=column.name, field=number, name=name)


def _notation(
    column: Column, number: int, subject: str, found: str, wanted: str, hint: str
) -> Finding:
    return finding(
        "table-other-notation",
        subject=subject,
        property=column.name,
        field=number,
        name=column.name or f"Nr. {number}",
        found=found,
        wanted=wanted,
        hint=hint,
    )


def _text_of(scan: Scan, number: int) -> str:
    """The first filled cell of a row."""
    row: Row = next((row for n, row in scan.sample if n == number), ())
    text = next((str(cell) for cell in row if not c.is_blank(cell)), "")
    return " ".join(text.split())[:200]
