"""The records: both views of every dataset of every portal, present or withdrawn."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    func,
    select,
    tuple_,
    update,
)

from datenernte_dcat.findings import Finding, Stage
from datenernte_dcat.identity import is_public_iri
from datenernte_dcat.records import Dataset
from datenernte_dcat.store import schema
from datenernte_dcat.store.database import CHUNK, AnyRow, chunks, to_json
from datenernte_dcat.store.finding_store import FindingStore
from datenernte_dcat.store.key_store import KeyStore
from datenernte_dcat.store.rows import (
    Counts,
    KnownRecord,
    RecordHead,
    RecordStatus,
    StoredRecord,
)

DOCUMENT_BYTES_AT_ONCE = 8_000_000
"""Bytes of JSON that `records` reads at once: one dataset with thousands of files stays alone."""

_record = schema.record
_HEAD_COLUMNS = [_record.c[name] for name in RecordHead.__struct_fields__]
_dataset_decoder = msgspec.json.Decoder(Dataset)
_kept_decoder = msgspec.json.Decoder(tuple[str, ...])


class RecordStore(FindingStore, KeyStore):
    """The part of the store that holds the records."""

    def known(self, portal: str) -> dict[str, KnownRecord]:
        """What the store has of a portal, present or withdrawn, by source identifier."""
        with self.reading() as connection:
            rows = connection.execute(
                select(
                    _record.c.id,
                    _record.c.source_identifier,
                    _record.c.content_hash,
                    _record.c.feed_hash,
                    _record.c.status,
                    _record.c.iri,
                    _record.c.first_seen,
                ).where(_record.c.portal == portal)
            )
            return {
                row.source_identifier: KnownRecord(
                    id=row.id,
                    source_identifier=row.source_identifier,
                    content_hash=row.content_hash,
                    feed_hash=row.feed_hash,
                    status=RecordStatus(row.status),
                    iri=row.iri,
                    first_seen=row.first_seen,
                )
                for row in rows
            }

    def put_records(
        self,
        run: int,
        records: Sequence[StoredRecord],
        findings: Mapping[str, Sequence[Finding]] | None = None,
        unchanged: Sequence[str] = (),
        *,
        stage: Stage = "normalise",
    ) -> None:
        """Keeps a batch of records in one transaction and marks them as seen in this run.

        A record that is known keeps its `first_seen` and, while its `feed_hash` is the same and
        it was not withdrawn, its `changed_at`. A withdrawn one is restored by being seen.

        Args:
            findings: by record id, what `stage` found; a record of the batch that is missing here
                has none any more. None leaves all findings as they are.
            unchanged: ids that were seen again with nothing new.
        """
        with self.writing() as connection:
            self._upsert_records(connection, run, records)
            for ids in chunks(sorted(unchanged)):
                _mark_seen(connection, run, ids)
            if findings is not None:
                self.put_findings(
                    stage,
                    {(record.id, record.portal): findings.get(record.id, ()) for record in records},
                )

    def mark_all_seen(self, run: int, portal: str) -> None:
        """Marks all present records of a portal as seen in this run."""
        with self.writing() as connection:
            connection.execute(
                update(_record)
                .where(_record.c.portal == portal, _record.c.status == RecordStatus.PRESENT.value)
                .values(seen_run=run)
            )

    def seen(self, run: int, portal: str) -> set[str]:
        """Source identifiers of the portal that this run has put or marked so far."""
        with self.reading() as connection:
            return set(
                connection.execute(
                    select(_record.c.source_identifier).where(
                        _record.c.portal == portal, _record.c.seen_run == run
                    )
                ).scalars()
            )

    def missing(self, portal: str, run: int) -> set[str]:
        """Source identifiers of present records that neither this run nor a later one has seen."""
        with self.reading() as connection:
            return set(
                connection.execute(
                    select(_record.c.source_identifier).where(
                        _record.c.portal == portal,
                        _record.c.status == RecordStatus.PRESENT.value,
                        _record.c.seen_run < run,
                    )
                ).scalars()
            )

    def withdraw(
        self, portal: str, source_identifiers: Iterable[str], run: int, at: datetime
    ) -> int:
        """Withdraws present records of a portal; how many. All of them or, on failure, none.

        Args:
            run: the run in which they were missing; records that it or a later run has seen are
                left alone.
            at: from when the tombstone's 30 days count, UTC.
        """
        wanted = {schema.storable(identifier) for identifier in source_identifiers}
        with self.writing() as connection:
            rows = connection.execute(
                select(_record.c.id, _record.c.source_identifier).where(
                    _record.c.portal == portal,
                    _record.c.status == RecordStatus.PRESENT.value,
                    _record.c.seen_run < run,
                )
            )
            ids = sorted(row.id for row in rows if row.source_identifier in wanted)
            for chunk in chunks(ids):
                connection.execute(
                    update(_record)
                    .where(_record.c.id.in_(chunk))
                    .values(status=RecordStatus.WITHDRAWN.value, withdrawn_at=at)
                )
        return len(ids)

    def records(
        self,
        *,
        portal: str | None = None,
        municipality: str | None = None,
        status: RecordStatus | None = RecordStatus.PRESENT,
        duplicates: bool = False,
    ) -> Iterator[StoredRecord]:
        """The records by published IRI, a few at a time, so that memory stays constant.

        Writing to the store while iterating is fine; each page is read by itself.

        Args:
            status: None means present and withdrawn ones.
            duplicates: also those that are published through another portal.
        """
        for page in self._pages(_filters(portal, municipality, status, duplicates)):
            yield from self._with_documents(page)

    def heads(
        self,
        *,
        portal: str | None = None,
        municipality: str | None = None,
        status: RecordStatus | None = RecordStatus.PRESENT,
        duplicates: bool = False,
    ) -> Iterator[RecordHead]:
        """The same records in the same order without their views: twenty times faster."""
        for page in self._pages(_filters(portal, municipality, status, duplicates)):
            with self.decoding():
                heads = [_head(row) for row in page]
            yield from heads

    def record(self, record: str) -> StoredRecord | None:
        """One record by its id, whatever its status."""
        return next(self.records_by_id([record]), None)

    def records_by_id(self, ids: Iterable[str]) -> Iterator[StoredRecord]:
        """The records of these ids that exist, whatever their status, in the order of the ids."""
        for chunk in chunks(ids):
            with self.reading() as connection:
                rows = connection.execute(
                    select(*_HEAD_COLUMNS, _record.c.source_url, _record.c.document_size).where(
                        _record.c.id.in_(chunk)
                    )
                ).all()
            by_id = {row.id: row for row in rows}
            yield from self._with_documents([by_id[one] for one in chunk if one in by_id])

    def count_records(
        self,
        portal: str | None = None,
        *,
        municipality: str | None = None,
        status: RecordStatus | None = RecordStatus.PRESENT,
        duplicates: bool = False,
    ) -> int:
        """Number of records that `records` would yield."""
        with self.reading() as connection:
            return connection.execute(
                select(func.count())
                .select_from(_record)
                .where(*_filters(portal, municipality, status, duplicates))
            ).scalar_one()

    def count_distributions(
        self, portal: str | None = None, *, municipality: str | None = None
    ) -> int:
        """Number of distributions of the published records."""
        with self.reading() as connection:
            total = connection.execute(
                select(func.coalesce(func.sum(_record.c.distributions), 0)).where(
                    *_filters(portal, municipality, RecordStatus.PRESENT, False)
                )
            ).scalar_one()
            return int(total)

    def counts_by_portal(self) -> dict[str, Counts]:
        """What is published, by portal; portals without a record are missing."""
        return {str(key): counts for key, counts in self._counts(_record.c.portal)}

    def counts_by_municipality(self) -> dict[str | None, Counts]:
        """What is published, by key; None has the records without a municipality."""
        return dict(self._counts(_record.c.municipality))

    def _counts(self, column: ColumnElement[Any]) -> list[tuple[str | None, Counts]]:
        with self.reading() as connection:
            rows = connection.execute(
                select(column, func.count(), func.sum(_record.c.distributions))
                .where(*_filters(None, None, RecordStatus.PRESENT, False))
                .group_by(column)
            )
            counted = [
                (key, Counts(datasets=datasets, distributions=int(distributions)))
                for key, datasets, distributions in rows
            ]
        return sorted(counted, key=lambda entry: entry[0] or "")

    def _upsert_records(
        self, connection: Connection, run: int, records: Sequence[StoredRecord]
    ) -> None:
        rows: list[dict[str, Any]] = []
        documents: list[dict[str, Any]] = []
        for record in records:
            document = {
                "record": record.id,
                "as_published": to_json(record.as_published),
                "normalised": to_json(record.normalised),
                "kept": to_json(record.kept),
                "kept_as_published": to_json(record.kept_as_published),
            }
            documents.append(document)
            rows.append(_row(record, run, sum(map(len, document.values()))))
        excluded = schema.record.alias("excluded")
        same = and_(
            _record.c.feed_hash == excluded.c.feed_hash,
            _record.c.status == RecordStatus.PRESENT.value,
        )
        self.upsert(
            connection,
            _record,
            rows,
            keep=("first_seen", "duplicate_of"),
            override={
                "changed_at": case((same, _record.c.changed_at), else_=excluded.c.changed_at)
            },
        )
        self.upsert(connection, schema.record_document, documents)
        self.put_keys(connection, records)

    def complete_keys(self) -> None:
        """Makes up the keys of records that an older version of this program kept."""
        while ids := self.records_without_keys(CHUNK):
            with self.writing() as connection:
                self.put_keys(connection, self.records_by_id(ids))

    def colliding(self) -> list[list[RecordHead]]:
        """Published records that share their IRI, those first seen first."""
        shared = (
            select(_record.c.iri)
            .where(*_filters(None, None, RecordStatus.PRESENT, False))
            .group_by(_record.c.iri)
            .having(func.count() > 1)
        )
        statement = (
            select(*_HEAD_COLUMNS)
            .where(*_filters(None, None, RecordStatus.PRESENT, False), _record.c.iri.in_(shared))
            .order_by(_record.c.iri, _record.c.first_seen, _record.c.id)
        )
        with self.reading() as connection:
            heads = [_head(row) for row in connection.execute(statement)]
        return [list(group) for _, group in groupby(heads, key=lambda head: head.iri)]

    def _pages(self, filters: Sequence[ColumnElement[bool]]) -> Iterator[Sequence[AnyRow]]:
        """Rows of `record`, a page at a time, each page continuing behind the last row."""
        statement = (
            select(*_HEAD_COLUMNS, _record.c.source_url, _record.c.document_size)
            .where(*filters)
            .order_by(_record.c.iri, _record.c.id)
            .limit(CHUNK)
        )
        following = statement
        while True:
            with self.reading() as connection:
                rows = connection.execute(following).all()
            yield rows
            if len(rows) < CHUNK:
                return
            following = statement.where(
                tuple_(_record.c.iri, _record.c.id) > tuple_(rows[-1].iri, rows[-1].id)
            )

    def _with_documents(self, rows: Sequence[AnyRow]) -> Iterator[StoredRecord]:
        """The rows as records; reads at most `DOCUMENT_BYTES_AT_ONCE` of JSON at once."""
        document = schema.record_document
        start = 0
        while start < len(rows):
            end, size = start, 0
            while end < len(rows) and (end == start or size < DOCUMENT_BYTES_AT_ONCE):
                size += rows[end].document_size
                end += 1
            part = rows[start:end]
            with self.reading() as connection:
                found = connection.execute(
                    select(document).where(document.c.record.in_([row.id for row in part]))
                )
                documents = {row.record: row for row in found}
                # A record that was purged since its page was read has no document any more.
                records = [_stored(row, documents[row.id]) for row in part if row.id in documents]
            yield from records
            start = end


def _filters(
    portal: str | None, municipality: str | None, status: RecordStatus | None, duplicates: bool
) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if portal is not None:
        filters.append(_record.c.portal == portal)
    if municipality is not None:
        filters.append(_record.c.municipality == municipality)
    if status is not None:
        filters.append(_record.c.status == status.value)
    if not duplicates:
        filters.append(_record.c.duplicate_of.is_(None))
    return filters


def _mark_seen(connection: Connection, run: int, ids: Sequence[str]) -> None:
    connection.execute(update(_record).where(_record.c.id.in_(ids)).values(seen_run=run))
    connection.execute(
        update(_record)
        .where(_record.c.id.in_(ids), _record.c.status != RecordStatus.PRESENT.value)
        .values(status=RecordStatus.PRESENT.value, withdrawn_at=None)
    )


def _row(record: StoredRecord, run: int, document_size: int) -> dict[str, Any]:
    source_iri = record.as_published.uri
    modified = record.as_published.modified
    return {
        "id": record.id,
        "portal": record.portal,
        "source_identifier": record.source_identifier,
        "iri": record.iri,
        "source_iri": source_iri if _is_shareable(source_iri, record.iri) else None,
        "status": record.status.value,
        "municipality": record.municipality,
        "source_url": record.source_url,
        "content_hash": record.content_hash,
        "feed_hash": record.feed_hash,
        "first_seen": record.first_seen,
        "changed_at": record.changed_at,
        "withdrawn_at": record.withdrawn_at,
        "modified": modified.value if modified is not None else None,
        "duplicate_of": None,
        "distributions": len(record.normalised.distribution),
        "document_size": document_size,
        "seen_run": run,
    }


def _is_shareable(source_iri: str | None, published: str) -> bool:
    """Whether other portals may mean the same dataset by this IRI; a published IRI was judged."""
    return source_iri is not None and (source_iri == published or is_public_iri(source_iri))


def _head(row: AnyRow) -> RecordHead:
    # The row begins with the columns of `_HEAD_COLUMNS`; a row's `_mapping` would cost as much
    # as all the rest.
    values = dict(zip(RecordHead.__struct_fields__, row, strict=False))
    values["status"] = RecordStatus(values["status"])
    return RecordHead(**values)


def _stored(row: AnyRow, document: AnyRow) -> StoredRecord:
    return StoredRecord(
        id=row.id,
        portal=row.portal,
        source_identifier=row.source_identifier,
        iri=row.iri,
        status=RecordStatus(row.status),
        municipality=row.municipality,
        as_published=_dataset_decoder.decode(document.as_published),
        normalised=_dataset_decoder.decode(document.normalised),
        kept=_kept_decoder.decode(document.kept),
        kept_as_published=_kept_decoder.decode(document.kept_as_published),
        source_url=row.source_url,
        content_hash=row.content_hash,
        feed_hash=row.feed_hash,
        first_seen=row.first_seen,
        changed_at=row.changed_at,
        withdrawn_at=row.withdrawn_at,
        duplicate_of=row.duplicate_of,
    )
