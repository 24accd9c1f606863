"""The JSON of a run: `site/run.json` and `run --json`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from datenernte_dcat.store.rows import Portal, PortalRun
from datenernte_dcat.store.store import Store
from datenernte_harvester.scoring import portal_scores
from datenernte_harvester.settings import version

_COUNTERS = (
    "seen",
    "new",
    "changed",
    "unchanged",
    "withdrawn",
    "held",
    "failed",
    "duplicates",
)


def run_document(
    store: Store,
    *,
    number: int,
    started: datetime,
    finished: datetime,
    exit_code: int,
    portal_runs: Sequence[PortalRun],
    portals: Sequence[Portal],
    error: str | None = None,
) -> dict[str, Any]:
    """What happened in run `number`, in the form of `docs/schemas/run.json`.

    Args:
        portal_runs: one a portal, skipped ones included.
        portals: the portals as configured.
        error: German sentence, why no new site stands.
    """
    described = {portal.name: portal for portal in portals}
    entries = [_portal(store, described[result.portal], result) for result in portal_runs]
    return {
        "run": number,
        "started": started.isoformat(),
        "finished": finished.isoformat(),
        "status": "ok" if exit_code in (0, 1) else "partial" if exit_code == 3 else "failed",
        "exit_code": exit_code,
        "error": error,
        "tool_version": version(),
        "portals": entries,
        "totals": {
            "datasets": store.count_records(),
            "distributions": store.count_distributions(),
            "municipalities": len(store.counts_by_municipality().keys() - {None}),
            "findings": store.finding_counts(),
        },
        "findings_by_code": store.findings_by_code(),
    }


def _portal(store: Store, portal: Portal, result: PortalRun) -> dict[str, Any]:
    """One entry of »portals«; datasets and distributions are what is published after the run."""
    return {
        "name": portal.name,
        "title": portal.title,
        "source_type": portal.source_type,
        "municipality": portal.municipality,
        "state": str(result.state),
        "reason": result.reason,
        "detail": result.detail,
        **{name: getattr(result, name) for name in _COUNTERS},
        "datasets": store.count_records(portal=portal.name),
        "distributions": store.count_distributions(portal=portal.name),
        "requests": result.requests,
        "not_modified": result.not_modified,
        "seconds": round(result.seconds, 3),
        "score": portal_scores(store, portal.name),
    }
