"""Which rows are the header: one, several, or none.

The header is found by the shape of the body: columns whose lower rows are numbers or dates have
text in their header.
"""

import re
from collections.abc import Sequence

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.rows import Row
from datenernte_validators.tabular.shape import (
    TITLE_ROWS,
    Shape,
    counts_up,
    filled_cells,
    is_blank_row,
    votes,
)

_HEADER_ROWS = 4
NOTE = re.compile(
    r"""\s*(?:\#|_{3,}|-{5,}|={5,}|©|\(c\)|\*+\s*\S|\d\)\s|[¹²³]|
    (?:Quelle|Quellen|Datenquelle|Stand|Hinweis|Hinweise|Anmerkung|Anmerkungen|Fußnote|Fußnoten|
       Erläuterung|Erläuterungen|Legende|Zeichenerklärung|Lizenz|Herausgeber|Copyright|
       Erstellt\ am|Abgerufen|Vervielfältigung|Datenlizenz|Abweichungen|Differenzen|
       Source|Note)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
"""How footnotes of German statistics begin."""

_UNIT = re.compile(
    r"""\W*(?:in\s+)?(?:anzahl|%|‰|prozent|promille|ha|hektar|a|m|km|cm|mm|m²|qm|km²|m³|kg|t|tonnen|
    €|euro|eur|teuro|t€|1\.?000|tsd\.?|mio\.?|personen|einwohner|stück|jahre?|kwh|mwh|gwh|kw|mw|°c|
    stunden|std\.?|min\.?)(?:\s*(?:€|euro|eur|personen|t|je\s\S+))?\W*""",
    re.VERBOSE | re.IGNORECASE,
)
"""What stands in a row of units below the names."""


def header_by_labels(head: list[tuple[int, Row]], labels: Sequence[str]) -> tuple[int, ...]:
    """The row that carries at least half of the given names."""
    wanted = {label.strip().casefold() for label in labels if label.strip()}
    if not wanted:
        return ()
    best, best_number = 0, 0
    for number, row in head[:TITLE_ROWS]:
        found = len(wanted & {str(cell).strip().casefold() for cell in row if cell is not None})
        if found > best:
            best, best_number = found, number
    return (best_number,) if 2 * best >= len(wanted) else ()


def first_full_row(head: list[tuple[int, Row]], shape: Shape) -> int:
    """Number of the first row that is filled as the body is."""
    for number, row in head[:TITLE_ROWS]:
        if _is_full(row, shape):
            return number
    return next((n for n, row in head if not is_blank_row(row)), 1)


def _is_full(row: Row, shape: Shape) -> bool:
    needed = max(1 if shape.width == 1 else 2, shape.filled / 2)
    return filled_cells(row) >= min(needed, max(shape.filled, 1)) and 2 * len(row) >= shape.width


def _is_note(row: Row) -> bool:
    first = next((str(cell).strip() for cell in row if not c.is_blank(cell)), "")
    return first.endswith(":") or NOTE.match(first) is not None


def _is_units(row: Row) -> bool:
    return all(_UNIT.fullmatch(str(cell)) for cell in row if not c.is_blank(cell))


def find_header(head: list[tuple[int, Row]], shape: Shape, last: int) -> tuple[int, ...]:
    """The header rows, or nothing where the first full row already has the body's types."""
    rows = [(n, row) for n, row in head[:TITLE_ROWS] if n <= last]
    if not shape.kinds:
        return _header_of_words(head, shape, last)
    for index, (number, row) in enumerate(rows):
        if is_blank_row(row) or not _is_full(row, shape):
            continue
        agree, conflict = votes(row, shape)
        if agree > conflict and not counts_up(row, shape):
            return ()
        if _is_note(row) or _is_title(index, rows, shape):
            continue  # »Stand;31.12.2023« above a table of two columns
        if conflict or any(k < len(row) and not c.is_blank(row[k]) for k in shape.kinds):
            above = _upper_header(rows[:index], shape)
            below = _lower_header(rows[index + 1 :], shape, _HEADER_ROWS - 1 - len(above))
            return (*above, number, *below)
    full = [n for n, row in rows if _is_full(row, shape)]
    return (full[0],) if full else ()


def _is_title(index: int, rows: list[tuple[int, Row]], shape: Shape) -> bool:
    """Whether a row that could be the header is none, as a better one follows before the body.

    A better one stands behind a blank row, or has all columns where this one has fewer.
    """
    short = len(rows[index][1]) < shape.width
    blank = False
    for _, row in rows[index + 1 :]:
        if is_blank_row(row):
            blank = True
            continue
        if not _is_full(row, shape):
            continue
        agree, conflict = votes(row, shape)
        if agree >= conflict:
            return False  # the body begins
        if blank or (short and len(row) >= shape.width and not c.is_blank(row[0])):
            return True
    return False


def _header_of_words(head: list[tuple[int, Row]], shape: Shape, last: int) -> tuple[int, ...]:
    """The header of a table that holds nothing but words: its first full row."""
    rows = [(n, row) for n, row in head if n <= last and not is_blank_row(row)]
    start = next((i for i, (_, row) in enumerate(rows) if _is_full(row, shape)), None)
    if start is None:
        return (rows[0][0],) if rows else ()
    number, first = rows[start]
    following = [row for _, row in rows[start + 1 :]]
    if len(following) >= 5 and shape.width > 1:
        again = sum(
            any(k < len(row) and row[k] == cell for row in following)
            for k, cell in enumerate(first)
            if not c.is_blank(cell)
        )
        if again >= max(2, shape.width / 2):
            return ()  # its words are values that come again below
    return (number,)


def _upper_header(rows: list[tuple[int, Row]], shape: Shape) -> list[int]:
    """Header rows above the one found: group names over several columns."""
    found: list[int] = []
    for number, row in reversed(rows):
        filled = filled_cells(row)
        if not filled or len(row) < shape.width or len(found) == _HEADER_ROWS - 1 or _is_note(row):
            break
        if not c.is_blank(row[0]) and filled < max(2, shape.filled / 2):
            break  # a title stands in the first column, alone or nearly so
        found.insert(0, number)
    return found


def _lower_header(rows: list[tuple[int, Row]], shape: Shape, most: int) -> list[int]:
    """Header rows below the one found: subheads and units, words where the body has none."""
    found: list[int] = []
    for index, (number, row) in enumerate(rows):
        if len(found) >= most or is_blank_row(row):
            break
        agree, conflict = votes(row, shape)
        unnamed = c.is_blank(row[0]) and 0 not in shape.kinds
        enough = max(2, len(shape.kinds) / 2)
        clear = conflict >= enough or (unnamed and conflict == len(shape.kinds))
        if agree or not (clear or (conflict and unnamed and _is_units(row))):
            break
        below = [votes(next_row, shape) for _, next_row in rows[index + 1 : index + 4]]
        if not any(a > b for a, b in below):
            break  # no body follows: these words are values
        found.append(number)
    return found
