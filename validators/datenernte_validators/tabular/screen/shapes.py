"""What is certainly a good value of a field, as an expression of polars: the fast answers.

A shape says yes only where Frictionless' cell reader would have nothing to note: the type holds and
so do all constraints but `required` and `unique`. Missing values are not its business.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any

import polars as pl

from datenernte_validators.tabular.screen.patterns import MomentFormat, moment_format, translated

Shape = Callable[[pl.Expr], pl.Expr]
"""From a column of text to whether each cell is certainly good; null counts as no."""

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_DEFAULT_MOMENTS = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%dT%H:%M:%S", "time": "%H:%M:%S"}
_WEIGHTS = {"Y": 10**10, "m": 10**8, "d": 10**6, "H": 10**4, "M": 100, "S": 1}
_PARTS_OF_TYPE = {"date": set("Yymd"), "datetime": set("YymdHMS"), "time": set("HMS")}
_LARGEST_FLOAT = 1e300
_STRING_FORMATS = {
    "uuid": r"\A[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\z",
    "email": r"\A[a-z0-9]{1,30}(?:[._-][a-z0-9]{1,20}){0,1}@[a-z]{2,30}\.(?:de|com|org|net)\z",
}
"""Ordinary values; the others are for the reader."""


def shape_of(field: Any) -> Shape | None:
    """The shape of a field, or None where only the cell reader knows.

    Args:
        field: of Frictionless.
    """
    constraints = {
        name: field.constraints[name]
        for name in field.supported_constraints
        if name != "required" and field.constraints.get(name) is not None
    }
    if "enum" in constraints:
        return None  # few different values: the reader is asked once for each
    make = _SHAPES.get(field.type)
    return make(field, constraints) if make else None


def is_free(field: Any) -> bool:
    """Whether any text is a good value: `required` apart, nothing is to be looked at."""
    free_type = field.type == "any" or (
        field.type == "string" and field.format not in ("uri", "email", "uuid", "binary", "wkt")
    )
    names = [n for n in field.supported_constraints if n != "required"]
    return free_type and all(field.constraints.get(name) is None for name in names)


def moment_of(field: Any) -> MomentFormat | None:
    """The fixed format of a date, time or moment that loses nothing of the text."""
    if field.type not in _PARTS_OF_TYPE or field.format == "any":
        return None
    text = _DEFAULT_MOMENTS[field.type] if field.format == "default" else field.format
    found = moment_format(text) if isinstance(text, str) else None
    return found if found and set(found.places) <= _PARTS_OF_TYPE[field.type] else None


def marks_of(field: Any) -> tuple[str, str] | None:
    """Decimal and thousands mark of a number field; None where they are no ordinary ones."""
    decimal, group = field.decimal_char, field.group_char
    groups = ("", ".", ",", " ", "'", "\u00a0", "\u202f", "’")
    return (
        (decimal, group) if decimal in (".", ",") and group in groups and decimal != group else None
    )


def number_pattern(decimal: str, group: str) -> str:
    """Numbers that are certainly valid with these marks."""
    digits = "[0-9]{1,30}"
    if group:
        digits = f"(?:[0-9]{{1,3}}(?:\\x{{{ord(group):x}}}[0-9]{{3}}){{1,9}}|{digits})"
    return rf"\A-?{digits}(?:\x{{{ord(decimal):x}}}[0-9]{{1,30}})?\z"


INTEGER_PATTERN = r"\A-?[0-9]{1,18}\z"


def _string(field: Any, constraints: dict[str, Any]) -> Shape | None:
    tests: list[Shape] = []
    if field.format in ("uri", "binary", "wkt"):
        return None
    if field.format in _STRING_FORMATS:
        form = _STRING_FORMATS[field.format]
        tests.append(lambda cell: cell.str.contains(form))
    if "pattern" in constraints:
        pattern = translated(constraints["pattern"])
        if pattern is None or not _is_known_to_polars(pattern):
            return None
        tests.append(lambda cell: cell.str.contains(pattern))
    shortest, longest = constraints.get("minLength"), constraints.get("maxLength")
    if not all(bound is None or type(bound) is int for bound in (shortest, longest)):
        return None
    if shortest is not None:
        tests.append(lambda cell: cell.str.len_chars() >= max(0, min(shortest, 2**31)))
    if longest is not None:
        tests.append(lambda cell: cell.str.len_chars() <= min(longest, 2**31))
        if longest < 0:
            return None
    return lambda cell: pl.all_horizontal(*(test(cell) for test in tests))


def _is_known_to_polars(pattern: str) -> bool:
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError:
        return False  # larger than polars wants to compile
    return True


def _integer(field: Any, constraints: dict[str, Any]) -> Shape | None:
    bounds = _bounds(field, constraints, int)
    if bounds is None:
        return None

    def shape(cell: pl.Expr) -> pl.Expr:
        # polars reads a sign and ASCII digits and nothing else, all of which Python reads too.
        value = cell.cast(pl.Int64, strict=False)
        return _within(value, bounds) & (cell.str.len_bytes() <= 18)

    return shape


def _number(field: Any, constraints: dict[str, Any]) -> Shape | None:
    bounds = _bounds(field, constraints, (int, Decimal, float))
    marks = marks_of(field)
    if bounds is None or marks is None:
        return None
    decimal, group = marks
    pattern = number_pattern(decimal, group)
    if bounds == {"minimum": 0}:  # the ordinary case: a number without sign is not below zero
        pattern, bounds = pattern.replace(r"\A-?", r"\A"), {}
    if not bounds:
        return lambda cell: cell.str.contains(pattern)
    near: dict[str, float] = {}
    for name, bound in bounds.items():
        value = float(bound)
        # What is as close as this to a bound is for the reader: a float is not exact.
        margin = abs(value) * 1e-9 + 1e-9
        if abs(value) > _LARGEST_FLOAT:
            return None
        near[name] = value + margin if name.endswith("inimum") else value - margin

    def shape(cell: pl.Expr) -> pl.Expr:
        plain = cell.str.replace_all(group, "", literal=True) if group else cell
        if decimal != ".":
            plain = plain.str.replace(decimal, ".", literal=True)
        return cell.str.contains(pattern) & _within(plain.cast(pl.Float64, strict=False), near)

    return shape


def _moment(field: Any, constraints: dict[str, Any]) -> Shape | None:
    if field.type not in _DEFAULT_MOMENTS or field.format == "any":
        return None
    text = _DEFAULT_MOMENTS[field.type] if field.format == "default" else field.format
    form = moment_format(text) if isinstance(text, str) else None
    kind = {"date": date, "datetime": datetime, "time": time}[field.type]
    bounds = _bounds(field, constraints, kind)
    if form is None or bounds is None:
        return None
    if not bounds:
        return lambda cell: cell.str.contains(form.pattern)
    if "y" in form.places or not set(form.places) <= _PARTS_OF_TYPE[field.type]:
        return None
    numbers: dict[str, int] = {}
    for name, bound in bounds.items():
        number = _moment_number(bound)
        if number is None:
            return None
        numbers[name] = number
    defaults = {"Y": 1900, "m": 1, "d": 1}
    if field.type == "time":
        defaults = {}
    fixed = sum(_WEIGHTS[p] * v for p, v in defaults.items() if p not in form.places)

    def shape(cell: pl.Expr) -> pl.Expr:
        value = pl.lit(fixed, dtype=pl.Int64)
        for part, (start, length) in form.places.items():
            number = cell.str.slice(start, length).cast(pl.Int64, strict=False)
            value = value + number * _WEIGHTS[part]
        return cell.str.contains(form.pattern) & _within(value, numbers)

    return shape


def _moment_number(bound: date | datetime | time) -> int | None:
    """The parts of a moment as one number that orders as moments do."""
    number = 0
    if isinstance(bound, date):
        number += (
            bound.year * _WEIGHTS["Y"] + bound.month * _WEIGHTS["m"] + bound.day * _WEIGHTS["d"]
        )
    if isinstance(bound, datetime | time):
        if bound.tzinfo is not None or bound.microsecond:
            return None
        number += bound.hour * _WEIGHTS["H"] + bound.minute * _WEIGHTS["M"] + bound.second
    return number


def _geopoint(field: Any, constraints: dict[str, Any]) -> Shape | None:
    if field.format != "default" or constraints:
        return None
    decimals = r"(?:\.[0-9]{1,20})?"
    pattern = rf"\A-?[0-9]{{1,2}}{decimals}, ?-?[0-8]?[0-9]{decimals}\z"
    return lambda cell: cell.str.contains(pattern)


_SHAPES: dict[str, Callable[[Any, dict[str, Any]], Shape | None]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "date": _moment,
    "datetime": _moment,
    "time": _moment,
    "geopoint": _geopoint,
}


def _bounds(field: Any, constraints: dict[str, Any], kinds: Any) -> dict[str, Any] | None:
    """The bounds as values of the field; None where one is no such value."""
    read = field.create_value_reader()
    bounds = {name: read(constraints[name]) for name in _BOUNDS if name in constraints}
    return bounds if all(_is_usable(bound, kinds) for bound in bounds.values()) else None


def _is_usable(bound: Any, kinds: Any) -> bool:
    if isinstance(bound, float | Decimal) and not isfinite(bound):
        return False
    return isinstance(bound, kinds) and not isinstance(bound, bool)


def _within(value: pl.Expr, bounds: dict[str, Any]) -> pl.Expr:
    tests = {
        "minimum": value.__ge__,
        "maximum": value.__le__,
        "exclusiveMinimum": value.__gt__,
        "exclusiveMaximum": value.__lt__,
    }
    result = value.is_not_null()
    for name, bound in bounds.items():
        result = result & tests[name](_in_range(bound))
    return result


def _in_range(bound: float) -> float:
    """A bound that polars can hold; integers of 18 digits are compared with it."""
    return max(-(10**18), min(10**18, bound)) if isinstance(bound, int) else bound
