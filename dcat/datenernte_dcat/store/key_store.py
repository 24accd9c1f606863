"""By what datasets of several portals are recognised as one, beside the records."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, delete, exists, func, or_, select

from datenernte_dcat.store import schema
from datenernte_dcat.store.database import Database, chunks
from datenernte_dcat.store.rows import RecordStatus, StoredRecord
from datenernte_dcat.twins import Keyed, identity_keys

_record = schema.record


class KeyStore(Database):
    """The part of the store that holds the keys of records."""

    def put_keys(self, connection: Connection, records: Iterable[StoredRecord]) -> None:
        """Keeps by what the records are recognised; one without any has one of its own."""
        table = schema.record_key
        for chunk in chunks(records):
            keys = {
                record.id: identity_keys(record.as_published, record.municipality)
                or (f"none:{record.id}",)
                for record in chunk
            }
            connection.execute(delete(table).where(table.c.record.in_(sorted(keys))))
            rows = [
                {"record": record, "digest": schema.url_key(key), "key": key}
                for record, own in keys.items()
                for key in own
            ]
            self.upsert(connection, table, rows)

    def keyed_records(self) -> Iterator[Keyed]:
        """Present records by each key that several portals have, or once had; by key and id."""
        table = schema.record_key
        is_present = _record.c.status == RecordStatus.PRESENT.value
        shared = (
            select(table.c.digest)
            .join_from(table, _record)
            .where(is_present)
            .group_by(table.c.digest)
            .having(func.count(_record.c.portal.distinct()) > 1)
        )
        remembered = select(schema.shared_iri.c.source_iri)
        statement = (
            select(
                table.c.key,
                _record.c.id,
                _record.c.portal,
                _record.c.iri,
                _record.c.first_seen,
                _record.c.modified,
            )
            .join_from(table, _record)
            .where(is_present, or_(table.c.digest.in_(shared), table.c.key.in_(remembered)))
            .order_by(table.c.key, _record.c.id)
        )
        with self.reading() as connection:
            found = [Keyed(**row._mapping) for row in connection.execute(statement)]
        yield from found

    def records_without_keys(self, limit: int) -> list[str]:
        """Ids of records whose keys were never made up, at most so many."""
        table = schema.record_key
        statement = (
            select(_record.c.id)
            .where(~exists().where(table.c.record == _record.c.id))
            .order_by(_record.c.id)
            .limit(limit)
        )
        with self.reading() as connection:
            return list(connection.execute(statement).scalars())
