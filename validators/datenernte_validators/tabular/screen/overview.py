"""The first look over all rows of a text table, as `rows.scan` takes it, many times faster."""

from collections import deque
from dataclasses import dataclass, field

from datenernte_validators.tabular.cells import is_blank
from datenernte_validators.tabular.rows import HEAD_ROWS, TAIL_ROWS, CsvSource, Scan
from datenernte_validators.tabular.screen.blocks import Block, BlockReader, Sizes
from datenernte_validators.tabular.screen.engine import (
    SCREENED_BYTES,
    GiveUp,
    limit_threads,
    polars_faults,
)

_LETTER = "[0-9A-Za-z\\x{c0}-\\x{24f}]"
"""A line with one is not blank, whatever else is in it."""


def screened_scan(
    source: CsvSource, *, smallest: int = SCREENED_BYTES, sizes: Sizes | None = None
) -> Scan | None:
    """What `rows.scan` gives; None where it is to be asked, as the file is small or hard to read.

    Args:
        smallest: files of fewer bytes are left to `rows.scan`.
    """
    if source.path.stat().st_size < smallest:
        return None
    limit_threads()
    sizes = sizes or Sizes()
    sizes = Sizes(
        first_bytes=sizes.first_bytes,
        largest_bytes=sizes.largest_bytes,
        longest_record=min(sizes.longest_record, source.longest_row),
    )
    reader = BlockReader(source.path, source.encoding, source.dialect, "replace", sizes)
    overview = _Overview(source)
    try:
        for block in reader.blocks(hashed=False):
            overview.add(block)
    except GiveUp:
        return None
    except polars_faults():
        return None
    return overview.result()


@dataclass(slots=True)
class _Overview:
    """The look so far."""

    source: CsvSource
    scan: Scan = field(default_factory=Scan)
    _tail: deque[tuple[int, str | list[str]]] = field(
        default_factory=lambda: deque(maxlen=TAIL_ROWS)
    )
    """Row number, and its line or its cells."""
    _open_quotes: list[int] = field(default_factory=list)

    def add(self, block: Block) -> None:
        """Take one block in.

        Raises:
            GiveUp: a row exceeds the limit of its source.
        """
        if block.lines:
            self._add_lines(block)
        watched = not self.source.one_line_rows
        for record in block.records:
            self._add_row(record.row, record.cells)
            if watched and sum(map(len, record.lines)) > self.source.longest_row:
                raise GiveUp("a row that is too long")
            swallows = watched and len(record.lines) > 1
            if swallows and self.source.is_swallowed(record.lines, record.cells):
                self._open_quotes.append(record.row)
        self._sample(block)
        self.scan.total += block.rows

    def result(self) -> Scan:
        """The whole look."""
        scan = self.scan
        for number, row in self._tail:
            scan.tail.append((number, self._cells(row) if isinstance(row, str) else row))
        scan.columns = max(scan.widths, default=0)
        if not self.source.open_quotes:
            self.source.open_quotes += sorted(self._open_quotes)
        return scan

    def _cells(self, line: str) -> list[str]:
        return next(iter(self.source.dialect.reader([line])), [])

    def _add_row(self, number: int, cells: list[str]) -> None:
        if all(map(is_blank, cells)):
            return
        scan = self.scan
        scan.widths[len(cells)] += 1
        scan.last_filled = max(scan.last_filled, number)
        scan.longest_row = max(scan.longest_row, sum(map(len, cells)))

    def _add_lines(self, block: Block) -> None:
        """Count the lines that are one record each."""
        import polars as pl

        dialect = self.source.dialect
        lines = pl.Series("line", [block.text]).str.split("\n").explode().to_frame()
        line = pl.col("line")
        quote = f"\\x{ord(dialect.quote_char):02x}"
        cell = f"{quote}(?:[^{quote}]|{quote}{quote})*{quote}"
        bare = line.str.replace_all(cell, "") if block.quoted else line
        marks = bare.str.count_matches(dialect.delimiter, literal=True)
        size = line.str.len_chars() - marks
        if block.quoted:
            # Quotation marks around cells are no characters of them, and doubled ones are one.
            around = 2 * line.str.count_matches(cell)
            size = (
                size
                - around
                - (line.str.count_matches(dialect.quote_char, literal=True) - around) // 2
            )
        looked = lines.select(
            lettered=line.str.contains(_LETTER),
            width=marks + 1,
            size=size,
            longest=line.str.len_chars().max(),
        )
        # Two more for the end of the line, which counts where rows are measured.
        if looked["longest"][0] + 2 > self.source.longest_row:
            raise GiveUp("a row that is too long")
        lettered = looked["lettered"]
        filled = looked if lettered.all() else looked.filter(lettered)
        scan = self.scan
        for width, count in filled["width"].value_counts().iter_rows():
            scan.widths[width] += count
        if len(filled):
            scan.longest_row = max(scan.longest_row, filled.select("size").max().item())
            last = int(lettered.arg_true()[-1])
            scan.last_filled = max(scan.last_filled, self._number(block, last))
        if len(filled) < len(looked):
            others = lines["line"].filter(~lettered).to_list()
            for index, text in zip((~lettered).arg_true().to_list(), others, strict=True):
                self._add_row(self._number(block, index), self._cells(text))

    @staticmethod
    def _number(block: Block, line: int) -> int:
        """Row number of a line of the block."""
        return block.first_row + line if block.numbers is None else int(block.numbers[line])

    def _sample(self, block: Block) -> None:
        """Keep the rows at the head of the table, and those that may be its tail."""
        wanted = TAIL_ROWS
        if block.first_row <= HEAD_ROWS:
            wanted = block.rows
        rows: list[tuple[int, str | list[str]]] = [
            (r.row, r.cells) for r in block.records[-wanted:]
        ]
        if block.lines:
            lines = (
                block.text.split("\n") if wanted == block.rows else _last_lines(block.text, wanted)
            )
            numbers: list[int] | range
            if block.numbers is None:
                end = block.first_row + block.rows
                numbers = range(end - len(lines), end)
            else:
                numbers = block.numbers.tail(len(lines)).to_list()
            rows += zip(numbers, lines, strict=True)
        for number, row in sorted(rows, key=lambda pair: pair[0]):
            if number <= HEAD_ROWS:
                self.scan.head.append((number, self._cells(row) if isinstance(row, str) else row))
            else:
                self._tail.append((number, row))


def _last_lines(text: str, count: int) -> list[str]:
    lines = text.rsplit("\n", count)
    return lines[-count:]
