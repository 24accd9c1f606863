"""Where the points went: losses by check that add up to exactly 100 minus the score."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from datenernte_validators.scores.kommunal.dimensions import Outcome, full_sum, sums_of
from datenernte_validators.scores.kommunal.method import ONE, UNKNOWN, method, points
from datenernte_validators.scores.kommunal.municipality import GroupScore, Member, Sums

CAPS = "Deckel"
"""Name of the loss that the caps make."""


def add_lost(lost: dict[str, int], member: Member) -> None:
    """Add what a dataset lacks in each check to `lost`, by its weight."""
    for name, (amount, _) in dataset_shares(member.outcomes).items():
        lost[name] = lost.get(name, 0) + member.weight * amount


def group_losses(lost: Mapping[str, int], sums: Sums, score: GroupScore) -> dict[str, Fraction]:
    """Points lost by each check, in the order of the method, and by the caps.

    K, D and H are one entry each. The sum is exactly 100 minus the score: points that nobody
    measured are in no loss, as their weight is left out of the score too.

    Args:
        lost: after `add_lost` of every dataset that is in `sums`.
    """
    weights = method().weights
    total = sum(weights[code] for code in score.dimensions)
    losses = {}
    for check in method().check:
        code = check.dimension
        if code == "H":
            if "H" in score.dimensions:
                losses["H"] = Fraction(weights["H"], total) * (100 - score.dimensions["H"])
        elif sums.weights.get(code) and check.id in lost:
            losses[check.id] = Fraction(
                100 * weights[code] * lost[check.id], total * sums.weights[code] * full_sum()
            )
    if score.points != score.uncapped:
        losses[CAPS] = score.uncapped - score.points
    return {name: value for name, value in losses.items() if value}


def dataset_losses(found: Mapping[str, Outcome]) -> dict[str, Fraction]:
    """Points that one dataset loses by each check; the sum is exactly 100 minus its score."""
    shares = dataset_shares(found)
    dimensions = {code: one for code, one in sums_of(found).items() if one.known}
    weights = method().weights
    total = sum(weights[code] for code in dimensions)
    losses = {}
    for check, (amount, code) in shares.items():
        losses[check] = Fraction(100 * weights[code] * amount, total * full_sum())
    return {check: loss for check, loss in losses.items() if loss}


def dataset_shares(found: Mapping[str, Outcome]) -> dict[str, tuple[int, str]]:
    """What each known check lacks, as part of its dimension's sum, and the dimension's code."""
    current = method()
    known: dict[str, int] = {}
    for check in current.check:
        if check.id in found and found[check.id].value >= 0:
            known[check.dimension] = known.get(check.dimension, 0) + check.weight
    return {
        check.id: (
            check.weight
            * (ONE - found[check.id].value)
            * (current.common // known[check.dimension]),
            check.dimension,
        )
        for check in current.check
        if check.id in found and found[check.id].value not in (UNKNOWN, ONE)
        and found[check.id].value >= 0
    }  # fmt: skip


def shown_losses(
    losses: Mapping[str, Fraction], score: Fraction, digits: int = 2
) -> dict[str, Decimal]:
    """The losses as decimal numbers that add up to exactly 100 minus the shown score.

    Each is rounded down, and what is left over goes to those that lost most by it.
    """
    step = Decimal(1).scaleb(-digits)
    total = 100 - points(score)
    down = {name: value * 10**digits for name, value in losses.items()}
    whole = {name: value.numerator // value.denominator for name, value in down.items()}
    left = int(total / step) - sum(whole.values())
    order = sorted(down, key=lambda name: (whole[name] - down[name], name))
    for number in range(abs(left)):
        if not order:
            break
        name = order[number % len(order)] if left > 0 else _largest(whole)
        whole[name] += 1 if left > 0 else -1
    return {name: value * step for name, value in whole.items()}


def _largest(whole: Mapping[str, int]) -> str:
    return max(whole, key=lambda name: (whole[name], name))
