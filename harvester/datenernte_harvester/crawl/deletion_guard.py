"""What a portal's run may withdraw: the one decision that can make datasets disappear.

A harvester that believes an empty or half answer deletes a municipality's catalogue. So only a
complete run may withdraw anything, and only a few records at a time; everything else keeps the old
records and says why. Two equal suspicious runs never confirm each other: a person does, or the
portal recovers.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

from datenernte_dcat.store.rows import PortalState

WITHDRAWN_PERCENT_MAX = 10
"""Share of the known records that one run may withdraw without a person's consent."""
WITHDRAWN_MIN = 1
"""So many may go whatever their share is; more than one of three datasets is no small loss."""
WITHDRAWN_WITHIN = timedelta(days=30)
"""The share counts over all runs of this time: many small losses are a large one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from one portal's run."""

    state: PortalState
    """ok, partial, held or failed."""
    withdraw: frozenset[str] = frozenset()
    """Source identifiers to withdraw now."""
    held: int = 0
    """Records that the portal no longer lists and that stay published all the same."""
    reason: str | None = None
    """Finding code that says why the state is not ok."""


def judge(
    known: AbstractSet[str],
    seen: AbstractSet[str],
    complete: bool,
    announced: int | None,
    datasets_min: int,
    withdrawn_before: int = 0,
) -> Decision:
    """The decision about one portal's run.

    Args:
        known: source identifiers that are published now, none of the withdrawn ones.
        seen: source identifiers that this run met, those of unreadable records included.
        complete: every page was fetched and parsed.
        announced: number of datasets that the portal said it has, of those that we take; None
            where it does not say.
        datasets_min: lower bound of the portal file.
        withdrawn_before: how many were withdrawn within `WITHDRAWN_WITHIN`, by no person.
    """
    if not complete:
        if not seen:
            return Decision(PortalState.FAILED, reason="harvest-incomplete")
        return Decision(PortalState.PARTIAL, reason="harvest-incomplete")
    missing = frozenset(known - seen)
    if not seen:
        return Decision(PortalState.HELD, held=len(missing), reason="portal-empty")
    if announced is not None and announced != len(seen):
        return Decision(PortalState.PARTIAL, reason="harvest-count-differs")
    if len(seen) < datasets_min:
        return Decision(PortalState.HELD, held=len(missing), reason="below-datasets-min")
    if _is_too_much(len(missing), len(known)):
        return Decision(PortalState.HELD, held=len(missing), reason="withdrawal-held")
    if missing and _is_too_much(len(missing) + withdrawn_before, len(known) + withdrawn_before):
        return Decision(PortalState.HELD, held=len(missing), reason="withdrawals-add-up")
    return Decision(PortalState.OK, withdraw=missing)


def _is_too_much(missing: int, known: int) -> bool:
    """Whether so many of so many are more than a small loss; whole numbers: no rounding."""
    return missing > WITHDRAWN_MIN and 100 * missing > WITHDRAWN_PERCENT_MAX * known


def losses_setting(portal: str) -> str:
    """Key under which the store keeps dates and numbers of the small losses of a portal."""
    return f"small-losses:{portal}"
