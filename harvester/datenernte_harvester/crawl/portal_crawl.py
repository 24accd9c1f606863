"""From one portal's job to its portal run: crawl, conclude, keep."""

import hashlib
import logging
import time
from collections.abc import Callable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from twisted.python.failure import Failure

from datenernte_dcat.errors import SourceUnreachable, StoreError
from datenernte_dcat.store.finding_store import portal_subject
from datenernte_dcat.store.rows import PortalRun, PortalState
from datenernte_dcat.store.store import Store
from datenernte_harvester.crawl.portal_harvest import PortalCrawler, PortalHarvest
from datenernte_harvester.crawl.protocol import PortalJob, WorkerSetup
from datenernte_harvester.crawl.scrapy_settings import settings_for
from datenernte_harvester.crawl.source_outcome import Conclusion, conclude, with_conclusion
from datenernte_harvester.sources.source_spider import SourceSpider
from datenernte_harvester.spiders import spider_class
from datenernte_validators.network.guard import Guard

_TELL_EVERY = 100
"""Records between two messages to the parent."""
_EARLY_ENDS = {
    "closespider_timeout": ("portal-deadline", "die Frist für dieses Portal ist abgelaufen"),
    "memusage_exceeded": ("portal-too-large", "der Arbeitsspeicher reicht nicht"),
}
"""Scrapy's reasons to end a spider → our code and German words."""

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
    conclusion = conclude(
        harvest.outcome,
        job.portal,
        harvest.published,
        may_withdraw=job.may_withdraw,
        crash=harvest.crash,
    )
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
            requests=statistics.get("downloader/request_count", 0),
            not_modified=harvest.not_modified,
            announced=harvest.outcome.announced,
            seconds=round(time.monotonic() - started, 3),
        ),
        conclusion,
    )
    if not job.dry_run:
        _keep(harvest, conclusion, portal_run)
    return portal_run


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
    for stage, subjects in harvest.had_findings.items():
        for stored in store.stored_findings(portal=name, stage=stage):
            subjects.add(stored.subject_id)
            if stored.finding.code == "record-failed":
                harvest.failed_before.add(stored.subject_id)
        subjects.discard(portal_subject(name))
    return harvest


async def _crawl(
    process: AsyncCrawlerProcess, harvest: PortalHarvest, setup: WorkerSetup, job: PortalJob
) -> dict[str, Any]:
    """Run the portal's spider to its end; Scrapy's counters."""
    portal, network = job.portal, setup.network
    settings = settings_for(
        user_agent=portal.network.user_agent or network.user_agent,
        respect_robots=portal.network.respect_robots and network.respect_robots,
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
        outcome=harvest.outcome,
    )
    spider = crawler.spider
    if isinstance(spider, SourceSpider):
        spider.finish()
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


def _keep(harvest: PortalHarvest, conclusion: Conclusion, portal_run: PortalRun) -> None:
    """Write what follows from the portal's run, all of it or nothing."""
    store, name = harvest.store, harvest.portal.name
    decision = conclusion.decision
    with store.batch():
        if decision.withdraw:
            store.withdraw(name, sorted(decision.withdraw), harvest.run, harvest.now)
        store.replace_findings("harvest", portal_subject(name), name, conclusion.findings)
        store.put_portal_run(portal_run)
        unseen = harvest.published - harvest.outcome.received
        if decision.state is PortalState.OK and unseen == decision.withdraw:
            # so all that is published now was normalised in this context
            store.put_setting(_setting(name), harvest.context_digest)


def _setting(portal: str) -> str:
    return f"harvest-context:{portal}"


def _context_digest(job: PortalJob, setup: WorkerSetup) -> str:
    """Digest of all that the normalised view of an unchanged record depends on."""
    parts = (
        _code_digest(),
        job.portal,
        setup.catalog.base_url,
        setup.catalog.contributor_id,
        setup.catalog.state_key,
        sorted(setup.hosts.items()),
    )
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


@cache
def _code_digest() -> str:
    """Digest of the code and the vocabularies that normalise: a new version normalises anew."""
    digest = hashlib.sha256()
    for package in ("datenernte_dcat", "datenernte_harvester"):
        for path, file in sorted(_files(resources.files(package), package)):
            digest.update(path.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _files(folder: Traversable, path: str) -> list[tuple[str, Traversable]]:
    found = []
    for entry in folder.iterdir():
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            found += _files(entry, name)
        elif entry.name.endswith((".py", ".ttl", ".toml", ".json")):
            found.append((name, entry))
    return found
