"""Runs, portals and what happened to each portal in each run; small settings."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import delete, func, insert, select, update

from datenernte_dcat.store import schema
from datenernte_dcat.store.database import AnyRow, Database, to_json
from datenernte_dcat.store.rows import Portal, PortalRun, PortalState, Run

_portal_decoder = msgspec.json.Decoder(Portal)
_portal_run_decoder = msgspec.json.Decoder(PortalRun)


class Journal(Database):
    """The part of the store that says what happened and when."""

    def begin_run(self, command: str, as_of: date, started: datetime) -> int:
        """Notes that a run begins; its id, which grows and is never given twice."""
        with self.writing() as connection:
            statement = (
                insert(schema.run)
                .values(command=command, as_of=as_of, started=started)
                .returning(schema.run.c.id)
            )
            run: int = connection.execute(statement).scalar_one()
            return run

    def finish_run(
        self, run: int, finished: datetime, status: str, exit_code: int, document: object
    ) -> None:
        """Notes how a run ended.

        Args:
            status: ok, partial or failed.
            document: the JSON of the run, as a mapping or struct.
        """
        with self.writing() as connection:
            connection.execute(
                update(schema.run)
                .where(schema.run.c.id == run)
                .values(
                    finished=finished,
                    status=status,
                    exit_code=exit_code,
                    document=to_json(document),
                )
            )

    def runs(self, limit: int | None = None) -> list[Run]:
        """The runs, newest first."""
        with self.reading() as connection:
            rows = connection.execute(
                select(schema.run).order_by(schema.run.c.id.desc()).limit(limit)
            )
            return [_run(row) for row in rows]

    def run(self, run: int) -> Run | None:
        """One run, or None where there is none of this id."""
        with self.reading() as connection:
            row = connection.execute(select(schema.run).where(schema.run.c.id == run)).first()
            return None if row is None else _run(row)

    def put_portals(self, portals: Iterable[Portal]) -> None:
        """Inserts the portals or replaces those of the same name; others stay as they are."""
        with self.writing() as connection:
            self.upsert(
                connection,
                schema.portal,
                [{"name": portal.name, "document": to_json(portal)} for portal in portals],
            )

    def portals(self) -> list[Portal]:
        """All portals that were ever known, by name."""
        with self.reading() as connection:
            documents = connection.execute(
                select(schema.portal.c.document).order_by(schema.portal.c.name)
            ).scalars()
            return [_portal_decoder.decode(document) for document in documents]

    def put_portal_run(self, portal_run: PortalRun) -> None:
        """Notes one portal's part of a run, or replaces what was noted of it."""
        row = {
            "run": portal_run.run,
            "portal": portal_run.portal,
            "state": portal_run.state.value,
            "document": to_json(portal_run),
        }
        with self.writing() as connection:
            self.upsert(connection, schema.portal_run, [row])

    def portal_runs(self, run: int) -> list[PortalRun]:
        """The parts of a run, by portal."""
        with self.reading() as connection:
            documents = connection.execute(
                select(schema.portal_run.c.document)
                .where(schema.portal_run.c.run == run)
                .order_by(schema.portal_run.c.portal)
            ).scalars()
            return [_portal_run_decoder.decode(document) for document in documents]

    def portal_history(self, portal: str, limit: int | None = None) -> list[PortalRun]:
        """What happened to a portal in the runs that are kept, newest first."""
        with self.reading() as connection:
            documents = connection.execute(
                select(schema.portal_run.c.document)
                .where(schema.portal_run.c.portal == portal)
                .order_by(schema.portal_run.c.run.desc())
                .limit(limit)
            ).scalars()
            return [_portal_run_decoder.decode(document) for document in documents]

    def last_portal_run(self, portal: str, *, state: PortalState | None = None) -> PortalRun | None:
        """The newest part of a portal, or its newest with this state."""
        statement = (
            select(schema.portal_run.c.document)
            .where(schema.portal_run.c.portal == portal)
            .order_by(schema.portal_run.c.run.desc())
            .limit(1)
        )
        if state is not None:
            statement = statement.where(schema.portal_run.c.state == state.value)
        with self.reading() as connection:
            document = connection.execute(statement).scalar_one_or_none()
            return None if document is None else _portal_run_decoder.decode(document)

    def last_success(self, portal: str) -> datetime | None:
        """When the last run ended (where it was killed: began) in which the portal was ok, UTC."""
        statement = (
            select(func.coalesce(schema.run.c.finished, schema.run.c.started, type_=schema.Utc()))
            .join_from(schema.portal_run, schema.run)
            .where(
                schema.portal_run.c.portal == portal,
                schema.portal_run.c.state == PortalState.OK.value,
            )
            .order_by(schema.run.c.id.desc())
            .limit(1)
        )
        with self.reading() as connection:
            return connection.execute(statement).scalar_one_or_none()

    def last_ok_began(self, portal: str) -> datetime | None:
        """When the last run began in which the portal was ok, UTC."""
        statement = (
            select(schema.run.c.started)
            .join_from(schema.portal_run, schema.run)
            .where(
                schema.portal_run.c.portal == portal,
                schema.portal_run.c.state == PortalState.OK.value,
            )
            .order_by(schema.run.c.id.desc())
            .limit(1)
        )
        with self.reading() as connection:
            return connection.execute(statement).scalar_one_or_none()

    def setting(self, key: str) -> Any:
        """A small value that was put under this key; None where there is none."""
        with self.reading() as connection:
            text = connection.execute(
                select(schema.setting.c.value).where(schema.setting.c.key == key)
            ).scalar_one_or_none()
            return None if text is None else msgspec.json.decode(text)

    def put_setting(self, key: str, value: object) -> None:
        """Keeps a small JSON value under a key; None forgets it."""
        with self.writing() as connection:
            if value is None:
                connection.execute(delete(schema.setting).where(schema.setting.c.key == key))
            else:
                self.upsert(connection, schema.setting, [{"key": key, "value": to_json(value)}])


def _run(row: AnyRow) -> Run:
    values = dict(row._mapping)
    if values["document"] is not None:
        values["document"] = msgspec.json.decode(values["document"])
    return Run(**values)
