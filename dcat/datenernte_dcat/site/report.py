"""The report of one municipality: what to do, in words, and where to see it."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.publication import one_line
from datenernte_dcat.site.charts import Bar, bars
from datenernte_dcat.site.filters import number
from datenernte_dcat.site.kommunal_view import KommunalView
from datenernte_dcat.site.model import (
    SEVERITY_ORDER,
    DuplicateEntry,
    Entry,
    MunicipalityModel,
    PortalStatus,
)
from datenernte_dcat.site.queries import scores_of
from datenernte_dcat.site.report_data import report_data
from datenernte_dcat.site.words import DIMENSIONS, MAXIMUM, property_words, without_codes
from datenernte_dcat.store.store import Store
from datenernte_dcat.texts import texts

LISTED_FINDINGS = 1000
"""Findings on one list; all of them stand on the pages of the datasets."""
LISTED_DATASETS = 50
"""Datasets on the report itself; all of them stand on the lists behind it."""
LISTED_DUPLICATES = 200

_AT_ONCE = 400
_ADDRESS = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One kind of finding in one municipality."""

    code: str
    severity: str
    title: str
    advice: str
    why: str
    source: str | None
    count: int
    """Number of findings."""
    datasets: int
    """Number of datasets that have one."""
    of: int
    """Number of all datasets."""
    href: str
    """Address of the list, from the report."""

    @property
    def affected(self) -> str:
        """»12 von 137«."""
        return f"{number(self.datasets)} von {number(self.of)}"

    @property
    def sentence(self) -> str:
        """How many datasets it is about."""
        return f"Betrifft {self.affected} {'Datensatz' if self.of == 1 else 'Datensätzen'}."


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionRow:
    """Mean points of one dimension."""

    name: str
    title: str
    meaning: str
    value: float
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the report page shows."""

    model: MunicipalityModel
    tasks: list[Task]
    """Errors and warnings, the most urgent first."""
    notes: list[Task]
    """What nobody has to do anything about."""
    dimensions: list[DimensionRow]
    kommunal: KommunalView | None = None
    """The blocks of the Kommunal-Score; None where it was not computed."""

    @property
    def troubled(self) -> list[PortalStatus]:
        """Portals whose last harvest was not complete."""
        return [portal for portal in self.model.portals if portal.is_troubled]

    @property
    def rows(self) -> list[Entry]:
        """The datasets with the most errors and the fewest points."""
        return sorted(self.model.entries, key=_urgency)[:LISTED_DATASETS]

    @property
    def duplicates(self) -> list[DuplicateEntry]:
        """Datasets that came over several portals; not all if there are very many."""
        return self.model.duplicates[:LISTED_DUPLICATES]

    @property
    def more_duplicates(self) -> int:
        """How many are not listed."""
        return len(self.model.duplicates) - len(self.duplicates)

    @property
    def chart(self) -> Markup:
        """The dimensions as bars."""
        rows = [Bar(one.title, one.value, one.maximum) for one in self.dimensions]
        return bars(rows, "Durchschnittliche Punkte in den fünf Bereichen", "diagramm")


def report_of(
    store: Store,
    model: MunicipalityModel,
    method: str | None,
    medians: Mapping[str, Mapping[str, float]] | None = None,
) -> Report:
    """The report of a municipality; reads the scores of its datasets.

    Args:
        medians: result of `peer_medians`.
    """
    tasks = tasks_of(store, model)
    data = None if model.kommunal is None else report_data(store, model.key, medians)
    titles = {entry.id: entry.title for entry in model.entries}
    return Report(
        model=model,
        tasks=[task for task in tasks if task.severity != Severity.INFO],
        notes=[task for task in tasks if task.severity == Severity.INFO],
        dimensions=[] if method is None or model.score is None else _means(store, model, method),
        kommunal=None if data is None else KommunalView(data=data, titles=titles),
    )


def tasks_of(store: Store, model: MunicipalityModel) -> list[Task]:
    """One task for each code, by severity, number of datasets and code.

    A code that stands with two severities is one task of the worse one.
    """
    merged: dict[str, tuple[Severity, int, int]] = {}
    for total in model.codes:
        severity, count, affected = merged.get(total.code, (total.severity, 0, 0))
        merged[total.code] = (
            min(severity, total.severity, key=SEVERITY_ORDER.__getitem__),
            count + total.count,
            # of two severities at the same datasets the larger number is the honest one
            max(affected, total.affected),
        )
    tasks = [
        _task(store, model, code, severity, count, affected)
        for code, (severity, count, affected) in merged.items()
    ]
    return sorted(
        tasks, key=lambda one: (SEVERITY_ORDER[Severity(one.severity)], -one.datasets, one.code)
    )


def _task(
    store: Store,
    model: MunicipalityModel,
    code: str,
    severity: Severity,
    count: int,
    affected: int,
) -> Task:
    text = texts().get(code)
    title = text.title if text is not None else ""
    advice = text.advice if text is not None else ""
    if not title or "{" in advice:
        example = next(iter(_findings(store, model, code)), None)
        if example is not None:
            title = title or one_line(without_codes(example[1].message), 160)
            advice = one_line(example[1].advice, 400) if "{" not in advice else ""
    return Task(
        code=code,
        severity=severity.value,
        title=title or code,
        advice=advice,
        why=text.why if text is not None else "",
        source=text.source if text is not None else None,
        count=count,
        datasets=affected,
        of=model.datasets,
        href=f"findings/{address_of(code)}/index.html",
    )


def address_of(code: str) -> str:
    """The code as name of a directory; codes of foreign shapes may be anything."""
    if _ADDRESS.fullmatch(code):
        return code
    return f"code-{hashlib.sha256(code.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _findings(store: Store, model: MunicipalityModel, code: str) -> Iterable[tuple[str, Finding]]:
    """Record id and finding of every finding of this code at the published datasets."""
    published = {entry.id for entry in model.entries}
    for stored in store.stored_findings(municipality=model.key, code=code):
        if stored.subject_id in published:
            yield stored.subject_id, stored.finding


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One finding on a list."""

    dataset: str | None
    title: str
    property: str
    message: str
    value: str
    place: str


def finding_rows(store: Store, model: MunicipalityModel, code: str) -> list[FindingRow]:
    """The first findings of a code, by the order in which datasets are published."""
    titles = {entry.id: entry.title for entry in model.entries}
    order = {entry.id: position for position, entry in enumerate(model.entries)}
    rows: list[tuple[int, FindingRow]] = []
    for identifier, finding in _findings(store, model, code):
        row = FindingRow(
            dataset=identifier,
            title=titles[identifier],
            property=property_words(finding.property),
            message=one_line(finding.message, 500),
            value=value_of(finding),
            place=place_of(finding),
        )
        rows.append((order[identifier], row))
        if len(rows) >= 2 * LISTED_FINDINGS:
            rows = sorted(rows, key=lambda one: one[0])[:LISTED_FINDINGS]
    return [row for _, row in sorted(rows, key=lambda one: one[0])[:LISTED_FINDINGS]]


def value_of(finding: Finding) -> str:
    """The value that was found, unless the message says it already."""
    value = one_line(finding.value or "", 200)
    return "" if value in finding.message else value


def place_of(finding: Finding) -> str:
    """Row and column in a table, as far as they are known."""
    parts = []
    if finding.row is not None:
        parts.append(f"Zeile {number(finding.row)}")
    if finding.field is not None:
        parts.append(f"Spalte {number(finding.field)}")
    return ", ".join(parts)


def _urgency(entry: Entry) -> tuple[int, int, int, str]:
    points = entry.score.total if entry.score is not None else MAXIMUM
    return (-entry.errors, points, -entry.warnings, entry.id)


def _means(store: Store, model: MunicipalityModel, method: str) -> list[DimensionRow]:
    """The mean points of each dimension over the municipality's datasets."""
    sums = dict.fromkeys((one.name for one in DIMENSIONS), 0.0)
    scored = 0
    for start in range(0, len(model.entries), _AT_ONCE):
        ids = [entry.id for entry in model.entries[start : start + _AT_ONCE]]
        for document in scores_of(store, ids, method).values():
            points = document.get("dimensions")
            if isinstance(points, dict):
                scored += 1
                for name in sums:
                    sums[name] += points.get(name, 0)
    if not scored:
        return []
    return [
        DimensionRow(
            name=one.name,
            title=one.title,
            meaning=one.meaning,
            value=round(sums[one.name] / scored, 1),
            maximum=one.maximum,
        )
        for one in DIMENSIONS
    ]


def report_document(report: Report) -> dict[str, Any]:
    """The report as JSON, in the form of `docs/schemas/report.json`."""
    model = report.model
    return {
        "municipality": {"key": model.key, "title": model.title},
        "stand": model.stand.isoformat(),
        "datasets": model.datasets,
        "distributions": model.distributions,
        "score": {
            "kommunal": None if model.kommunal is None else model.kommunal.points,
            "grade": None if model.kommunal is None else model.kommunal.grade,
            "mqa": None
            if model.score is None
            else {
                "total": model.score.total,
                "maximum": MAXIMUM,
                "rating": model.score.rating,
                "dimensions": {one.name: one.value for one in report.dimensions},
            },
        },
        "findings": {
            "error": model.errors,
            "warning": model.warnings,
            "info": sum(entry.findings.infos for entry in model.entries),
        },
        "tasks": _task_documents(report.tasks),
        "notes": _task_documents(report.notes),
        "portals": [
            {
                "name": portal.name,
                "title": portal.title,
                "state": portal.state,
                "reason": portal.reason,
                "detail": portal.detail,
                "last_success": None
                if portal.last_success is None
                else portal.last_success.isoformat(),
            }
            for portal in model.portals
        ],
        "duplicates": [
            {"id": one.id, "published_as": one.winner, "title": one.title}
            for one in model.duplicates
        ],
        "dataset_list": [
            {
                "id": entry.id,
                "iri": entry.iri,
                "title": entry.title,
                "distributions": entry.distributions,
                "mqa": None if entry.score is None else entry.score.total,
                "findings": {
                    "error": entry.errors,
                    "warning": entry.warnings,
                    "info": entry.findings.infos,
                },
            }
            for entry in model.entries
        ],
    }


def _task_documents(tasks: Sequence[Task]) -> list[dict[str, Any]]:
    return [
        {
            "code": task.code,
            "severity": task.severity,
            "title": task.title,
            "advice": task.advice,
            "datasets": task.datasets,
            "count": task.count,
        }
        for task in tasks
    ]
