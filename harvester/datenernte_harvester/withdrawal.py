"""Withdrawing by a person's word: what the deletion guard held, or a portal that is gone."""

from datetime import datetime

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.store.rows import Portal, PortalState, RecordStatus
from datenernte_dcat.store.store import Store

_HEALTHY_RUNS = 10
"""Runs that a proposal for `[expect]` looks at."""


def accept_held(store: Store, portal: str, run: int, now: datetime) -> int:
    """Withdraw what `run` missed in `portal`; how many datasets that were.

    Only the portal's last run can be accepted: an older one knows nothing of what came after it.

    Raises:
        ConfigError: the portal is unknown, or that run did not hold anything.
    """
    last = store.last_portal_run(_known(store, portal).name)
    if last is None or last.run != run:
        number = "keiner" if last is None else str(last.run)
        raise ConfigError(
            f"Bestätigen lässt sich nur der letzte Lauf von »{portal}« ({number}), nicht {run}."
        )
    if last.state is not PortalState.HELD:
        raise ConfigError(f"Im Lauf {run} wurde bei »{portal}« nichts gehalten.")
    missing = sorted(_present(store, portal) - store.seen(run, portal))
    store.withdraw(portal, missing, run, now)
    return len(missing)


def retire_portal(store: Store, portal: str, now: datetime) -> int:
    """Withdraw every dataset of `portal`; how many that were.

    Raises:
        ConfigError: the portal is unknown.
    """
    known = _known(store, portal)
    present = sorted(_present(store, portal))
    last = store.last_portal_run(portal)
    store.withdraw(portal, present, 0 if last is None else last.run, now)
    store.put_portals(
        [
            Portal(
                name=known.name,
                title=known.title,
                source_type=known.source_type,
                url=known.url,
                municipality=known.municipality,
                retired=True,
            )
        ]
    )
    return len(present)


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
