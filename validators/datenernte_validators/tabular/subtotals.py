"""Subtotals between the rows they sum up: the Kreis above its Gemeinden in one table.

They are no fault of a single row, so nothing is left out; whoever adds up the column must know.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.rows import Row

_LEVEL_NAME = re.compile(
    r"(?:^|[\W_])(?:gebietsart|ebene|level|gebietsebene|gebietstyp|gebiet[-_ ]?typ|raumbezug|"
    r"aggregation|hierarchie|regionalebene)(?:$|[\W_])",
    re.IGNORECASE,
)
_LEVELS = 12
"""More different values than this are no levels."""
_LEADING = 4
"""Keys and labels stand in the first columns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subtotals:
    """Where subtotals were seen."""

    row: int
    """The first row of a higher level."""
    label: str
    how: str
    """By what they were recognised, in German."""


def find_subtotals(body: Sequence[tuple[int, Row]], names: Sequence[str]) -> Subtotals | None:
    """Subtotals in a body, by a column of levels, by the length of keys or by indentation.

    Args:
        body: rows with their numbers, of long tables the first and the last.
    """
    if len(body) < 5:
        return None
    for column, name in enumerate(names):
        if _LEVEL_NAME.search(name):
            found = _by_level(body, column, name)
            if found is not None:
                return found
    for column in range(min(_LEADING, len(names))):
        found = _by_key(body, column, names[column]) or _by_indentation(body, column)
        if found is not None:
            return found
    return None


def _text(row: Row, column: int) -> str:
    value = row[column] if column < len(row) else None
    return "" if value is None else str(value)


def _shown(row: Row) -> str:
    return next((str(cell).strip() for cell in row[:_LEADING] if c.classify(cell) == c.TEXT), "")


def _by_level(body: Sequence[tuple[int, Row]], column: int, name: str) -> Subtotals | None:
    levels = Counter(_text(row, column).strip() for _, row in body)
    levels.pop("", None)
    if not 2 <= len(levels) <= _LEVELS:
        return None
    rare = min(levels, key=lambda level: levels[level])
    number, row = next((n, r) for n, r in body if _text(r, column).strip() == rare)
    return Subtotals(row=number, label=_shown(row), how=f"an der Spalte »{name}«")


def _by_key(body: Sequence[tuple[int, Row]], column: int, name: str) -> Subtotals | None:
    """Short keys that are the beginning of the longer ones below: 09, 091, 09161."""
    keys = [(n, row, _text(row, column).strip()) for n, row in body]
    digits = [(n, row, key) for n, row, key in keys if key.isascii() and key.isdigit()]
    if len(digits) < 0.8 * len(keys):
        return None
    parents = 0
    first: tuple[int, Row] | None = None
    for (number, row, key), (_, _, below) in pairwise(digits):
        if 1 < len(key) < len(below) and below.startswith(key) and key[0] == "0":
            parents += 1
            first = first or (number, row)
    if first is None or parents < 2 or len({key for _, _, key in digits}) < 0.9 * len(digits):
        return None
    how = f"an der Länge der Schlüssel in »{name}«" if name else "an der Länge der Schlüssel"
    return Subtotals(row=first[0], label=_shown(first[1]), how=how)


def _by_indentation(body: Sequence[tuple[int, Row]], column: int) -> Subtotals | None:
    """Labels that are moved in by blanks below the one they belong to."""
    texts = [(n, row, _text(row, column)) for n, row in body]
    words = [(n, row, text) for n, row, text in texts if c.classify_text(text) == c.TEXT]
    if len(words) < 0.8 * len(texts):
        return None
    depths = [len(text) - len(text.lstrip(" \u00a0")) for _, _, text in words]
    if len(set(depths)) < 2 or max(depths) < 2:
        return None
    steps = sum(b >= a + 2 for a, b in pairwise(depths))
    index = next((k for k in range(len(depths) - 1) if depths[k + 1] >= depths[k] + 2), None)
    if index is None or steps * 20 < len(depths):
        return None
    number, row, _ = words[index]
    return Subtotals(row=number, label=_shown(row), how="an der Einrückung")
