"""What the rows of a table look like, by the kinds of their cells."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.rows import Row, Scan

TITLE_ROWS = 60
"""The header is looked for in so many rows."""

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


@dataclass(slots=True)
class Shape:
    """What the body of a table looks like."""

    width: int
    kinds: dict[int, str] = field(default_factory=dict)
    """Column (from 0) → kind that most of its cells have; columns of words are left out."""
    years: set[int] = field(default_factory=set)
    """Columns whose numbers are years."""
    filled: float = 0
    """Typical number of filled cells."""


def is_blank_row(row: Row) -> bool:
    """Whether nothing is to be seen in a row."""
    return not any(row) or all(map(c.is_blank, row))


def filled_cells(row: Row) -> int:
    """Number of cells that hold something."""
    return sum(not c.is_blank(cell) for cell in row)


def _kinds(row: Row) -> list[str]:
    return [_KIND[c.classify(cell)] for cell in row]


def body_width(scan: Scan) -> int:
    """The width that most rows have; of a table in a document full of notes, that of the table."""
    wide = {w: n for w, n in scan.widths.items() if w > 1}
    if wide and sum(wide.values()) * 5 >= scan.widths.total():
        return max(wide, key=lambda w: (wide[w], w))
    return max(scan.widths, key=lambda w: (scan.widths[w], w), default=0)


def shape_of(scan: Scan, sample: list[tuple[int, Row]], last: int) -> Shape:
    """Width, kinds and filling of the body, from its lower half, where no title can be."""
    width = body_width(scan)
    rows = [row for n, row in sample if n <= last and not is_blank_row(row)]
    lower = rows[len(rows) // 2 :] if len(rows) < 2 * TITLE_ROWS else rows[TITLE_ROWS:]
    wide = [row for row in lower if 2 * len(row) >= width] or lower
    shape = Shape(width=width, filled=median([filled_cells(r) for r in wide]) if wide else 0)
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


def votes(row: Row, shape: Shape) -> tuple[int, int]:
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
    years = len(year_cells) > 2 or (len(year_cells) > 1 and steps in ({1}, {-1}, {0}))
    if years and not agree:
        return 0, conflict + len(year_cells)  # »2019;2020;2021« above numbers: a header
    return agree + len(year_cells), conflict


def counts_up(row: Row, shape: Shape) -> bool:
    """Whether all numbers of a row are 1, 2, 3 and so on: days or hours as names."""
    numbers = [
        str(row[k]).strip()
        for k, kind in sorted(shape.kinds.items())
        if k < len(row) and kind == NUMBER
    ]
    values = [int(text) for text in numbers if text.isdecimal() and len(text) < 5]
    return (
        len(values) == len(numbers) > 3
        and values[0] < 2
        and all(b - a == 1 for a, b in pairwise(values))
    )
