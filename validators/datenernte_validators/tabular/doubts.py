"""What makes the content of a table doubtful, as findings; the rules are in `rules`."""

from collections.abc import Iterator, Sequence
from itertools import islice

from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding
from datenernte_validators.files.places import GERMANY, box_of
from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.counting import ColumnStatistics
from datenernte_validators.tabular.inference import Column
from datenernte_validators.tabular.layout import Layout
from datenernte_validators.tabular.rows import Row, RowSource, Scan
from datenernte_validators.tabular.rules import (
    Places,
    coordinate_columns,
    is_contact_column,
    number_of,
    suspect,
)
from datenernte_validators.tabular.totals import find_inner_totals

_ALL_ROWS = 50_000
"""Up to here every pair of coordinates is looked at; of longer tables the first and last rows."""
_CONSTANT_ROWS = 10
_NAMES = 5

_SYMBOLS = ("-", "–", ".", "...", "…", "/", "x", "X")
"""Signs of official statistics: nothing at all, unknown or secret, later, not certain, senseless."""
_CODES = {"formula": "table-formula", "error": "table-error-value"}
_PLACES = {
    "swapped": "table-coordinates-swapped",
    "projected": "table-coordinates-projected",
    "outside": "table-coordinates-outside",
}
_PERSONAL = {"email": "E-Mail-Adressen", "phone": "Telefonnummern", "iban": "Kontonummern (IBAN)"}


def doubt_findings(
    source: RowSource,
    scan: Scan,
    layout: Layout,
    columns: Sequence[Column],
    statistics: Sequence[ColumnStatistics],
    subject: str,
    land: str | None = None,
) -> Iterator[Finding]:
    """Personal data, formulas, error values, coordinates, empty and constant columns, inner sums.

    Args:
        statistics: of all cells, or of a sample: then only that is judged.
        land: two-digit key of the Land where its places should lie; None: anywhere in Germany.
    """
    yield from _suspects(source, layout, columns, statistics, subject)
    yield from _coordinates(source, scan, layout, columns, subject, land)
    yield from _idle_columns(columns, statistics, subject)
    yield from _inner_totals(scan, layout, columns, subject)
    yield from _symbols(columns, subject)


def _suspects(
    source: RowSource,
    layout: Layout,
    columns: Sequence[Column],
    statistics: Sequence[ColumnStatistics],
    subject: str,
) -> Iterator[Finding]:
    wanted = {
        (index, kind): count
        for index, counts in enumerate(statistics)
        for kind, count in counts.suspects.items()
        if kind in _CODES or not is_contact_column(columns[index].name)
    }
    rows = _first_rows(source, layout, set(wanted))
    for (index, kind), count in wanted.items():
        row, value = rows.get((index, kind), (None, None))
        name = columns[index].name.strip() or f"Nr. {index + 1}"
        if kind in _CODES:
            yield finding(
                _CODES[kind],
                subject=subject,
                property=name,
                row=row,
                field=index + 1,
                value=value,
                name=name,
                count=count,
            )
        else:  # what it is stays where it is: a report must not spread it
            yield finding(
                "table-personal-data",
                subject=subject,
                property=name,
                row=row,
                field=index + 1,
                name=name,
                what=_PERSONAL[kind],
                count=count,
            )


def _first_rows(
    source: RowSource, layout: Layout, wanted: set[tuple[int, str]]
) -> dict[tuple[int, str], tuple[int, str]]:
    """The first row of each kind of doubt, and its cell."""
    found: dict[tuple[int, str], tuple[int, str]] = {}
    if not wanted:
        return found
    indexes = sorted({index for index, _ in wanted})
    for number, row in enumerate(islice(source.rows(), layout.last_row), start=1):
        if number < layout.first_row:
            continue
        for index in indexes:
            cell = row[index] if index < len(row) else None
            if isinstance(cell, str) and (kind := suspect(cell)) is not None:
                found.setdefault((index, kind), (number, cell[:200]))
        if len(found) >= len(wanted) and wanted <= set(found):
            break
    return found


def _coordinates(
    source: RowSource,
    scan: Scan,
    layout: Layout,
    columns: Sequence[Column],
    subject: str,
    land: str | None,
) -> Iterator[Finding]:
    """`table-coordinates-swapped`, `-projected` and `-outside`."""
    pair = coordinate_columns([column.name for column in columns])
    if pair is None:
        return
    places = Places(box_of(land))
    numbered: Iterator[tuple[int, Row]] = (
        enumerate(source.rows(), start=1) if scan.total <= _ALL_ROWS else iter(scan.sample)
    )
    for number, row in numbered:
        if not layout.first_row <= number <= layout.last_row or max(pair) >= len(row):
            continue
        latitude, longitude = (number_of(row[k]) for k in pair)
        if latitude is not None and longitude is not None:
            places.add(number, latitude, longitude)
    for kind, (row_number, shown) in places.first.items():
        yield finding(
            _PLACES[kind],
            subject=subject,
            property=columns[pair[0]].name,
            row=row_number,
            field=pair[0] + 1,
            value=shown,
            count=getattr(places, kind),
            area="von Deutschland" if places.box == GERMANY else "des Landes",
            names=f"»{columns[pair[0]].name}« und »{columns[pair[1]].name}«",
        )


def _idle_columns(
    columns: Sequence[Column], statistics: Sequence[ColumnStatistics], subject: str
) -> Iterator[Finding]:
    """`table-columns-empty` and `table-columns-constant`, one finding for all such columns."""
    pairs = list(zip(columns, statistics, strict=True))
    empty = [k for k, (_, n) in enumerate(pairs) if n.classes[c.EMPTY] == n.classes.total() > 1]
    constant = [
        k for k, (_, n) in enumerate(pairs) if n.constant is not None and n.values >= _CONSTANT_ROWS
    ]
    for code, found in (("table-columns-empty", empty), ("table-columns-constant", constant)):
        if not found:
            continue
        names = [columns[k].name.strip() or f"Nr. {k + 1}" for k in found]
        shown = ", ".join(f"»{name}«" for name in names[:_NAMES])
        yield finding(
            code,
            subject=subject,
            property=names[0],
            field=found[0] + 1,
            count=len(found),
            names=shown + (" und weitere" if len(names) > _NAMES else ""),
        )


def _symbols(columns: Sequence[Column], subject: str) -> Iterator[Finding]:
    """`table-symbols`: several signs stand for »no value«, and in statistics each means another."""
    tokens = {token.strip() for column in columns for token in column.missing_values}
    used = [symbol for symbol in _SYMBOLS if symbol in tokens]
    if len(used) > 1:
        shown = ", ".join(f"»{symbol}«" for symbol in used)
        yield finding("table-symbols", subject=subject, value=shown)


def _inner_totals(
    scan: Scan, layout: Layout, columns: Sequence[Column], subject: str
) -> Iterator[Finding]:
    """`table-totals-inside`."""
    kinds = {k: "number" for k, col in enumerate(columns) if col.type in ("integer", "number")}
    body = [
        (number, row)
        for number, row in scan.sample
        if layout.first_row <= number <= layout.last_row and number not in layout.left_out
    ]
    found = find_inner_totals(body, kinds)
    if found:
        yield finding(
            "table-totals-inside",
            subject=subject,
            row=found[0].row,
            value=found[0].label,
            count=len(found),
        )
