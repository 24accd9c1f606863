"""The twelve blocks of a municipality's report: values, without a query and without a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """Block 1: where the municipality stands."""

    key: str
    stand: date
    """Day on which the result last changed."""
    datasets: int
    distributions: int
    score: float
    low: float
    high: float
    grade: str | None
    grade_text: str
    provisional: bool
    coverage: float
    caps: tuple[str, ...]
    """Sentences of the caps that hold."""
    frozen: str | None
    """Why the score stands still, in words."""
    mqa: int | None
    mqa_rating: str | None
    mqa_range: tuple[int, int] | None
    """Lowest and highest mean over all rule sets, where several were computed."""
    quarter_change: float | None
    """Points since the last result that is a quarter old; None without one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DimensionRow:
    """Block 3: one dimension."""

    code: str
    title: str
    weight: int
    value: float | None
    """Points of 100; None where nothing is known."""
    peer_median: float | None
    lost: float
    """Points of the whole score that are lost here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkRow:
    """Block 5: a link that is not simply fine."""

    url: str
    state: str
    """broken, doubtful, flaky, blocked or redirected."""
    status: int | None
    since: date
    """First failure, or when the answer last changed."""
    dataset: str
    """Id of the first dataset that has the link."""
    suggestion: str | None
    """Where a redirect leads."""
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetRow:
    """Block 6: one dataset."""

    id: str
    iri: str
    title: str
    score: float | None
    mqa: int | None
    dimensions: Mapping[str, float | None]
    losses: Mapping[str, float]
    faults: tuple[Mapping[str, Any], ...]
    """With sentence and proof, as the score states them."""
    conformant: bool | None
    """Whether no rule of DCAT-AP.de is violated; None where nobody looked."""
    on_time: bool | None
    """Whether the announced rhythm is kept; None without one that can be judged."""
    changed: date


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRow:
    """Block 7: one file that was looked into."""

    url: str
    dataset: str
    rows: int | None
    format: str | None
    encoding: str | None
    schema: str | None
    """given, declared, library:… or inferred."""
    valid: bool
    findings: tuple[Mapping[str, Any], ...]
    """With row and field, as the check states them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HvdRow:
    """Block 8: one dataset that is declared as a high-value one."""

    dataset: str
    title: str
    missing: tuple[str, ...]
    """Sentences of the duties that are not fulfilled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """Block 10: a harvest that was not complete."""

    portal: str
    day: date
    state: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """Block 10: how the score went."""

    months: tuple[tuple[date, float], ...]
    """Last score of each of the last 24 months that has one, oldest first."""
    changes: tuple[Mapping[str, Any], ...]
    """Each change with what made it up."""
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Onward:
    """Block 11: what other catalogues get."""

    mqa: int | None
    mqa_feed: int | None
    """Points of our EU feed."""
    changes: Mapping[str, int]
    """How often we translated, added or left out something, by code."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyFigure:
    """One share for a council paper."""

    name: str
    count: int
    of: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportData:
    """The report of a municipality; the fields are its blocks in order."""

    head: Head
    next_steps: tuple[Mapping[str, Any], ...]
    dimensions: tuple[DimensionRow, ...]
    tasks: tuple[Mapping[str, Any], ...]
    """Advice of the municipality and its systems."""
    portal_tasks: tuple[Mapping[str, Any], ...]
    """What only the portal can mend; apart from the others."""
    links: tuple[LinkRow, ...]
    datasets: tuple[DatasetRow, ...]
    files: tuple[FileRow, ...]
    hvd: tuple[HvdRow, ...]
    comparison: Mapping[str, Any] | None
    history: History
    onward: Onward
    method: Mapping[str, Any]
    reproducibility: Mapping[str, Any]
    key_figures: tuple[KeyFigure, ...]
    losses: Mapping[str, float]
    """Lost points of the whole score by check, and what a cap takes."""
