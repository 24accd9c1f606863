"""Withdrawing by a person's word: what the deletion guard held, or a portal that is gone."""

from datetime import datetime

from msgspec.structs import replace

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.store.rows import Portal, PortalState, RecordStatus
from datenernte_dcat.store.store import Store
from datenernte_harvester.crawl.deletion_guard import losses_setting

_HEALTHY_RUNS = 10
"""Runs that a proposal for `[expect]` looks at."""


def accept_held(store: Store, portal: str, run: int, now: datetime) -> int:
    """Withdraw what `run` missed in `portal` and no later run saw; how many datasets that were.

    Raises:
        ConfigError: the portal is unknown, or that run did not hold anything.
    """
    _known(store, portal)
    result = next((entry for entry in store.portal_runs(run) if entry.portal == portal), None)
    if result is None or result.state is not PortalState.HELD:
        raise ConfigError(
            f"Im Lauf {run} wurde bei »{portal}« nichts gehalten. »datenernte status« zeigt, "
            "was gehalten ist, »datenernte history« die Läufe."
        )
    with store.batch():
        # a person has looked: what was lost before does not count any more
        store.put_setting(losses_setting(portal), None)
        return store.withdraw(portal, sorted(store.missing(portal, run)), run, now)


def retire_portal(store: Store, portal: str, now: datetime) -> int:
    """Withdraw every dataset of `portal`; how many that were.

    Raises:
        ConfigError: the portal is unknown.
    """
    known = _known(store, portal)
    # A run of its own: only records that no run as new as this one saw may be withdrawn.
    number = store.begin_run("retire", now.date(), now)
    with store.batch():
        withdrawn = store.withdraw(portal, sorted(_present(store, portal)), number, now)
        store.put_portals([replace(known, retired=True)])
    store.finish_run(number, finished=now, status="ok", exit_code=0, document=None)
    return withdrawn


def proposed_bounds(store: Store, portal: str) -> dict[str, int] | None:
    """Bounds for `[expect]` from the last healthy runs, in datasets; None if there was none.

    A tenth below the smallest and above the largest number that was seen.
    """
    seen = [
        result.seen
        for result in store.portal_history(portal, limit=_HEALTHY_RUNS * 3)
        if result.state is PortalState.OK and result.seen
    ][:_HEALTHY_RUNS]
    if not seen:
        return None
    return {"datasets_min": min(seen) * 9 // 10, "datasets_max": -(-max(seen) * 11 // 10)}


def _known(store: Store, portal: str) -> Portal:
    known = {entry.name: entry for entry in store.portals()}
    if portal not in known:
        names = ", ".join(known) or "keine"
        raise ConfigError(f"Das Portal »{portal}« kennt der Speicher nicht. Bekannt sind: {names}.")
    return known[portal]


def _present(store: Store, portal: str) -> set[str]:
    return {
        identifier
        for identifier, record in store.known(portal).items()
        if record.status is RecordStatus.PRESENT
    }
