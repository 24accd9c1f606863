"""What the Kommunal-Score of a run holds between its steps, and what it keeps of the run before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from datenernte_dcat.store.rows import RecordStatus, Score
from datenernte_dcat.store.store import Store
from datenernte_validators.scores.kommunal import documents
from datenernte_validators.scores.kommunal.advice import Advice
from datenernte_validators.scores.kommunal.losses import add_lost
from datenernte_validators.scores.kommunal.method import method_hash
from datenernte_validators.scores.kommunal.municipality import (
    GroupScore,
    Member,
    Sums,
    group_score,
    member,
    sum_up,
)
from datenernte_validators.scores.kommunal.trend import Snapshot, is_frozen
from datenernte_validators.scores.kommunal.values import from_document


@dataclass(kw_only=True, slots=True)
class Group:
    """What is added up of a municipality, a portal or the catalogue."""

    sums: Sums = field(default_factory=Sums)
    lost: dict[str, int] = field(default_factory=dict)
    slices: list[int] = field(default_factory=list)
    undeclared: int = 0

    def add(self, one: Member, slices: int) -> None:
        """Take a dataset, or a tombstone, into the sums."""
        self.sums.add(one)
        add_lost(self.lost, one)
        if not one.is_tombstone:
            self.slices.append(slices)

    def score(self) -> GroupScore | None:
        """The score of what was added; None for nothing."""
        return group_score(self.sums, self.undeclared)


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A municipality before it is compared with its peers."""

    document: dict[str, Any]
    score: GroupScore
    advice: Sequence[Advice]
    datasets: tuple[float, ...]
    effective: Fraction
    before: Snapshot | None
    now: Snapshot
    same_values: Fraction | None
    newly_dead: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What must be known of a whole municipality before one of its datasets is judged."""

    slices: Mapping[str, int]
    """Size of its cluster, by record id."""
    repeated: frozenset[str]
    """Ids of records whose title is not unique."""


def remembered(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a split needs of a dataset's score before this run."""
    return {
        "weight": document["weight"],
        "exact": document["exact"],
        "values": {name: document[name] for name in ("values", "files", "hvd")},
        "works": any(not one["dead"] for one in document["files"]),
        "method_hash": document["reproducibility"]["method_hash"],
    }


def snapshot_before(old: Mapping[str, Mapping[str, Any]]) -> Snapshot | None:
    """The datasets as they were; score and mean are those of the municipality's own document."""
    if not old:
        return None
    return Snapshot(
        score=Fraction(0),
        mean=Fraction(0),
        datasets={name: (one["weight"], Fraction(one["exact"])) for name, one in old.items()},
    )


def under_new_method(old: Mapping[str, Mapping[str, Any]]) -> Fraction | None:
    """The score that the old values have under a changed method; None where it is the same."""
    if all(one["method_hash"] == method_hash() for one in old.values()):
        return None
    score = group_score(
        sum_up(
            member(name, one["weight"], from_document(one["values"])) for name, one in old.items()
        )
    )
    return None if score is None else score.points


def unless_same(made: Score, stored: Score | None) -> Score:
    """The stored score where the new one says the same."""
    if stored is not None and documents.same_result(made.document, stored.document):
        return stored
    return made


def frozen_portals(store: Store) -> frozenset[str]:
    """Portals whose last harvest brought less than 70 % of what is known of them."""
    found = set()
    for portal in store.portals():
        last = store.last_portal_run(portal.name)
        if last is None:
            continue
        expected = store.count_records(portal.name, status=RecordStatus.PRESENT, duplicates=True)
        if is_frozen(last.seen, expected):
            found.add(portal.name)
    return frozenset(found)
