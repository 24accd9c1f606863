"""Counts over all cells of each column, which is all that types are decided by.

Nothing is decided by the first hundred rows: equal cells are counted once, and plain numbers all at
once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.layout import Layout
from datenernte_validators.tabular.rows import Row
from datenernte_validators.tabular.rules import suspect

_CHUNK_ROWS = 10_000
_TOKENS = 50
"""Different tokens that a column may have for one thing."""

_PLAIN = {
    mark: re.compile(
        rf"(?:0|[1-9][0-9]*)(?:[{mark}][0-9]+)?(?:\n(?:0|[1-9][0-9]*)(?:[{mark}][0-9]+)?)*"
    )
    for mark in ",."
}
"""Numbers without sign, one in each line, all with the same mark if any."""
_GROUPED = {
    mark: re.compile(rf"^[1-9][0-9]{{0,2}}[{mark}][0-9]{{3}}$", re.MULTILINE) for mark in ",."
}
"""Numbers that could have a thousands mark: `1.234`."""
_DIGITS = re.compile(r"[0-9]+(?:\n[0-9]+)*")
_LEADING_ZERO = re.compile(r"^0[0-9]", re.MULTILINE)
_THOUSANDS = re.compile(r"^[1-9][0-9]{3,}$", re.MULTILINE)
"""An integer over 999 without a mark."""


@dataclass(slots=True)
class ColumnStatistics:
    """Counts over all cells of one column."""

    classes: Counter[str] = field(default_factory=Counter)
    missing: dict[str, None] = field(default_factory=dict)
    """Tokens for »no value« as they stand in the file, in order of appearance."""
    booleans: dict[str, None] = field(default_factory=dict)
    lengths: set[int] = field(default_factory=set)
    """Lengths of cells of digits."""
    plain_thousands: bool = False
    """An integer over 999 stands there without a thousands mark."""
    odd_signs: bool = False
    """Some numbers have a minus sign that no program reads as one."""
    first_part: int = 0
    """Largest first part of cells like 01.02.03: of days, one is over 12 sooner or later."""
    distinct: dict[str, None] = field(default_factory=dict)
    """The first two different values."""
    suspects: Counter[str] = field(default_factory=Counter)
    """Cells that are doubtful by themselves, by kind (`rules.suspect`)."""
    natives: Counter[type] = field(default_factory=Counter)
    """Types of cells that are not text; only sheets have them."""

    def add(self, cells: Sequence[c.Cell]) -> None:
        """Count the cells of one chunk."""
        if self._add_plain_numbers(cells):
            return
        # True, 1 and 1.0 are one key to a dictionary, so the type is part of it.
        for (kind, cell), count in Counter(zip(map(type, cells), cells, strict=True)).items():
            if kind is str:
                self.add_text(str(cell), count)
                continue
            cls = c.classify(cell)
            self.classes[cls] += count
            if cell is not None:
                self.natives[kind] += count
                if len(self.distinct) < 2:
                    self.distinct[str(cell)] = None
            if cls == c.INTEGER and isinstance(cell, int) and len(self.lengths) < _TOKENS:
                self.lengths.add(len(str(cell)))

    def add_texts(self, cells: Sequence[str]) -> None:
        """Count the cells of one chunk of a text table."""
        if not self._add_plain_numbers(cells):
            for cell, count in Counter(cells).items():
                self.add_text(cell, count)

    def add_text(self, cell: str, count: int) -> None:
        """Count a text that stands in so many cells."""
        cls = c.classify_text(cell)
        self.classes[cls] += count
        if len(self.distinct) < 2 and cls not in (c.MISSING, c.EMPTY):
            self.distinct[cell] = None
        if (cls in (c.TEXT, c.MISSING)) and (kind := suspect(cell)) is not None:
            self.suspects[kind] += count
        if cls in (c.INTEGER, c.LEADING_ZERO):
            digits = len(cell.strip().lstrip("+-"))
            if len(self.lengths) < _TOKENS:
                self.lengths.add(digits)
            if digits > 3 and cls == c.INTEGER:
                self.plain_thousands = True
        elif cls in (c.MISSING, c.EMPTY):
            if len(self.missing) < _TOKENS:
                self.missing[cell] = None
        elif cls == c.BOOLEAN and len(self.booleans) < _TOKENS:
            self.booleans[cell] = None
        elif cls == c.DATE_DMY_SHORT:
            self.first_part = max(self.first_part, int(cell.split(".", 1)[0]))
        if cell[0:1] in c.ODD_SIGNS and cls in c.NUMBERS:
            self.odd_signs = True

    def _add_plain_numbers(self, cells: Sequence[c.Cell]) -> bool:
        """Count a chunk that holds nothing but plain numbers in one go.

        Columns of numbers rarely repeat themselves, so asking for each different cell would be
        most of the work; one look over all of them gives the same counts.
        """
        first = cells[0] if cells else None
        if not isinstance(first, str) or not first[:1].isdigit():
            return False
        try:
            text = "\n".join(cells)  # type: ignore[arg-type]  # raises where not all are text
        except TypeError:
            return False
        if text.count("\n") != len(cells) - 1:
            return False
        mark = "," if "," in text else "."
        marked = text.count(mark)
        zeros = 0
        if not _PLAIN[mark].fullmatch(text):
            if marked or not _DIGITS.fullmatch(text):
                return False
            zeros = len(_LEADING_ZERO.findall(text))
        if len(self.distinct) < 2:
            self.distinct[first] = None
            other = next((cell for cell in cells if cell != first), first)
            self.distinct[str(other)] = None
        grouped = len(_GROUPED[mark].findall(text)) if marked else 0
        self.classes[c.DECIMAL_COMMA if mark == "," else c.DECIMAL_POINT] += marked - grouped
        self.classes[c.COMMA_GROUP if mark == "," else c.DOTTED] += grouped
        self.classes[c.INTEGER] += len(cells) - marked - zeros
        self.classes[c.LEADING_ZERO] += zeros
        if not marked:
            self.lengths |= set(map(len, cells))  # type: ignore[arg-type]  # text cells only
            self.plain_thousands = self.plain_thousands or _THOUSANDS.search(text) is not None
        elif marked < len(cells):
            self.lengths |= {len(cell) for cell in cells if mark not in cell}  # type: ignore[operator, arg-type]
            self.plain_thousands = self.plain_thousands or _THOUSANDS.search(text) is not None
        return True

    @property
    def constant(self) -> str | None:
        """The value of all cells, none of them blank; None where they differ."""
        filled = self.values == self.classes.total() > 0
        return next(iter(self.distinct)) if filled and len(self.distinct) == 1 else None

    def count(self, *classes: str) -> int:
        """Cells of these classes."""
        return sum(self.classes[cls] for cls in classes)

    @property
    def too_many_tokens(self) -> bool:
        """Whether there are more ways to say »no value« than are kept."""
        return len(self.missing) >= _TOKENS or len(self.booleans) >= _TOKENS

    @property
    def values(self) -> int:
        """Cells that hold something, tokens for »no value« apart."""
        return self.classes.total() - self.count(c.EMPTY, c.MISSING)


def collect(rows: Iterable[Row], width: int, *, text: bool) -> list[ColumnStatistics]:
    """Statistics of each column over the rows of a body.

    Args:
        width: number of columns.
        text: all cells are text.
    """
    columns = [ColumnStatistics() for _ in range(width)]
    for chunk in _chunks(iter(rows)):
        whole = all(len(row) == width for row in chunk)
        parts: Iterable[Sequence[Any]] = (
            zip(*chunk, strict=True)
            if whole
            else ([row[k] for row in chunk if k < len(row)] for k in range(width))
        )
        for statistics, cells in zip(columns, parts, strict=True):
            if text:
                statistics.add_texts(cells)
            else:
                statistics.add(cells)
    return columns


def body_rows(rows: Iterable[Row], layout: Layout) -> Iterator[Row]:
    """The rows of the body out of all rows of a table."""
    body = islice(rows, layout.first_row - 1, layout.last_row)
    if not layout.left_out:
        return body
    numbered = enumerate(body, start=layout.first_row)
    return (row for number, row in numbered if number not in layout.left_out)


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, _CHUNK_ROWS)):
        yield chunk
