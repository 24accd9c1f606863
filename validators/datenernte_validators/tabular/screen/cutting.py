"""Lines of a block as columns of text."""

import polars as pl

from datenernte_validators.tabular.dialect import CsvDialect
from datenernte_validators.tabular.screen.blocks import Block
from datenernte_validators.tabular.screen.engine import GiveUp

_SENTINELS = "\x1f\x1e\x1d\x1c"


def cut_lines(
    block: Block, dialect: CsvDialect, names: list[str]
) -> tuple[pl.DataFrame, pl.Series | None]:
    """The lines of a block as columns of text; and which of them have the expected width.

    The second is None where all have it, which mostly is known by counting: polars refuses lines
    with more cells than there are columns, and if there were lines with fewer, there would be fewer
    delimiters. The cells of other lines are of no use.

    Args:
        names: of the columns; `end` is taken.

    Raises:
        GiveUp: polars counts other lines, or no character is left to mark their ends.
    """
    frame, regular = _cut(block, dialect, names)
    if len(frame) != block.lines:
        raise GiveUp("other lines than those that were counted")
    if len(names) == 1:  # a blank line has no cell at all
        filled = frame[names[0]].str.len_bytes() > 0
        regular = filled if regular is None else regular & filled
    return frame, regular


def _cut(
    block: Block, dialect: CsvDialect, names: list[str]
) -> tuple[pl.DataFrame, pl.Series | None]:
    if not block.lines:
        return _frame(None, dialect, names, quoted=False), None
    delimiters = (len(names) - 1) * block.lines
    if not block.quoted and block.text.count(dialect.delimiter) == delimiters:
        data = block.text.encode() if block.data is None else block.data
        try:
            return _frame(data, dialect, names, quoted=False), None
        except (pl.exceptions.ComputeError, pl.exceptions.SchemaError):
            pass  # lines with more cells and lines with fewer
    # Each line gets one more cell, which stands in the right column only where the line has the
    # right number of cells.
    sentinel = next((mark for mark in _SENTINELS if mark not in block.text), None)
    if sentinel is None or sentinel in (dialect.delimiter, dialect.quote_char):
        raise GiveUp("control characters")
    end = dialect.delimiter + sentinel
    text = block.text.replace("\n", end + "\n") + end
    frame = _frame(text.encode(), dialect, [*names, "end"], quoted=block.quoted, cut=True)
    return frame.drop("end"), frame["end"] == sentinel


def _frame(
    data: bytes | None, dialect: CsvDialect, names: list[str], *, quoted: bool, cut: bool = False
) -> pl.DataFrame:
    """Lines as columns of text; what is missing at the end is the empty text.

    Args:
        cut: leave out what is too much at the end, and do not refuse it.
    """
    # The first line is ours, as polars takes a byte-order mark from the first one, and counts its
    # cells.
    first = dialect.delimiter.join("x" * len(names)).encode()
    frame = pl.read_csv(
        first if data is None else b"\n".join((first, data, b"")),
        separator=dialect.delimiter,
        quote_char=dialect.quote_char if quoted else None,
        has_header=False,
        schema=dict.fromkeys(names, pl.String),
        empty_string_is_null=False,
        extra_columns="ignore" if cut else "raise",
        missing_columns="insert",
        truncate_ragged_lines=cut,
    )
    return frame.slice(1)
