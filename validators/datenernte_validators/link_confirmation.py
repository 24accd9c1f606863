"""Which observation of a link counts: a failure of a link that worked needs a second one.

A server that is restarted just when we ask, a moment of overload, a route that is gone for a
minute: a link that worked and fails once is *unconfirmed*. What is kept as its state stays the last
good observation, with the failure beside it, so that no finding, no report and no score takes it
for broken. The second failure in a row, at least `LATER` after the first, confirms it; the history
then says that the link has failed since the first. A block (403, 429, robots.txt ...) proves
neither and lets an open question stand.

A failure that the next observation does not confirm is a *flap*. One is forgiven. A further one
within `FLAP_DAYS` goes into the history as what it was, for by then there have been two.
"""

from datetime import timedelta

import msgspec

from datenernte_dcat.store.rows import LinkResult

FAILURES = frozenset(("broken", "timeout", "error"))
"""Outcomes that speak against a link."""
LATER = timedelta(hours=1)
"""A failure sooner after the first belongs to the same disturbance."""
FLAP_DAYS = 30
"""How long a flap is remembered: the days that the score looks at (quality score, reachability)."""


def settled(before: LinkResult | None, seen: LinkResult) -> tuple[LinkResult, ...]:
    """What to keep after a new observation, in the order of time; the last one is what counts. Pure.

    Args:
        before: what was kept of the URL.
        seen: the new observation.
    """
    if before is None:
        return (seen,)
    doubt = before.unconfirmed
    oldest = seen.checked_at - timedelta(days=FLAP_DAYS)
    replace = msgspec.structs.replace
    flaps = tuple(moment for moment in before.flaps if moment >= oldest)
    last_ok = before.checked_at if before.outcome == "ok" else before.last_ok
    if seen.outcome == "ok":
        if doubt is None:
            return (replace(seen, flaps=flaps),)
        well = replace(seen, flaps=(*flaps, doubt.checked_at))
        return (replace(doubt, flaps=flaps), well) if flaps else (well,)
    if seen.outcome == "blocked":
        return (replace(seen, flaps=flaps, last_ok=last_ok, unconfirmed=doubt),)
    if seen.outcome not in FAILURES or last_ok is None:
        return (replace(seen, flaps=flaps),)
    if doubt is None:
        return (replace(before, flaps=flaps, unconfirmed=seen),)
    if seen.checked_at - doubt.checked_at < LATER:
        return (before,)
    return replace(doubt, flaps=flaps), replace(seen, flaps=flaps)


def newest(kept: LinkResult) -> LinkResult:
    """The newest observation of a link, confirmed or not."""
    doubt = kept.unconfirmed
    return kept if doubt is None or doubt.checked_at < kept.checked_at else doubt
