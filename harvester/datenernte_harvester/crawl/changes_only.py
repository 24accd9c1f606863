"""Asking a large portal for what changed and for all its identifiers, in place of everything.

What a portal says of changes is not always true: a group gets another title and no dataset counts
as changed. So every few runs everything is read, removals are judged by the whole list of
identifiers, and any doubt leads to a full harvest in the same run.
"""

from datetime import datetime, timedelta

import msgspec

from datenernte_harvester.crawl.portal_harvest import PortalHarvest
from datenernte_harvester.sources.source_spider import SourceSpider

RECORDS_MIN = 2000
"""Smaller portals are read in full: that costs them and us little."""
RUNS_MAX = 6
"""Runs for changes in a row; the next one reads everything."""
_DOUBTS_MAX = 2
"""So often in a row a portal may give cause for doubt; then its changes are believed no more."""
_OVERLAP = timedelta(days=1)
"""Clocks of portals differ from ours, and what they index comes late."""


class History(msgspec.Struct, frozen=True):
    """What the store remembers of a portal's runs for changes."""

    runs: int = 0
    """Since everything was read."""
    doubts: int = 0
    """Runs that ended in a full harvest, in a row."""
    context: str = ""
    """Digest of code and settings at that time: another version may try again."""
    at: datetime | None = None
    """When the last run began after which everything was known, UTC."""


def history_of(harvest: PortalHarvest) -> History:
    """What is remembered of the portal; only the time after a change of code or settings."""
    kept = harvest.store.setting(_setting(harvest.portal.name))
    if kept is None:  # perhaps an older version harvested it
        return History(at=harvest.store.last_ok_began(harvest.portal.name))
    found = msgspec.convert(kept, History)
    return found if found.context == harvest.context_digest else History(at=found.at)


def since_when(harvest: PortalHarvest, spider: type[SourceSpider]) -> datetime | None:
    """From when on changes are enough for this run, UTC; None where everything must be read."""
    history = history_of(harvest)
    if (
        not spider.can_list_changes
        or not harvest.is_same_context
        or harvest.settled_at is None
        or harvest.failed_before
        or history.runs >= RUNS_MAX
        or history.doubts >= _DOUBTS_MAX
        or len(harvest.settled) < RECORDS_MIN
    ):
        return None
    return harvest.settled_at - _OVERLAP


def completed(harvest: PortalHarvest) -> bool:
    """Take the list of identifiers for what was seen; False where it leaves a doubt.

    Everything listed was either sent as changed or is known and published, everything sent is
    listed, and the list is as long as announced.
    """
    outcome, listed = harvest.outcome, harvest.outcome.listed
    if listed is None or not outcome.is_complete or len(listed) != outcome.announced_of_ours:
        return False
    same = listed - outcome.received
    if outcome.received - listed or not same <= harvest.published:
        return False
    outcome.received |= same
    harvest.counts.unchanged += len(same)
    if not harvest.dry_run:
        ids = [harvest.known[identifier].id for identifier in sorted(same)]
        harvest.store.put_records(harvest.run, [], unchanged=ids)
    return True


def remember(harvest: PortalHarvest, *, was_full: bool, is_doubtful: bool) -> None:
    """Note how the run went.

    Args:
        was_full: everything was read.
        is_doubtful: it was to be a run for changes, and was not.
    """
    before = history_of(harvest)
    doubts = before.doubts + 1 if is_doubtful else before.doubts if was_full else 0
    runs = 0 if was_full else before.runs + 1
    now = History(runs, doubts, harvest.context_digest, harvest.now)
    harvest.store.put_setting(_setting(harvest.portal.name), msgspec.to_builtins(now))


def _setting(portal: str) -> str:
    return f"changes-only:{portal}"
