"""Taking over what a portal's file or the catalogue's address was called before, on purpose."""

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, case, delete, func, literal, select, update

from datenernte_dcat.store import schema
from datenernte_dcat.store.database import Database, to_json
from datenernte_dcat.store.finding_store import portal_subject
from datenernte_dcat.store.rows import Portal, PortalRun

_OF_PORTAL = (
    schema.record,
    schema.purged_record,
    schema.finding,
    schema.finding_set,
    schema.response,
)
"""Tables whose rows name a portal and nothing else of it."""


class Renaming(Database):
    """The part of the store that changes names; ids of records never change."""

    def rename_portal(self, old: str, new: Portal) -> None:
        """Gives everything of the portal `old`, its history included, to the portal `new`.

        Args:
            new: has nothing in the store yet.
        """
        with self.writing() as connection:
            for table in _OF_PORTAL:
                _set(connection, table, table.c.portal, old, new.name)
            for table in (schema.finding, schema.finding_set):
                _set(
                    connection,
                    table,
                    table.c.subject_id,
                    portal_subject(old),
                    portal_subject(new.name),
                )
            for table in (schema.score, schema.score_history):
                connection.execute(
                    update(table)
                    .where(table.c.kind == "portal", table.c.subject == old)
                    .values(subject=new.name)
                )
            self._rename_portal_runs(connection, old, new.name)
            for (key,) in connection.execute(
                select(schema.setting.c.key).where(schema.setting.c.key.endswith(f":{old}"))
            ).all():
                renamed = f"{key.removesuffix(old)}{new.name}"
                _set(connection, schema.setting, schema.setting.c.key, key, renamed)
            memo = schema.crawl_memo
            connection.execute(delete(memo).where(memo.c.portal == old))
            connection.execute(delete(schema.portal).where(schema.portal.c.name == old))
            row = {"name": new.name, "document": to_json(new)}
            self.upsert(connection, schema.portal, [row])

    def rebase(self, old: str, new: str) -> int:
        """Moves the IRIs that we gave from one base URL to another; how many records that were.

        Args:
            old: base URL without a slash at its end, as `new`.
        """
        before, after = f"{old}/datasets/", f"{new}/datasets/"
        record, document = schema.record, schema.record_document
        with self.writing() as connection:
            moved = connection.execute(
                update(record)
                .where(_begins(record.c.iri, before))
                .values(iri=_moved(record.c.iri, before, after))
            ).rowcount
            for table in (schema.purged_record, schema.shared_iri):
                connection.execute(
                    update(table)
                    .where(_begins(table.c.iri, before))
                    .values(iri=_moved(table.c.iri, before, after))
                )
            connection.execute(
                update(document).values(
                    normalised=func.replace(document.c.normalised, f'"{before}', f'"{after}'),
                    kept=func.replace(document.c.kept, f"<{before}", f"<{after}"),
                )
            )
            # all IRIs of ours are new: every fragment of a feed that has one is made anew
            connection.execute(
                update(record).values(
                    feed_hash=case(
                        (_begins(record.c.iri, after), literal("rebased:").concat(record.c.id)),
                        else_=record.c.feed_hash,
                    )
                )
            )
            return moved

    def _rename_portal_runs(self, connection: Connection, old: str, new: str) -> None:
        table = schema.portal_run
        for row in connection.execute(select(table).where(table.c.portal == old)).all():
            told = msgspec.json.decode(row.document, type=PortalRun)
            document = to_json(msgspec.structs.replace(told, portal=new))
            connection.execute(
                update(table)
                .where(table.c.run == row.run, table.c.portal == old)
                .values(portal=new, document=document)
            )


def _set(
    connection: Connection, table: Table, column: ColumnElement[str], old: str, new: str
) -> None:
    connection.execute(update(table).where(column == old).values({column: new}))


def _begins(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Whether a text begins so; unlike LIKE it takes every character as it is."""
    return func.substr(column, 1, len(prefix)) == prefix


def _moved(column: ColumnElement[str], before: str, after: str) -> ColumnElement[str]:
    return literal(after).concat(func.substr(column, len(before) + 1))
