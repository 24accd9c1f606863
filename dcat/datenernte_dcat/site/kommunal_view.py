"""A municipality's report in words: what the template shows of the twelve blocks.

Whatever a portal wrote stays text here; the template escapes and isolates it.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from markupsafe import Markup

from datenernte_dcat.publication import one_line
from datenernte_dcat.site import filters
from datenernte_dcat.site.charts import Band, Bar, bars, course
from datenernte_dcat.site.report_blocks import DatasetRow, FileRow, LinkRow, ReportData
from datenernte_dcat.site.words import GRADE_CSS, LINK_STATES, Mark, without_codes
from datenernte_dcat.store.rows import PortalState
from datenernte_dcat.terms import is_web_iri
from datenernte_dcat.texts import texts

LISTED = 50
"""Rows of each list of the report; »… und n weitere« says how many are left out."""
LISTED_TASKS = 200
LISTED_FINDINGS = 3
"""Findings of one file; the list of findings has all of them."""
LISTED_LINKS = 200
LISTED_HERE = 5
"""Datasets that one task names."""

_LINK_FILES = ("link", "rows")
"""Kinds of proof that state the address of a file."""
_STATES = {
    PortalState.PARTIAL.value: "unvollständig",
    PortalState.HELD.value: "gehalten",
    PortalState.FAILED.value: "fehlgeschlagen",
}
_SCHEMAS = {
    "given": "vorgegeben",
    "declared": "von der Kommune angegeben",
    "inferred": "keines, aus den Werten erschlossen",
}
_PARTS = {
    "stayed": "gebliebene Datensätze",
    "added": "neue Datensätze",
    "removed": "weggefallene Datensätze",
    "method": "unser Verfahren",
    "other": "Übriges",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetLink:
    """A dataset that a task is about."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One thing to do."""

    title: str
    missing: str
    how: str
    why: str
    example: str
    rule: str
    who: str
    effort: str
    gain: str
    """»+4,1 Punkte«; empty where nothing is gained."""
    mqa_gain: str
    affected: str
    datasets: list[DatasetLink]
    more: int
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LossView:
    """Points that are lost by one check."""

    title: str
    dimension: str
    points: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A link that is not simply fine."""

    url: str
    mark: Mark
    since: date
    detail: str
    dataset: DatasetLink
    suggestion: str | None
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One dataset of the list."""

    id: str
    title: str
    score: float | None
    css: str
    grade: str
    mqa: int | None
    weak: str
    """Its weakest dimensions in words."""
    changed: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file that was looked into."""

    url: str
    dataset: DatasetLink
    facts: str
    is_clean: bool
    findings: list[str]
    more: int
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """One part of a change."""

    name: str
    points: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One change of the score."""

    day: str
    before: float
    after: float
    parts: list[PartView]


@dataclass(frozen=True, slots=True, kw_only=True)
class KommunalView:
    """The blocks of a report that come from the Kommunal-Score."""

    data: ReportData
    titles: Mapping[str, str]
    """Title of every dataset, by id."""

    @property
    def lost(self) -> Decimal:
        """All lost points together."""
        return Decimal(100) - Decimal(str(self.data.head.score))

    @property
    def steps(self) -> list[StepView]:
        """Block 2."""
        return [self._step(entry) for entry in self.data.next_steps]

    @property
    def tasks(self) -> list[StepView]:
        """Block 4: what the municipality and its systems can do, best first."""
        return [self._step(entry) for entry in self.data.tasks[:LISTED_TASKS]]

    @property
    def more_tasks(self) -> int:
        """How many are not listed."""
        return max(0, len(self.data.tasks) - LISTED_TASKS)

    @property
    def portal_tasks(self) -> list[StepView]:
        """What only the portal can mend."""
        return [self._step(entry) for entry in self.data.portal_tasks[:LISTED_TASKS]]

    @property
    def chart(self) -> Markup:
        """The dimensions as bars; what is not known has none."""
        rows = [
            Bar(one.title, one.value, 100) for one in self.data.dimensions if one.value is not None
        ]
        return bars(rows, "Punkte in den neun Bereichen des Kommunal-Scores", "bereiche-bild")

    @property
    def cap_loss(self) -> Decimal:
        """What a cap takes beside the losses of the dimensions."""
        return self.lost - sum((Decimal(str(one.lost)) for one in self.data.dimensions), Decimal(0))

    @property
    def losses(self) -> list[LossView]:
        """Lost points by check, most first; together exactly all lost points."""
        checks = {check["id"]: check for check in self.data.method["checks"]}
        dimensions = {one["code"]: one["title"] for one in self.data.method["dimensions"]}
        lost = sorted(self.data.losses.items(), key=lambda one: (-one[1], one[0]))
        return [
            LossView(
                title=checks[name]["title"] if name in checks else name,
                dimension=dimensions[checks[name]["dimension"]] if name in checks else "",
                points=filters.number(points, 2),
            )
            for name, points in lost
            if points
        ]

    @property
    def grade_limits(self) -> str:
        """»A ab 85, B ab 70, …«."""
        grades = self.data.method["grades"]
        return ", ".join(f"{one['letter']} ab {one['lowest']}" for one in grades)

    @property
    def links(self) -> list[LinkView]:
        """Block 5: links that the municipality can mend."""
        return [self._link(row) for row in self._mendable_links[:LISTED_LINKS]]

    @property
    def more_links(self) -> int:
        """How many are not listed."""
        return max(0, len(self._mendable_links) - LISTED_LINKS)

    @property
    def blocked(self) -> list[LinkView]:
        """Links that nobody may check automatically: nobody's fault."""
        rows = [row for row in self.data.links if row.state == "blocked"]
        return [self._link(row) for row in rows[:LISTED]]

    @property
    def rows(self) -> list[RowView]:
        """Block 6: the datasets with the fewest points."""
        grades = self.data.method["grades"]
        return [self._row(row, grades) for row in sorted(self.data.datasets, key=_urgency)[:LISTED]]

    @property
    def files(self) -> list[FileView]:
        """Block 7: the files, those with findings first."""
        ordered = sorted(self.data.files, key=lambda one: (-len(one.findings), one.valid, one.url))
        return [self._file(row) for row in ordered[:LISTED]]

    @property
    def changes(self) -> list[ChangeView]:
        """Block 10: the last changes, newest first."""
        return [
            ChangeView(
                day=filters.day(date.fromisoformat(one["to"])),
                before=one["before"],
                after=one["after"],
                parts=[
                    PartView(name=words, points=signed(one[name]))
                    for name, words in _PARTS.items()
                    if one[name]
                ],
            )
            for one in reversed(self.data.history.changes[-12:])
        ]

    @property
    def months(self) -> list[tuple[str, float]]:
        """Block 10: month in words and score, oldest first."""
        return [(f"{day.month:02}/{day.year}", total) for day, total in self.data.history.months]

    @property
    def course(self) -> Markup | None:
        """The months as a line with the limits of the bands; None for a single month."""
        if len(self.months) < 2:
            return None
        bands = [Band(one["letter"], one["lowest"]) for one in self.data.method["grades"]]
        return course(self.months, bands, "Kommunal-Score im Verlauf der Monate", "verlauf-bild")

    @property
    def incidents(self) -> list[tuple[str, str, str]]:
        """Block 10: day, state and detail of harvests that were not complete."""
        return [
            (filters.day(one.day), _STATES.get(one.state, one.state), one_line(one.detail, 200))
            for one in self.data.history.incidents[:12]
        ]

    @property
    def hvd(self) -> list[tuple[DatasetLink, list[str]]]:
        """Block 8: dataset and the duties that are not fulfilled."""
        return [
            (self._dataset(one.dataset), [one_line(text, 300) for text in one.missing])
            for one in self.data.hvd[:LISTED]
        ]

    @property
    def onward(self) -> list[tuple[str, int]]:
        """Block 11: what we changed on the way, and how often."""
        known = texts()
        return [
            (known[code].title if code in known else code, count)
            for code, count in sorted(
                self.data.onward.changes.items(), key=lambda one: (-one[1], one[0])
            )
        ]

    @property
    def quarter(self) -> str:
        """Change since the last quarter; empty without one."""
        change = self.data.head.quarter_change
        return "" if change is None else f"{signed(change, 1)} Punkte in einem Vierteljahr"

    @property
    def explain_command(self) -> str:
        """What shows the proof of every lost point."""
        return f"datenernte score --explain {self.data.head.key}"

    @property
    def _mendable_links(self) -> list[LinkRow]:
        return [row for row in self.data.links if row.state != "blocked"]

    def _dataset(self, identifier: str) -> DatasetLink:
        return DatasetLink(id=identifier, title=self.titles.get(identifier, identifier))

    def _step(self, entry: Mapping[str, Any]) -> StepView:
        known = [one for one in entry["shown_datasets"] if one in self.titles]
        words = self.data.method["effort_words"]
        return StepView(
            title=entry["title"],
            missing=one_line(without_codes(entry["missing"]), 300),
            how=without_codes(entry["how"] or ""),
            why=entry["why"],
            example=entry["example"],
            rule=entry["rule"],
            who=entry["who"],
            effort=words[entry["effort"]],
            gain=_gain(entry["gain"], "Punkt", "Punkte"),
            mqa_gain=_gain(entry["mqa_gain"] or 0, "Punkt MQA-405", "Punkte MQA-405"),
            affected=_affected(entry["datasets"], entry["files"]),
            datasets=[self._dataset(one) for one in known[:LISTED_HERE]],
            more=max(0, entry["datasets"] - len(known[:LISTED_HERE])),
            command=self._command(entry, known),
        )

    def _command(self, entry: Mapping[str, Any], known: Sequence[str]) -> str:
        """What somebody types to see at once whether a fault is gone."""
        wanted = frozenset(known)
        for row in self.data.datasets:
            for fault in row.faults if row.id in wanted else ():
                if (fault["check"], fault["cause"]) != (entry["check"], entry["cause"]):
                    continue
                proof = fault.get("proof") or {}
                if proof.get("kind") in _LINK_FILES and proof.get("url"):
                    return check_command(proof["url"]) or self.explain_command
        return f"datenernte score --explain {known[0]}" if known else self.explain_command

    def _link(self, row: LinkRow) -> LinkView:
        return LinkView(
            url=row.url,
            mark=LINK_STATES[row.state],
            since=row.since,
            detail=one_line(row.detail, 200),
            dataset=self._dataset(row.dataset),
            suggestion=row.suggestion,
            command=check_command(row.url),
        )

    def _row(self, row: DatasetRow, grades: Sequence[Mapping[str, Any]]) -> RowView:
        names = {one.code: one.title for one in self.data.dimensions}
        weak = sorted(
            (value, code)
            for code, value in row.dimensions.items()
            if value is not None and value < 100
        )
        letter = "" if row.score is None else letter_of(row.score, grades)
        return RowView(
            id=row.id,
            title=row.title,
            score=row.score,
            css=GRADE_CSS.get(letter, ""),
            grade=letter,
            mqa=row.mqa,
            weak=", ".join(f"{names[code]} {filters.number(value)}" for value, code in weak[:3]),
            changed=row.changed,
        )

    def _file(self, row: FileRow) -> FileView:
        facts = [filters.counted(row.rows, "Zeile", "Zeilen")] if row.rows is not None else []
        facts += [one_line(str(row.format), 20).upper()] if row.format else []
        facts += [one_line(str(row.encoding), 30)] if row.encoding else []
        schema = _SCHEMAS.get(row.schema or "", one_line(row.schema or "", 60))
        facts += [f"Schema: {schema}"] if schema else []
        shown = [_finding_words(one) for one in row.findings[:LISTED_FINDINGS]]
        return FileView(
            url=row.url,
            dataset=self._dataset(row.dataset),
            facts=" · ".join(facts),
            is_clean=row.valid and not row.findings,
            findings=shown,
            more=len(row.findings) - len(shown),
            command=check_command(row.url),
        )


def letter_of(points: float, grades: Sequence[Mapping[str, Any]]) -> str:
    """Letter of the band of a score."""
    return next(str(one["letter"]) for one in grades if points >= one["lowest"])


def check_command(url: str) -> str:
    """The command that checks an address now; empty for what is no web address."""
    return f"datenernte check {shlex.quote(url)}" if is_web_iri(url) else ""


def signed(value: float, digits: int = 2) -> str:
    """The value with its sign, also a zero."""
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "±"
    return f"{sign}{filters.number(abs(value), digits)}"


def _gain(value: float, one: str, many: str) -> str:
    """A gain with one digit, rounded down: never more is promised than comes."""
    if value <= 0:
        return ""
    shown = Decimal(str(value)).quantize(Decimal("0.1"), rounding=ROUND_DOWN)
    if not shown:
        return f"unter +0,1 {many}"
    return f"+{filters.number(float(shown), 1)} {one if shown == 1 else many}"


def _affected(datasets: int, files: int) -> str:
    words = filters.counted(datasets, "Datensatz", "Datensätze")
    if not files:
        return words
    return f"{filters.counted(files, 'Datei oder Dienst', 'Dateien und Dienste')}, {words}"


def _finding_words(finding: Mapping[str, Any]) -> str:
    place = [
        f"{name} {filters.number(finding[key])}"
        for key, name in (("row", "Zeile"), ("field", "Spalte"))
        if isinstance(finding.get(key), int)
    ]
    message = one_line(str(finding.get("message") or finding.get("code") or ""), 300)
    return f"{', '.join(place)}: {message}" if place else message


def _urgency(row: DatasetRow) -> tuple[float, str]:
    return (101.0 if row.score is None else row.score, row.id)
