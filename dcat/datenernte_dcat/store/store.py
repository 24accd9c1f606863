"""The store: one object, one URL, everything that a run leaves behind.

Each stage reads the store and writes the store; workers share nothing else. SQLite is the default,
PostgreSQL another URL. `Store` is its parts together, each part one module of this package.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    exists,
    func,
    select,
    text,
    update,
)

from datenernte_dcat.store import schema
from datenernte_dcat.store.database import AnyRow, chunks
from datenernte_dcat.store.evidence_store import EvidenceStore
from datenernte_dcat.store.failures import store_error, translated
from datenernte_dcat.store.journal import Journal
from datenernte_dcat.store.publication_store import PublicationStore
from datenernte_dcat.store.record_store import RecordStore
from datenernte_dcat.store.renaming import Renaming
from datenernte_dcat.store.rows import PortalState, PurgedRecord, RecordStatus

_record = schema.record


class Store(Journal, RecordStore, EvidenceStore, PublicationStore, Renaming):
    """An open store; use it as a context manager.

    Opening creates or migrates the tables. See `Database.__init__` for what can go wrong.
    """

    def purge_withdrawn(self, before: datetime) -> list[str]:
        """Deletes records that were withdrawn before this time, with all that hangs on them.

        What stays is their IRI (`purged`), which nothing else may ever have.

        Returns:
            The ids of the deleted records.
        """
        with self.writing() as connection:
            return self._purge(
                connection,
                _record.c.status == RecordStatus.WITHDRAWN.value,
                _record.c.withdrawn_at < before,
            )

    def rename_records(self, portal: str, renamed: Mapping[str, str], at: datetime) -> None:
        """Gives known records of a portal new source identifiers; ids and IRIs stay.

        What the store has under a new identifier already, a twin, is deleted: its source goes on
        in the known record. A twin that was met in an earlier run is remembered as purged.

        Args:
            renamed: new source identifier → the known one.
            at: when the run began in which the twins were met.
        """
        new = {schema.storable(identifier) for identifier in renamed}
        with self.writing() as connection:
            for identifiers in chunks(sorted(new)):
                self._purge(
                    connection,
                    _record.c.portal == portal,
                    _record.c.source_identifier.in_(identifiers),
                    remember_before=at,
                )
            for identifier, before in sorted(renamed.items()):
                connection.execute(
                    update(_record)
                    .where(
                        _record.c.portal == portal,
                        _record.c.source_identifier == schema.storable(before),
                    )
                    .values(source_identifier=identifier)
                )

    def _purge(
        self,
        connection: Connection,
        *gone: ColumnElement[bool],
        remember_before: datetime | None = None,
    ) -> list[str]:
        """Deletes records and all that hangs on them; their ids.

        Args:
            remember_before: records that were first seen at this time or later leave no trace.
        """
        names = list(PurgedRecord.__struct_fields__)
        rows = connection.execute(
            select(*(_record.c[name] for name in names)).where(*gone).order_by(_record.c.id)
        ).all()
        for chunk in chunks(rows):
            ids = [row.id for row in chunk]
            remembered = [
                {"withdrawn_at": remember_before, **_stated(row)}
                for row in chunk
                if remember_before is None or row.first_seen < remember_before
            ]
            self.upsert(connection, schema.purged_record, remembered)
            for table, column in (
                (schema.finding, "subject_id"),
                (schema.finding_set, "subject_id"),
                (schema.page_place, "record"),
                (schema.record_document, "record"),
                (schema.record_key, "record"),
                (schema.record, "id"),
            ):
                connection.execute(delete(table).where(table.c[column].in_(ids)))
            self.delete_scores(ids)
        return [row.id for row in rows]

    def purged(self, portal: str | None = None) -> list[PurgedRecord]:
        """What is left of records after their tombstones, by id."""
        statement = select(schema.purged_record).order_by(schema.purged_record.c.id)
        if portal is not None:
            statement = statement.where(schema.purged_record.c.portal == portal)
        with self.reading() as connection:
            return [PurgedRecord(**row._mapping) for row in connection.execute(statement)]

    def digest(self) -> str:
        """SHA-256 of everything that the site is made from: equal digest, nothing to publish.

        Covers portals, records (feed hash, status, municipality, duplicates), findings and scores;
        not the journal. Reads narrow columns only.
        """
        portal, found, score = schema.portal, schema.finding_set, schema.score
        record_columns = [
            _record.c[name]
            for name in (
                "id", "status", "content_hash", "feed_hash", "municipality", "duplicate_of"
            )
        ]  # fmt: skip
        return self.digest_of(
            ([portal.c.name, portal.c.document], 1),
            (record_columns, 1),
            ([found.c.subject_id, found.c.stage, found.c.hash], 2),
            ([score.c.kind, score.c.method, score.c.subject, score.c.hash], 3),
        )

    def verify(self) -> None:
        """Looks whether the database is sound; reads all of it once.

        Raises:
            StoreError: it is damaged; the message says what to do.
        """
        with self.reading() as connection:
            if self._is_sqlite:
                answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if answer != "ok" or orphans is not None:
                    raise store_error("damaged", self.address)
            for table in schema.metadata.sorted_tables:
                connection.execute(select(func.count()).select_from(table))

    def retention(self, keep_runs: int) -> int:
        """Forgets old runs and reports that nothing refers to any more.

        Kept are the newest runs and, of each portal, its last run and the last one in which it
        was ok. The history of scores is never shortened.

        Args:
            keep_runs: number of newest runs to keep, at least 1.

        Returns:
            How many runs were deleted.
        """
        run, portal_run = schema.run, schema.portal_run
        newest = select(run.c.id).order_by(run.c.id.desc()).limit(max(1, keep_runs))
        last = select(func.max(portal_run.c.run)).group_by(portal_run.c.portal)
        last_ok = last.where(portal_run.c.state == PortalState.OK.value)
        report, state = schema.file_report, schema.file_state
        shapes = schema.shape_report
        with self.writing() as connection:
            kept = {
                one
                for statement in (newest, last, last_ok)
                for one in connection.execute(statement).scalars()
            }
            old = sorted(set(connection.execute(select(run.c.id)).scalars()) - kept)
            for ids in chunks(old):
                connection.execute(delete(run).where(run.c.id.in_(ids)))
            connection.execute(
                delete(report).where(
                    ~exists().where(
                        state.c.content_hash == report.c.content_hash,
                        state.c.schema_hash == report.c.schema_hash,
                    )
                )
            )
            connection.execute(
                delete(shapes).where(
                    shapes.c.graph_hash.not_in(select(_record.c.content_hash)),
                    shapes.c.graph_hash.not_in(select(_record.c.feed_hash)),
                )
            )
        return len(old)

    def vacuum(self) -> None:
        """Gives the space of deleted rows back to the disk; needs the database for itself."""
        with translated(self.address), self.engine.connect() as connection:
            if self._is_sqlite:
                # Not through SQLAlchemy: it would open a transaction, which VACUUM refuses.
                cursor = connection.connection.cursor()
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA optimize")
                cursor.close()
            else:
                connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                    text("VACUUM ANALYZE")
                )


def _stated(row: AnyRow) -> dict[str, Any]:
    """The values of a row that it has."""
    return {name: value for name, value in row._mapping.items() if value is not None}
