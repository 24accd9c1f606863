"""The counts of `inference.collect` for large text tables, made by polars column by column.

A pattern of `_CERTAIN` says of most cells at once what they are; whatever it does not match is
asked one by one, each different text once. So the counts are those of `collect`, only sooner.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.counting import ColumnStatistics
from datenernte_validators.tabular.layout import Layout
from datenernte_validators.tabular.rows import CsvSource
from datenernte_validators.tabular.screen.engine import SCREENED_BYTES, GiveUp

if TYPE_CHECKING:
    import polars as pl

    from datenernte_validators.tabular.screen.blocks import Block

_DAY, _MONTH = "(?:0?[1-9]|1[0-9]|2[0-8])", "(?:0?[1-9]|1[0-2])"
"""Days that every month has: the others need a calendar."""
_DAY2, _MONTH2 = "(?:0[1-9]|1[0-9]|2[0-8])", "(?:0[1-9]|1[0-2])"
_HOUR2, _SIXTY = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]"
_YEAR = "(?:1[0-9]{3}|20[0-9]{2})"

_CERTAIN = {
    c.INTEGER: "^(?:0|[1-9][0-9]*)$",
    c.LEADING_ZERO: "^0[0-9]+$",
    c.DOTTED: r"^[1-9][0-9]{0,2}\.[0-9]{3}$",
    c.COMMA_GROUP: "^[1-9][0-9]{0,2},[0-9]{3}$",
    c.DECIMAL_COMMA: "^-?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})$|^-?(?:0|[0-9]{4,}),[0-9]{3}$",
    c.DECIMAL_POINT: (
        r"^-?(?:0|[1-9][0-9]*)\.(?:[0-9]{1,2}|[0-9]{4,})$|^-?(?:0|[1-9][0-9]{3,})\.[0-9]{3}$"
    ),
    c.DATE_DMY: rf"^{_DAY}\.{_MONTH}\.{_YEAR}$",
    c.DATE_ISO: f"^{_YEAR}-{_MONTH2}-{_DAY2}$",
    c.DATETIME_DMY: rf"^{_DAY}\.{_MONTH}\.{_YEAR} {_HOUR2}:{_SIXTY}$",
    c.DATETIME_DMY_SECONDS: rf"^{_DAY}\.{_MONTH}\.{_YEAR} {_HOUR2}:{_SIXTY}:{_SIXTY}$",
    c.DATETIME_ISO: (
        f"^{_YEAR}-{_MONTH2}-{_DAY2}[T ]{_HOUR2}:{_SIXTY}:{_SIXTY}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})?$"
    ),
    c.TIME_SHORT: f"^{_HOUR2}:{_SIXTY}$",
    c.TIME_LONG: f"^{_HOUR2}:{_SIXTY}:{_SIXTY}$",
    c.TEXT: "^[A-DF-Za-zÄÖÜäöüß][a-zäöüß](?:[^0-9@][^@]*)?$",
}
"""Class → pattern of texts that are certainly of it, and doubtful in no way (`rules.suspect`)."""
_WORDS = sorted(
    {token.lower() for token in c.MISSING_TOKENS} | c.TRUE_WORDS | c.FALSE_WORDS, key=str
)
_SAMPLE = 40
_THREADS = 4
_SENTINELS = "\x02\x03\x04\x05"


def screened_collect(
    source: CsvSource, layout: Layout, width: int, *, smallest: int = SCREENED_BYTES
) -> list[ColumnStatistics] | None:
    """What `inference.collect` gives for the rows of a body; None where it is to be asked.

    Args:
        smallest: files of fewer bytes are left to `collect`.
    """
    if source.path.stat().st_size < smallest:
        return None

    from datenernte_validators.tabular.screen.blocks import BlockReader

    columns = [ColumnStatistics() for _ in range(width)]
    reader = BlockReader(source.path, source.encoding, source.dialect, "replace")
    try:
        # polars leaves Python's lock while it looks at a column.
        with ThreadPoolExecutor(min(_THREADS, width)) as pool:
            for block in reader.blocks(hashed=False):
                if block.first_row > layout.last_row:
                    break
                frame, others = _parsed(block, source, layout, width)
                for _ in pool.map(_add, columns, frame.get_columns()):
                    pass
                for index, statistics in enumerate(columns):
                    statistics.add_texts([row[index] for row in others if index < len(row)])
    except GiveUp:
        return None
    return columns


def _parsed(
    block: "Block", source: CsvSource, layout: Layout, width: int
) -> tuple["pl.DataFrame", list[list[str]]]:
    """The rows of the body with the expected width as columns of text, and all others."""
    import polars as pl

    def in_body(number: int) -> bool:
        return layout.first_row <= number <= layout.last_row and number not in layout.left_out

    others = [record.cells for record in block.records if in_body(record.row)]
    names = [*(f"c{k}" for k in range(width)), "end"]
    schema = dict.fromkeys(names, pl.String)
    if not block.lines:
        return pl.DataFrame(schema=schema).drop("end"), others
    sentinel = next((mark for mark in _SENTINELS if mark not in block.text), None)
    if sentinel is None:
        raise GiveUp("control characters")
    dialect = source.dialect
    end = dialect.delimiter + sentinel
    # The first line is ours, as polars takes a byte-order mark from the first one. Each line gets
    # one more cell, which stands in its column only where the line has the right number of cells.
    first = dialect.delimiter.join("x" * (width + 1))
    data = f"{first}\n{block.text.replace(chr(10), end + chr(10))}{end}\n".encode()
    frame = pl.read_csv(
        data,
        separator=dialect.delimiter,
        quote_char=dialect.quote_char if block.quoted else None,
        has_header=False,
        schema=schema,
        empty_string_is_null=False,
        extra_columns="ignore",
        missing_columns="insert",
    ).slice(1)
    if len(frame) != block.lines:
        raise GiveUp("other lines than those that were counted")
    if block.numbers is None:
        frame = frame.with_row_index("row", offset=block.first_row).cast({"row": pl.Int64})
    else:
        frame = frame.with_columns(row=block.numbers)
    regular = frame["end"] == sentinel
    if width == 1:  # a blank line has no cell at all
        regular &= frame["c0"].str.len_bytes() > 0
    if not regular.all():
        lines = block.text.split("\n")
        for index in (~regular).arg_true().to_list():
            if in_body(int(frame["row"][index])):
                others.append(next(iter(dialect.reader([lines[index]])), []))
        frame = frame.filter(regular)
    frame = frame.filter(pl.col("row").is_between(layout.first_row, layout.last_row))
    if layout.left_out:
        frame = frame.filter(~pl.col("row").is_in(list(layout.left_out)))
    return frame.select(names[:-1]), others


def _add(statistics: ColumnStatistics, series: "pl.Series") -> None:
    """Count the cells of one column of a block."""
    if not len(series):
        return
    _note_distinct(statistics, series)
    rest = _without_blanks(statistics, series)
    sample = rest.gather_every(max(1, len(rest) // _SAMPLE)).to_list() if len(rest) else []
    for cls, _ in Counter(map(c.classify_text, sample)).most_common(3):
        if cls in _CERTAIN and len(rest):
            rest = _take(statistics, rest, cls)
    if len(rest):
        counts = rest.rename("cell").to_frame().group_by("cell", maintain_order=True).len()
        for cell, count in counts.iter_rows():
            statistics.add_text(cell, count)


def _note_distinct(statistics: ColumnStatistics, series: "pl.Series") -> None:
    """Keep the first two different values, as long as fewer were seen."""
    if len(statistics.distinct) < 2:
        for cell in islice(series.unique(maintain_order=True), 1_000):
            if c.classify_text(cell) not in (c.EMPTY, c.MISSING):
                statistics.distinct[cell] = None
                if len(statistics.distinct) == 2:
                    return


def _without_blanks(statistics: ColumnStatistics, series: "pl.Series") -> "pl.Series":
    blank = series == ""
    count = int(blank.sum())
    if count:
        statistics.classes[c.EMPTY] += count
        statistics.missing[""] = None
        return series.filter(~blank)
    return series


def _take(statistics: ColumnStatistics, series: "pl.Series", cls: str) -> "pl.Series":
    """Count the cells that are certainly of a class; the others come back."""
    matched = series.str.contains(_CERTAIN[cls])
    if cls == c.TEXT:
        matched &= ~series.str.strip_chars().str.to_lowercase().is_in(_WORDS)
    count = int(matched.sum())
    if not count:
        return series
    statistics.classes[cls] += count
    if cls in (c.INTEGER, c.LEADING_ZERO):
        hits = series if count == len(series) else series.filter(matched)
        lengths = hits.str.len_bytes().unique().to_list()
        statistics.lengths |= set(lengths)
        if cls == c.INTEGER and max(lengths) > 3:
            statistics.plain_thousands = True
    return series.clear() if count == len(series) else series.filter(~matched)
