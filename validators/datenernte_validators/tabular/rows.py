"""Rows of a table as its reader gives them, and one look over all of them.

Row numbers are those of Frictionless: the n-th row that the reader yields, blank rows and rows
above the header included; a row with line breaks in a cell is one row.
"""

import csv
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from datenernte_validators.tabular.cells import Cell, is_blank
from datenernte_validators.tabular.dialect import CsvDialect

HEAD_ROWS = 300
TAIL_ROWS = 300
_NOTED_ROWS = 1_000
_SPAN_LINES = 200
"""A cell over more lines than this was never meant; its closing quote is missing."""

Row = Sequence[Cell]


class RowSource(Protocol):
    """A table that can be read from its first row as often as needed."""

    def rows(self) -> Iterator[Row]:
        """All rows, the first one first.

        Raises:
            RowTooLong: a row exceeds the limit.
        """


class RowTooLong(Exception):
    """Raised by a row source when a row exceeds the limit of characters."""

    def __init__(self, row: int, lines: int) -> None:
        super().__init__(f"row {row} over {lines} lines")
        self.row = row
        self.lines = lines
        """Lines that the row already has: more than one means an open quote."""


@dataclass(slots=True)
class CsvSource:
    """Rows of a text file, read as Frictionless reads them; wrong bytes become U+FFFD."""

    path: Path
    encoding: str
    dialect: CsvDialect
    longest_row: int
    """Limit in characters."""
    one_line_rows: bool = False
    """Each row is known to be one line, shorter than the limit: nothing is to be watched."""
    open_quotes: list[int] = field(default_factory=list)
    """Rows in which a quote swallowed others; known after the first complete reading."""

    def rows(self) -> Iterator[list[str]]:
        """All rows.

        Raises:
            RowTooLong: a row exceeds the limit.
        """
        if self.one_line_rows:
            with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
                yield from self.dialect.reader(file)
            return
        pending: list[str] = []
        size = 0
        number = 1

        def lines() -> Iterator[str]:
            nonlocal size
            with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
                for line in file:
                    pending.append(line)
                    size += len(line)
                    if size > self.longest_row:
                        raise RowTooLong(number, len(pending))
                    yield line

        first = not self.open_quotes
        for row in self.dialect.reader(lines()):
            if len(pending) > 1 and first and self.is_swallowed(pending, row):
                self.open_quotes.append(number)
            pending.clear()
            size = 0
            number += 1
            yield row

    def is_swallowed(self, lines: list[str], row: list[str]) -> bool:
        """Whether a row over several lines is one because a quote was not closed in time."""
        if len(lines) > _SPAN_LINES:
            return True
        try:
            list(
                csv.reader(
                    lines,
                    delimiter=self.dialect.delimiter,
                    quotechar=self.dialect.quote_char,
                    skipinitialspace=self.dialect.skip_initial_space,
                    strict=True,
                )
            )
        except csv.Error:
            return True  # the file ended inside the quotes, or they end in the middle of a cell
        width = len(row)
        return width > 2 and any(
            line.count(self.dialect.delimiter) >= width - 1
            for cell in row
            if "\n" in cell
            for line in cell.split("\n")[1:]
        )


@dataclass(slots=True)
class SheetSource:
    """Rows of a sheet, held in memory."""

    cells: list[tuple[Cell, ...]]

    def rows(self) -> Iterator[Row]:
        """All rows."""
        return iter(self.cells)


@dataclass(slots=True)
class Scan:
    """What one look over all rows shows."""

    total: int = 0
    """All rows, blank ones included."""
    widths: Counter[int] = field(default_factory=Counter)
    """Number of cells → rows with so many, blank rows left out."""
    head: list[tuple[int, Row]] = field(default_factory=list)
    tail: deque[tuple[int, Row]] = field(default_factory=lambda: deque(maxlen=TAIL_ROWS))
    """The last rows, those of `head` left out."""
    last_filled: int = 0
    """Number of the last row that is not blank."""
    columns: int = 0
    """Cells of the widest row."""
    longest_row: int = 0
    """Characters of the longest row, an upper bound."""

    @property
    def complete(self) -> bool:
        """Whether head and tail together are the whole table."""
        return self.total <= len(self.head) + len(self.tail)

    @property
    def sample(self) -> list[tuple[int, Row]]:
        """Head and tail."""
        return [*self.head, *self.tail]


def scan(source: RowSource) -> Scan:
    """Look over all rows once.

    Raises:
        RowTooLong: a row exceeds the limit of its source.
    """
    result = Scan()
    widths, head, tail = result.widths, result.head, result.tail
    is_text = isinstance(source, CsvSource)
    number = 0
    for number, row in enumerate(source.rows(), start=1):
        if number <= HEAD_ROWS:
            head.append((number, row))
        else:
            tail.append((number, row))
        if any(row) and not (is_blank(row[0]) and all(map(is_blank, row))):
            widths[len(row)] += 1
            result.last_filled = number
            if is_text:
                size = sum(map(len, row))  # type: ignore[arg-type]  # text cells only
                result.longest_row = max(result.longest_row, size)
    result.total = number
    result.columns = max(widths, default=0)
    return result
