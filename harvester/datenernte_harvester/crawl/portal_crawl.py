"""From one portal's job to its portal run: crawl, conclude, keep."""

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceUnreachable, StoreError
from datenernte_dcat.findings import Finding
from datenernte_dcat.store.finding_store import portal_subject
from datenernte_dcat.store.rows import PortalRun, PortalState
from datenernte_dcat.store.store import Store
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.changes_only import (
    completed,
    history_of,
    remember,
    since_when,
)
from datenernte_harvester.crawl.crawl_memo import (
    CrawlMemo,
    code_digest,
    decoded,
    encoded,
    inputs_digest,
    outcome_kept,
    records_digest,
    restore,
)
from datenernte_harvester.crawl.deletion_guard import WITHDRAWN_WITHIN, losses_setting
from datenernte_harvester.crawl.portal_harvest import PortalCrawler, PortalHarvest
from datenernte_harvester.crawl.protocol import PortalJob, WorkerSetup
from datenernte_harvester.crawl.renaming import is_suspicious, renamed
from datenernte_harvester.crawl.request_failure import is_passing
from datenernte_harvester.crawl.scrapy_settings import settings_for
from datenernte_harvester.crawl.source_outcome import Conclusion, conclude, with_conclusion
from datenernte_harvester.sources.source_spider import SourceSpider
from datenernte_harvester.spiders import spider_class
from datenernte_validators.network.guard import Guard
from datenernte_validators.record_checks import check_record

_TELL_EVERY = 100
"""Records between two messages to the parent."""
_EARLY_ENDS = {
    "closespider_timeout": ("portal-deadline", "die Frist für dieses Portal ist abgelaufen"),
    "memusage_exceeded": ("portal-too-large", "der Arbeitsspeicher reicht nicht"),
}
"""Scrapy's reasons to end a spider → our code and German words."""

DATED_CODE = "date-in-future"
"""The one finding about a record that depends on the day: as time goes on, it can only go away."""

_log = logging.getLogger(__name__)


async def harvest_portal(
    process: AsyncCrawlerProcess,
    store: Store,
    setup: WorkerSetup,
    job: PortalJob,
    tell: Callable[[int, int | None], None],
) -> PortalRun:
    """Harvest one portal and store what came of it; the portal run.

    Args:
        tell: called now and then with the number of records so far and the number announced.

    Raises:
        StoreError: disk or database; the only thing that ends more than this portal.
    """
    started = time.monotonic()
    harvest = _prepared(store, setup, job, tell)
    requests = await _harvested(process, harvest, setup, job)
    is_doubtful = _is_automatic(harvest, job) and not completed(harvest) and not _is_away(harvest)
    if is_doubtful:
        harvest = _prepared(store, setup, job, tell)
        harvest.since = harvest.memo = None
        requests += await _harvested(process, harvest, setup, job)
    conclusion = _concluded(harvest, job)
    renaming = _renaming(harvest, job, conclusion)
    if renaming:
        # read again, from what this run has fetched: now as the records that they were
        store.rename_records(job.portal.name, renaming, setup.now)
        before, harvest = harvest, _prepared(store, setup, job, tell)
        harvest.memo, harvest.failed_pages = None, []
        harvest.is_second_pass = True
        harvest.answers_kept, harvest.not_modified = before.current_urls, before.not_modified
        requests += await _harvested(process, harvest, setup, job)
        conclusion = _concluded(harvest, job, _renaming_finding(job.portal.url, renaming))
    counts = harvest.counts
    portal_run = with_conclusion(
        PortalRun(
            run=setup.run,
            portal=job.portal.name,
            state=PortalState.FAILED,
            seen=len(harvest.outcome.received),
            new=counts.new,
            changed=counts.changed,
            unchanged=counts.unchanged,
            failed=counts.failed + harvest.outcome.unnamed,
            duplicates=harvest.outcome.duplicates,
            requests=requests,
            not_modified=harvest.not_modified,
            announced=harvest.outcome.announced,
            seconds=round(time.monotonic() - started, 3),
        ),
        conclusion,
    )
    if not job.dry_run:
        _keep(harvest, conclusion, portal_run, _inputs(setup, job, harvest))
        if conclusion.decision.state is PortalState.OK and not harvest.is_unchanged:
            was_full = harvest.since is None and job.limit is None
            if was_full or job.since is None:
                remember(harvest, was_full=was_full, is_doubtful=is_doubtful)
    return portal_run


def _is_away(harvest: PortalHarvest) -> bool:
    """Whether the crawl ended by something that asking for more would not mend."""
    problems = harvest.outcome.problems
    return harvest.crash is not None or (bool(problems) and all(map(is_passing, problems)))


def _is_automatic(harvest: PortalHarvest, job: PortalJob) -> bool:
    """Whether changes and identifiers were asked for in place of everything."""
    return harvest.since is not None and job.since is None and not harvest.is_unchanged


async def _harvested(
    process: AsyncCrawlerProcess, harvest: PortalHarvest, setup: WorkerSetup, job: PortalJob
) -> int:
    """Crawl; the number of requests. What nobody expected stands in `harvest.crash`.

    Raises:
        StoreError: disk or database.
    """
    statistics: dict[str, Any] = {}
    try:
        statistics = await _crawl(process, harvest, setup, job)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - the place around one portal
        harvest.crash = harvest.crash or error
    if isinstance(harvest.crash, StoreError):
        raise harvest.crash
    if harvest.crash is not None:
        _log.error("portal %s crashed", job.portal.name, exc_info=harvest.crash)
    return int(statistics.get("downloader/request_count", 0))


def _concluded(harvest: PortalHarvest, job: PortalJob, *findings: Finding) -> Conclusion:
    """What follows from the crawl.

    Args:
        findings: what else there is to say of the portal.
    """
    conclusion = conclude(
        harvest.outcome,
        job.portal,
        harvest.published,
        may_withdraw=job.may_withdraw,
        withdrawn_before=harvest.withdrawn_before,
        crash=harvest.crash,
    )
    return replace(conclusion, findings=(*findings, *conclusion.findings))


def _renaming(harvest: PortalHarvest, job: PortalJob, conclusion: Conclusion) -> dict[str, str]:
    """New source identifier → known one, where a complete crawl met the same under new names."""
    listed, known = harvest.outcome.received, harvest.settled
    is_whole = conclusion.decision.state in (PortalState.OK, PortalState.HELD)
    if (
        not is_whole
        or job.dry_run
        or harvest.outcome.limited
        or harvest.outcome.since is not None
        or harvest.is_unchanged
        or not is_suspicious(known, listed)
    ):
        return {}
    gone, new = sorted(known - listed), sorted(listed - known)
    store = harvest.store
    return renamed(
        store.records_by_id(harvest.known[identifier].id for identifier in gone),
        store.records_by_id(harvest.id_of(identifier) for identifier in new),
    )


def _renaming_finding(portal: str, renaming: dict[str, str]) -> Finding:
    examples = sorted((before, new) for new, before in renaming.items())[:3]
    return finding(
        "identifiers-renamed",
        subject=portal,
        number=len(renaming),
        value=", ".join(f"{before} → {new}" for before, new in examples),
    )


def _prepared(
    store: Store,
    setup: WorkerSetup,
    job: PortalJob,
    tell: Callable[[int, int | None], None],
) -> PortalHarvest:
    """The portal's harvest with what the store knows of the portal."""

    def tell_sometimes(seen: int, announced: int | None) -> None:
        if seen % _TELL_EVERY == 0:
            tell(seen, announced)

    name = job.portal.name
    hosts = {host: frozenset(owners) for host, owners in setup.hosts.items()}
    harvest = PortalHarvest(
        portal=job.portal,
        store=store,
        run=setup.run,
        now=setup.now,
        catalog=setup.catalog,
        network=setup.network,
        guard=Guard(setup.network.allow),
        hosts=hosts,
        authorities=setup.authorities,
        dry_run=job.dry_run,
        tell=tell_sometimes,
        known=store.known(name),
        context_digest=_context_digest(job, setup),
    )
    harvest.is_same_context = store.setting(_setting(name)) == harvest.context_digest
    harvest.settled_at = history_of(harvest).at
    harvest.withdrawn_before = sum(number for _, number in _small_losses(store, name, setup.now))
    spider = spider_class(job.portal.source_type)
    if job.since is not None:
        harvest.since = job.since if spider.can_list_changes else None
        harvest.outcome.since = harvest.since
    elif job.limit is None:
        harvest.since = since_when(harvest, spider)
    harvest.memo = _memo(harvest, setup, job)
    harvest.failed_pages = store.setting(_failed_setting(name)) or []
    for stage, subjects in harvest.had_findings.items():
        for stored in store.stored_findings(portal=name, stage=stage):
            subjects.add(stored.subject_id)
            if stored.finding.code == "record-failed":
                harvest.failed_before.add(stored.subject_id)
            if stored.finding.code == "identifier-reused":
                harvest.reused_before[stored.subject_id] = stored.finding
            if stored.finding.code == DATED_CODE:
                harvest.dated_before.add(stored.subject_id)
        subjects.discard(portal_subject(name))
    return harvest


async def _crawl(
    process: AsyncCrawlerProcess, harvest: PortalHarvest, setup: WorkerSetup, job: PortalJob
) -> dict[str, Any]:
    """Run the portal's spider to its end; Scrapy's counters."""
    portal, network = job.portal, setup.network
    settings = settings_for(
        user_agent=portal.network.user_agent or network.user_agent,
        respect_robots=(
            portal.network.respect_robots
            and network.respect_robots
            and not harvest.is_second_pass  # robots.txt allowed these very pages a moment ago
        ),
        delay_seconds=portal.network.delay_seconds,
        deadline_seconds=job.deadline_seconds,
        timeout_seconds=network.timeout_seconds,
        retry_pause_seconds=job.retry_pause_seconds,
    )
    crawler = PortalCrawler(spider_class(portal.source_type), settings, harvest)
    ends: list[str] = []

    def note_end(spider: Spider, reason: str) -> None:
        ends.append(reason)

    def note_crash(failure: Failure) -> None:
        harvest.crash = harvest.crash or failure.value

    crawler.signals.connect(note_end, signals.spider_closed)
    crawler.signals.connect(note_crash, signals.spider_error)
    crawler.signals.connect(note_crash, signals.item_error)
    await process.crawl(
        crawler,
        portal=portal,
        guard=harvest.guard,
        limit=job.limit,
        since=harvest.since,
        outcome=harvest.outcome,
    )
    spider = crawler.spider
    if harvest.is_unchanged and harvest.memo is not None:
        _take_over(harvest, harvest.memo)
    else:
        if isinstance(spider, SourceSpider):
            spider.finish()
            harvest.failed_pages = spider.failed_urls()
        for ending in harvest.endings:
            ending()
    statistics = crawler.stats.get_stats()
    reason = ends[0] if ends else "never opened"
    did_something = statistics.get("downloader/request_count") or harvest.outcome.problems
    if reason in _EARLY_ENDS:
        harvest.outcome.problems.append(SourceUnreachable(*_EARLY_ENDS[reason]))
    elif reason != "finished" or not did_something:
        # the second where `start` raised: Scrapy logs that and calls the spider finished
        harvest.crash = harvest.crash or RuntimeError(f"spider ended: {reason}")
    return dict(statistics)


def _take_over(harvest: PortalHarvest, memo: CrawlMemo) -> None:
    """Conclude from the last complete crawl, whose every page is as it was."""
    restore(harvest.outcome, memo.outcome)
    harvest.counts.failed = memo.failed
    harvest.counts.unchanged = len(harvest.outcome.received) - memo.failed
    if harvest.dry_run:
        return
    store = harvest.store
    with store.batch():
        store.mark_all_seen(harvest.run, harvest.portal.name)
        if harvest.as_of != memo.as_of:
            _judge_dates(harvest)


def _judge_dates(harvest: PortalHarvest) -> None:
    """Judge again, on this day, the records that had a date in the future."""
    store = harvest.store
    for record in store.records_by_id(sorted(harvest.dated_before)):
        found = check_record(record.as_published, harvest.as_of, subject=record.iri)
        store.put_findings("record", {(record.id, record.portal): tuple(found)})


def _keep(
    harvest: PortalHarvest, conclusion: Conclusion, portal_run: PortalRun, inputs: str
) -> None:
    """Write what follows from the portal's run, all of it or nothing.

    Args:
        inputs: digest of what this crawl was read with.
    """
    store, name = harvest.store, harvest.portal.name
    decision = conclusion.decision
    with store.batch():
        if decision.withdraw:
            store.withdraw(name, sorted(decision.withdraw), harvest.run, harvest.now)
            losses = _small_losses(store, name, harvest.now)
            today = [harvest.as_of.isoformat(), len(decision.withdraw)]
            store.put_setting(losses_setting(name), [*losses, today])
        store.replace_findings("harvest", portal_subject(name), name, conclusion.findings)
        store.put_portal_run(portal_run)
        if harvest.is_unchanged:
            return
        store.put_setting(_failed_setting(name), harvest.failed_pages or None)
        unseen = harvest.published - harvest.outcome.received
        if harvest.since is not None:
            _judge_dates(harvest)
        is_settled = decision.state is PortalState.OK and unseen == decision.withdraw
        if is_settled:
            # so all that is published now was normalised in this context
            store.put_setting(_setting(name), harvest.context_digest)
        memo = _new_memo(harvest, portal_run, inputs) if is_settled else None
        store.put_crawl_memo(name, memo)
        if is_settled and harvest.since is None:
            asked = {page.url for page in harvest.pages}
            store.delete_cached_responses(name, besides={*asked, *harvest.answered_urls})


def _new_memo(harvest: PortalHarvest, portal_run: PortalRun, inputs: str) -> bytes | None:
    """What to remember of this crawl; None where it was not complete, or of no use."""
    pages = []
    for page, answer in harvest.pages.items():
        if answer is None:
            return None
        pages.append(msgspec.structs.replace(page, answer=answer))
    if not harvest.outcome.is_complete or not pages or harvest.since is not None:
        return None
    return encoded(
        CrawlMemo(
            inputs=inputs,
            records=records_digest(harvest.store.known(harvest.portal.name)),
            as_of=harvest.as_of,
            pages=tuple(pages),
            outcome=outcome_kept(harvest.outcome),
            failed=portal_run.failed,
        )
    )


def _memo(harvest: PortalHarvest, setup: WorkerSetup, job: PortalJob) -> CrawlMemo | None:
    """The last complete crawl, where this one would read the same answers in the same way."""
    if job.limit is not None or job.since is not None or not harvest.is_same_context:
        return None
    memo = decoded(harvest.store.crawl_memo(job.portal.name))
    if (
        memo is None
        or memo.inputs != _inputs(setup, job, harvest)
        or memo.as_of > harvest.as_of  # a date may lie in the future again
        or memo.records != records_digest(harvest.known)
    ):
        return None
    return memo


def _inputs(setup: WorkerSetup, job: PortalJob, harvest: PortalHarvest) -> str:
    return inputs_digest(harvest.context_digest, repr(setup.catalog), sorted(setup.network.allow))


def _small_losses(store: Store, portal: str, now: datetime) -> list[tuple[str, int]]:
    """Date and number of what was withdrawn of late, by no person."""
    oldest = (now - WITHDRAWN_WITHIN).date().isoformat()
    losses = store.setting(losses_setting(portal)) or []
    return [(day, number) for day, number in losses if day > oldest]


def _setting(portal: str) -> str:
    return f"harvest-context:{portal}"


def _failed_setting(portal: str) -> str:
    return f"failed-pages:{portal}"


def _context_digest(job: PortalJob, setup: WorkerSetup) -> str:
    """Digest of all that the normalised view of an unchanged record depends on."""
    parts = (
        code_digest("datenernte_dcat", "datenernte_harvester"),
        job.portal,
        setup.catalog.base_url,
        setup.catalog.contributor_id,
        setup.catalog.state_key,
        sorted(setup.hosts.items()),
    )
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()
