"""One portal's harvest inside a worker process: what its Scrapy components share.

Scrapy builds middlewares and pipelines by itself and hands them the crawler; the crawler of a
portal carries its `PortalHarvest`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import Settings

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.errors import SourceError
from datenernte_dcat.findings import Finding, Stage
from datenernte_dcat.identity import HostOwners, free_record_id
from datenernte_dcat.store.rows import CachedResponse, KnownRecord, RecordStatus
from datenernte_dcat.store.store import Store
from datenernte_harvester.crawl.crawl_memo import CrawlMemo, Page
from datenernte_harvester.crawl.source_outcome import SourceOutcome
from datenernte_harvester.portal import PortalFile
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings


@dataclass(slots=True)
class RecordCounts:
    """What became of the records; each is counted once."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0


@dataclass(kw_only=True, slots=True)
class PortalHarvest:
    """What is known of one portal while it is harvested, and what was found out."""

    portal: PortalFile
    store: Store
    run: int
    now: datetime
    catalog: CatalogSettings
    network: NetworkSettings
    guard: Guard
    hosts: HostOwners
    """Which hosts belong to which portals."""
    authorities: str | None = None
    """PEM file of the certificate authorities to trust."""
    dry_run: bool = False
    context_digest: str = ""
    """Of all that the normalised view of an unchanged record depends on."""
    is_same_context: bool = False
    """Nothing that normalising depends on has changed since the last complete harvest, so an
    unchanged record has an unchanged normalised view."""
    tell: Callable[[int, int | None], None] = lambda _seen, _announced: None
    """Called with the number of records so far and the number announced."""
    known: dict[str, KnownRecord] = field(default_factory=dict)
    """By source identifier, withdrawn records included."""
    had_findings: dict[Stage, set[str]] = field(
        default_factory=lambda: {"harvest": set(), "record": set()}
    )
    """Stage → ids of the records that it had findings about before this run."""
    failed_before: set[str] = field(default_factory=set)
    """Ids of the records that could not be read when they last arrived."""
    dated_before: set[str] = field(default_factory=set)
    """Ids of the records that had a date in the future."""
    since: datetime | None = None
    """The spider asks only for what changed since."""
    memo: CrawlMemo | None = None
    """The last complete crawl, where the same answers would lead to the same records."""
    is_revisiting: bool = False
    """The pages of `memo` are being compared; the spider has not started."""
    is_unchanged: bool = False
    """All pages of `memo` are as they were; the spider never started."""
    pages: dict[Page, str | None] = field(default_factory=dict)
    """What the spider asked for, and the digest of what came back; None for no answer."""
    failed_pages: list[str] = field(default_factory=list)
    """URLs that failed in the last run, to be asked first."""
    answers: dict[str, Response | SourceError] = field(default_factory=dict)
    """What this run has asked already and no spider has read, by URL."""
    answers_kept: set[str] = field(default_factory=set)
    """URLs that this run has asked already and whose answer is the one that the store has."""
    compared: dict[str, asyncio.Event] = field(default_factory=dict)
    """URLs that are being asked now, by nobody who reads them; set when the answer is there."""
    answered_urls: set[str] = field(default_factory=set)
    """URLs that an answer came from, behind redirects, robots.txt included."""
    is_second_pass: bool = False
    """This run has crawled the portal before and reads the same answers again."""
    current_urls: set[str] = field(default_factory=set)
    """URLs whose answer in the store is of this run."""
    settled_at: datetime | None = None
    """When the last run began after which everything that the portal has was known."""
    withdrawn_before: int = 0
    """How many records small losses took of late."""
    reused_before: dict[str, Finding] = field(default_factory=dict)
    """By record id: the finding that its identifier once stood for something else."""
    _ids: set[str] | None = None
    outcome: SourceOutcome = field(default_factory=SourceOutcome)
    counts: RecordCounts = field(default_factory=RecordCounts)
    not_modified: int = 0
    endings: list[Callable[[], None]] = field(default_factory=list)
    """What is left to do when the spider is done; not in Scrapy's `close_spider`, where an
    exception would only be logged."""
    crash: BaseException | None = None
    """The first exception that nobody expected."""

    @property
    def as_of(self) -> date:
        """The date of the run, UTC."""
        return self.now.date()

    @property
    def published(self) -> set[str]:
        """Source identifiers of the records that were published before this run."""
        return {
            identifier
            for identifier, record in self.known.items()
            if record.status is RecordStatus.PRESENT
        }

    @property
    def settled(self) -> set[str]:
        """Source identifiers of the published records that the last good run knew."""
        return {
            identifier
            for identifier, record in self.known.items()
            if record.status is RecordStatus.PRESENT and self._is_settled(record)
        }

    def _is_settled(self, record: KnownRecord) -> bool:
        return (
            self.settled_at is not None
            and record.first_seen is not None
            and record.first_seen <= self.settled_at
        )

    def id_of(self, source_identifier: str) -> str:
        """The id of a record: a known one keeps the id that it was given under any older name."""
        known = self.known.get(source_identifier)
        if known is not None:
            return known.id
        if self._ids is None:
            self._ids = {record.id for record in self.known.values()}
        return free_record_id(self.portal.name, source_identifier, self._ids)

    def keep(self, answer: CachedResponse) -> None:
        """Keep an answer for the next run."""
        if not self.dry_run:
            self.store.put_cached_response(answer)
            self.current_urls.add(answer.url)


class PortalCrawler(Crawler):
    """A crawler that carries the harvest of its portal."""

    def __init__(
        self, spider_class: type[Spider], settings: dict[str, Any], harvest: PortalHarvest
    ) -> None:
        # the process's own settings are merged into the crawler's and win at equal priority
        super().__init__(spider_class, Settings(settings, priority="spider"))
        self.harvest = harvest


def harvest_of(crawler: Crawler) -> PortalHarvest:
    """The harvest that a component works for.

    Raises:
        TypeError: the crawler was not made by a harvest.
    """
    if not isinstance(crawler, PortalCrawler):
        raise TypeError("datenernte's Scrapy components need a PortalCrawler")
    return crawler.harvest
