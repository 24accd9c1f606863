"""What a spider learned about its portal besides the records, and what follows from it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from datenernte_dcat.errors import SourceError
from datenernte_dcat.findings import Finding
from datenernte_dcat.store.rows import PortalRun, PortalState
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.deletion_guard import WITHDRAWN_WITHIN, Decision, judge
from datenernte_harvester.portal import PortalFile


@dataclass(slots=True)
class SourceOutcome:
    """The notes of one spider over one run; counts are datasets."""

    announced: int | None = None
    """How many the portal says it has."""
    received: set[str] = field(default_factory=set)
    """Source identifiers of the records that arrived, unreadable ones included."""
    skipped: set[str] = field(default_factory=set)
    """Source identifiers that the portal lists and we do not take, such as private packages."""
    unnamed: int = 0
    """Records without any identifier."""
    duplicates: int = 0
    """Records whose identifier had come before in the same run."""
    repeated_on_page: int = 0
    """Entries, skipped ones included, whose identifier stood on the same page before.

    The portal lists these twice; one that comes again on a later page may have moved there, and
    another may have been missed for it, unless the earlier page was confirmed.
    """
    failed: int = 0
    """Records that could not be mapped, normalised or checked."""
    limited: bool = False
    """The spider stopped because it was asked for no more records."""
    since: datetime | None = None
    """Only records that changed since were asked for, and nothing else."""
    listed: set[str] | None = None
    """Source identifiers of all records, from a list that has nothing but these."""
    problems: list[SourceError] = field(default_factory=list)
    """What kept it from reading everything, in the order of happening."""
    findings: list[Finding] = field(default_factory=list)
    """Facts about the portal that do not make the run incomplete."""

    def note(self, found: Finding) -> None:
        """Add a finding about the portal, once."""
        if found not in self.findings:
            self.findings.append(found)

    @property
    def announced_of_ours(self) -> int | None:
        """Number of announced datasets that we would take."""
        return None if self.announced is None else self.announced - len(self.skipped)

    @property
    def announced_identifiers(self) -> int | None:
        """`announced_of_ours` as a number of identifiers, also of a portal that counts repeats."""
        announced, repeated = self.announced_of_ours, self.repeated_on_page
        counts_repeats = announced == len(self.received) + repeated
        return announced - repeated if announced is not None and counts_repeats else announced

    @property
    def is_complete(self) -> bool:
        """Whether every page was fetched and parsed."""
        return not self.problems and not self.unnamed and not self.limited


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The portal's part of the run, and what to do about it."""

    decision: Decision
    findings: tuple[Finding, ...]
    """About the portal itself."""
    detail: str
    """German sentence: the particulars of `decision.reason`."""


def conclude(
    outcome: SourceOutcome,
    portal: PortalFile,
    known: AbstractSet[str],
    *,
    may_withdraw: bool,
    withdrawn_before: int = 0,
    crash: BaseException | None = None,
) -> Conclusion:
    """What follows from a finished spider; pure.

    Args:
        known: source identifiers of the portal's published records before the run.
        may_withdraw: False for a run that was asked for a part only.
        withdrawn_before: how many small losses there were of late, see `judge`.
        crash: an exception that nobody expected.
    """
    findings = list(outcome.findings)
    if crash is not None:
        found = finding("portal-crashed", subject=portal.url, detail=type(crash).__name__)
        decision = Decision(PortalState.FAILED, reason=found.code)
        return Conclusion(decision, (found, *findings), found.message)
    problems = [
        finding(problem.code, subject=portal.url, value=portal.url, detail=problem.detail)
        for problem in _first_of_each_code(outcome.problems)
    ]
    if outcome.unnamed:
        problems.append(finding("identifier-missing", subject=portal.url, number=outcome.unnamed))
    if outcome.duplicates:
        findings.append(
            finding("identifier-repeated", subject=portal.url, number=outcome.duplicates)
        )
    if problems:
        decision = judge(known, outcome.received, False, None, 0)
        decision = Decision(decision.state, reason=problems[0].code)
        return Conclusion(decision, (*problems, *findings), problems[0].message)
    if outcome.limited:
        detail = f"Nur die ersten {len(outcome.received)} Datensätze wurden gelesen."
        return Conclusion(Decision(PortalState.OK), tuple(findings), detail)
    if outcome.since is not None:
        detail = f"Nur Änderungen seit {outcome.since:%d.%m.%Y} wurden gelesen."
        return Conclusion(Decision(PortalState.OK), tuple(findings), detail)
    decision = judge(
        known,
        outcome.received,
        True,
        outcome.announced_identifiers,
        portal.expect.datasets_min,
        withdrawn_before,
    )
    if decision.reason is not None:
        found = finding(
            decision.reason,
            subject=portal.url,
            seen=len(outcome.received),
            known=len(known),
            missing=len(known - outcome.received),
            announced=outcome.announced_of_ours,
            datasets_min=portal.expect.datasets_min,
            withdrawn=withdrawn_before,
            days=WITHDRAWN_WITHIN.days,
        )
        return Conclusion(decision, (found, *findings), found.message)
    most = portal.expect.datasets_max
    if most is not None and len(outcome.received) > most:
        findings.append(
            finding(
                "above-datasets-max",
                subject=portal.url,
                seen=len(outcome.received),
                datasets_max=most,
            )
        )
    if decision.withdraw and not may_withdraw:
        detail = (
            f"{len(decision.withdraw)} Datensätze fehlen im Portal. Sie bleiben veröffentlicht, "
            "weil nur ein Teil der Portale abgerufen wurde."
        )
        return Conclusion(Decision(PortalState.OK), tuple(findings), detail)
    return Conclusion(decision, tuple(findings), "")


def failed_run(
    run: int, portal: PortalFile, code: str, detail: str, *, seen: int, seconds: float
) -> tuple[PortalRun, Finding]:
    """The portal run, and its finding, of a portal whose worker could not tell its end."""
    found = finding(code, subject=portal.url, value=portal.url, detail=detail)
    return (
        PortalRun(
            run=run,
            portal=portal.name,
            state=PortalState.FAILED,
            reason=code,
            detail=found.message,
            seen=seen,
            seconds=seconds,
        ),
        found,
    )


def with_conclusion(portal_run: PortalRun, conclusion: Conclusion) -> PortalRun:
    """The portal run with state, reason and detail of the conclusion."""
    decision = conclusion.decision
    return msgspec.structs.replace(
        portal_run,
        state=decision.state,
        reason=decision.reason,
        detail=conclusion.detail,
        held=decision.held,
        withdrawn=len(decision.withdraw),
    )


def _first_of_each_code(problems: list[SourceError]) -> list[SourceError]:
    return list({problem.code: problem for problem in reversed(problems)}.values())[::-1]
