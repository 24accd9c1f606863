"""Why a score changed: by kept datasets, by new ones, by those that went, by our method, by caps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from datenernte_validators.scores.kommunal.method import method, points
from datenernte_validators.scores.kommunal.municipality import Member


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A municipality's score in one run: what a change is split from."""

    score: Fraction
    """The municipality's score."""
    mean: Fraction
    """The weighted mean of its datasets' scores."""
    datasets: Mapping[str, tuple[int, Fraction]]
    """Weight and score of its datasets, by id; tombstones included."""


def snapshot(score: Fraction, members: Iterable[Member]) -> Snapshot:
    """The snapshot of a municipality with these datasets."""
    datasets = {one.id: (one.weight, one.points) for one in members}
    total = sum(weight for weight, _ in datasets.values())
    whole = sum((weight * value for weight, value in datasets.values()), Fraction(0))
    return Snapshot(score=score, mean=whole / total if total else Fraction(0), datasets=datasets)


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """What made up a change; the parts add up to it exactly."""

    before: Fraction
    after: Fraction
    stayed: Fraction
    """Datasets that were there before and after."""
    added: Fraction
    """New datasets."""
    removed: Fraction
    """Datasets that went, and weights that moved."""
    other: Fraction
    """High-value datasets, caps, and dimensions that became known."""
    method: Fraction
    """Our method: the old values under the new method, minus the old score."""

    def document(self) -> dict[str, Decimal]:
        """The split with two digits; what rounding leaves over goes to »other«."""
        parts = {
            name: points(getattr(self, name), 2)
            for name in ("stayed", "added", "removed", "method")
        }
        before, after = points(self.before), points(self.after)
        rest = after - before - sum(parts.values(), Decimal(0))
        return {"before": before, "after": after, **parts, "other": rest}


def split(before: Snapshot, after: Snapshot, same_values: Fraction | None = None) -> Split:
    """The split of the change between two runs.

    Args:
        same_values: the score that the old values have under the method of today, where the
            method changed in between; None where it did not.
    """
    by_method = Fraction(0) if same_values is None else same_values - before.score
    total = sum(weight for weight, _ in after.datasets.values())
    stayed = added = removed = Fraction(0)
    base = before.mean
    for name, (weight, value) in after.datasets.items():
        share = Fraction(weight, total) if total else Fraction(0)
        if name in before.datasets:
            old = before.datasets[name][1]
            stayed += share * (value - old)
            removed += share * (old - base)
        else:
            added += share * (value - base)
    change = after.score - before.score
    return Split(
        before=before.score,
        after=after.score,
        stayed=stayed,
        added=added,
        removed=removed,
        method=by_method,
        other=change - stayed - added - removed - by_method,
    )


def alerts(
    before: Mapping[str, Fraction], after: Mapping[str, Fraction], newly_dead: int
) -> list[str]:
    """What an operator should be told once: dimensions that fell, links that broke together.

    Args:
        before: points of each dimension; `after` likewise.
        newly_dead: datasets that lost their last working link.
    """
    numbers = method().numbers
    fallen = [
        f"dimension:{code}"
        for code in method().dimensions
        if code in before and code in after and before[code] - after[code] >= numbers.alert_points
    ]
    return fallen + (["links"] if newly_dead >= numbers.alert_datasets else [])


def is_frozen(delivered: int, expected: int) -> bool:
    """Whether a harvest brought too little for its score to be told."""
    return expected > 0 and Fraction(delivered, expected) < Fraction(method().numbers.delivery_from)
