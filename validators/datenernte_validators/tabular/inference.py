"""What each column holds, decided over all of its cells and never by the first hundred.

A column has a type where at least 95 % of its cells have it, tokens for »no value« apart; the
others are listed. Codes stay text. Decimal and thousands marks are decided per column, and where a
column does not say (`1.234`), by the rest of the file.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from datenernte_validators.tabular import cells as c
from datenernte_validators.tabular.counting import ColumnStatistics

SHARE = 0.95
"""Share of the cells that must have the type of their column."""
_CODE_NAME = re.compile(
    r"""(?:^|[\W_])(?:ags|ars|rs|plz|bsn|gkz|ags_?\d*|nuts\d?|lau\d?|iban|isbn|
      postleitzahl|kennziffer|kennzahl|kapitel|telefon|telefonnummer|telefax|fax|rufnummer)
      (?:$|[\W_\d])
      |schl(?:ü|ue)ssel|postleitzahl|kennziffer|aktenzeichen|flurst(?:ü|ue)ck(?:snummer|skennz)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Names of keys: their values are text even where they look like numbers."""
_NUMBER_NAME = re.compile(
    r"(?:^|[\W_])(?:nr|nummer|no|id|code|kz)\.?(?:$|[\W_])|nummer$|code$", re.IGNORECASE
)
_PRODUCT_NAME = re.compile(
    r"(?:^|[\W_])(?:nr|nummer|no|id|code|kz|schl|position|pos|produkt|produktgruppe|"
    r"produktbereich|leistung|kostenstelle|konto|gliederung|haushaltsstelle|ziffer)\.?(?:$|[\W_\d])"
    r"|(?:nr\.?|nummer|code|schl(?:ü|ue)ssel|stelle|ziffer|gruppe|bereich|gliederung)$",
    re.IGNORECASE,
)
"""Names of classifications: their values may look like dates or decimals."""
_COORDINATE_NAME = re.compile(
    r"(?:^|[\W_])(?:lat|lon|lng|latitude|longitude|breite|länge|laenge|breitengrad|längengrad|"
    r"laengengrad|x|y|easting|northing|ostwert|nordwert|hochwert|rechtswert)(?:$|[\W_\d])",
    re.IGNORECASE,
)
_POSTAL_NAME = re.compile(r"(?:^|[\W_])plz(?:$|[\W_])|postleitzahl", re.IGNORECASE)
MUNICIPALITY_KEY_NAME = re.compile(
    r"(?:^|[\W_])ags(?:$|[\W_\d])|gemeindeschl(?:ü|ue)ssel", re.IGNORECASE
)


@dataclass(kw_only=True, slots=True)
class Column:
    """What a column holds."""

    name: str
    type: str = "string"
    format: str = "default"
    missing_values: tuple[str, ...] = ("",)
    decimal_char: str | None = None
    group_char: str | None = None
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()
    bare_number: bool = True
    """False where units stand in the cells."""
    classes: frozenset[str] = frozenset()
    """Classes of cells that fit the type; empty where everything fits."""
    outliers: int = 0
    """Cells that do not fit the type."""
    unjudged: bool = False
    """The type is a description, not a rule: some cells do not fit it, or it cannot be written as
    a Table Schema. Frictionless is not asked about it."""
    lost_zeros: bool = False
    """A column of municipality keys whose leading zeros are gone."""
    mixed_dates: bool = False
    """Dates of more than one form."""


def infer_columns(
    names: Sequence[str], statistics: Sequence[ColumnStatistics], delimiter: str | None
) -> list[Column]:
    """The columns of a table; those that leave their marks open follow the others."""
    decimal_char = _decimal_char(names, statistics)
    return [
        _column(name, counts, decimal_char, delimiter)
        for name, counts in zip(names, statistics, strict=True)
    ]


def _decimal_char(names: Sequence[str], statistics: Sequence[ColumnStatistics]) -> str | None:
    """The decimal mark of the columns that leave no doubt; None where none does.

    Coordinates have no say: machines write them, with a point, also beside 1.234,5.
    """
    commas = points = 0
    for name, counts in zip(names, statistics, strict=True):
        numbers = counts.count(*c.NUMBERS, *c.UNITS)
        if numbers < SHARE * counts.values or _COORDINATE_NAME.search(name):
            continue
        comma = counts.count(c.DECIMAL_COMMA, c.DOTTED_COMMA, c.SPACED_COMMA, c.UNIT_COMMA)
        point = counts.count(c.DECIMAL_POINT, c.COMMA_POINT, c.UNIT_POINT)
        commas += comma > point
        points += point > comma
    if not commas and not points:
        return None
    return "," if commas >= points else "."


def _column(
    name: str, counts: ColumnStatistics, decimal_char: str | None, delimiter: str | None
) -> Column:
    values = counts.values
    described = bool(counts.natives) or counts.odd_signs
    column = Column(name=name, unjudged=described)
    if not values:
        # »x« in some cells and nothing in the others is a mark, not »no value«.
        column.type = "string" if counts.classes[c.MISSING] else "any"
        return column
    needed = SHARE * values
    if counts.count(*c.NUMBERS, c.LEADING_ZERO) >= needed:
        if _is_code(name, counts):
            column.lost_zeros = _lost_zeros(name, counts)
            return column
        _as_number(column, name, counts, decimal_char, delimiter, units=False)
    elif counts.count(*c.UNITS, *c.NUMBERS) >= needed:
        _as_number(column, name, counts, decimal_char, delimiter, units=True)
    elif counts.count(*c.DATES, c.DOTTED_CODE) >= needed:
        _as_date(column, counts, needed)
    elif counts.count(*c.DATETIMES, c.NATIVE_DATE) >= needed:
        _as_moment(column, counts, "datetime", c.DATETIMES, needed)
        if column.type == "datetime" and counts.classes[c.NATIVE_DATE]:
            column.classes |= {c.NATIVE_DATE}  # a moment at midnight
    elif counts.count(*c.TIMES) >= needed:
        _as_moment(column, counts, "time", c.TIMES, needed)
    elif counts.classes[c.BOOLEAN] >= needed:
        _as_boolean(column, counts)
    if column.type != "string":
        column.missing_values = ("", *(token for token in counts.missing if token != ""))
        column.outliers = values - counts.count(*column.classes)
        column.unjudged = column.outliers > 0 or counts.too_many_tokens or counts.odd_signs
    return column


def _is_code(name: str, counts: ColumnStatistics) -> bool:
    decimals = counts.count(*c.NUMBERS - {c.INTEGER})
    if decimals > (1 - SHARE) * counts.values:
        # »Produktnr. 10.00«: what is called a number and has a point is a code.
        points = counts.count(c.DECIMAL_POINT, c.LEADING_ZERO)
        return points >= SHARE * counts.values and bool(_PRODUCT_NAME.search(name))
    if counts.classes[c.LEADING_ZERO]:
        return True
    if _CODE_NAME.search(name):
        return True
    one_length = len(counts.lengths) == 1 and min(counts.lengths) > 2
    return bool(_NUMBER_NAME.search(name)) and one_length and counts.values > 1


def _lost_zeros(name: str, counts: ColumnStatistics) -> bool:
    """Municipality keys have eight digits; seven are eight without the zero of the Land.

    Postal codes have five; four beside five are those of Saxony without their zero.
    """
    if MUNICIPALITY_KEY_NAME.search(name):
        return 7 in counts.lengths
    return bool(_POSTAL_NAME.search(name)) and counts.lengths == {4, 5}


def _as_number(
    column: Column,
    name: str,
    counts: ColumnStatistics,
    decimal_char: str | None,
    delimiter: str | None,
    *,
    units: bool,
) -> None:
    """Decide the marks: first what the column proves itself, then the rest of the file."""
    own = _own_mark(name, counts, decimal_char, delimiter)
    if own == ",":
        decimals = {c.DECIMAL_COMMA, c.COMMA_GROUP, c.UNIT_COMMA}
        groups = {c.DOTTED, c.DOTTED_MANY, c.DOTTED_COMMA, c.UNIT_DOTTED}
        group_char = "."
    else:
        decimals = {c.DECIMAL_POINT, c.DOTTED, c.UNIT_POINT, c.UNIT_DOTTED}
        groups = {c.COMMA_GROUP, c.COMMA_GROUP_MANY, c.COMMA_POINT}
        group_char = ","
    if counts.count(c.SPACED, c.SPACED_COMMA) > counts.count(*groups):
        groups, group_char = {c.SPACED, c.SPACED_COMMA}, " "
    fits = {c.INTEGER, c.UNIT_INTEGER, c.NATIVE_NUMBER} | decimals
    if counts.count(*groups):
        fits |= groups
        column.group_char = group_char
    if not units:
        fits -= c.UNITS
    if counts.count(*fits) < SHARE * counts.values:
        column.group_char = None
        return  # two ways of writing numbers in one column: text
    written = counts.count(*decimals, *(fits & {c.DOTTED_COMMA, c.COMMA_POINT, c.SPACED_COMMA}))
    column.type = "number" if written or counts.classes[c.NATIVE_NUMBER] else "integer"
    column.decimal_char = own if written else None
    column.bare_number = not units
    column.classes = frozenset(fits)


def _own_mark(
    name: str, counts: ColumnStatistics, decimal_char: str | None, delimiter: str | None
) -> str:
    """The decimal mark of a column that holds numbers."""
    comma = counts.count(c.DECIMAL_COMMA, c.DOTTED_COMMA, c.SPACED_COMMA, c.UNIT_COMMA)
    point = counts.count(c.DECIMAL_POINT, c.COMMA_POINT, c.UNIT_POINT)
    if comma or point:
        return "," if comma >= point else "."
    if counts.classes[c.DOTTED_MANY]:
        return ","
    if counts.classes[c.COMMA_GROUP_MANY]:
        return "."
    if counts.count(c.DOTTED, c.UNIT_DOTTED):
        return _mark_of_dotted(name, counts, decimal_char)
    if counts.classes[c.COMMA_GROUP] and decimal_char is None:
        return "." if delimiter == "," and not counts.plain_thousands else ","
    return decimal_char or "."


def _mark_of_dotted(name: str, counts: ColumnStatistics, decimal_char: str | None) -> str:
    """What `1.234` is in a column without any other hint: »,« means that the dot groups."""
    if counts.plain_thousands or _COORDINATE_NAME.search(name):
        return "."  # 1234 beside 1.234: then the dot is no thousands mark
    if decimal_char == "." and not counts.classes[c.INTEGER]:
        return "."  # always three places, in a file that writes decimals with a point
    return ","


def _as_date(column: Column, counts: ColumnStatistics, needed: float) -> None:
    if counts.classes[c.DOTTED_CODE]:
        return  # 01.13.05: product groups, not days
    short = counts.classes[c.DATE_DMY_SHORT]
    if short and (_PRODUCT_NAME.search(column.name) or (short > 20 and counts.first_part <= 12)):
        return  # so many days, and none after the twelfth: codes
    if counts.classes[c.DATE_SLASH]:
        # A day over 12 anywhere decides; without one, the day stands first as Germans write it.
        american = counts.classes[c.DATE_SLASH_MDY] > counts.classes[c.DATE_SLASH_DMY]
        form = c.DATE_SLASH_MDY if american else c.DATE_SLASH_DMY
        if counts.count(form, c.DATE_SLASH) >= needed:
            column.type, column.format = "date", c.FORMATS[form]
            column.classes = frozenset({form, c.DATE_SLASH, c.NATIVE_DATE})
        return
    _as_moment(column, counts, "date", c.DATES, needed)


def _as_moment(
    column: Column, counts: ColumnStatistics, kind: str, classes: frozenset[str], needed: float
) -> None:
    """The one form that enough cells have; typed cells of sheets fit every form."""
    native = {c.NATIVE_DATE, c.NATIVE_DATETIME, c.NATIVE_TIME} & classes
    forms = Counter({cls: counts.classes[cls] for cls in classes - native if counts.classes[cls]})
    best, count = forms.most_common(1)[0] if forms else ("", 0)
    column.mixed_dates = len(forms) > 1
    extra = counts.classes[c.NATIVE_DATE] if kind == "datetime" else 0
    if count + counts.count(*native) + extra < needed:
        return
    column.type = kind
    column.format = c.FORMATS[best] if best else "default"
    column.classes = frozenset(native | ({best} if best else set()))


def _as_boolean(column: Column, counts: ColumnStatistics) -> None:
    words = {word: word.strip().lower() for word in counts.booleans}
    true = tuple(w for w, lower in words.items() if lower in c.TRUE_WORDS)
    false = tuple(w for w, lower in words.items() if lower in c.FALSE_WORDS)
    letters = all(len(lower) == 1 for lower in words.values())
    if words and letters and not (true and false):
        return  # »n« alone is a letter
    column.type = "boolean"
    column.true_values, column.false_values = true, false
    column.classes = frozenset({c.BOOLEAN})
