"""How each portal's last harvest went, in the words of the pages."""

from collections.abc import Mapping
from datetime import date

from datenernte_dcat.publication import one_line
from datenernte_dcat.site.model import SEVERITY_ORDER, PortalFinding, PortalStatus, sort_key
from datenernte_dcat.site.words import STATE_HEADLINES, STATE_SENTENCES, STATES
from datenernte_dcat.store.finding_store import portal_subject
from datenernte_dcat.store.rows import Counts, Portal, PortalRun, PortalState
from datenernte_dcat.store.store import Store
from datenernte_dcat.texts import texts

LISTED_FINDINGS = 50
"""Findings of one portal that a page shows."""


def portal_statuses(store: Store) -> list[PortalStatus]:
    """The status of every portal that is not retired, by title and name."""
    counts = store.counts_by_portal()
    statuses = [_status(store, portal, counts) for portal in store.portals() if not portal.retired]
    return sorted(statuses, key=lambda one: (sort_key(one.title), one.name))


def _status(store: Store, portal: Portal, counts: Mapping[str, Counts]) -> PortalStatus:
    last = _last_harvest(store, portal.name)
    state = last.state if last is not None else None
    mark = STATES[state]
    troubled = state is not None and state in STATE_SENTENCES
    reason = texts().get(last.reason) if last is not None and last.reason else None
    return PortalStatus(
        name=portal.name,
        title=portal.title,
        url=portal.url,
        municipality=portal.municipality,
        state=state.value if state is not None else None,
        words=mark.words,
        sign=mark.sign,
        css=mark.css,
        is_troubled=troubled,
        headline=f"{portal.title}: {STATE_HEADLINES[state]}" if troubled and state else "",
        sentence=STATE_SENTENCES[state] if troubled and state else "",
        reason=last.reason if troubled and last is not None else None,
        reason_title=reason.title if troubled and reason is not None else "",
        advice=_advice(reason.advice) if troubled and reason is not None else "",
        detail=last.detail if troubled and last is not None else "",
        last_success=_last_success(store, portal.name) if troubled else None,
        datasets=counts.get(portal.name, Counts()).datasets,
        findings=_findings(store, portal.name, last if troubled else None),
    )


def _findings(store: Store, portal: str, last: PortalRun | None) -> tuple[PortalFinding, ...]:
    """What was noticed about the portal as a whole, without what `last` states as its reason."""
    subject = portal_subject(portal)
    found = [
        PortalFinding(
            severity=stored.finding.severity.value,
            message=one_line(stored.finding.message, 500) or stored.finding.code,
            advice=one_line(stored.finding.advice, 500),
        )
        for stored in sorted(
            store.findings_of([subject]).get(subject, ()),
            key=lambda one: SEVERITY_ORDER[one.finding.severity],
        )
        if last is None or stored.finding.code != last.reason
    ]
    return tuple(found[:LISTED_FINDINGS])


def _advice(text: str) -> str:
    """The advice of a code, unless it speaks of values that only the finding has."""
    return "" if "{" in text else text


def _last_harvest(store: Store, portal: str) -> PortalRun | None:
    """The newest run of the portal in which it was not skipped."""
    last = store.last_portal_run(portal)
    if last is None or last.state is not PortalState.SKIPPED:
        return last
    runs = [
        found
        for state in PortalState
        if state is not PortalState.SKIPPED
        and (found := store.last_portal_run(portal, state=state)) is not None
    ]
    return max(runs, key=lambda run: run.run, default=None)


def _last_success(store: Store, portal: str) -> date | None:
    moment = store.last_success(portal)
    return None if moment is None else moment.date()
