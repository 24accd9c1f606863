"""The last run in figures for Prometheus: a file for the textfile collector of node_exporter.

Everything is a gauge: a file that a run replaces has no running counters. A portal that this run
skipped shows its last harvest, so that a run over one portal does not turn the others' alarms on.

Source: https://github.com/prometheus/node_exporter#textfile-collector
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datenernte_dcat.errors import StoreError, os_reason
from datenernte_dcat.store.rows import PortalRun, PortalState
from datenernte_dcat.store.store import Store

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_OUTCOMES = ("seen", "new", "changed", "unchanged", "withdrawn", "held", "failed", "duplicates")
_STATUSES = ("ok", "partial", "failed")
_LOOKED_BACK = 50
"""Runs in which a portal's last harvest is looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PortalFigures:
    """What is known of a portal besides the document of the run."""

    last: PortalRun | None
    """Its last harvest."""
    last_success: datetime | None
    findings: Mapping[str, int]
    """Severity → number."""


def portal_figures(store: Store, portals: Sequence[str]) -> dict[str, PortalFigures]:
    """The figures of each portal."""
    return {
        name: PortalFigures(
            last=next(
                (
                    run
                    for run in store.portal_history(name, limit=_LOOKED_BACK)
                    if run.state is not PortalState.SKIPPED
                ),
                None,
            ),
            last_success=store.last_success(name),
            findings=store.finding_counts(name),
        )
        for name in portals
    }


def write_metrics(
    path: Path,
    document: Mapping[str, Any],
    figures: Mapping[str, PortalFigures],
    last_success: datetime | None,
) -> None:
    """Replace the file at `path` in one step.

    Args:
        document: the JSON of the run (`docs/schemas/run.json`).
        figures: by name of portal.
        last_success: when the last run ended in which everything was in order.

    Raises:
        StoreError: it cannot be written.
    """
    from prometheus_client import write_to_textfile

    registry = _registry(document, figures, last_success)
    try:
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise StoreError(
            f"Die Datei für Prometheus »{path}« lässt sich nicht schreiben ({os_reason(error)})."
        ) from error


def _registry(
    document: Mapping[str, Any],
    figures: Mapping[str, PortalFigures],
    last_success: datetime | None,
) -> "CollectorRegistry":
    from prometheus_client import CollectorRegistry, Gauge

    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"datenernte_{name}", meaning, labels, registry=registry)

    started = datetime.fromisoformat(document["started"])
    finished = datetime.fromisoformat(document["finished"])
    gauge("build_info", "Version of the program, always 1.", "version").labels(
        document["tool_version"]
    ).set(1)
    gauge("run_number", "Number of the last run.").set(document["run"])
    gauge("run_exit_code", "Exit code of the last run.").set(document["exit_code"])
    status = gauge("run_status", "1 for the status of the last run.", "status")
    for name in _STATUSES:
        status.labels(name).set(document["status"] == name)
    gauge("run_started_timestamp_seconds", "When the last run began.").set(started.timestamp())
    gauge("run_finished_timestamp_seconds", "When the last run ended.").set(finished.timestamp())
    if last_success is not None:
        gauge(
            "run_last_success_timestamp_seconds", "When a run last ended with everything in order."
        ).set(last_success.timestamp())
    totals = document["totals"]
    gauge("datasets", "Published datasets.").set(totals["datasets"])
    gauge("distributions", "Published distributions.").set(totals["distributions"])
    gauge("municipalities", "Municipalities with published datasets.").set(totals["municipalities"])
    findings = gauge("findings", "Findings about what is published.", "severity")
    for severity, count in totals["findings"].items():
        findings.labels(severity).set(count)
    _add_portals(gauge, document["portals"], figures)
    return registry


def _add_portals(
    gauge: Any, entries: Sequence[Mapping[str, Any]], figures: Mapping[str, PortalFigures]
) -> None:
    state = gauge("portal_state", "1 for the state of the last harvest.", "portal", "state")
    success = gauge(
        "portal_last_success_timestamp_seconds", "When it was last harvested in full.", "portal"
    )
    records = gauge("portal_records", "Records of the last harvest.", "portal", "outcome")
    seconds = gauge("portal_duration_seconds", "How long the last harvest took.", "portal")
    requests = gauge("portal_requests", "Requests of the last harvest.", "portal")
    unmodified = gauge("portal_not_modified", "Requests answered with 304.", "portal")
    datasets = gauge("portal_datasets", "Published datasets.", "portal")
    distributions = gauge("portal_distributions", "Published distributions.", "portal")
    findings = gauge("portal_findings", "Findings.", "portal", "severity")
    score = gauge("portal_score", "Points.", "portal", "score")
    for entry in entries:
        name = entry["name"]
        datasets.labels(name).set(entry["datasets"])
        distributions.labels(name).set(entry["distributions"])
        for kind in ("kommunal", "mqa", "mqa_feed"):
            if entry["score"].get(kind) is not None:
                score.labels(name, kind).set(entry["score"][kind])
        known = figures[name]
        for severity, count in known.findings.items():
            findings.labels(name, severity).set(count)
        if known.last_success is not None:
            success.labels(name).set(known.last_success.timestamp())
        last = known.last
        if last is None:
            continue
        for one in PortalState:
            if one is not PortalState.SKIPPED:
                state.labels(name, one.value).set(last.state is one)
        for outcome in _OUTCOMES:
            records.labels(name, outcome).set(getattr(last, outcome))
        seconds.labels(name).set(last.seconds)
        requests.labels(name).set(last.requests)
        unmodified.labels(name).set(last.not_modified)
