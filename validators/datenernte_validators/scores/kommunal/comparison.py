"""Fair comparison: a small municipality's score is drawn towards its peers', with an interval.

Raw scores are for headlines and grades, since everybody can recompute them; sorting, quartiles and
»better than« use what is computed here. There are no rank numbers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from datenernte_validators.scores.kommunal.method import method

_Z90 = 1.645
"""Half width of a 90 % interval in standard deviations."""

SIZE_CLASSES = (5_000, 20_000, 50_000, 100_000)
"""Inhabitants from which the next size class begins (as in Bavaria)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standpoint:
    """What is compared of one municipality."""

    key: str
    points: float
    """Raw score."""
    effective: float
    """Effective number of datasets, n_eff."""
    datasets: tuple[float, ...]
    """Scores of its datasets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """How much of the differences between datasets is one between municipalities."""

    within: float | None
    """MSW; None where no municipality has two datasets."""
    between: float
    """τ²."""
    kappa: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A municipality beside its peers."""

    group: str
    """Name of the peer group."""
    members: int
    mean: float
    median: float
    quartiles: tuple[float, float]
    shrunken: float
    deviation: float | None
    interval: tuple[float, float] | None
    """90 %, within 0 to 100."""
    statement: str


def spread(standpoints: Sequence[Standpoint]) -> Spread:
    """The spread over the whole catalogue, from one-way analysis of variance."""
    numbers = method().numbers
    groups = [one for one in standpoints if one.datasets]
    count, total = len(groups), sum(len(one.datasets) for one in groups)
    means = {one.key: math.fsum(one.datasets) / len(one.datasets) for one in groups}
    within = None
    if total > count:
        squares = math.fsum(
            (value - means[one.key]) ** 2 for one in groups for value in one.datasets
        )
        within = squares / (total - count)
    between = 0.0
    if count > 1 and within is not None:
        overall = math.fsum(value for one in groups for value in one.datasets) / total
        msb = math.fsum(len(one.datasets) * (means[one.key] - overall) ** 2 for one in groups)
        n0 = (total - sum(len(one.datasets) ** 2 for one in groups) / total) / (count - 1)
        between = max(0.0, (msb / (count - 1) - within) / n0)
    if count < numbers.prior_municipalities or not between or within is None:
        kappa = float(numbers.prior_kappa)
    else:
        kappa = min(max(within / between, numbers.kappa_least), numbers.kappa_most)
    return Spread(within=within, between=between, kappa=kappa)


def shrink(
    points: float, effective: float, mean: float, kappa: float, within: float | None
) -> tuple[float, float | None, tuple[float, float] | None]:
    """Ŝ, its standard deviation and the 90 % interval."""
    shrunken = (effective * points + kappa * mean) / (effective + kappa)
    if within is None:
        return shrunken, None, None
    deviation = math.sqrt(within / (effective + kappa))
    low, high = shrunken - _Z90 * deviation, shrunken + _Z90 * deviation
    return shrunken, deviation, (max(0.0, low), min(100.0, high))


def compare(standpoints: Sequence[Standpoint], groups: Mapping[str, str]) -> dict[str, Comparison]:
    """Every municipality beside its peer group, by key.

    Args:
        groups: name of the peer group by key (`peer_groups`).
    """
    whole = spread(standpoints)
    members: dict[str, list[Standpoint]] = {}
    for one in sorted(standpoints, key=lambda one: one.key):
        members.setdefault(groups[one.key], []).append(one)
    found = {}
    for name, peers in members.items():
        mean = math.fsum(one.points for one in peers) / len(peers)
        drawn = {
            one.key: shrink(one.points, one.effective, mean, whole.kappa, whole.within)
            for one in peers
        }
        middle = median(value for value, _, _ in drawn.values())
        for key, (value, deviation, interval) in drawn.items():
            found[key] = Comparison(
                group=name,
                members=len(peers),
                mean=mean,
                median=middle,
                quartiles=_quartiles([value for value, _, _ in drawn.values()]),
                shrunken=value,
                deviation=deviation,
                interval=interval,
                statement=statement(value, middle, deviation),
            )
    return found


def statement(shrunken: float, middle: float, deviation: float | None) -> str:
    """How a municipality stands to the median of its peers, in words."""
    if not deviation:
        return "vergleichbar"
    share = 0.5 * (1 + math.erf((shrunken - middle) / deviation / math.sqrt(2)))
    if share >= 0.9:
        return "sehr wahrscheinlich über dem Median"
    if share >= 0.7:
        return "eher über dem Median"
    if share > 0.3:
        return "vergleichbar"
    return "eher unter dem Median" if share > 0.1 else "sehr wahrscheinlich unter dem Median"


def peer_groups(populations: Mapping[str, int | None]) -> dict[str, str]:
    """The name of each municipality's peer group, by key.

    Districts and towns that are districts of their own stand apart; groups of less than five
    members are merged with the next smaller one, the smallest with the next larger one.

    Args:
        populations: inhabitants by key; None where they are not known.
    """
    kinds = {key: _kind(key) for key in populations}
    classes: dict[tuple[str, int], list[str]] = {}
    for key in sorted(populations):
        classes.setdefault((kinds[key], _size_class(populations[key])), []).append(key)
    found: dict[str, str] = {}
    for kind in sorted(set(kinds.values())):
        steps = [
            ([number], classes[kind, number])
            for number in range(-1, len(SIZE_CLASSES) + 1)
            if (kind, number) in classes
        ]
        for numbers, keys in _merged(steps):
            name = f"{kind}, {_class_words(numbers)}" if numbers != [-1] else kind
            found |= dict.fromkeys(keys, name)
    return found


def _merged(steps: list[tuple[list[int], list[str]]]) -> list[tuple[list[int], list[str]]]:
    """The classes of one kind, small ones put together with their neighbour."""
    least = method().numbers.peer_group
    while len(steps) > 1:
        index = next((i for i, (_, keys) in enumerate(steps) if len(keys) < least), None)
        if index is None:
            return steps
        other = index - 1 if index else 1
        first, second = sorted((index, other))
        both = (steps[first][0] + steps[second][0], steps[first][1] + steps[second][1])
        steps = [*steps[:first], both, *steps[second + 1 :]]
    return steps


def _kind(key: str) -> str:
    """What an official key says of its area."""
    if len(key) == 2:
        return "Länder"
    if len(key) == 5:
        return "Landkreise"
    if len(key) == 8 and key.endswith("000"):
        return "Kreisfreie Städte"
    return "Gemeinden"


def _size_class(population: int | None) -> int:
    if population is None:
        return -1
    return sum(population >= limit for limit in SIZE_CLASSES)


def _class_words(numbers: Sequence[int]) -> str:
    known = [number for number in numbers if number >= 0]
    first, last = known[0], known[-1]
    low = f"{SIZE_CLASSES[first - 1]:,}".replace(",", ".") if first else None
    high = f"{SIZE_CLASSES[last] - 1:,}".replace(",", ".") if last < len(SIZE_CLASSES) else None
    if low and high:
        words = f"{low} bis {high} Einwohner"
    elif high:
        words = f"bis {high} Einwohner"
    else:
        words = f"ab {low} Einwohner" if low else "jede Größe"
    return words if -1 not in numbers else f"{words} oder unbekannt"


def _quartiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = quantiles(values, n=4, method="inclusive")
    return first, third
