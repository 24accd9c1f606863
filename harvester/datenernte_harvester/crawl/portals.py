"""Harvesting many portals: worker processes, hard deadlines, and nothing that spreads.

Portals of one host and port form a group and are harvested one after another by one worker, so
that no host is asked by two at once. A worker is a subprocess that speaks JSON lines: it can be
killed at any moment, needs no fork of a process that has threads, leaves the parent's memory
alone, and what a parser's abort takes with it is one portal.
"""

import asyncio
import os
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.errors import ConfigError, StoreError
from datenernte_dcat.store.rows import PortalRun
from datenernte_harvester.crawl.protocol import PortalJob, WorkerSetup
from datenernte_harvester.crawl.worker_process import WorkerLost, WorkerProcess
from datenernte_harvester.logs import event
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.progress import Progress, silent
from datenernte_harvester.settings import version
from datenernte_validators.network.settings import NetworkSettings

PORTAL_DEADLINE_SECONDS = 3600.0
RUN_DEADLINE_SECONDS = 6 * 3600.0
RETRY_PAUSE_SECONDS = 1.0
MEMORY_BYTES = 4_000_000_000
"""Address space of a worker; what it really uses stays far below."""
_GRACE_SECONDS = 10.0
"""A spider is asked to stop at its deadline; so much later its worker is killed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CrawlJob:
    """One portal to harvest."""

    portal: PortalFile
    limit: int | None = None
    """At most so many records; nothing is withdrawn then."""
    since: datetime | None = None
    """Only what changed since, where the source type can ask for it; nothing is withdrawn then."""
    dry_run: bool = False
    """Fetch and judge, write nothing."""
    may_withdraw: bool = True
    """False where only some of the portals are harvested."""


def harvest_portals(
    jobs: Sequence[CrawlJob],
    *,
    store_url: str,
    run: int,
    now: datetime,
    catalog: CatalogSettings,
    network: NetworkSettings,
    workers: int | None = None,
    portal_deadline_seconds: float = PORTAL_DEADLINE_SECONDS,
    run_deadline_seconds: float = RUN_DEADLINE_SECONDS,
    retry_pause_seconds: float = RETRY_PAUSE_SECONDS,
    grace_seconds: float = _GRACE_SECONDS,
    memory_bytes: int = MEMORY_BYTES,
    progress: Progress = silent,
) -> list[PortalRun]:
    """Harvest portals into the store; their portal runs, in the order of `jobs`.

    Portals never fail together: whatever happens to one stands in its own portal run. All child
    processes are gone when this returns or raises.

    Args:
        run: the run in the store that it belongs to.
        now: the time of the run, UTC; the only time that is written.
        workers: worker processes at once; None means one a core.
        retry_pause_seconds: before the first repetition of a request, doubled before each further.
        grace_seconds: between asking a spider to stop and killing its worker.
        progress: told about finished portals of all, and the records of those in work.

    Raises:
        ConfigError: a certificate file of a portal or of `[network]` does not exist.
        StoreError: disk or database.
    """
    if not jobs:
        return []
    harvest = _Harvest(
        jobs=jobs,
        store_url=store_url,
        run=run,
        now=now,
        catalog=catalog,
        network=replace(network, user_agent=user_agent(network, catalog)),
        portal_deadline_seconds=portal_deadline_seconds,
        run_ends=time.monotonic() + run_deadline_seconds,
        retry_pause_seconds=retry_pause_seconds,
        grace_seconds=grace_seconds,
        memory_bytes=memory_bytes,
        progress=progress,
    )
    return asyncio.run(harvest.run_all(workers or os.cpu_count() or 1))


def user_agent(network: NetworkSettings, catalog: CatalogSettings) -> str:
    """What portals see: the operator's words, else product, version and the operator's page."""
    if network.user_agent != NetworkSettings().user_agent:
        return network.user_agent
    return f"datenernte/{version()} (+{catalog.homepage or catalog.base_url})"


@dataclass(kw_only=True)
class _Harvest:
    """One call of `harvest_portals`; the fields are its arguments."""

    jobs: Sequence[CrawlJob]
    store_url: str
    run: int
    now: datetime
    catalog: CatalogSettings
    network: NetworkSettings
    portal_deadline_seconds: float
    run_ends: float
    """On the monotonic clock."""
    retry_pause_seconds: float
    grace_seconds: float
    memory_bytes: int
    progress: Progress

    def __post_init__(self) -> None:
        self.results: dict[str, PortalRun] = {}
        self.hosts: dict[str, list[str]] = {}

    async def run_all(self, workers: int) -> list[PortalRun]:
        """Harvest everything; the first error of the store ends it."""
        self.hosts = self._hosts()
        groups = deque(_groups(self.jobs))
        with tempfile.TemporaryDirectory(prefix="datenernte-") as folder:
            authorities = {
                job.portal.name: _authorities(job.portal, self.network, Path(folder))
                for job in self.jobs
            }
            try:
                async with asyncio.TaskGroup() as tasks:
                    for _ in range(min(workers, len(groups))):
                        tasks.create_task(self._slot(groups, authorities))
            except* StoreError as failures:
                raise _first(failures) from None
        return [self.results[job.portal.name] for job in self.jobs]

    async def _slot(self, groups: deque[list[CrawlJob]], authorities: dict[str, str]) -> None:
        """Work off groups with one worker at a time until there are none left."""
        worker: WorkerProcess | None = None
        trusted = ""
        try:
            while groups:
                for job in groups.popleft():
                    started = time.monotonic()
                    needed = authorities[job.portal.name]
                    try:
                        if self.run_ends <= started:
                            raise WorkerLost("run-deadline", "nicht mehr begonnen")
                        if worker is not None and (worker.is_tired or needed != trusted):
                            await worker.close()
                            worker = None
                        if worker is None:
                            worker = await WorkerProcess.start(self._setup(needed))
                            trusted = needed
                        self._finished(job, await self._harvested(worker, job))
                    except WorkerLost as lost:
                        worker = None
                        self._lost(job, lost.code, lost.detail, time.monotonic() - started)
            if worker is not None:
                await worker.close()
                worker = None
        finally:
            if worker is not None:
                await worker.kill()

    async def _harvested(self, worker: WorkerProcess, job: CrawlJob) -> PortalRun:
        deadline = job.portal.network.deadline_seconds or self.portal_deadline_seconds
        left = self.run_ends - time.monotonic()
        kill_after = deadline + self.grace_seconds

        def tell(seen: int, announced: int | None) -> None:
            of = "" if announced is None else f" von {announced}"
            text = f"{job.portal.title}: {seen}{of} Datensätze"
            self.progress("harvest", text, len(self.results), len(self.jobs))

        return await worker.harvest(
            PortalJob(
                portal=job.portal,
                limit=job.limit,
                since=job.since,
                dry_run=job.dry_run,
                may_withdraw=job.may_withdraw and job.since is None,
                deadline_seconds=deadline,
                retry_pause_seconds=self.retry_pause_seconds,
            ),
            max(0.0, min(kill_after, left)),
            "portal-deadline" if kill_after <= left else "run-deadline",
            tell,
        )

    def _finished(self, job: CrawlJob, portal_run: PortalRun) -> None:
        self.results[job.portal.name] = portal_run
        event(
            "portal-harvested",
            portal=job.portal.name,
            url=job.portal.url,
            state=str(portal_run.state),
            reason=portal_run.reason,
            seen=portal_run.seen,
            seconds=round(portal_run.seconds, 3),
        )
        self.progress("harvest", job.portal.title, len(self.results), len(self.jobs))

    def _lost(self, job: CrawlJob, code: str, detail: str, seconds: float) -> None:
        """Note, in the store too, a portal that no worker could finish."""
        from datenernte_dcat.store.finding_store import portal_subject
        from datenernte_dcat.store.store import Store
        from datenernte_harvester.crawl.source_outcome import failed_run

        name = job.portal.name
        with Store(self.store_url) as store:
            portal_run, found = failed_run(
                self.run,
                job.portal,
                code,
                detail,
                seen=len(store.seen(self.run, name)),
                seconds=round(seconds, 3),
            )
            if not job.dry_run:
                with store.batch():
                    store.replace_findings("harvest", portal_subject(name), name, [found])
                    store.put_portal_run(portal_run)
        self._finished(job, portal_run)

    def _hosts(self) -> dict[str, list[str]]:
        """Host → portals it belongs to; also portals that are not harvested today."""
        from datenernte_dcat.identity import host_owners
        from datenernte_dcat.store.store import Store

        with Store(self.store_url) as store:
            urls = {portal.name: portal.url for portal in store.portals() if not portal.retired}
        urls |= {job.portal.name: job.portal.url for job in self.jobs}
        return {host: sorted(owners) for host, owners in host_owners(urls.items()).items()}

    def _setup(self, authorities: str) -> WorkerSetup:
        return WorkerSetup(
            store_url=self.store_url,
            run=self.run,
            now=self.now,
            catalog=self.catalog,
            network=self.network,
            hosts=self.hosts,
            authorities=authorities,
            memory_bytes=self.memory_bytes,
        )


def _groups(jobs: Sequence[CrawlJob]) -> list[list[CrawlJob]]:
    """The jobs by host and port of their portal, in the order of their first."""
    groups: dict[tuple[str | None, int], list[CrawlJob]] = {}
    for job in jobs:
        parts = urlsplit(job.portal.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        groups.setdefault((parts.hostname, port), []).append(job)
    return list(groups.values())


def _authorities(portal: PortalFile, network: NetworkSettings, folder: Path) -> str:
    """Path of the PEM file that a portal's worker trusts: the general one, and the portal's own.

    Raises:
        ConfigError: a file does not exist.
    """
    from datenernte_validators.network.faults import authorities_file

    general = authorities_file(network)
    if portal.network.ca_file is None:
        return general
    try:
        own = Path(portal.network.ca_file).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"portals/{portal.name}.toml [network]: Die Zertifikatsdatei "
            f"»{portal.network.ca_file}« lässt sich nicht lesen."
        ) from error
    both = folder / f"{portal.name}.pem"
    both.write_bytes(Path(general).read_bytes() + b"\n" + own)
    return str(both)


def _first(failures: BaseExceptionGroup[StoreError]) -> StoreError:
    """The first single error of a group."""
    for failure in failures.exceptions:
        return _first(failure) if isinstance(failure, BaseExceptionGroup) else failure
    raise AssertionError("an exception group is never empty")
