"""Datasets to one score: weighted means of the dimensions, high-value datasets, caps, range."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm

from datenernte_validators.scores.kommunal.dimensions import (
    DimensionSum,
    Outcome,
    dataset_points,
    full_sum,
    outcomes,
    sums_of,
)
from datenernte_validators.scores.kommunal.method import ONE, UNKNOWN, Cap, method
from datenernte_validators.scores.kommunal.values import DatasetValues


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One dataset of a municipality, with what it comes to; made by `member`."""

    id: str
    weight: int
    """u in billionths."""
    values: DatasetValues
    is_tombstone: bool
    """Whether it disappeared: it counts on, without access, and sinks in weight."""
    outcomes: Mapping[str, Outcome]
    sums: Mapping[str, DimensionSum]

    @property
    def works(self) -> bool:
        """Whether it has a file whose link is not broken."""
        return any(not one.dead for one in self.values.files)

    @property
    def points(self) -> Fraction:
        """The dataset's own score."""
        return dataset_points(self.sums)


def member(name: str, weight: int, values: DatasetValues, *, is_tombstone: bool = False) -> Member:
    """A dataset with what its values come to.

    Args:
        name: record id.
        weight: u in billionths (`clusters.weight_of`).
    """
    found = outcomes(values)
    if is_tombstone:
        found |= {
            check.id: Outcome(0, 0, 0, ONE) for check in method().check if check.dimension == "A"
        }
    return Member(
        id=name,
        weight=weight,
        values=values,
        is_tombstone=is_tombstone,
        outcomes=found,
        sums=sums_of(found),
    )


@dataclass(kw_only=True, slots=True)
class Sums:
    """What the score of a group of datasets is computed from; datasets can be taken in and out."""

    weighted: dict[str, int] = field(default_factory=dict)
    """Weight times dimension sum, by dimension, over the datasets where it is known."""
    weights: dict[str, int] = field(default_factory=dict)
    low: dict[str, int] = field(default_factory=dict)
    high: dict[str, int] = field(default_factory=dict)
    applicable: dict[str, int] = field(default_factory=dict)
    known: int = 0
    """Weight times dimension weight times coverage; against `coverable`."""
    coverable: int = 0
    datasets: int = 0
    working: int = 0
    reachable: int = 0
    """Files and services whose link is not broken."""
    open: int = 0
    """Those of them with an open licence."""
    hvd: list[int] = field(default_factory=lambda: [0] * 8)
    """Sum of each of the eight checks, over the datasets that `hvd_known` counts."""
    hvd_known: list[int] = field(default_factory=lambda: [0] * 8)
    hvd_declared: int = 0

    def add(self, member: Member, sign: int = 1) -> None:
        """Take a dataset in (or, with sign -1, out)."""
        weight = sign * member.weight
        dimensions = method().dimensions
        for code, one in member.sums.items():
            self.applicable[code] = self.applicable.get(code, 0) + weight
            self.low[code] = self.low.get(code, 0) + weight * one.low
            self.high[code] = self.high.get(code, 0) + weight * one.high
            if one.known:
                self.weights[code] = self.weights.get(code, 0) + weight
                self.weighted[code] = self.weighted.get(code, 0) + weight * one.value
            self.known += weight * dimensions[code].weight * one.coverage
            self.coverable += weight * dimensions[code].weight * ONE
        if member.is_tombstone:
            return
        self.datasets += sign
        self.working += sign * member.works
        alive = [one for one in member.values.files if not one.dead]
        self.reachable += sign * len(alive)
        self.open += sign * sum(one.open for one in alive)
        if member.values.hvd is not None:
            self.hvd_declared += sign
            for number, value in enumerate(member.values.hvd):
                if value != UNKNOWN:
                    self.hvd[number] += sign * value
                    self.hvd_known[number] += sign

    def copy(self) -> "Sums":
        """The same sums, to try something out."""
        return replace(
            self,
            weighted=dict(self.weighted),
            weights=dict(self.weights),
            low=dict(self.low),
            high=dict(self.high),
            applicable=dict(self.applicable),
            hvd=list(self.hvd),
            hvd_known=list(self.hvd_known),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupScore:
    """The score of a municipality or a portal; points of 100 as exact fractions."""

    points: Fraction
    """After the caps."""
    uncapped: Fraction
    low: Fraction
    high: Fraction
    dimensions: Mapping[str, Fraction]
    """Points of 100 of each dimension that is known."""
    coverage: Fraction
    """Known share of all that applies (»Messabdeckung«)."""
    caps: tuple[str, ...]
    """Ids of the caps that hold."""

    @property
    def is_provisional(self) -> bool:
        """Whether too little is known for the grade to be final."""
        return self.coverage < method().numbers.coverage_from


def sum_up(members: Iterable[Member]) -> Sums:
    """The sums of all members."""
    sums = Sums()
    for one in members:
        sums.add(one)
    return sums


def group_score(sums: Sums, undeclared_hvd: int = 0) -> GroupScore | None:
    """The score that the sums give; None for a group without datasets.

    Args:
        undeclared_hvd: number of datasets that are confirmed as high-value and not declared.
    """
    full = full_sum()
    dimensions = {
        code: Fraction(100 * sums.weighted[code], weight * full)
        for code, weight in sums.weights.items()
        if weight
    }
    low = {
        code: Fraction(100 * sums.low[code], weight * full)
        for code, weight in sums.applicable.items()
        if weight
    }
    high = {
        code: Fraction(100 * sums.high[code], weight * full)
        for code, weight in sums.applicable.items()
        if weight
    }
    if not low:
        return None
    for found, value in zip((dimensions, low, high), hvd_points(sums, undeclared_hvd), strict=True):
        if value is not None:
            found["H"] = value
    uncapped = combined(dimensions)
    caps = tuple(cap for cap in method().cap if _holds(cap, sums))
    limit = min((Fraction(cap.limit) for cap in caps), default=Fraction(100))
    return GroupScore(
        points=min(uncapped, limit),
        uncapped=uncapped,
        low=min(combined(low), limit),
        high=min(combined(high), limit),
        dimensions=dimensions,
        coverage=Fraction(sums.known, sums.coverable) if sums.coverable else Fraction(0),
        caps=tuple(cap.id for cap in caps if uncapped > Fraction(cap.limit)),
    )


def combined(dimensions: Mapping[str, Fraction]) -> Fraction:
    """The mean of dimensions by their weights; what is missing is left out."""
    weights = method().weights
    total = sum(weights[code] for code in dimensions)
    if not total:
        return Fraction(0)
    # Over one denominator at once: far cheaper than adding fractions one by one.
    common = lcm(*(value.denominator for value in dimensions.values()))
    whole = sum(
        weights[code] * value.numerator * (common // value.denominator)
        for code, value in dimensions.items()
    )
    return Fraction(whole, common * total)


def hvd_points(
    sums: Sums, undeclared: int
) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """Dimension H: its points, and with everything unknown at 0 and at 1."""
    declared = sums.hvd_declared
    if not declared + undeclared:
        return None, None, None
    cover = Fraction(declared, declared + undeclared)
    if not declared:
        return Fraction(0), Fraction(0), Fraction(0)
    each = [Fraction(a, b * ONE) for a, b in zip(sums.hvd, sums.hvd_known, strict=True) if b]
    low = [Fraction(a, declared * ONE) for a in sums.hvd]
    high = [
        Fraction(a + (declared - b) * ONE, declared * ONE)
        for a, b in zip(sums.hvd, sums.hvd_known, strict=True)
    ]
    return (
        100 * cover * _mean(each),
        100 * cover * _mean(low),
        100 * cover * _mean(high),
    )


def hvd_cover(sums: Sums, undeclared: int) -> Fraction:
    """Share of the high-value datasets that are declared as such."""
    total = sums.hvd_declared + undeclared
    return Fraction(sums.hvd_declared, total) if total else Fraction(1)


def _holds(cap: Cap, sums: Sums) -> bool:
    share = Fraction(cap.share)
    if cap.id == "links":
        return sums.datasets > 0 and Fraction(sums.working, sums.datasets) < share
    return sums.reachable > 0 and Fraction(sums.open, sums.reachable) < share


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values) if values else Fraction(0)
