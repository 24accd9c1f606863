"""What happens to every record after its spider: translate, judge, keep. One class each.

A record that fails on the way becomes a `FailedRecord` and passes through the rest as one.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from msgspec.structs import replace
from scrapy.crawler import Crawler

from datenernte_dcat.findings import Finding, Stage
from datenernte_dcat.graph import feed_omissions, rename_kept
from datenernte_dcat.identity import distribution_iris, published_iri
from datenernte_dcat.municipalities import municipality_of_dataset
from datenernte_dcat.normalise import Context, normalise, published_view
from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    Dataset,
    Literal,
    Reference,
    SourceRecord,
    content_hash,
    feed_hash,
)
from datenernte_dcat.store.rows import KnownRecord, RecordStatus, StoredRecord
from datenernte_dcat.texts import finding
from datenernte_dcat.vocabulary import reduce_key
from datenernte_harvester.crawl.portal_harvest import PortalHarvest, harvest_of
from datenernte_harvester.crawl.record_isolation import FailedRecord, isolated
from datenernte_harvester.crawl.renaming import is_other_content
from datenernte_harvester.portal import Body, PortalFile
from datenernte_validators.record_checks import check_record

BATCH = 200
"""Records written in one transaction."""
DISTRIBUTIONS_MAX = 1000
"""Distributions of one dataset; records of more than 10 000 files, seen at real portals, are
series of files that somebody forgot to put together."""


@dataclass(slots=True)
class HarvestedRecord:
    """A record on its way through the pipelines."""

    source: SourceRecord
    as_published: Dataset
    content_hash: str
    iri: str
    municipality: str | None
    normalised: Dataset | None = None
    """None while nothing about the record is new: then its stored view stands."""
    kept: tuple[str, ...] = ()
    findings: dict[Stage, tuple[Finding, ...]] = field(default_factory=dict)


class _Pipeline:
    """Base: knows the portal's harvest."""

    def __init__(self, harvest: PortalHarvest) -> None:
        self.harvest = harvest

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The pipeline for the crawler's portal."""
        return cls(harvest_of(crawler))


class NormalisePipeline(_Pipeline):
    """From what the portal wrote to what the catalogue publishes."""

    def process_item(self, item: SourceRecord | FailedRecord) -> HarvestedRecord | FailedRecord:
        """The record in both views, or why there is none."""
        if isinstance(item, FailedRecord):
            return item
        return isolated(item.source_identifier, lambda: self._harvested(item))

    def _harvested(self, source: SourceRecord) -> HarvestedRecord:
        harvest, portal = self.harvest, self.harvest.portal
        number = len(source.dataset.distribution)
        source = _capped(source)
        as_published = published_view(source.dataset, portal.source_type)
        known = harvest.known.get(source.source_identifier)
        iri, complaint = published_iri(
            portal.name,
            source.source_identifier,
            source.dataset.uri,
            harvest.catalog.base_url,
            harvest.hosts,
            harvest.id_of(source.source_identifier),
        )
        record = HarvestedRecord(
            source=source,
            as_published=as_published,
            content_hash=content_hash(as_published, source.kept),
            # an IRI is kept for life, whatever the source says of itself later
            iri=known.iri if known is not None and known.iri else iri,
            municipality=municipality_of(as_published, portal),
        )
        record.findings["harvest"] = (
            *source.findings,
            *(() if complaint is None else (complaint,)),
            *_unresolved(record),
            *self._reused(known, record),
            *_too_many(number, record),
        )
        if harvest.is_same_context and self._is_unchanged(known, record):
            return record
        normalised = normalise(as_published, source.kept, _context(harvest, record))
        record.normalised, record.kept = _with_distribution_iris(
            normalised.dataset, normalised.kept, record.iri
        )
        record.findings["normalise"] = (
            *normalised.findings,
            *feed_omissions(record.normalised, record.kept, record.iri),
        )
        return record

    def _reused(self, known: KnownRecord | None, record: HarvestedRecord) -> Iterator[Finding]:
        """A finding where the identifier stood for something else before; it stays."""
        if known is None:
            return
        before = self.harvest.reused_before.get(known.id)
        if known.content_hash != record.content_hash:
            stored = self.harvest.store.record(known.id)
            if stored is not None and is_other_content(stored.as_published, record.as_published):
                before = finding(
                    "identifier-reused",
                    subject=record.iri,
                    value=record.source.source_identifier,
                    before=_first_title(stored.as_published),
                    after=_first_title(record.as_published),
                )
        if before is not None:
            yield before

    def _is_unchanged(self, known: KnownRecord | None, record: HarvestedRecord) -> bool:
        return (
            known is not None
            and known.status is RecordStatus.PRESENT
            and known.content_hash == record.content_hash
            # else it was perhaps normalised in an older context
            and known.id not in self.harvest.failed_before
        )


class CheckPipeline(_Pipeline):
    """What can be said of a record by itself, as its portal published it."""

    def process_item(self, item: HarvestedRecord | FailedRecord) -> HarvestedRecord | FailedRecord:
        """The record with the findings of the record checks."""
        if isinstance(item, FailedRecord):
            return item
        return isolated(item.source.source_identifier, lambda: self._checked(item))

    def _checked(self, record: HarvestedRecord) -> HarvestedRecord:
        record.findings["record"] = tuple(
            check_record(record.as_published, self.harvest.as_of, subject=record.iri)
        )
        return record


class StorePipeline(_Pipeline):
    """Keeps records and findings, a batch in one transaction."""

    def __init__(self, harvest: PortalHarvest) -> None:
        super().__init__(harvest)
        self._records: list[StoredRecord] = []
        self._unchanged: list[str] = []
        self._findings: dict[Stage, dict[tuple[str, str], Sequence[Finding]]] = defaultdict(dict)
        self._failed: set[str] = set()
        harvest.endings.append(self.finish)

    def process_item(self, item: HarvestedRecord | FailedRecord) -> HarvestedRecord | FailedRecord:
        """Add the record to the batch."""
        if isinstance(item, FailedRecord):
            self._add_failed(item)
        else:
            self._add(item)
        outcome = self.harvest.outcome
        self.harvest.tell(len(outcome.received), outcome.announced_of_ours)
        if len(self._records) + len(self._unchanged) >= BATCH:
            self.flush()
        return item

    def finish(self) -> None:
        """Write the last batch, and forget failures of records that are gone."""
        self.flush()
        if self.harvest.outcome.is_complete:
            kept = {record.id for record in self.harvest.known.values()} | self._failed
            gone = self.harvest.had_findings["harvest"] - kept
            name = self.harvest.portal.name
            if gone:
                self._findings["harvest"].update({(subject, name): () for subject in gone})
                self.flush()

    def flush(self) -> None:
        """Write what has gathered."""
        if not self.harvest.dry_run and (self._records or self._unchanged or self._findings):
            store = self.harvest.store
            with store.batch():
                store.put_records(self.harvest.run, self._records, unchanged=self._unchanged)
                for stage, findings in self._findings.items():
                    store.put_findings(stage, findings)
        self._records.clear()
        self._unchanged.clear()
        self._findings.clear()

    def _add_failed(self, failed: FailedRecord) -> None:
        harvest = self.harvest
        harvest.counts.failed += 1
        subject = harvest.id_of(failed.source_identifier)
        self._failed.add(subject)
        self._findings["harvest"][subject, harvest.portal.name] = (failed.finding,)
        if failed.source_identifier in harvest.known:
            self._unchanged.append(subject)

    def _add(self, record: HarvestedRecord) -> None:
        harvest = self.harvest
        source = record.source
        subject = harvest.id_of(source.source_identifier)
        known = harvest.known.get(source.source_identifier)
        if known is None:
            harvest.counts.new += 1
        elif known.content_hash == record.content_hash:
            harvest.counts.unchanged += 1
        else:
            harvest.counts.changed += 1
        for stage, findings in record.findings.items():
            before = harvest.had_findings.get(stage)
            if findings or before is None or subject in before:
                self._findings[stage][subject, harvest.portal.name] = findings
        if record.normalised is None:
            self._unchanged.append(subject)
            return
        stored = StoredRecord(
            id=subject,
            portal=harvest.portal.name,
            source_identifier=source.source_identifier,
            iri=record.iri,
            municipality=record.municipality,
            as_published=record.as_published,
            normalised=record.normalised,
            kept=record.kept,
            kept_as_published=source.kept,
            source_url=source.source_url,
            content_hash=record.content_hash,
            feed_hash=feed_hash(record.iri, record.municipality, record.normalised, record.kept),
            first_seen=harvest.now,
            changed_at=harvest.now,
        )
        if _is_same(known, stored):
            self._unchanged.append(subject)
        else:
            self._records.append(stored)


def _capped(source: SourceRecord) -> SourceRecord:
    """The record with as many distributions as we take, and no triples about the others."""
    taken = source.dataset.distribution[:DISTRIBUTIONS_MAX]
    left = {f"<{one.uri}>" for one in source.dataset.distribution[DISTRIBUTIONS_MAX:] if one.uri}
    if len(taken) == len(source.dataset.distribution):
        return source
    return dataclasses.replace(
        source,
        dataset=replace(source.dataset, distribution=taken),
        kept=tuple(line for line in source.kept if line.partition(" ")[0] not in left),
    )


def _too_many(number: int, record: HarvestedRecord) -> tuple[Finding, ...]:
    """A finding where a record had more distributions than we take."""
    if number <= DISTRIBUTIONS_MAX:
        return ()
    identifier = record.source.source_identifier
    return (
        finding(
            "distributions-capped",
            subject=record.iri,
            value=identifier,
            number=number,
            most=DISTRIBUTIONS_MAX,
        ),
    )


def _first_title(dataset: Dataset) -> str:
    return dataset.title[0].value if dataset.title else ""


def _is_same(known: KnownRecord | None, stored: StoredRecord) -> bool:
    """Whether the store has exactly this record, published."""
    return (
        known is not None
        and known.status is RecordStatus.PRESENT
        and known.content_hash == stored.content_hash
        and known.feed_hash == stored.feed_hash
    )


def _with_distribution_iris(
    dataset: Dataset, kept: tuple[str, ...], iri: str
) -> tuple[Dataset, tuple[str, ...]]:
    """The dataset with an IRI for every distribution, and the kept triples that speak of them.

    Args:
        iri: the published IRI of the dataset.
    """
    iris = distribution_iris(iri, dataset.distribution)
    names = {
        distribution.uri: own
        for distribution, own in zip(dataset.distribution, iris, strict=True)
        if distribution.uri is not None and distribution.uri != own
    }
    named = tuple(
        replace(distribution, uri=own)
        for distribution, own in zip(dataset.distribution, iris, strict=True)
    )
    return replace(dataset, distribution=named), rename_kept(kept, names) if names else kept


def municipality_of(dataset: Dataset, portal: PortalFile) -> str | None:
    """Key of the municipality that a dataset counts for, in the form of the site's folders.

    The portal's own, else what publisher or geocoding say; None where they do not.
    """
    if portal.municipality is not None:
        return reduce_key(portal.municipality)
    return municipality_of_dataset(dataset, portal.municipalities)


def _unresolved(record: HarvestedRecord) -> tuple[Finding, ...]:
    """A finding where nobody says which municipality a record counts for."""
    if record.municipality is not None:
        return ()
    publisher = record.as_published.publisher
    names = () if publisher is None else (*(n.value for n in publisher.name), publisher.uri)
    name = next((name for name in names if name), None)
    return (finding("municipality-unresolved", subject=record.iri, value=name),)


def _context(harvest: PortalHarvest, record: HarvestedRecord) -> Context:
    portal = harvest.portal
    return Context(
        portal=portal.name,
        source_type=portal.source_type,
        source_identifier=record.source.source_identifier,
        subject=record.iri,
        municipality=record.municipality,
        contributor_id=harvest.catalog.contributor_id,
        lookups=portal.lookups,
        publisher=None if portal.publisher is None else _agent(portal.publisher),
        contact=None if portal.contact is None else _contact(portal.contact),
        state_key=harvest.catalog.state_key,
    )


def _agent(body: Body) -> Agent:
    return Agent(
        name=(Literal(value=body.name),),
        mbox=() if body.email is None else (Reference(uri=f"mailto:{body.email}"),),
        homepage=() if body.url is None else (Reference(uri=body.url),),
    )


def _contact(body: Body) -> ContactPoint:
    telephone = None if body.telephone is None else Reference(label=Literal(value=body.telephone))
    return ContactPoint(
        fn=(Literal(value=body.name),),
        has_email=() if body.email is None else (Reference(uri=f"mailto:{body.email}"),),
        has_url=() if body.url is None else (Reference(uri=body.url),),
        has_telephone=() if telephone is None else (telephone,),
    )
