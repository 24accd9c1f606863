"""Where in a file the table stands: title rows, header rows, body, totals row, footnotes.

The header is found by the shape of the body: columns whose lower rows are numbers or dates have
text in their header. Nothing is cut that could be data: what is left out must look like a title, a
note or a sum, and is reported.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.rows import Row, Scan
from datenernte_validators.tabular.totals import find_totals

_TITLE_ROWS = 60
"""The header is looked for in so many rows."""
_HEADER_ROWS = 4
_NOTE = re.compile(
    r"""\s*(?:\#|_{3,}|-{5,}|={5,}|©|\(c\)|\*+\s*\S|\d\)\s|[¹²³]|
    (?:Quelle|Quellen|Datenquelle|Stand|Hinweis|Hinweise|Anmerkung|Anmerkungen|Fußnote|Fußnoten|
       Erläuterung|Erläuterungen|Legende|Zeichenerklärung|Lizenz|Herausgeber|Copyright|
       Erstellt\ am|Abgerufen|Vervielfältigung|Datenlizenz|Abweichungen|Differenzen|
       Source|Note)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
"""How footnotes of German statistics begin."""

_UNIT = re.compile(
    r"""\W*(?:in\s+)?(?:anzahl|%|‰|prozent|promille|ha|hektar|a|m|km|cm|mm|m²|qm|km²|m³|kg|t|tonnen|
    €|euro|eur|teuro|t€|1\.?000|tsd\.?|mio\.?|personen|einwohner|stück|jahre?|kwh|mwh|gwh|kw|mw|°c|
    stunden|std\.?|min\.?)(?:\s*(?:€|euro|eur|personen|t|je\s\S+))?\W*""",
    re.VERBOSE | re.IGNORECASE,
)
"""What stands in a row of units below the names."""

NUMBER, DATE, WORD, CODE, BOOLEAN, NOTHING = "number", "date", "word", "code", "boolean", ""

_KIND = {
    **dict.fromkeys(c.NUMBERS | c.UNITS, NUMBER),
    **dict.fromkeys(c.DATES | c.DATETIMES | c.TIMES, DATE),
    c.DOTTED_CODE: CODE,
    c.LEADING_ZERO: CODE,
    c.NATIVE_DURATION: DATE,
    c.BOOLEAN: BOOLEAN,
    c.TEXT: WORD,
    c.EMPTY: NOTHING,
    c.MISSING: NOTHING,
}


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


@dataclass(slots=True)
class _Shape:
    """What the body of a table looks like."""

    width: int
    kinds: dict[int, str] = field(default_factory=dict)
    """Column (from 0) → kind that most of its cells have; columns of words are left out."""
    years: set[int] = field(default_factory=set)
    """Columns whose numbers are years."""
    filled: float = 0
    """Typical number of filled cells."""


def recognise_layout(scan: Scan, labels: Sequence[str] = ()) -> Layout:
    """The parts of a table.

    Args:
        labels: field names of a given schema; the row that carries them is the header.
    """
    sample = scan.sample
    last, notes, footer = _footer(scan)
    shape = _shape(scan, sample, last)
    header = _header_by_labels(scan.head, labels) or _header(scan.head, shape, last)
    first_header = header[0] if header else _first_full(scan.head, shape)
    comments = tuple(range(1, first_header))
    titles = tuple(n for n, row in scan.head if n < first_header and not _is_blank(row))
    start = header[-1] + 1 if header else first_header
    body = [(n, row) for n, row in sample if start <= n <= last and not _is_blank(row)]
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


def _is_blank(row: Row) -> bool:
    return not any(row) or all(map(c.is_blank, row))


def _filled(row: Row) -> int:
    return sum(not c.is_blank(cell) for cell in row)


def _kinds(row: Row) -> list[str]:
    return [_KIND[c.classify(cell)] for cell in row]


def _body_width(scan: Scan) -> int:
    """The width that most rows have; of a table in a document full of notes, that of the table."""
    wide = {w: n for w, n in scan.widths.items() if w > 1}
    if wide and sum(wide.values()) * 5 >= scan.widths.total():
        return max(wide, key=lambda w: (wide[w], w))
    return max(scan.widths, key=lambda w: (scan.widths[w], w), default=0)


def _footer(scan: Scan) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Last row of the body, rows with notes, and all rows below the body."""
    width = _body_width(scan)
    rows = scan.sample
    last = scan.last_filled
    notes: list[int] = []
    pending: list[int] = []
    for number, row in reversed(rows):
        if number > last or _is_blank(row):
            continue
        if _filled(row) > max(1, min(3, width // 3)):
            break
        text = str(next(cell for cell in row if not c.is_blank(cell)))
        if _NOTE.match(text):
            notes.extend(pending)
            pending = []
            notes.append(number)
        elif width > 2 and (len(row) < width or len(text) > 40 or not c.is_blank(row[0])):
            # Part of a note only if a note begins above it; else a subtotal, a cut row, anything.
            pending.append(number)
            long_text = len(text) > 40 and _filled(row) == 1
            if long_text and width > 2:
                notes.extend(pending)
                pending = []
        else:
            break
    if notes:
        first_note = min(notes)
        last = max((n for n, row in rows if n < first_note and not _is_blank(row)), default=0)
    below = scan.total - last
    footer = tuple(range(last + 1, scan.total + 1)) if below < 10_000 else ()
    return last, tuple(sorted(notes)), footer


def _shape(scan: Scan, sample: list[tuple[int, Row]], last: int) -> _Shape:
    """Width, kinds and filling of the body, from its lower half, where no title can be."""
    width = _body_width(scan)
    rows = [row for n, row in sample if n <= last and not _is_blank(row)]
    lower = rows[len(rows) // 2 :] if len(rows) < 2 * _TITLE_ROWS else rows[_TITLE_ROWS:]
    wide = [row for row in lower if 2 * len(row) >= width] or lower
    shape = _Shape(width=width, filled=median([_filled(r) for r in wide]) if wide else 0)
    for column in range(min(width, 2_000)):
        classes = [c.classify(row[column]) for row in wide if column < len(row)]
        counts = Counter(_KIND[cls] for cls in classes)
        counts.pop(NOTHING, None)
        if not counts:
            continue
        kind, count = counts.most_common(1)[0]
        if kind != WORD and count >= 0.7 * counts.total():
            shape.kinds[column] = kind
            values = [row[column] for row in wide if column < len(row)]
            if kind == NUMBER and sum(map(_is_year, values)) >= 0.7 * count:
                shape.years.add(column)
    return shape


def _is_year(cell: c.Cell) -> bool:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    return len(text) == 4 and text.isascii() and text.isdigit() and 1900 <= int(text) <= 2100


def _header_by_labels(head: list[tuple[int, Row]], labels: Sequence[str]) -> tuple[int, ...]:
    """The row that carries at least half of the given names."""
    wanted = {label.strip().casefold() for label in labels if label.strip()}
    if not wanted:
        return ()
    best, best_number = 0, 0
    for number, row in head[:_TITLE_ROWS]:
        found = len(wanted & {str(cell).strip().casefold() for cell in row if cell is not None})
        if found > best:
            best, best_number = found, number
    return (best_number,) if 2 * best >= len(wanted) else ()


def _first_full(head: list[tuple[int, Row]], shape: _Shape) -> int:
    """Number of the first row that is filled as the body is."""
    for number, row in head[:_TITLE_ROWS]:
        if _is_full(row, shape):
            return number
    return next((n for n, row in head if not _is_blank(row)), 1)


def _is_full(row: Row, shape: _Shape) -> bool:
    needed = max(1 if shape.width == 1 else 2, shape.filled / 2)
    return _filled(row) >= min(needed, max(shape.filled, 1)) and 2 * len(row) >= shape.width


def _is_note(row: Row) -> bool:
    first = next((str(cell).strip() for cell in row if not c.is_blank(cell)), "")
    return first.endswith(":") or _NOTE.match(first) is not None


def _is_units(row: Row) -> bool:
    return all(_UNIT.fullmatch(str(cell)) for cell in row if not c.is_blank(cell))


def _votes(row: Row, shape: _Shape) -> tuple[int, int]:
    """How many cells are of their column's kind, and how many are of another."""
    agree = conflict = 0
    year_cells: list[int] = []
    for column, kind in enumerate(_kinds(row)):
        expected = shape.kinds.get(column)
        if expected is None or kind == NOTHING:
            continue
        same = kind == expected or {kind, expected} == {NUMBER, CODE}
        if same and kind == NUMBER and column not in shape.years and _is_year(row[column]):
            year_cells.append(int(float(str(row[column]))))
        elif same:
            agree += 1
        else:
            conflict += 1
    steps = {b - a for a, b in pairwise(year_cells)}
    if len(year_cells) > 1 and steps in ({1}, {-1}, {0}) and not agree:
        return agree, conflict + len(year_cells)  # »2019;2020;2021« above numbers: a header
    return agree + len(year_cells), conflict


def _header(head: list[tuple[int, Row]], shape: _Shape, last: int) -> tuple[int, ...]:
    """The header rows, or nothing where the first full row already has the body's types."""
    rows = [(n, row) for n, row in head[:_TITLE_ROWS] if n <= last]
    if not shape.kinds:
        return _header_of_words(head, shape, last)
    for index, (number, row) in enumerate(rows):
        if _is_blank(row) or not _is_full(row, shape):
            continue
        agree, conflict = _votes(row, shape)
        if agree > conflict:
            return ()
        if _is_note(row):
            continue  # »Stand;31.12.2023« above a table of two columns
        if conflict or any(k < len(row) and not c.is_blank(row[k]) for k in shape.kinds):
            above = _upper_header(rows[:index], shape)
            below = _lower_header(rows[index + 1 :], shape, _HEADER_ROWS - 1 - len(above))
            return (*above, number, *below)
    full = [n for n, row in rows if _is_full(row, shape)]
    return (full[0],) if full else ()


def _header_of_words(head: list[tuple[int, Row]], shape: _Shape, last: int) -> tuple[int, ...]:
    """The header of a table that holds nothing but words: its first full row."""
    rows = [(n, row) for n, row in head if n <= last and not _is_blank(row)]
    start = next((i for i, (_, row) in enumerate(rows) if _is_full(row, shape)), None)
    if start is None:
        return (rows[0][0],) if rows else ()
    number, first = rows[start]
    following = [row for _, row in rows[start + 1 :]]
    if len(following) >= 5 and shape.width > 1:
        again = sum(
            any(k < len(row) and row[k] == cell for row in following)
            for k, cell in enumerate(first)
            if not c.is_blank(cell)
        )
        if again >= max(2, shape.width / 2):
            return ()  # its words are values that come again below
    return (number,)


def _upper_header(rows: list[tuple[int, Row]], shape: _Shape) -> list[int]:
    """Header rows above the one found: group names over several columns."""
    found: list[int] = []
    for number, row in reversed(rows):
        filled = _filled(row)
        if not filled or len(row) < shape.width or len(found) == _HEADER_ROWS - 1 or _is_note(row):
            break
        if not c.is_blank(row[0]) and filled < max(2, shape.filled / 2):
            break  # a title stands in the first column, alone or nearly so
        found.insert(0, number)
    return found


def _lower_header(rows: list[tuple[int, Row]], shape: _Shape, most: int) -> list[int]:
    """Header rows below the one found: subheads and units, words where the body has none."""
    found: list[int] = []
    for index, (number, row) in enumerate(rows):
        if len(found) >= most or _is_blank(row):
            break
        agree, conflict = _votes(row, shape)
        unnamed = c.is_blank(row[0]) and 0 not in shape.kinds
        enough = max(2, len(shape.kinds) / 2)
        clear = conflict >= enough or (unnamed and conflict == len(shape.kinds))
        if agree or not (clear or (conflict and unnamed and _is_units(row))):
            break
        below = [_votes(next_row, shape) for _, next_row in rows[index + 1 : index + 4]]
        if not any(a > b for a, b in below):
            break  # no body follows: these words are values
        found.append(number)
    return found
