"""A text table in blocks of records, cut exactly as `csv.reader` cuts the lines of a text stream.

Most lines are one record each and can be cut by polars: those without quotation marks, and those
whose quotes open and close at the edges of cells. All others, such as cells with line breaks, are
cut by `csv.reader` itself, one record at a time.
"""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datenernte_validators.tabular.dialect import CsvDialect
from datenernte_validators.tabular.screen.engine import GiveUp

if TYPE_CHECKING:
    import polars as pl

FIRST_BYTES = 1 << 15
LARGEST_BYTES = 1 << 23
LONGEST_RECORD = 1 << 25
"""In characters; an unclosed quote makes the rest of a file one record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """How much of a file is read at a time."""

    first_bytes: int = FIRST_BYTES
    """Small, so that little is done in vain for a file full of errors."""
    largest_bytes: int = LARGEST_BYTES
    longest_record: int = LONGEST_RECORD


@dataclass(slots=True)
class Record:
    """A record that only `csv.reader` could cut."""

    row: int
    cells: list[str]
    lines: list[str]
    """What it stands in, with ends of lines; more than one where a cell has line breaks."""


@dataclass(slots=True)
class Block:
    """Consecutive records of a table."""

    first_row: int
    """Row number of its first record."""
    rows: int
    """Number of its records."""
    text: str
    """Lines that are one record each, without carriage returns; no end at the last one."""
    lines: int
    """Number of these lines; 0 if there is none, as an empty `text` is one blank line too."""
    quoted: bool
    """Some of these lines have quoted cells."""
    data: bytes | None = None
    """`text` in UTF-8, where the file has it so."""
    numbers: "pl.Series | None" = None
    """Row numbers of these lines; None where they are all there is."""
    records: list[Record] = field(default_factory=list)
    """All other records."""


@dataclass(slots=True)
class BlockReader:
    """Reads a file once, in blocks that grow up to a limit."""

    path: Path
    encoding: str
    dialect: CsvDialect
    errors: str = "strict"
    """What to do with bytes that are no text, as for `open`."""
    sizes: Sizes = field(default_factory=Sizes)
    size: int = 0
    """Bytes read so far."""
    _md5: Any = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))
    _sha256: Any = field(default_factory=hashlib.sha256)

    @property
    def md5(self) -> str:
        """Of the bytes read so far, in hex."""
        return str(self._md5.hexdigest())

    @property
    def sha256(self) -> str:
        """Of the bytes read so far, in hex."""
        return str(self._sha256.hexdigest())

    def blocks(self, *, hashed: bool = True) -> Iterator[Block]:
        """All records of the file.

        Args:
            hashed: keep count of `md5` and `sha256`.

        Raises:
            GiveUp: bytes that are no text, lines that `csv.reader` refuses, or a record without
                an end in sight.
        """
        delimiter, quote = self.dialect.delimiter, self.dialect.quote_char
        marks = {delimiter, quote, "\r", "\n"}
        if len(marks) < 4 or not all(len(m) == 1 and m.isascii() for m in marks):
            raise GiveUp("delimiter or quotation mark")
        if self.dialect.skip_initial_space:
            raise GiveUp("blanks before quotes")
        row = 1
        rest = ""
        for text, data, ended in self._texts(hashed=hashed):
            whole = data if not rest else None
            block, rest = self._block(rest + text, whole, row, ended=ended, final=False)
            if len(rest) > self.sizes.longest_record:
                raise GiveUp("a record without end")
            row += block.rows
            if block.rows:
                yield block
        if rest:
            ended = rest.endswith("\n")
            body = rest.removesuffix("\n")
            yield self._block(body, None, row, ended=ended, final=True)[0]

    def _texts(self, *, hashed: bool) -> Iterator[tuple[str, bytes | None, bool]]:
        """Whole lines, the same in UTF-8 if it is to be had, and whether the last one has an end.

        That end is left out.
        """
        size = self.sizes.first_bytes
        lines = (
            _Utf8Lines(self.errors)
            if self.encoding == "utf-8"
            else _Lines(self.encoding, self.errors)
        )
        # Hashes are made beside the rest; one thread, so that they see the blocks in their order.
        with self.path.open("rb") as file, ThreadPoolExecutor(max_workers=1) as beside:
            while data := file.read(size):
                self.size += len(data)
                if hashed:
                    beside.submit(self._md5.update, data)
                    beside.submit(self._sha256.update, data)
                size = min(4 * size, self.sizes.largest_bytes)
                whole = lines.add(data)
                if whole is not None:
                    yield *whole, True
                elif lines.pending > self.sizes.longest_record:
                    raise GiveUp("a line without end")
        last = lines.rest()
        if last:
            yield last, None, False

    def _block(
        self, body: str, data: bytes | None, row: int, *, ended: bool, final: bool
    ) -> tuple[Block, str]:
        """The records of some lines, and the lines of a record that is not whole yet."""
        quoted = self.dialect.quote_char in body
        returns = "\r" in body
        lone = returns and (body.count("\r") > body.count("\r\n") + (ended and body.endswith("\r")))
        if not quoted and not lone:
            if returns:
                body, data = body.replace("\r\n", "\n").removesuffix("\r"), None
            count = body.count("\n") + 1
            return Block(row, count, body, count, quoted=False, data=data), ""
        import polars as pl

        lines = pl.Series("line", [body]).str.split("\n").explode()
        stripped = lines.str.strip_suffix("\r") if returns else lines
        simple = stripped.str.contains(self._whole_cells())
        if lone:
            simple &= ~stripped.str.contains("\r", literal=True)
        if simple.all():
            text = body if not returns else str(stripped.str.join("\n").item())
            return Block(row, len(lines), text, len(lines), quoted=True), ""
        return self._mixed(body, row, stripped, simple, ended=ended, final=final)

    def _whole_cells(self) -> str:
        """Matches lines whose quotes, if any, open and close at the edges of cells."""
        quote, delimiter = (
            f"\\x{ord(m):02x}" for m in (self.dialect.quote_char, self.dialect.delimiter)
        )
        cell = f"(?:{quote}(?:[^{quote}]|{quote}{quote})*{quote}|[^{quote}{delimiter}]*)"
        return rf"\A{cell}(?:{delimiter}{cell})*\z"

    def _mixed(
        self,
        body: str,
        row: int,
        stripped: "pl.Series",
        simple: "pl.Series",
        *,
        ended: bool,
        final: bool,
    ) -> tuple[Block, str]:
        """A block with records that only `csv.reader` can cut."""
        import polars as pl

        raw = body.split("\n")
        counts = [1] * len(raw)  # records that begin in each line
        alone = simple.to_list()  # whether the line is one record
        records: list[Record] = []
        position, rest = 0, ""
        for start in (~simple).arg_true().to_list():
            if start < position:
                continue
            found, position = self._records(raw, start, ended=ended, final=final)
            if position < 0:
                rest = "\n".join(raw[start:]) + ("\n" if ended else "")
                del counts[start:], alone[start:]
                break
            counts[start:position] = [len(found)] + [0] * (position - start - 1)
            alone[start:position] = [False] * (position - start)
            records += found
        begins = pl.Series(counts, dtype=pl.Int64)
        numbers = begins.cum_sum() - begins + row
        kept = pl.Series(alone, dtype=pl.Boolean)
        lines = stripped.head(len(counts)).filter(kept)
        # The numbers of these records: those of the line that they begin in, and the following.
        starts = [k for k, count in enumerate(counts) if count and not alone[k]]
        first = iter(records)
        for k in starts:
            for offset in range(counts[k]):
                next(first).row = int(numbers[k]) + offset
        block = Block(
            row,
            sum(counts),
            str(lines.str.join("\n").item()) if len(lines) else "",
            len(lines),
            quoted=True,
            numbers=numbers.filter(kept),
            records=records,
        )
        return block, rest

    def _records(
        self, raw: list[str], start: int, *, ended: bool, final: bool
    ) -> tuple[list[Record], int]:
        """Records from one line on until one ends at an end of line, and the line that follows.

        The line is -1 where the last record is not whole. Lines are those of a text stream, which
        also end at a lone carriage return.
        """
        line_of_last, at_end, exhausted = start, False, False
        pending: list[str] = []

        def pieces() -> Iterator[str]:
            nonlocal line_of_last, at_end, exhausted
            for number in range(start, len(raw)):
                line = raw[number] + ("\n" if ended or number < len(raw) - 1 else "")
                parts = list(io.StringIO(line, newline="")) if "\r" in line else [line]
                for part_number, part in enumerate(parts, start=1):
                    line_of_last, at_end = number, part_number == len(parts)
                    pending.append(part)
                    yield part
            exhausted = True

        records: list[Record] = []
        try:
            for cells in self.dialect.reader(pieces()):
                if exhausted and not final:
                    return records, -1
                records.append(Record(0, cells, pending.copy()))
                pending.clear()
                if at_end:
                    break
        except csv.Error as error:
            raise GiveUp(str(error)) from error
        return records, line_of_last + 1


class _Lines:
    """Cuts what is decoded after the last end of a line."""

    def __init__(self, encoding: str, errors: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._carry = ""

    @property
    def pending(self) -> int:
        """Characters that are kept."""
        return len(self._carry)

    def add(self, data: bytes) -> tuple[str, bytes | None] | None:
        """Whole lines without the last end; None if there is none yet."""
        text = self._carry + self._decoded(data)
        end = text.rfind("\n")
        self._carry = text[end + 1 :]
        return (text[:end], None) if end >= 0 else None

    def rest(self) -> str:
        """What stands after the last end of a line, at the end of the file."""
        return self._carry + self._decoded(b"", final=True)

    def _decoded(self, data: bytes, *, final: bool = False) -> str:
        try:
            return self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            raise GiveUp("bytes that are no text") from error


class _Utf8Lines:
    """The same for UTF-8, where ends of lines are found before anything is decoded."""

    def __init__(self, errors: str) -> None:
        self._errors = errors
        self._carry = b""

    @property
    def pending(self) -> int:
        """Bytes that are kept."""
        return len(self._carry)

    def add(self, data: bytes) -> tuple[str, bytes | None] | None:
        """Whole lines without the last end, as text and as they are; None if there is none yet."""
        end = data.rfind(b"\n")
        if end < 0:
            self._carry += data
            return None
        whole = self._carry + data[:end]
        self._carry = data[end + 1 :]
        text = self._decoded(whole)
        # Where bytes were replaced the text is another one.
        return text, whole if self._errors == "strict" else None

    def rest(self) -> str:
        """What stands after the last end of a line, at the end of the file."""
        return self._decoded(self._carry)

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode("utf-8", self._errors)
        except UnicodeDecodeError as error:
            raise GiveUp("bytes that are no text") from error
