"""Scores, and what the publisher remembers about the site: files, page places, shared IRIs."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Table, delete, func, insert, or_, select, tuple_, update

from datenernte_dcat.identity import Candidate, Duplicate
from datenernte_dcat.store import schema
from datenernte_dcat.store.database import AnyRow, Database, chunks, to_json
from datenernte_dcat.store.rows import Artefact, RecordStatus, Score, ScorePoint

_score = schema.score
_record = schema.record


class PublicationStore(Database):
    """The part of the store that the scoring and the publisher use."""

    def put_scores(self, scores: Sequence[Score], *, run: int | None = None) -> None:
        """Keeps scores by subject, kind and method; equal ones are not written again.

        Args:
            run: the run that computed them; scores of municipalities, portals and the catalogue
                then also go to the history, once per run.
        """
        with self.writing() as connection:
            for chunk in chunks(scores):
                keys = [(score.subject, score.kind, score.method) for score in chunk]
                stored = {
                    (row.subject, row.kind, row.method): row.hash
                    for row in connection.execute(
                        select(
                            _score.c.subject, _score.c.kind, _score.c.method, _score.c.hash
                        ).where(tuple_(_score.c.subject, _score.c.kind, _score.c.method).in_(keys))
                    )
                }
                rows = [_score_row(score) for score in chunk]
                self.upsert(
                    connection,
                    _score,
                    [
                        row
                        for row, key in zip(rows, keys, strict=True)
                        if stored.get(key) != row["hash"]
                    ],
                )
            if run is not None:
                as_of = connection.execute(
                    select(schema.run.c.as_of).where(schema.run.c.id == run)
                ).scalar_one()
                history = [
                    {
                        "subject": score.subject,
                        "kind": score.kind,
                        "method": score.method,
                        "run": run,
                        "as_of": as_of,
                        "total": score.total,
                    }
                    for score in scores
                    if score.kind != "dataset"
                ]
                self.upsert(connection, schema.score_history, history)

    def scores(self, kind: str, method: str | None = None) -> Iterator[Score]:
        """The scores of a kind by method and subject, a page at a time in constant memory."""
        order = (_score.c.method, _score.c.subject)
        statement = select(_score).where(_score.c.kind == kind).order_by(*order).limit(1000)
        if method is not None:
            statement = statement.where(_score.c.method == method)
        following = statement
        while True:
            with self.reading() as connection:
                rows = connection.execute(following).all()
                page = [_to_score(row) for row in rows]
            yield from page
            if len(rows) < 1000:
                return
            following = statement.where(tuple_(*order) > tuple_(rows[-1].method, rows[-1].subject))

    def score(self, subject: str, kind: str, method: str) -> Score | None:
        """One score; None where there is none."""
        with self.reading() as connection:
            row = connection.execute(
                select(_score).where(
                    _score.c.subject == subject, _score.c.kind == kind, _score.c.method == method
                )
            ).first()
            return None if row is None else _to_score(row)

    def delete_scores(self, subjects: Iterable[str], kind: str = "dataset") -> None:
        """Forgets the scores of these subjects under every method; the history stays."""
        with self.writing() as connection:
            for chunk in chunks(subjects):
                connection.execute(
                    delete(_score).where(_score.c.kind == kind, _score.c.subject.in_(chunk))
                )

    def score_history(self, subject: str, kind: str, method: str) -> list[ScorePoint]:
        """The totals of a municipality, a portal or the catalogue run by run, oldest first."""
        history = schema.score_history
        with self.reading() as connection:
            rows = connection.execute(
                select(history.c.run, history.c.as_of, history.c.total)
                .where(
                    history.c.subject == subject,
                    history.c.kind == kind,
                    history.c.method == method,
                )
                .order_by(history.c.run)
            )
            return [ScorePoint(run=row.run, as_of=row.as_of, total=row.total) for row in rows]

    def artefacts(self) -> dict[str, Artefact]:
        """The files of the published site, by path."""
        with self.reading() as connection:
            rows = connection.execute(select(schema.artefact).order_by(schema.artefact.c.path))
            return {row.path: Artefact(**row._mapping) for row in rows}

    def replace_artefacts(self, artefacts: Iterable[Artefact]) -> None:
        """Keeps exactly these files, in one transaction."""
        with self.writing() as connection:
            connection.execute(delete(schema.artefact))
            for chunk in chunks(artefacts, 5000):
                connection.execute(
                    insert(schema.artefact), [msgspec.structs.asdict(one) for one in chunk]
                )

    def put_artefacts(self, artefacts: Iterable[Artefact], gone: Iterable[str] = ()) -> None:
        """Notes files that were written and paths that are gone; all others stay as they are."""
        with self.writing() as connection:
            self._delete_keys(schema.artefact, "path", gone)
            for chunk in chunks(artefacts, 5000):
                self.upsert(
                    connection, schema.artefact, [msgspec.structs.asdict(one) for one in chunk]
                )

    def page_places(self, feed: str) -> dict[str, int]:
        """The page of each record in a feed, by record id; pages count from 1."""
        table = schema.page_place
        with self.reading() as connection:
            rows = connection.execute(
                select(table.c.record, table.c.page).where(table.c.feed == feed)
            )
            return {row.record: row.page for row in rows}

    def put_page_places(self, feed: str, places: Mapping[str, int]) -> None:
        """Keeps exactly these places of a feed; only differences are written."""
        table = schema.page_place
        with self.writing() as connection:
            before = self.page_places(feed)
            gone = sorted(before.keys() - places.keys())
            for chunk in chunks(gone):
                connection.execute(
                    delete(table).where(table.c.feed == feed, table.c.record.in_(chunk))
                )
            changed = (
                {"feed": feed, "record": record, "page": page}
                for record, page in places.items()
                if before.get(record) != page
            )
            for rows in chunks(changed, 5000):
                self.upsert(connection, table, rows)

    def duplicate_candidates(self) -> list[Candidate]:
        """Present records that share their source IRI with another, or once did; by IRI, id."""
        shared = (
            select(_record.c.source_iri)
            .where(
                _record.c.source_iri.is_not(None),
                _record.c.status == RecordStatus.PRESENT.value,
            )
            .group_by(_record.c.source_iri)
            .having(func.count() > 1)
        )
        remembered = select(schema.shared_iri.c.source_iri)
        statement = (
            select(
                _record.c.id,
                _record.c.portal,
                _record.c.source_iri,
                _record.c.iri,
                _record.c.modified,
            )
            .where(
                _record.c.status == RecordStatus.PRESENT.value,
                or_(_record.c.source_iri.in_(shared), _record.c.source_iri.in_(remembered)),
            )
            .order_by(_record.c.source_iri, _record.c.id)
        )
        with self.reading() as connection:
            return [Candidate(**row._mapping) for row in connection.execute(statement)]

    def shared_iris(self) -> dict[str, str]:
        """The IRI under which a dataset of several portals was first published, by source IRI."""
        with self.reading() as connection:
            rows = connection.execute(select(schema.shared_iri)).all()
        return {row.source_iri: row.iri for row in rows}

    def replace_duplicates(self, duplicates: Sequence[Duplicate]) -> None:
        """Notes which records are published in place of which; exactly these, no others.

        A shared IRI is remembered for good when it is first noted.
        """
        losers = {
            loser.id: duplicate.winner.id for duplicate in duplicates for loser in duplicate.losers
        }
        with self.writing() as connection:
            before = {
                row.id: row.duplicate_of
                for row in connection.execute(
                    select(_record.c.id, _record.c.duplicate_of).where(
                        _record.c.duplicate_of.is_not(None)
                    )
                )
            }
            for record in sorted(before.keys() | losers.keys()):
                if before.get(record) != losers.get(record):
                    connection.execute(
                        update(_record)
                        .where(_record.c.id == record)
                        .values(duplicate_of=losers.get(record))
                    )
            known = self.shared_iris()
            self.upsert(
                connection,
                schema.shared_iri,
                [
                    {"source_iri": duplicate.source_iri, "iri": duplicate.iri}
                    for duplicate in duplicates
                    if duplicate.source_iri not in known
                ],
            )

    def _delete_keys(self, table: Table, column: str, keys: Iterable[str]) -> None:
        with self.writing() as connection:
            for chunk in chunks(keys):
                connection.execute(delete(table).where(table.c[column].in_(chunk)))


def _score_row(score: Score) -> dict[str, Any]:
    document = to_json(score.document)
    digest = hashlib.sha256(f"{score.total!r}\n{document}".encode()).hexdigest()
    return {
        "subject": score.subject,
        "kind": score.kind,
        "method": score.method,
        "total": score.total,
        "document": document,
        "hash": digest,
    }


def _to_score(row: AnyRow) -> Score:
    return Score(
        subject=row.subject,
        kind=row.kind,
        method=row.method,
        total=row.total,
        document=msgspec.json.decode(row.document),
    )
