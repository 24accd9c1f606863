"""What a portal's run may withdraw: the one decision that can make datasets disappear.

A harvester that believes an empty or half answer deletes a municipality's catalogue. So only a
complete run may withdraw anything, and only a few records at a time; everything else keeps the old
records and says why. Two equal suspicious runs never confirm each other: a person does, or the
portal recovers.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from datenernte_dcat.store.rows import PortalState

WITHDRAWN_PERCENT_MAX = 10
"""Share of the known records that one run may withdraw without a person's consent."""
WITHDRAWN_MIN = 1
"""So many may go whatever their share is; more than one of three datasets is no small loss."""


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
) -> Decision:
    """The decision about one portal's run.

    Args:
        known: source identifiers that are published now, none of the withdrawn ones.
        seen: source identifiers that this run met, those of unreadable records included.
        complete: every page was fetched and parsed.
        announced: number of datasets that the portal said it has, of those that we take; None
            where it does not say.
        datasets_min: lower bound of the portal file.
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
    too_many = 100 * len(missing) > WITHDRAWN_PERCENT_MAX * len(known)  # whole numbers: no rounding
    if len(missing) > WITHDRAWN_MIN and too_many:
        return Decision(PortalState.HELD, held=len(missing), reason="withdrawal-held")
    return Decision(PortalState.OK, withdraw=missing)
