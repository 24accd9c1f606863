"""What to do: faults of the same kind together, each with what it gains and what it costs.

Gains are the score computed anew with the fault mended, minus the score. They do not add up: two
faults of one file gain more, or less, when both are mended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from datenernte_dcat.texts import texts
from datenernte_validators.scores.kommunal.mending import mended_member
from datenernte_validators.scores.kommunal.method import ADD_FILE, method, rounded_down
from datenernte_validators.scores.kommunal.mqa_points import MqaPoints, mean_gain
from datenernte_validators.scores.kommunal.municipality import (
    GroupScore,
    Member,
    Sums,
    group_score,
)
from datenernte_validators.scores.kommunal.values import Fault
from datenernte_validators.shapes.profiles import rule_texts

STEPS = 3
"""How many next steps a municipality is shown."""
SHOWN = 50
"""Datasets that an entry names; the others are counted."""

Group = tuple[str, str, str | None]
"""Check, cause and value: what is mended together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """One thing to do."""

    check: str
    cause: str
    shown: str | None
    gain: Fraction
    """Points of 100 that the score grows by."""
    mqa_gain: Fraction | None
    """Points that the mean of MQA-405 grows by; None where it is not known."""
    datasets: tuple[str, ...]
    """Ids of the datasets concerned."""
    files: int
    """Number of files and services concerned; 0 where it is about datasets."""

    @property
    def who(self) -> str:
        """Whose task it is."""
        return method().checks[self.check].who

    @property
    def effort(self) -> str:
        """S, M or L."""
        return method().checks[self.check].effort

    @property
    def order(self) -> tuple[Fraction, Fraction, str, str, str]:
        """Most gain for the effort first, then most gain."""
        effort = method().efforts[self.effort]
        return (-self.gain / effort, -self.gain, self.check, self.cause, self.shown or "")

    def document(self) -> dict[str, object]:
        """The entry as JSON, with all its texts."""
        check = method().checks[self.check]
        return {
            "check": self.check,
            "cause": self.cause,
            "shown": self.shown,
            "title": check.title,
            "field": check.field,
            "missing": fault_sentence(self.check, self.cause, self.shown),
            "rule": check.rule,
            "why": check.why,
            "how": rule_advice(self.check, self.shown) or check.hows.get(self.cause, check.how),
            "example": check.example,
            "who": self.who,
            "effort": self.effort,
            "gain": float(rounded_down(self.gain, 2)),
            "mqa_gain": None if self.mqa_gain is None else float(rounded_down(self.mqa_gain)),
            "datasets": len(self.datasets),
            "files": self.files,
            "shown_datasets": list(self.datasets[:SHOWN]),
        }


def advise(
    members: Sequence[Member],
    faults: Mapping[str, Sequence[Fault]],
    sums: Sums,
    score: GroupScore,
    *,
    undeclared_hvd: int = 0,
    mqa: Mapping[str, MqaPoints] | None = None,
) -> list[Advice]:
    """What can be done about the faults of a municipality, best first.

    Args:
        faults: of each member, by id.
        mqa: points of each member under MQA-405, by id.
    """
    by_id = {member.id: member for member in members}
    groups: dict[Group, dict[str, list[Fault]]] = {}
    for member in members:
        for fault in faults.get(member.id, ()):
            groups.setdefault(group_of(fault), {}).setdefault(member.id, []).append(fault)
    found = []
    for (check, cause, shown), hit in groups.items():
        tried = sums.copy()
        for name, own in hit.items():
            tried.add(by_id[name], -1)
            tried.add(mended_member(by_id[name], own, faults[name]))
        after = group_score(tried, undeclared_hvd)
        gain = Fraction(0) if after is None else after.points - score.points
        found.append(
            Advice(
                check=check,
                cause=cause,
                shown=shown,
                # A tidier record may be measured where it was not before: never sold as a loss.
                gain=max(gain, Fraction(0)),
                mqa_gain=None if mqa is None else mean_gain(mqa, hit),
                datasets=tuple(sorted(hit)),
                files=sum(fault.file is not None for own in hit.values() for fault in own),
            )
        )
    declared = group_score(sums) if undeclared_hvd else None
    if declared is not None:
        found.append(
            Advice(
                check="H",
                cause="undeclared",
                shown=None,
                gain=max(declared.points - score.points, Fraction(0)),
                mqa_gain=None,
                datasets=(),
                files=0,
            )
        )
    return sorted(found, key=lambda entry: entry.order)


def group_of(fault: Fault) -> Group:
    """What is mended together: the same check, cause and value."""
    return (fault.check, fault.cause, fault.shown)


def next_steps(advice: Sequence[Advice]) -> list[Advice]:
    """The three best things that the municipality itself can do, most gain first.

    What only the portal can do is not among them; of several ways that come down to another file
    only the best one is.
    """
    chosen: list[Advice] = []
    for entry in advice:
        adds = ADD_FILE in method().checks[entry.check].mends or entry.cause in ("none", "no-data")
        is_said = adds and any(
            ADD_FILE in method().checks[one.check].mends or one.cause in ("none", "no-data")
            for one in chosen
        )
        if entry.who != "Portal" and rounded_down(entry.gain, 2) > 0 and not is_said:
            chosen.append(entry)
        if len(chosen) == STEPS:
            break
    return sorted(chosen, key=lambda entry: (-entry.gain, entry.order))


def fault_sentence(check: str, cause: str, shown: str | None) -> str:
    """What is wrong, as a German sentence; rule codes by their titles."""
    words = shown
    if check == "K" and shown is not None:
        rule = rule_texts(shown)
        words = rule.title if rule is not None else shown
    elif cause == "broken" and shown in texts():
        words = texts()[shown].title
    return method().sentence(check, cause, words)


def rule_advice(check: str, shown: str | None) -> str | None:
    """What a rule of the shapes advises; None for every other check."""
    rule = rule_texts(shown) if check == "K" and shown is not None else None
    return rule.advice if rule is not None else None
