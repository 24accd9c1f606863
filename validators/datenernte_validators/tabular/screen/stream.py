"""The rows that Frictionless is to judge: all but those that are certainly clean.

Frictionless asks its dialect for the numbered rows of a table. Ours leaves clean rows out, keeps
count of them, and tells Frictionless' own memory of unique values and primary keys where a value
stood last, so that the report is made by Frictionless' own code from the first to the last line.
"""

import inspect
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from frictionless import Dialect
from frictionless.resources import TableResource

from datenernte_validators.tabular.screen.blocks import Block, BlockReader
from datenernte_validators.tabular.screen.columns import (
    READER_FAULTS,
    FieldScreen,
    blank_rows,
    field_screens,
    suspicious_rows,
)
from datenernte_validators.tabular.screen.cutting import cut_lines
from datenernte_validators.tabular.screen.engine import GiveUp, polars_faults
from datenernte_validators.tabular.screen.keys import SeenKeys, key_field, read_value

_FIELDS = 500
"""Wider tables are for plain Frictionless."""
_MEMORY = ("memory_unique", "memory_primary", "has_primary_key")
"""What Frictionless' stream of rows remembers."""

NumberedCells = tuple[int, list[str]]


class ScreenedDialect(Dialect):
    """A dialect whose rows are those that are not certainly clean."""

    _screen: "Screen | None" = None

    def screen_with(self, screen: "Screen") -> None:
        """Set the screen; it is used for one reading of the whole table."""
        self._screen = screen

    def read_enumerated_content_stream(self, cell_stream: Any) -> Iterator[NumberedCells]:
        """All rows of a sample, and of a whole table those that are to be judged."""
        if isinstance(cell_stream, list) or self._screen is None:
            return iter(super().read_enumerated_content_stream(cell_stream))
        first: int = self.create_first_content_row()  # type: ignore[no-untyped-call]
        return self._screen.rows(first, frozenset(self.comment_rows))


@dataclass(slots=True)
class Screen:
    """The screen of one table."""

    resource: TableResource
    reader: BlockReader
    last_row: int
    """Last row of the body."""
    _fields: list[FieldScreen] = field(default_factory=list)
    _keys: list[tuple[SeenKeys, list[str | None]]] = field(default_factory=list)
    """Keys, and whose they are: the name of a unique field, None for the primary key."""
    _memory: Mapping[str, Any] = field(default_factory=dict)
    _first_row: int = 1
    _left_out: list[int] = field(default_factory=list)
    _begun: bool = False
    """Frictionless has a first row."""

    def rows(self, first_row: int, left_out: frozenset[int]) -> Iterator[NumberedCells]:
        """Row numbers and cells of all rows of the body that are not certainly clean.

        Raises:
            GiveUp: the table is for plain Frictionless.
        """
        self._first_row = first_row
        self._left_out = sorted(number for number in left_out if number >= first_row)
        try:
            yield from self._rows()
        except polars_faults() as error:
            raise GiveUp(str(error)) from error
        except READER_FAULTS as error:
            # Not Frictionless' own: those are raised where it judges, and not where rows are made.
            raise GiveUp(str(error)) from error

    def _rows(self) -> Iterator[NumberedCells]:
        self._prepare()
        stats = self.resource.stats
        # Frictionless has seen the first bytes by now: a byte-order mark changes the encoding.
        self.reader.encoding = str(self.resource.encoding)
        total = 0
        for block in self.reader.blocks():
            if block.first_row <= self.last_row:
                for number, cells in self._judged(block):
                    stats.rows = self._content_rows(number) - 1  # Frictionless adds this one
                    yield number, cells
            total += block.rows
        stats.rows = self._content_rows(min(total, self.last_row))
        stats.bytes, stats.md5, stats.sha256 = (
            self.reader.size,
            self.reader.md5,
            self.reader.sha256,
        )

    def _prepare(self) -> None:
        header = self.resource.header
        if not hasattr(header, "get_expected_fields"):
            raise GiveUp("another Frictionless than the one that is known")
        fields = header.get_expected_fields()
        names = [one.name for one in fields]
        if not 0 < len(fields) <= _FIELDS or len(set(names)) < len(names):
            raise GiveUp("the fields")
        rows: Any = self.resource.row_stream
        self._memory = inspect.getgeneratorlocals(rows)
        if not all(name in self._memory for name in _MEMORY):
            raise GiveUp("another Frictionless than the one that is known")
        self._fields = field_screens(fields)
        owners: dict[tuple[str, ...], list[str | None]] = {
            (name,): [name] for name in self._memory["memory_unique"]
        }
        if self._memory["has_primary_key"]:
            owners.setdefault(tuple(self.resource.schema.primary_key), []).append(None)
        for parts, whose in owners.items():
            key_fields = [key_field(self._fields[names.index(part)]) for part in parts]
            self._keys.append((SeenKeys(key_fields, is_primary=None in whose), whose))

    def _content_rows(self, number: int) -> int:
        """How many rows of the body there are up to one."""
        return max(0, number - self._first_row + 1 - bisect_right(self._left_out, number))

    def _is_content(self, number: int) -> bool:
        return self._first_row <= number <= self.last_row and number not in self._left_out

    def _judged(self, block: Block) -> list[NumberedCells]:
        """The rows of a block that are not certainly clean."""
        frame, others = self._parsed(block)
        doubtful: list[pl.Series] = []
        if not self._begun and len(frame):
            # Errors of the header are held against the limit after the first row, even a clean one.
            doubtful.append(frame["row"].head(1))
            self._begun = True
        for mask in (suspicious_rows(frame, self._fields), blank_rows(frame, self._fields)):
            if mask is not None:
                doubtful.append(frame["row"].filter(mask))
        if self._keys:
            keyed = frame
            if others:
                keyed = pl.concat([frame, self._ragged(others)]).sort("row")
            for seen, whose in self._keys:
                repeats = seen.add(keyed)
                doubtful += repeats.rows
                for name in whose:
                    self._remind(name, seen, repeats.earlier)
        if doubtful:
            numbers = pl.concat(doubtful).unique()
            found = frame.join(numbers.alias("row").to_frame(), on="row", how="semi")
            others += [(number, list(cells)) for *cells, number in found.iter_rows()]
        return sorted(others)

    def _remind(
        self, name: str | None, seen: SeenKeys, earlier: list[tuple[tuple[str | None, ...], int]]
    ) -> None:
        """Tell Frictionless' memory of rows that it did not see."""
        for cells, row in earlier:
            values = [
                None if cell is None else read_value(one.screen.reader, cell)
                for one, cell in zip(seen.fields, cells, strict=True)
            ]
            memory = self._memory["memory_unique"][name] if name else self._memory["memory_primary"]
            value = values[0] if name else tuple(values)
            if memory.get(value, 0) < row:
                memory[value] = row

    def _parsed(self, block: Block) -> tuple[pl.DataFrame, list[NumberedCells]]:
        """The rows of the body that have the expected width, as columns of text, and all others."""
        names = [one.name for one in self._fields]
        others = [(r.row, r.cells) for r in block.records if self._is_content(r.row)]
        frame, regular = cut_lines(block, self.reader.dialect, names)
        if block.numbers is None:
            frame = frame.with_columns(
                row=pl.int_range(block.first_row, block.first_row + len(frame), eager=True)
            )
        else:
            frame = frame.with_columns(row=block.numbers)
        if regular is not None and not regular.all():
            lines = block.text.split("\n")
            for index in (~regular).arg_true().to_list():
                number = int(frame["row"][index])
                if self._is_content(number):
                    others.append((number, next(self.reader.dialect.reader([lines[index]]), [])))
            frame = frame.filter(regular)
        if block.first_row < self._first_row or block.first_row + block.rows > self.last_row + 1:
            frame = frame.filter(pl.col("row").is_between(self._first_row, self.last_row))
        if self._left_out:
            frame = frame.filter(~pl.col("row").is_in(self._left_out))
        return frame, others

    def _ragged(self, rows: list[NumberedCells]) -> pl.DataFrame:
        """Rows of another width, or that only `csv.reader` could cut, as columns of text."""
        width = len(self._fields)
        padded = [[*cells[:width], *[None] * (width - len(cells)), row] for row, cells in rows]
        schema = {**{one.name: pl.String for one in self._fields}, "row": pl.Int64}
        return pl.DataFrame(padded, schema=schema, orient="row")
