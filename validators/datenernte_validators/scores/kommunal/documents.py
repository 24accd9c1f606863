"""Scores as JSON, as the store keeps them: exact values in, shown numbers out.

No document names a run or a clock; `as_of` is the day on which the result last changed, so that
the same result is the same document on every later day.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import msgspec

from datenernte_validators.scores.kommunal.advice import Advice, fault_sentence, next_steps
from datenernte_validators.scores.kommunal.comparison import Comparison
from datenernte_validators.scores.kommunal.dimensions import (
    DimensionSum,
    dataset_points,
    dataset_range,
    full_sum,
)
from datenernte_validators.scores.kommunal.evidence import Observed
from datenernte_validators.scores.kommunal.grades import Standing, band, grade_text
from datenernte_validators.scores.kommunal.losses import dataset_losses, shown_losses
from datenernte_validators.scores.kommunal.method import (
    ONE,
    method,
    method_hash,
    points,
)
from datenernte_validators.scores.kommunal.municipality import GroupScore, Member, Sums
from datenernte_validators.scores.kommunal.trend import Split
from datenernte_validators.scores.kommunal.values import Fault, to_document

CHANGES_KEPT = 120
"""Changes that a municipality's document remembers: ten years of monthly ones."""


def reproducibility(
    as_of: date, inputs: Mapping[str, str], mqa_rules: str, coverage: Fraction
) -> dict[str, Any]:
    """What somebody needs to compute a result again.

    Args:
        inputs: name → hash or version of everything that went in.
        mqa_rules: id and switched rules of the MQA.
    """
    return {
        "method": method().id,
        "version": method().version,
        "method_hash": method_hash(),
        "mqa_rules": mqa_rules,
        "inputs": dict(sorted(inputs.items())),
        "as_of": as_of.isoformat(),
        "coverage": number(coverage),
    }


def number(value: Fraction, digits: int = 3) -> float:
    """A share or a score as JSON number."""
    return float(points(value, digits))


def dataset_document(
    member: Member,
    faults: Sequence[Fault],
    *,
    slices: int,
    observed: Observed,
    reproduction: Mapping[str, Any],
) -> dict[str, Any]:
    """The score of one dataset with all its values, and the proof of each lost point."""
    score = dataset_points(member.sums)
    low, high = dataset_range(member.sums)
    losses = dataset_losses(member.outcomes)
    return {
        "score": float(points(score)),
        "exact": str(score),
        "low": float(points(low)),
        "high": float(points(high)),
        "band": band(points(score)).letter,
        "weight": member.weight,
        "slices": slices,
        "dimensions": _dimensions(member.sums),
        "losses": {name: float(v) for name, v in shown_losses(losses, score).items()},
        **to_document(member.values),
        "faults": [fault_document(fault) for fault in faults],
        "observed": msgspec.to_builtins(observed),
        "reproducibility": dict(reproduction),
    }


def fault_document(fault: Fault) -> dict[str, Any]:
    """A fault as JSON, with its sentence and its proof."""
    return {
        **msgspec.to_builtins(fault),
        "missing": fault_sentence(fault.check, fault.cause, fault.shown),
    }


def faults_of(document: Mapping[str, Any]) -> list[Fault]:
    """The faults that a stored dataset score states."""
    return msgspec.convert(
        [{k: v for k, v in entry.items() if k != "missing"} for entry in document["faults"]],
        list[Fault],
    )


def _dimensions(sums: Mapping[str, DimensionSum]) -> dict[str, Any]:
    """Points of each dimension of a dataset; null where nothing is known."""
    full = full_sum()
    return {
        code: float(points(Fraction(100 * one.value, full))) if one.known else None
        for code, one in sums.items()
    }


def coverage_of(sums: Mapping[str, DimensionSum]) -> Fraction:
    """The known share of what applies to one dataset."""
    weights = method().dimensions
    total = sum(weights[code].weight for code in sums)
    known = sum(weights[code].weight * one.coverage for code, one in sums.items())
    return Fraction(known, total * ONE) if total else Fraction(0)


def group_document(
    score: GroupScore,
    sums: Sums,
    losses: Mapping[str, Fraction],
    *,
    effective: Fraction,
    reproduction: Mapping[str, Any],
) -> dict[str, Any]:
    """The score of a municipality, a portal or the catalogue, without advice."""
    return {
        "score": float(points(score.points)),
        "exact": str(score.points),
        "uncapped": float(points(score.uncapped)),
        "low": float(points(score.low)),
        "high": float(points(score.high)),
        "coverage": number(score.coverage),
        "provisional": score.is_provisional,
        "datasets": sums.datasets,
        "effective": number(effective),
        "dimensions": {
            code: float(points(value)) for code, value in _in_order(score.dimensions).items()
        },
        "caps": [{"id": cap.id, "text": cap.text} for cap in method().cap if cap.id in score.caps],
        "losses": {name: float(v) for name, v in shown_losses(losses, score.points).items()},
        "figures": figures(sums),
        "reproducibility": dict(reproduction),
    }


def figures(sums: Sums) -> dict[str, list[int]]:
    """Shares for a council paper, each as [how many, of how many]."""
    return {
        "working_links": [sums.working, sums.datasets],
        "open_licences": [sums.open, sums.reachable],
        "hvd_declared": [sums.hvd_declared, sums.datasets],
    }


def municipality_document(
    document: Mapping[str, Any],
    advice: Sequence[Advice],
    standing: Standing,
    comparison: Comparison | None,
    changes: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The document of a group with what only municipalities get."""
    return {
        **document,
        "standing": msgspec.to_builtins(standing),
        "grade": standing.grade,
        "grade_text": grade_text(standing.grade),
        "next_steps": [entry.document() for entry in next_steps(advice)],
        "advice": [entry.document() for entry in advice],
        "comparison": None if comparison is None else comparison_document(comparison),
        "changes": list(changes)[-CHANGES_KEPT:],
        "frozen": None,
    }


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """A comparison with the numbers as they are shown."""

    def rounded(value: float) -> float:
        return float(points(Fraction(value)))

    return {
        "group": comparison.group,
        "members": comparison.members,
        "mean": rounded(comparison.mean),
        "median": rounded(comparison.median),
        "quartiles": [rounded(value) for value in comparison.quartiles],
        "shrunken": rounded(comparison.shrunken),
        "interval": (
            None
            if comparison.interval is None
            else [rounded(value) for value in comparison.interval]
        ),
        "statement": comparison.statement,
    }


def change_document(
    split: Split, before: str, after: date, alerts: Sequence[str]
) -> dict[str, Any]:
    """One change of a municipality's score with what made it up.

    Args:
        before: day of the result before, ISO 8601.
    """
    return {
        "from": before,
        "to": after.isoformat(),
        **{name: float(value) for name, value in split.document().items()},
        "alerts": list(alerts),
    }


def same_result(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two documents say the same, whatever the day and the hashes of their inputs."""
    return _without_day(one) == _without_day(other)


def _without_day(document: Mapping[str, Any]) -> bytes:
    block = dict(document["reproducibility"])
    block.pop("as_of")
    block.pop("inputs")
    plain = {**document, "reproducibility": block}
    return msgspec.json.encode(plain, order="deterministic")


def exact(document: Mapping[str, Any]) -> Fraction:
    """The unrounded score of a stored document."""
    return Fraction(document["exact"])


def _in_order(dimensions: Mapping[str, Fraction]) -> dict[str, Fraction]:
    return {code: dimensions[code] for code in method().dimensions if code in dimensions}
