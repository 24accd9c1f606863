"""One portal's harvest inside a worker process: what its Scrapy components share.

Scrapy builds middlewares and pipelines by itself and hands them the crawler; the crawler of a
portal carries its `PortalHarvest`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.findings import Stage
from datenernte_dcat.identity import HostOwners
from datenernte_dcat.store.rows import CachedResponse, KnownRecord, RecordStatus
from datenernte_dcat.store.store import Store
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

    def keep(self, answer: CachedResponse) -> None:
        """Keep an answer for the next run."""
        if not self.dry_run:
            self.store.put_cached_response(answer)


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
