"""Values to sums: what each check and each dimension of a dataset comes to.

Sums are whole numbers over a common divisor, so that adding them up loses nothing.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from datenernte_validators.scores.kommunal.method import (
    NOT_APPLICABLE,
    ONE,
    UNKNOWN,
    method,
)
from datenernte_validators.scores.kommunal.values import DatasetValues, FileValues


class Outcome(NamedTuple):
    """What one check of a dataset comes to, in millionths."""

    value: int
    """Over what is known; unknown or not applicable otherwise."""
    low: int
    """With everything unknown at 0."""
    high: int
    """With everything unknown at 1."""
    known: int
    """Share of what applies that is known."""


NONE = Outcome(NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE)
NO_FILES = Outcome(0, 0, 0, ONE)
"""What every check of files comes to without a file."""

_ALIVE = frozenset({"A1", "A3"})
"""Checks of files that a dead link does not set to 0: they say how dead it is."""


class DimensionSum(NamedTuple):
    """One dimension of one dataset: sums of weight times value, over `Method.common`."""

    known: bool
    value: int
    """100 points are `FULL_SUM`."""
    low: int
    high: int
    coverage: int
    """Known share of the applicable weight, in millionths."""


@cache
def full_sum() -> int:
    """The sum of a dimension that has all its points."""
    return method().common * ONE


def outcomes(values: DatasetValues) -> dict[str, Outcome]:
    """What every check comes to, by check id; dimension H is not a dataset's."""
    return {
        check.id: outcome_of(check.id, values)
        for check in method().check
        if check.level != "municipality"
    }


def outcome_of(check: str, values: DatasetValues) -> Outcome:
    """What one check of a dataset comes to."""
    kind, number = _places()[check]
    if kind == "own":
        return _single(values.own[number])
    if kind == "data":
        return _data(values.files)
    if not values.files:
        return NO_FILES
    alive = check in _ALIVE
    every = [0 if one.dead and not alive else one.values[number] for one in values.files]
    return mean(every) if kind == "mean" else best(every)


@cache
def _places() -> dict[str, tuple[str, int]]:
    """Where the values of each check stand, and how those of several files come together."""
    current = method()
    places = {check: ("own", number) for number, check in enumerate(current.own_checks)}
    for number, check in enumerate(current.file_checks):
        places[check] = (current.checks[check].level, number)
    return places | {"D": ("data", 0)}


def dimension_sums(values: DatasetValues) -> dict[str, DimensionSum]:
    """The dimensions of a dataset that apply, by code."""
    return sums_of(outcomes(values))


def sums_of(found: Mapping[str, Outcome]) -> dict[str, DimensionSum]:
    """The dimensions that these outcomes make, by code."""
    sums = {code: dimension_sum(code, found) for code in method().dimensions}
    return {code: one for code, one in sums.items() if one is not None}


def dimension_sum(code: str, found: Mapping[str, Outcome]) -> DimensionSum | None:
    """One dimension of these outcomes; None where none of its checks applies."""
    common = method().common
    weight = known = value = low = high = coverage = 0
    for check, own in _checks_of()[code]:
        outcome = found.get(check, NONE)
        if outcome.value == NOT_APPLICABLE:
            continue
        weight += own
        low += own * outcome.low
        high += own * outcome.high
        coverage += own * outcome.known
        if outcome.value != UNKNOWN:
            known += own
            value += own * outcome.value
    if not weight:
        return None
    return DimensionSum(
        known=known > 0,
        value=value * (common // known) if known else 0,
        low=low * (common // weight),
        high=high * (common // weight),
        coverage=coverage // weight,
    )


@cache
def _checks_of() -> dict[str, tuple[tuple[str, int], ...]]:
    """Id and weight of the checks of each dimension."""
    current = method()
    return {
        code: tuple((check.id, check.weight) for check in current.check if check.dimension == code)
        for code in current.dimensions
    }


def dataset_points(sums: Mapping[str, DimensionSum]) -> Fraction:
    """The score of one dataset, 0 to 100; 0 where nothing is known."""
    return weighted_points({code: one.value for code, one in sums.items() if one.known})


def dataset_range(sums: Mapping[str, DimensionSum]) -> tuple[Fraction, Fraction]:
    """The score of one dataset with everything unknown at 0 and at 1."""
    return (
        weighted_points({code: one.low for code, one in sums.items()}),
        weighted_points({code: one.high for code, one in sums.items()}),
    )


def weighted_points(sums: Mapping[str, int]) -> Fraction:
    """The mean of dimension sums by the dimensions' weights, as points of 100."""
    dimensions = method().dimensions
    weight = sum(dimensions[code].weight for code in sums)
    if not weight:
        return Fraction(0)
    total = sum(dimensions[code].weight * value for code, value in sums.items())
    return Fraction(100 * total, weight * full_sum())


def mean(values: Iterable[int]) -> Outcome:
    """The mean of the values that apply, rounded to a millionth."""
    every = [value for value in values if value != NOT_APPLICABLE]
    known = [value for value in every if value != UNKNOWN]
    if not every:
        return NONE
    unknown = len(every) - len(known)
    low, high = sum(known), sum(known) + unknown * ONE
    return Outcome(
        _rounded(sum(known), len(known)) if known else UNKNOWN,
        _rounded(low, len(every)),
        _rounded(high, len(every)),
        _rounded(len(known) * ONE, len(every)),
    )


def best(values: Iterable[int]) -> Outcome:
    """The best of the values that apply."""
    every = [value for value in values if value != NOT_APPLICABLE]
    if not every:
        return NONE
    known = [value for value in every if value != UNKNOWN]
    highest = max(known, default=0)
    if len(known) == len(every) or highest == ONE:
        return _single(highest)
    share = _rounded(len(known) * ONE, len(every))
    return Outcome(highest if known else UNKNOWN, highest, ONE, share)


def _data(files: tuple[FileValues, ...]) -> Outcome:
    """Dimension D: of the formats of one content the best, of several contents the mean."""
    contents: dict[str, list[int]] = {}
    for one in files:
        if one.data != NOT_APPLICABLE:
            contents.setdefault(one.stem, []).append(0 if one.dead else one.data)
    if not contents:
        return NO_FILES
    each = [best(values) for values in contents.values()]
    known = [one for one in each if one.value != UNKNOWN]
    count = len(each)
    return Outcome(
        _rounded(sum(one.value for one in known), len(known)) if known else UNKNOWN,
        _rounded(sum(one.low for one in each), count),
        _rounded(sum(one.high for one in each), count),
        _rounded(sum(one.known for one in each), count),
    )


@cache
def _single(value: int) -> Outcome:
    if value == NOT_APPLICABLE:
        return NONE
    if value == UNKNOWN:
        return Outcome(UNKNOWN, 0, ONE, 0)
    return Outcome(value, value, value, ONE)


def _rounded(total: int, count: int) -> int:
    """Total over count, halves up."""
    return (2 * total + count) // (2 * count)
