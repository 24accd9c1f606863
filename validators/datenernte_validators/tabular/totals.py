"""Totals rows: the last or first row of a body that sums up the others.

A row is one by its label (»Insgesamt«, »Summe«) where that label stands nowhere else in its
column, or, without a label, by its numbers: they are the sums of their columns.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.rows import Row

_LABEL = re.compile(
    r"\W*(?:insgesamt|gesamt|gesamtsumme|gesamtergebnis|gesamtzahl|summe|summen|total|zusammen|Σ"
    r"|gesamtstadt|gesamtgebiet|stadtgebiet|durchschnitt|mittelwert)(?:\W.*|\W*)"
    r"|.{1,40}\s(?:insgesamt|gesamt|zusammen)\W*",
    re.IGNORECASE | re.DOTALL,
)
_LABEL_COLUMNS = 4
"""A label stands in one of the first columns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """A totals row."""

    row: int
    label: str
    """What it calls itself; empty where only its numbers say it."""


def find_totals(
    body: list[tuple[int, Row]], kinds: dict[int, str], *, complete: bool
) -> Totals | None:
    """The totals row at the end or at the start of a body, if there is one.

    Args:
        body: rows in order, blank ones left out; of long tables the first and the last.
        kinds: column (from 0) → kind, for columns that are not words.
        complete: whether `body` is the whole body, so that sums can be computed.
    """
    if len(body) < 3:
        return None
    numeric = [column for column, kind in kinds.items() if kind == "number"]
    for index in (-1, 0):
        number, row = body[index]
        others = [r for k, (_, r) in enumerate(body) if k != index % len(body)]
        label = _label(row, others)
        numbers = any(column < len(row) and _value(row[column]) is not None for column in numeric)
        alone = sum(not c.is_blank(cell) for cell in row) == 1 < len(row)
        if label is not None and (numbers or alone):
            return Totals(row=number, label=label)
        if complete and _is_sum(row, others, numeric):
            text = next((str(x).strip() for x in row if isinstance(x, str) and x.strip()), "")
            return Totals(row=number, label=text if c.classify_text(text) == c.TEXT else "")
    return None


def totals_label(row: Row) -> str | None:
    """What a row calls itself if that is a word for a sum, whatever other rows say."""
    return _label(row, [])


def find_inner_totals(body: list[tuple[int, Row]], kinds: dict[int, str]) -> list[Totals]:
    """Rows between the others that are called a sum, and are few enough to be no category."""
    numeric = [column for column, kind in kinds.items() if kind == "number"]
    found = [
        Totals(row=number, label=label)
        for number, row in body
        if (label := totals_label(row)) is not None
        and any(column < len(row) and _value(row[column]) is not None for column in numeric)
    ]
    return found if 5 * len(found) < len(body) else []


def _label(row: Row, others: list[Row]) -> str | None:
    for column, cell in enumerate(row[:_LABEL_COLUMNS]):
        if not isinstance(cell, str) or len(cell) > 60 or cell[:1] == "=":
            continue  # =SUMME(A1:A3) is a formula
        if not _LABEL.fullmatch(cell):
            continue
        same = cell.strip().casefold()
        for other in others:
            value = other[column] if column < len(other) else None
            if isinstance(value, str) and value.strip().casefold() == same:
                return None  # a category of long data, not a sum line
        return cell.strip()
    return None


def _is_sum(row: Row, others: list[Row], numeric: list[int]) -> bool:
    """Whether the numbers of a row are the sums of the other rows.

    Asked for without a label, so strict: the row has words or nothing where others have names, all
    its numbers but those of keys are sums, and there are enough of them to be no accident.
    """
    if len(others) < 4:
        return False
    sums = filled = large = 0
    for column in numeric:
        value = _value(row[column]) if column < len(row) else None
        if value is None:
            continue
        filled += 1
        column_values = [_value(r[column]) for r in others if column < len(r)]
        present = [v for v in column_values if v is not None]
        if len(present) < 4 or sum(1 for v in present if v) < 3:
            continue
        total = sum(present, start=Decimal(0))
        tolerance = Decimal(len(present)) / 2 * _unit(present)
        if abs(total - value) <= min(tolerance, abs(total) / 1000):
            sums += 1
            large += abs(total) >= 1_000 and len(present) >= 5
    nameless = c.is_blank(row[0]) and sum(c.is_blank(r[0]) for r in others) * 20 < len(others)
    needed = 1 if nameless else 2
    # Shares and densities beside the sums do not add up; large numbers that do are no accident.
    share = 6 if nameless else 5 if large >= 2 else 9
    return sums >= needed and sums * 10 >= filled * share


def _unit(values: list[Decimal]) -> Decimal:
    """The last decimal place that the values show: what rounding may have moved."""
    exponents = [v.as_tuple().exponent for v in values]
    smallest = min((e for e in exponents if isinstance(e, int)), default=0)
    return Decimal(1).scaleb(smallest) if smallest < 0 else Decimal(0)


def _value(cell: c.Cell) -> Decimal | None:
    """The number in a cell, German or English, or None."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return Decimal(str(cell))
    if not isinstance(cell, str):
        return None
    text = c.with_plain_sign(cell.strip())
    kind = c.classify_text(cell)
    if kind in (c.DOTTED, c.DOTTED_MANY, c.DOTTED_COMMA):
        text = text.replace(".", "")
    elif kind in (c.COMMA_GROUP_MANY, c.COMMA_POINT):
        text = text.replace(",", "")
    elif kind in (c.SPACED, c.SPACED_COMMA):
        text = re.sub("[ \u00a0\u202f'’]", "", text)
    elif kind not in (c.INTEGER, c.DECIMAL_COMMA, c.DECIMAL_POINT, c.COMMA_GROUP):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
