"""Values of unique fields and primary keys: which rows repeat one, and where it stood last.

Keys are kept as text or integers that are equal exactly where the values are equal to Python:
`7` and `007`, `1,0` and `1,00`. They are all that the screen keeps of rows that are done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl

from datenernte_validators.tabular.screen.columns import READER_FAULTS, FieldScreen
from datenernte_validators.tabular.screen.engine import GiveUp
from datenernte_validators.tabular.screen.patterns import MomentFormat
from datenernte_validators.tabular.screen.shapes import (
    is_free,
    marks_of,
    moment_of,
    number_pattern,
    shape_of,
)

_DIGITS = 60
"""Digits before or after the decimal mark that a number may have to be kept."""
_INTEGERS = 2**63

_ATTRIBUTES = {"Y": "year", "m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second"}

Canonical = Callable[[Any], str | int | None]
"""From a value to its key; None for values that no ordinary one can be equal to."""


@dataclass(slots=True)
class KeyField:
    """How the values of one field become keys."""

    screen: FieldScreen
    canonical: Canonical
    integers: bool = False
    """Keys are integers and not texts."""
    ordinary: pl.Expr | None = None
    """Keys of ordinary cells, null for all others; the reader is asked about those."""

    def keys(self, frame: pl.DataFrame) -> tuple[pl.Series, pl.Series | None]:
        """Keys of a column, null where there is no value; and which cells have a value but no key.

        Args:
            frame: columns of text; null where a row has no such cell.
        """
        kind = pl.Int64 if self.integers else pl.String
        name = self.screen.name
        column = frame[name]
        if self.ordinary is None:
            ordinary = pl.repeat(None, len(frame), dtype=kind, eager=True)
        else:
            ordinary = frame.select(self.ordinary).to_series()
            if not ordinary.null_count():
                return ordinary, None
        missing = frame.select(self.screen.is_missing().alias(name)).to_series()
        others = ordinary.is_null() & column.is_not_null()
        if len(missing) == len(frame):
            others &= ~missing.fill_null(value=False)
        if not others.any():
            return ordinary, None
        texts: list[str] = []
        keys: list[str | int] = []
        keyless: list[str] = []
        for text in column.filter(others).unique().to_list():
            value = read_value(self.screen.reader, text)
            if value is None:
                continue
            key = self.canonical(value)
            if key is None:
                keyless.append(text)
            else:
                texts.append(text)
                keys.append(key)
        if texts:
            read = column.replace_strict(
                texts, pl.Series(keys, dtype=kind), default=None, return_dtype=kind
            )
            ordinary = pl.select(pl.coalesce(ordinary, read).alias(name)).to_series()
        return ordinary, column.is_in(keyless) & others if keyless else None


def read_value(reader: Any, text: str) -> Any:
    """What a cell reader makes of a text; None where there is no value."""
    try:
        return reader(text)[0]
    except READER_FAULTS:
        return None  # Frictionless will meet it in its turn


def key_field(screen: FieldScreen) -> KeyField:
    """How the values of a field become keys.

    Raises:
        GiveUp: values of this type cannot be compared by a key.
    """
    kind = screen.field.type
    cell = pl.col(screen.name)
    present = ~screen.is_missing()
    if kind == "any" or is_free(screen.field) or (kind == "string" and _keeps_text(screen.field)):
        return KeyField(screen, str, ordinary=pl.when(present).then(cell))
    if kind == "integer":
        number = pl.when(present & (cell.str.len_bytes() <= 18)).then(
            cell.cast(pl.Int64, strict=False)
        )
        return KeyField(screen, _integer_key, integers=True, ordinary=number)
    if kind == "number" and not screen.field.float_number and marks_of(screen.field) is not None:
        return KeyField(screen, _decimal_key, ordinary=_decimal_keys(screen))
    moment = moment_of(screen.field)
    if moment is not None:
        form = moment.pattern
        ordinary = pl.when(present & cell.str.contains(form)).then(cell)
        return KeyField(screen, _moment_key(moment), ordinary=ordinary)
    if kind in _CANONICAL:
        return KeyField(screen, _CANONICAL[kind])
    if kind == "string":
        shape = shape_of(screen.field) if not screen.field.constraints else None
        certain = pl.when(present & shape(cell)).then(cell) if shape else None
        return KeyField(screen, str, ordinary=certain)
    raise GiveUp(f"keys of type {kind}")


def _keeps_text(field_: Any) -> bool:
    return field_.format not in ("uri", "email", "uuid", "binary", "wkt")


def _integer_key(value: int) -> int | None:
    return value if -_INTEGERS <= value < _INTEGERS else None


def _decimal_keys(screen: FieldScreen) -> pl.Expr:
    """Keys of ordinary numbers: no zeros at the ends, no sign at zero."""
    marks = marks_of(screen.field)
    assert marks is not None  # noqa: S101 - asked for before
    decimal, group = marks
    cell = pl.col(screen.name)
    plain = cell.str.replace_all(group, "", literal=True) if group else cell
    if decimal != ".":
        plain = plain.str.replace(decimal, ".", literal=True)
    short = (
        pl.when(plain.str.contains(".", literal=True))
        .then(plain.str.strip_chars_end("0").str.strip_suffix("."))
        .otherwise(plain)
        .str.replace(r"\A(-?)0+", "${1}")
    )
    key = pl.when(short == "-").then(pl.lit("")).otherwise(short)
    ordinary = cell.str.contains(number_pattern(decimal, group)) & ~screen.is_missing()
    return pl.when(ordinary).then(key)


def _decimal_key(value: Decimal) -> str | None:
    if not value.is_finite():
        return None
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - it is finite
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return ""
    shorter = text.rstrip("0")
    exponent += len(text) - len(shorter)
    if exponent >= 0:
        whole, part = shorter + "0" * min(exponent, _DIGITS + 1), ""
    elif exponent >= -_DIGITS:
        padded = shorter.rjust(-exponent, "0")
        whole, part = padded[:exponent], "." + padded[exponent:]
    else:
        return None
    return f"{'-' if sign else ''}{whole}{part}" if len(whole) <= _DIGITS else None


def _moment_key(form: MomentFormat) -> Canonical:
    def key(value: date | datetime | time) -> str:
        if isinstance(value, datetime | time) and (value.tzinfo or value.microsecond):
            return _instant_key(value)
        parts = {
            directive: getattr(value, name, 0)
            for directive, name in _ATTRIBUTES.items()
            if directive in form.places or directive == "Y"
        }
        return form.template.format(y=parts["Y"] % 100, **parts)

    return key


def _instant_key(value: date | datetime | time) -> str:
    """The key of any date, time or moment; moments in different zones may be equal."""
    if isinstance(value, datetime | time) and value.tzinfo is not None:
        try:
            if isinstance(value, time):
                raise GiveUp("times with zones")
            return f"Z{value.astimezone(UTC).isoformat()}"
        except OverflowError as error:
            raise GiveUp("a moment outside of all time") from error
    return value.isoformat()


def _float_key(value: float) -> str | None:
    return repr(value + 0.0) if value == value else None  # noqa: PLR0124 - NaN equals nothing


_CANONICAL: dict[str, Canonical] = {
    "boolean": str,
    "year": str,
    "yearmonth": lambda value: f"{value.year}-{value.month}",
    "date": _instant_key,
    "datetime": _instant_key,
    "time": _instant_key,
    "number": lambda value: _float_key(value) if isinstance(value, float) else _decimal_key(value),
}
"""For fields whose cells all go through the reader."""


@dataclass(slots=True)
class Repeats:
    """What a block repeats."""

    rows: list[pl.Series] = field(default_factory=list)
    """Row numbers, of all rows that share a key with another row of this or an earlier block."""
    earlier: list[tuple[tuple[str | None, ...], int]] = field(default_factory=list)
    """Cells of a key in this block, and the last row of an earlier block with an equal key."""


@dataclass(slots=True)
class SeenKeys:
    """The keys of one unique field or primary key in all blocks so far."""

    fields: Sequence[KeyField]
    is_primary: bool = False
    """A row without any value in these fields is a fault."""
    _runs: list[pl.DataFrame] = field(default_factory=list)
    """Keys with their rows and their hashes, in few large frames."""
    _largest: Any = None
    """Of all keys so far, where there is one field."""

    def add(self, frame: pl.DataFrame) -> Repeats:
        """Look for the keys of a block in those before, and keep them.

        Args:
            frame: columns of text and `row`, in the order of the rows.
        """
        repeats = Repeats()
        names = [f"key{number}" for number in range(len(self.fields))]
        columns = []
        keyless: pl.Series | None = None
        for name, one in zip(names, self.fields, strict=True):
            column, without = one.keys(frame)
            columns.append(column.alias(name))
            if without is not None:
                keyless = without if keyless is None else keyless | without
        cells = [frame[one.screen.name].alias(f"cell{n}") for n, one in enumerate(self.fields)]
        keyed = pl.DataFrame([*columns, *cells, frame["row"]])
        if keyless is not None:
            repeats.rows.append(keyed.filter(keyless)["row"])
            keyed = keyed.filter(~keyless)
        if any(column.null_count() for column in columns):
            empty = pl.all_horizontal(pl.col(name).is_null() for name in names)
            if self.is_primary:
                repeats.rows.append(keyed.filter(empty)["row"])
            keyed = keyed.filter(~empty)
        if not len(keyed):
            return repeats
        whole = pl.struct(names) if len(names) > 1 else pl.col(names[0])
        keyed = keyed.with_columns(hash=whole.hash())
        single = keyed[names[0]] if len(names) == 1 else None
        # The ordinary case: numbers or codes that only grow cannot come twice.
        if single is not None and (single.slice(1) > single.head(-1)).all():
            looked_back = bool(self._runs) and single[0] <= self._largest
        else:
            looked_back = bool(self._runs)
            if keyed["hash"].n_unique() < len(keyed):
                repeated = keyed.select(whole.is_duplicated()).to_series()
                repeats.rows.append(keyed.filter(repeated)["row"])
        if looked_back:
            self._look_back(keyed, names, repeats)
        if single is not None:
            self._largest = single.max() if not self._runs else max(single.max(), self._largest)
        self._keep(keyed.select(*names, "hash", "row"))
        return repeats

    def _look_back(self, keyed: pl.DataFrame, names: list[str], repeats: Repeats) -> None:
        """Find the keys of a block among those before: their hashes, then themselves."""
        found = []
        for run in self._runs:
            alike = run.join(keyed.select("hash"), on="hash", how="semi")
            if len(alike):
                pairs = keyed.join(
                    alike, on=["hash", *names], how="inner", nulls_equal=True, suffix="_before"
                )
                found.append(pairs)
        if not sum(map(len, found)):
            return
        cells = [f"cell{number}" for number in range(len(names))]
        hits = (
            pl.concat(found).group_by("row").agg(pl.col(cells).first(), pl.col("row_before").max())
        )
        repeats.rows.append(hits["row"])
        for *texts, before in hits.select(*cells, "row_before").iter_rows():
            repeats.earlier.append((tuple(texts), before))

    def _keep(self, run: pl.DataFrame) -> None:
        """Add a frame; two of like size become one, so that there are never many."""
        self._runs.append(run)
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = pl.concat([self._runs[-1], last])
