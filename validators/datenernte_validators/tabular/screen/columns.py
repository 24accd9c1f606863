"""Which cells of a column are certainly clean: by their shape, else by Frictionless' own reader.

The reader is asked once for each different text, and only for those whose shape does not answer,
so a column of few different values needs no knowledge of its type at all.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from datenernte_validators.tabular.screen.engine import GiveUp
from datenernte_validators.tabular.screen.shapes import Shape, is_free, shape_of

_VERDICTS = 200_000
"""Texts of a column whose verdict is kept."""

READER_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a cell reader raises for constraints that pass Frictionless' own checks and still are none.
Such a cell is not clean; Frictionless will meet it again, in its turn."""


@dataclass(slots=True)
class FieldScreen:
    """The screen of one field."""

    name: str
    """Of its column in the blocks."""
    field: Any
    """Of Frictionless."""
    reader: Any
    """Its cell reader."""
    missing: tuple[str, ...]
    shape: Shape | None = None
    free: bool = False
    """Every text is clean."""
    verdicts: dict[str, bool] = field(default_factory=dict)
    """Text → whether it is clean."""

    def is_clean(self, text: str) -> bool:
        """What the cell reader says of a text."""
        clean = self.verdicts.get(text)
        if clean is None:
            try:
                _, notes = self.reader(text)
                clean = not notes
            except READER_FAULTS:
                clean = False
            if len(self.verdicts) < _VERDICTS:
                self.verdicts[text] = clean
        return clean

    def is_missing(self) -> pl.Expr:
        """Whether each cell of the column is a missing value."""
        cell = pl.col(self.name)
        if self.missing == ("",):
            return cell.str.len_bytes() == 0
        return cell.is_in(list(self.missing)) if self.missing else pl.lit(value=False)


def field_screens(fields: Sequence[Any]) -> list[FieldScreen]:
    """The screens of the fields that a table is expected to have.

    Args:
        fields: of Frictionless, in the order of the columns; they are named `0`, `1`, ….

    Raises:
        GiveUp: missing values that are no texts.
    """
    screens = []
    for number, one in enumerate(fields):
        missing = one.missing_values
        if not one.has_defined("missing_values") and one.schema:
            missing = one.schema.missing_values
        if not isinstance(missing, list) or not all(isinstance(token, str) for token in missing):
            raise GiveUp("missing values")
        screen = FieldScreen(
            str(number), one, one.create_cell_reader(), tuple(dict.fromkeys(missing))
        )
        required = bool(one.constraints.get("required"))
        screen.free = is_free(one) and (not required or not missing)
        screen.shape = None if screen.free else _shape(screen, required=required)
        screens.append(screen)
    return screens


def _shape(screen: FieldScreen, *, required: bool) -> Shape | None:
    """The shape of a column with its missing values in mind."""
    if is_free(screen.field):  # required, so missing values are faults
        return lambda cell: ~screen.is_missing()
    shape = shape_of(screen.field)
    if shape is None or not screen.missing:
        return shape
    tokens = pl.DataFrame({screen.name: list(screen.missing)})
    alike = tokens.select(shape(pl.col(screen.name)).fill_null(value=False).any()).item()
    if not required and screen.missing == ("",):
        return lambda cell: shape(cell) | screen.is_missing()
    if alike:
        # Such as -1: its shape is a number's, but it is none.
        return lambda cell: shape(cell) & ~screen.is_missing()
    return shape


def suspicious_rows(frame: pl.DataFrame, screens: Sequence[FieldScreen]) -> pl.Series | None:
    """For each row of a block whether a cell is not certainly clean; None where all are.

    Args:
        frame: columns of text, without nulls.
    """
    shaped = [screen for screen in screens if screen.shape is not None]
    masks = frame.select(
        screen.shape(pl.col(screen.name)).fill_null(value=False).alias(screen.name)
        for screen in shaped
        if screen.shape is not None
    )
    whole = masks.select(pl.all().all()).row(0) if shaped else ()
    doubtful: list[tuple[FieldScreen, pl.Expr]] = [
        (screen, pl.col(screen.name).filter(~masks[screen.name]))
        for screen, all_clean in zip(shaped, whole, strict=True)
        if not all_clean
    ]
    doubtful += [
        (screen, pl.col(screen.name))
        for screen in screens
        if screen.shape is None and not screen.free
    ]
    if not doubtful:
        return None
    distinct = frame.select(
        cell.unique().implode().alias(screen.name) for screen, cell in doubtful
    ).row(0)
    bad: list[pl.Expr] = []
    for (screen, _), texts in zip(doubtful, distinct, strict=True):
        faults = [text for text in texts if not screen.is_clean(text)]
        if faults:
            bad.append(pl.col(screen.name).is_in(faults))
    return frame.select(pl.any_horizontal(bad)).to_series() if bad else None


def blank_rows(frame: pl.DataFrame, screens: Iterable[FieldScreen]) -> pl.Series | None:
    """For each row of a block whether all its cells are missing values; None where none is so.

    Asked for column by column, as the first one mostly settles it.
    """
    blank: pl.Series | None = None
    for screen in screens:
        missing = frame.select(screen.is_missing().alias("")).to_series()
        if len(missing) != len(frame):
            return None  # nothing counts as missing in this column
        blank = missing if blank is None else blank & missing
        if not blank.any():
            return None
    return blank
