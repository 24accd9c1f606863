"""Where in a file the table stands: title rows, header rows, body, totals row, footnotes.

The header is found by the shape of the body: columns whose lower rows are numbers or dates have
text in their header. Nothing is cut that could be data: what is left out must look like a title, a
note or a sum, and is reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.header import (
    NOTE,
    find_header,
    first_full_row,
    header_by_labels,
)
from datenernte_validators.tabular.rows import Scan
from datenernte_validators.tabular.shape import body_width, filled_cells, is_blank_row, shape_of
from datenernte_validators.tabular.totals import find_totals


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The parts of a table, as row numbers of the file."""

    header_rows: tuple[int, ...]
    """Empty where the table has no header."""
    width: int
    """Number of columns of the body."""
    last_row: int
    """Last row of the body."""
    comment_rows: tuple[int, ...] = ()
    """Rows above the header, and a totals row right below it."""
    footer_rows: tuple[int, ...] = ()
    """Rows below the body: totals, notes, blank rows."""
    title_rows: tuple[int, ...] = ()
    """Those of `comment_rows` above the header that are not blank."""
    note_rows: tuple[int, ...] = ()
    """Those of `footer_rows` that are notes."""
    totals_row: int | None = None
    totals_label: str = ""

    @property
    def first_row(self) -> int:
        """First row after the header."""
        return (self.header_rows[-1] if self.header_rows else self._skipped) + 1

    @property
    def _skipped(self) -> int:
        return max(self.comment_rows, default=0)

    @property
    def left_out(self) -> frozenset[int]:
        """Rows inside the body that are no data."""
        return frozenset(n for n in self.comment_rows if n >= self.first_row)


def recognise_layout(scan: Scan, labels: Sequence[str] = ()) -> Layout:
    """The parts of a table.

    Args:
        labels: field names of a given schema; the row that carries them is the header.
    """
    sample = scan.sample
    last, notes, footer = _footer(scan)
    shape = shape_of(scan, sample, last)
    header = header_by_labels(scan.head, labels) or find_header(scan.head, shape, last)
    first_header = header[0] if header else first_full_row(scan.head, shape)
    comments = tuple(range(1, first_header))
    titles = tuple(n for n, row in scan.head if n < first_header and not is_blank_row(row))
    start = header[-1] + 1 if header else first_header
    body = [(n, row) for n, row in sample if start <= n <= last and not is_blank_row(row)]
    totals = find_totals(body, shape.kinds, complete=scan.complete)
    if totals is not None:
        if totals.row == last:
            last = max((n for n, _ in body if n < last), default=last - 1)
            footer = (*range(last + 1, scan.total + 1),) if scan.total - last < 10_000 else footer
        else:
            comments = (*comments, totals.row)
    return Layout(
        header_rows=header,
        width=shape.width,
        last_row=last,
        comment_rows=comments,
        footer_rows=footer,
        title_rows=titles,
        note_rows=notes,
        totals_row=totals.row if totals else None,
        totals_label=totals.label if totals else "",
    )


def header_labels(scan: Scan, layout: Layout) -> list[str]:
    """The labels of the header as Frictionless joins them from its rows."""
    labels: list[str] = []
    previous: dict[int, str] = {}
    for number, row in scan.head:
        if number not in layout.header_rows:
            continue
        for index, cell in enumerate(row):
            text = "" if cell is None else str(cell).strip()
            if previous.get(index) == text:
                continue
            previous[index] = text
            if index >= len(labels):
                labels.append(text)
            else:
                labels[index] = f"{labels[index]} {text}"
    return labels


def field_names(labels: list[str], width: int) -> list[str]:
    """Field names: the labels, numbered where they are blank or come twice."""
    names: dict[str, None] = {}
    suffixes: dict[str, int] = {}
    for number in range(1, (len(labels) or width) + 1):
        base = (labels[number - 1] if labels else "") or f"field{number}"
        name, suffix = base, suffixes.get(base, 2)
        while name in names:
            name, suffix = f"{base}{suffix}", suffix + 1
        suffixes[base] = suffix
        names[name] = None
    return list(names)


def _footer(scan: Scan) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Last row of the body, rows with notes, and all rows below the body."""
    width = body_width(scan)
    rows = scan.sample
    last = scan.last_filled
    notes: list[int] = []
    pending: list[int] = []
    above = dict(rows)
    for number, row in reversed(rows):
        if number > last or is_blank_row(row):
            continue
        if filled_cells(row) > max(1, min(3, width // 3)):
            break
        text = str(next(cell for cell in row if not c.is_blank(cell)))
        if NOTE.match(text):
            notes.extend(pending)
            pending = []
            notes.append(number)
        elif (width > 2 and (len(text) > 40 or not c.is_blank(row[0]))) or (
            width > 1 and (len(row) < width or is_blank_row(above.get(number - 1, ("x",))))
        ):
            # Part of a note only if a note begins above it; else a subtotal, a cut row, anything.
            pending.append(number)
            long_text = len(text) > 40 and filled_cells(row) == 1
            if long_text and width > 2:
                notes.extend(pending)
                pending = []
        else:
            break
    if pending and not notes:
        # One cell alone below a blank row is a remark, whatever it says.
        alone = all(filled_cells(above[number]) == 1 for number in pending)
        if alone and is_blank_row(above.get(pending[-1] - 1, ("x",))):
            notes = pending
    if notes:
        first_note = min(notes)
        last = max((n for n, row in rows if n < first_note and not is_blank_row(row)), default=0)
    below = scan.total - last
    footer = tuple(range(last + 1, scan.total + 1)) if below < 10_000 else ()
    return last, tuple(sorted(notes)), footer
