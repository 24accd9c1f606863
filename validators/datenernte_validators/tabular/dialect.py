"""Which character separates the columns of a text table, and which one quotes its cells.

`csv.Sniffer` fails on half of all German files whose texts hold commas; a delimiter is known by
the width that it gives to *all* rows, with quotes respected, so that is what is compared.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from datenernte_validators.tabular.cells import TEXT, classify_text

DELIMITERS = (";", ",", "\t", "|")
"""In the order of their use in German public tables; the earlier one wins a draw."""
_SAMPLE_LINES = 20_000
"""Lines compared for each candidate; a width that holds for so many rows holds."""
_QUALITY_ROWS = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvDialect:
    """How the rows of a text table are written."""

    delimiter: str = ";"
    quote_char: str = '"'
    skip_initial_space: bool = False
    """A blank follows each delimiter and stands before the quotes."""

    def reader(self, lines: Iterable[str]) -> "Iterator[list[str]]":
        """Rows of the lines, read exactly as Frictionless reads them."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote_char,
            doublequote=True,
            skipinitialspace=self.skip_initial_space,
        )


def recognise_dialect(path: Path, encoding: str, longest_line: int) -> CsvDialect:
    """The dialect of a text table; a table of one column has a delimiter that occurs nowhere.

    Args:
        longest_line: in characters; longer lines are left out, the row reader reports them.
    """
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = list(islice(_bounded(file, longest_line), _SAMPLE_LINES))
    text = "".join(lines)
    present = [d for d in DELIMITERS if d in text]
    if not present:
        return CsvDialect(delimiter=",", quote_char=_quote_char(lines, ","))
    quotes = {d: _quote_char(lines, d) for d in present}
    scored = [(_score(lines, d, quotes[d], present), d) for d in present]
    best, delimiter = max(scored, key=lambda pair: (pair[0], -DELIMITERS.index(pair[1])))
    if best <= 0:
        unused = next((d for d in ",;\t|" if d not in present), ",")
        return CsvDialect(delimiter=unused, quote_char=_quote_char(lines, unused))
    quote = quotes[delimiter]
    return CsvDialect(
        delimiter=delimiter,
        quote_char=quote,
        skip_initial_space=_space_before_quote(text, delimiter, quote),
    )


def _bounded(file: Iterable[str], longest_line: int) -> Iterator[str]:
    """Lines up to a total of 64 million characters, without the overlong ones."""
    total = 0
    for line in file:
        total += len(line)
        if len(line) <= longest_line:
            yield line
        if total > 64_000_000:
            return


def _quote_char(lines: list[str], delimiter: str) -> str:
    """The double quote, unless single quotes wrap cells and double quotes never do."""
    sample = "".join(lines[:500])[:200_000]
    edge = f"[{re.escape(delimiter)}\r\n]"

    def wrapped(quote: str) -> int:
        opening = len(re.findall(f"(?:^|{edge}){quote}", sample))
        closing = len(re.findall(f"{quote}(?:{edge}|$)", sample))
        return opening if opening == closing else 0

    return "'" if '"' not in sample and wrapped("'") > 2 else '"'


def _space_before_quote(text: str, delimiter: str, quote: str) -> bool:
    """Whether cells are written as `a, "b"`: then the quote is only seen behind the blank."""
    sample = text[:500_000]
    return sample.count(f"{delimiter} {quote}") > 2 * sample.count(f"{delimiter}{quote}")


def _score(lines: list[str], delimiter: str, quote: str, present: list[str]) -> float:
    """How well a delimiter explains the rows: from 0 (not at all) to a little above 1.

    Share of the rows that have the most frequent width, times the share of cells that are whole.
    A cell is not whole where it holds another candidate and is no number or date: `5;2` for a
    comma, while `1,5` is whole for a semicolon.
    """
    widths: Counter[int] = Counter()
    whole = doubtful = 0
    others = [d for d in present if d != delimiter]
    try:
        rows = csv.reader(lines, delimiter=delimiter, quotechar=quote)
        for number, row in enumerate(rows):
            if not row:
                continue
            widths[len(row)] += 1
            if number < _QUALITY_ROWS and others:
                for cell in row:
                    if any(d in cell for d in others) and classify_text(cell) == TEXT:
                        doubtful += 1
                    elif cell:
                        whole += 1
    except csv.Error:
        return 0.0
    table = {width: count for width, count in widths.items() if width > 1}
    if not table:
        return 0.0
    # The width of the table, not of its title rows and notes; wider wins a near draw.
    width, count = max(table.items(), key=lambda item: (item[1], item[0]))
    share = count / widths.total()
    quality = whole / (whole + doubtful) if whole + doubtful else 1.0
    return share * (0.2 + 0.8 * quality) * (1 - 0.5 / width)
