"""Grades: bands with hysteresis, so that nobody changes band over a tenth of a point."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from datenernte_validators.scores.kommunal.method import Grade, method

NO_GRADE = "noch keine Einstufung"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The grade that a municipality has, and one that it may get."""

    grade: str | None
    """A to E; None with less than three datasets."""
    pending: str | None = None
    """The band of the score where the grade does not follow it yet."""
    pending_since: date | None = None
    """The day on which the score was first there."""


def band(points: Decimal) -> Grade:
    """The band of a score as it is shown, with one digit."""
    return next(grade for grade in method().grade if points >= grade.lowest)


def grade_text(letter: str | None) -> str:
    """The grade in words."""
    return next((one.text for one in method().grade if one.letter == letter), NO_GRADE)


def standing(points: Decimal, datasets: int, before: Standing | None, as_of: date) -> Standing:
    """The grade after this run.

    A change of band needs one point beyond the limit, or the same direction in two runs on
    different days.

    Args:
        points: as shown.
        before: after the run before.
    """
    numbers = method().numbers
    if datasets < numbers.grade_datasets:
        return Standing(grade=None)
    reached = band(points).letter
    if before is None or before.grade is None or before.grade == reached:
        return Standing(grade=reached)
    limits = {one.letter: Decimal(one.lowest) for one in method().grade}
    letters = list(limits)
    rises = letters.index(reached) < letters.index(before.grade)
    # The limit that was crossed first, seen from the band it comes from.
    limit = limits[letters[letters.index(before.grade) - 1]] if rises else limits[before.grade]
    far = (
        points >= limit + numbers.grade_margin if rises else points <= limit - numbers.grade_margin
    )
    same_way = before.pending is not None and rises == (
        letters.index(before.pending) < letters.index(before.grade)
    )
    again = same_way and before.pending_since is not None and before.pending_since < as_of
    if far or again:
        return Standing(grade=reached)
    since = before.pending_since if same_way and before.pending_since else as_of
    return Standing(grade=before.grade, pending=reached, pending_since=since)


def standing_of(document: Mapping[str, Any]) -> Standing:
    """The standing that a stored score states."""
    return msgspec.convert(document["standing"], Standing)
