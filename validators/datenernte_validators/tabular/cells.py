"""What one cell looks like, without its column: the alphabet of layout and column types.

A class says only what the characters allow. `1.234` is `DOTTED`, whether that means 1234 or 1.234
is for the column to decide (`inference`).
"""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache

Cell = str | int | float | bool | datetime | date | time | timedelta | None
"""A cell as its reader gives it: text from CSV, typed values from sheets."""

EMPTY = "empty"
MISSING = "missing"
"""A token that stands for »no value« where the rest of the column is typed."""
TEXT = "text"
BOOLEAN = "boolean"
INTEGER = "integer"
LEADING_ZERO = "leading_zero"
"""Digits that begin with a zero: a code, not a number."""
DOTTED = "dotted"
"""One group: 1.234."""
DOTTED_MANY = "dotted_many"
"""Groups prove thousands: 1.234.567."""
COMMA_GROUP = "comma_group"
COMMA_GROUP_MANY = "comma_group_many"
SPACED = "spaced"
"""1 234 with a blank, a no-break space or an apostrophe."""
SPACED_COMMA = "spaced_comma"
DECIMAL_COMMA = "decimal_comma"
DOTTED_COMMA = "dotted_comma"
"""1.234,5"""
DECIMAL_POINT = "decimal_point"
COMMA_POINT = "comma_point"
"""1,234.5"""
UNIT_INTEGER = "unit_integer"
UNIT_COMMA = "unit_comma"
UNIT_POINT = "unit_point"
UNIT_DOTTED = "unit_dotted"
"""1.234 €: thousands or decimals, as `DOTTED`."""
DATE_DMY = "date_dmy"
DATE_DMY_SHORT = "date_dmy_short"
DATE_ISO = "date_iso"
DATE_YMD_DOT = "date_ymd_dot"
DATE_YMD_SLASH = "date_ymd_slash"
DATE_SLASH = "date_slash"
"""01/02/2024: day and month could be swapped."""
DATE_SLASH_DMY = "date_slash_dmy"
DATE_SLASH_MDY = "date_slash_mdy"
DOTTED_CODE = "dotted_code"
"""01.13.05: looks like a date, but no part can be a month."""
DATETIME_DMY = "datetime_dmy"
DATETIME_DMY_SECONDS = "datetime_dmy_seconds"
DATETIME_ISO = "datetime_iso"
DATETIME_ISO_BLANK = "datetime_iso_blank"
"""2024-01-31 12:30, without seconds."""
DATETIME_ISO_SHORT = "datetime_iso_short"
"""2024-01-31T12:30, without seconds."""
TIME_SHORT = "time_short"
TIME_LONG = "time_long"
NATIVE_NUMBER = "native_number"
NATIVE_DATE = "native_date"
NATIVE_DATETIME = "native_datetime"
NATIVE_TIME = "native_time"
NATIVE_DURATION = "native_duration"

FORMATS = {
    DATE_DMY: "%d.%m.%Y",
    DATE_DMY_SHORT: "%d.%m.%y",
    DATE_ISO: "default",
    DATE_YMD_DOT: "%Y.%m.%d",
    DATE_YMD_SLASH: "%Y/%m/%d",
    DATE_SLASH_DMY: "%d/%m/%Y",
    DATE_SLASH_MDY: "%m/%d/%Y",
    DATETIME_DMY: "%d.%m.%Y %H:%M",
    DATETIME_DMY_SECONDS: "%d.%m.%Y %H:%M:%S",
    DATETIME_ISO: "default",
    DATETIME_ISO_BLANK: "%Y-%m-%d %H:%M",
    DATETIME_ISO_SHORT: "%Y-%m-%dT%H:%M",
    TIME_SHORT: "%H:%M",
    TIME_LONG: "default",
    NATIVE_DATE: "default",
    NATIVE_DATETIME: "default",
    NATIVE_TIME: "default",
}
"""Format of Table Schema for each class of dates and times."""

DATES = frozenset({c for c in FORMATS if c.startswith("date_")} | {NATIVE_DATE, DATE_SLASH})
DATETIMES = frozenset({c for c in FORMATS if c.startswith("datetime_")} | {NATIVE_DATETIME})
TIMES = frozenset({TIME_SHORT, TIME_LONG, NATIVE_TIME})
NUMBERS = frozenset(
    {
        INTEGER,
        DOTTED,
        DOTTED_MANY,
        COMMA_GROUP,
        COMMA_GROUP_MANY,
        SPACED,
        SPACED_COMMA,
        DECIMAL_COMMA,
        DOTTED_COMMA,
        DECIMAL_POINT,
        COMMA_POINT,
        NATIVE_NUMBER,
    }
)
UNITS = frozenset({UNIT_INTEGER, UNIT_COMMA, UNIT_POINT, UNIT_DOTTED})

TRUE_WORDS = frozenset({"ja", "j", "true", "wahr", "yes"})
FALSE_WORDS = frozenset({"nein", "n", "false", "falsch", "no"})
# fmt: off
MISSING_TOKENS = frozenset(
    {
        "-", "--", "---", "–", "—", ".", "..", "...", "…", "/", "//", "x", "X", "·", "*", "?",
        "NA", "N/A", "n/a", "n.a.", "NaN", "nan", "NULL", "null", "None", "none", "k.A.", "k.A",
        "k.a.", "kA", "n.v.", "entfällt", "unbekannt", "#N/A", "#NV", "#NULL!", "#DIV/0!",
        "#WERT!", "#VALUE!", "#BEZUG!", "#REF!",
        "k. A.", "k. a.", "k. A", "n. v.", "n. a.", "keine Angabe", "keine Angaben",
        "nicht bekannt",
    }
)
# fmt: on
"""Tokens seen in German public tables; in GENESIS `-` is nothing, `.` is secret, `...` is later."""

_CELL = re.compile(
    r"""
    (?P<integer>[+-]?(?:0|[1-9][0-9]*))
  | (?P<leading_zero>0[0-9]+(?:\.[0-9]+)?)
  | (?P<dotted>[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+)
  | (?P<comma_group>[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+)
  | (?P<decimal_comma>[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?)
  | (?P<decimal_point>[+-]?(?:[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+))
  | (?P<dotted_comma>[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]+)
  | (?P<comma_point>[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+\.[0-9]+)
  | (?P<spaced>[+-]?[1-9][0-9]{0,2}(?:[ \u00a0\u202f'’][0-9]{3})+(?P<spaced_comma>,[0-9]+)?)
  | (?P<unit>[+-]?(?:(?P<unit_dotted>[1-9][0-9]{0,2}(?:\.[0-9]{3})+)|[0-9]+)
      (?P<unit_rest>[.,][0-9]+)?
      [ \u00a0\u202f]?
      (?:%|‰|€|EUR|Euro|m²|qm|m³|km²|km|cm|mm|ha|m|kg|t|kWh|MWh|kW|MW|°C|Mio\.?|Tsd\.?))
  | (?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4}|[0-9]{2})
      (?:[ ](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?)?
  | (?P<y>[0-9]{4})(?P<s>[-./])(?P<m>[0-9]{2})(?P=s)(?P<d>[0-9]{2})
      (?P<clock>(?P<sep>[T ])(?P<h>[0-9]{2}):(?P<min>[0-9]{2})
         (?P<sec>:(?P<ss>[0-9]{2})(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?)?
  | (?P<first>[0-9]{1,2})/(?P<other>[0-9]{1,2})/(?P<slash_year>[0-9]{4})
  | (?P<th>[0-9]{1,2}):(?P<tm>[0-9]{2})(?::(?P<ts>[0-9]{2}))?
    """,
    re.VERBOSE,
)

ODD_SIGNS = "\u2212\u2013"
"""Minus signs that no program reads as one."""

_SIMPLE = frozenset(
    {
        INTEGER,
        LEADING_ZERO,
        DECIMAL_COMMA,
        DECIMAL_POINT,
        DOTTED_COMMA,
        COMMA_POINT,
    }
)


@lru_cache(maxsize=65_536)
def classify_text(raw: str) -> str:
    """The class of a text cell. Dates and words count only without blanks around them."""
    text = raw.strip()
    if not text:
        return EMPTY
    if text in MISSING_TOKENS:
        return MISSING
    if text[0].isalpha():
        word = text.lower()
        return BOOLEAN if word in TRUE_WORDS or word in FALSE_WORDS else TEXT
    if len(text) > 40:
        return TEXT
    match = _CELL.fullmatch(with_plain_sign(text))
    if match is None:
        return TEXT
    kind = _class_of(match)
    if text != raw and (kind in FORMATS or kind == DATE_SLASH):
        # Frictionless strips numbers, but not dates: such a cell would fail as a date.
        return TEXT
    return kind


def with_plain_sign(text: str) -> str:
    """A number with a hyphen as its sign, where a true minus sign or a dash stands."""
    return "-" + text[1:] if text[:1] in ODD_SIGNS and text[1:2].isdigit() else text


def classify(cell: Cell) -> str:
    """The class of any cell; typed cells of sheets have their own classes of dates."""
    if isinstance(cell, str):
        return classify_text(cell)
    if cell is None:
        return EMPTY
    if isinstance(cell, bool):
        return BOOLEAN
    if isinstance(cell, int):
        return INTEGER
    if isinstance(cell, float):
        return INTEGER if cell.is_integer() else NATIVE_NUMBER
    if isinstance(cell, datetime):
        at_midnight = cell.time() == time()
        return NATIVE_DATE if at_midnight else NATIVE_DATETIME
    if isinstance(cell, date):
        return NATIVE_DATE
    if isinstance(cell, time):
        return NATIVE_TIME
    return NATIVE_DURATION


def is_blank(cell: Cell) -> bool:
    """Whether nothing is to be seen in the cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _class_of(match: re.Match[str]) -> str:
    group = match.lastgroup or ""
    if group in _SIMPLE:
        return group
    text = match[0]
    if group == DOTTED:
        return DOTTED_MANY if text.count(".") > 1 else DOTTED
    if group == COMMA_GROUP:
        return COMMA_GROUP_MANY if text.count(",") > 1 else COMMA_GROUP
    if match["spaced"]:
        return SPACED_COMMA if match["spaced_comma"] else SPACED
    if match["unit"]:
        rest = match["unit_rest"]
        if rest is None:
            return UNIT_DOTTED if match["unit_dotted"] else UNIT_INTEGER
        return UNIT_COMMA if rest[0] == "," else UNIT_POINT
    if match["day"]:
        return _german_date(match)
    if match["y"]:
        return _iso_date(match)
    if match["slash_year"]:
        return _slash_date(match)
    return _time(match)


def _german_date(match: re.Match[str]) -> str:
    day, month, year = int(match["day"]), int(match["month"]), int(match["year"])
    short = len(match["year"]) == 2
    if short:
        year += 1900 if year >= 69 else 2000  # as strptime's %y
    if not _exists(year, month, day):
        return DOTTED_CODE if short and not (1 <= month <= 12 and 1 <= day <= 31) else TEXT
    if match["hour"] is None:
        return DATE_DMY_SHORT if short else DATE_DMY
    if short or not _clock(match["hour"], match["minute"], match["second"]):
        return TEXT
    return DATETIME_DMY_SECONDS if match["second"] else DATETIME_DMY


def _iso_date(match: re.Match[str]) -> str:
    if not _exists(int(match["y"]), int(match["m"]), int(match["d"])):
        return TEXT
    if match["clock"] is None:
        return {"-": DATE_ISO, ".": DATE_YMD_DOT, "/": DATE_YMD_SLASH}[match["s"]]
    if match["s"] != "-" or not _clock(match["h"], match["min"], match["ss"]):
        return TEXT
    if match["sec"]:
        return DATETIME_ISO
    return DATETIME_ISO_SHORT if match["sep"] == "T" else DATETIME_ISO_BLANK


def _slash_date(match: re.Match[str]) -> str:
    first, other, year = int(match["first"]), int(match["other"]), int(match["slash_year"])
    day_first, month_first = _exists(year, other, first), _exists(year, first, other)
    if day_first and month_first:
        return DATE_SLASH
    if day_first:
        return DATE_SLASH_DMY
    return DATE_SLASH_MDY if month_first else TEXT


def _time(match: re.Match[str]) -> str:
    if not _clock(match["th"], match["tm"], match["ts"]):
        return TEXT
    if match["ts"] is None:
        return TIME_SHORT
    return TIME_LONG if len(match["th"]) == 2 else TEXT


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _clock(hour: str, minute: str, second: str | None) -> bool:
    return int(hour) < 24 and int(minute) < 60 and int(second or 0) < 60
