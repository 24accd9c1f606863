"""The findings of every stage about every record and portal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
)

from datenernte_dcat.findings import Finding, Severity, Stage
from datenernte_dcat.store import schema
from datenernte_dcat.store.database import AnyRow, Database, chunks, json_hash
from datenernte_dcat.store.rows import RecordStatus, StoredFinding

PAGE = 2000
"""Findings that are read at once."""

_finding = schema.finding
_set = schema.finding_set
_record = schema.record
_PLACE = (_finding.c.subject_id, _finding.c.stage, _finding.c.position)
_COLUMNS = (*(_finding.c[name] for name in Finding.__struct_fields__), *_PLACE, _finding.c.portal)


def portal_subject(portal: str) -> str:
    """The subject id of findings that concern a portal as a whole."""
    return f"portal:{portal}"


class FindingStore(Database):
    """The part of the store that holds findings.

    A finding belongs to a record id or to `portal:<name>`. Those of withdrawn records stay, in
    case the record returns, but are neither counted nor listed.
    """

    def put_findings(
        self, stage: Stage, findings: Mapping[tuple[str, str], Sequence[Finding]]
    ) -> None:
        """Replaces what a stage found about each of these subjects, in one transaction.

        Subjects whose findings are the same as before are not written at all.

        Args:
            findings: by (subject id, portal); an empty sequence removes the subject's findings.
        """
        with self.writing() as connection:
            for chunk in chunks(sorted(findings)):
                self._replace(connection, stage, {key: findings[key] for key in chunk})

    def replace_findings(
        self, stage: Stage, subject_id: str, portal: str, findings: Sequence[Finding]
    ) -> None:
        """Replaces what a stage found about one subject."""
        self.put_findings(stage, {(subject_id, portal): findings})

    def findings(
        self,
        *,
        portal: str | None = None,
        record: str | None = None,
        stage: Stage | None = None,
        code: str | None = None,
        municipality: str | None = None,
    ) -> Iterator[Finding]:
        """The findings of what is published, by subject id, stage and order of finding.

        Args:
            record: a record id, or `portal:<name>`; of a record also when it is withdrawn.
        """
        for stored in self.stored_findings(
            portal=portal, record=record, stage=stage, code=code, municipality=municipality
        ):
            yield stored.finding

    def stored_findings(
        self,
        *,
        portal: str | None = None,
        record: str | None = None,
        stage: Stage | None = None,
        code: str | None = None,
        municipality: str | None = None,
    ) -> Iterator[StoredFinding]:
        """The same with stage, subject id and portal, a page at a time in constant memory."""
        statement = select(*_COLUMNS)
        if record is None or municipality is not None:
            statement = _of_published(statement, _finding.c.subject_id, municipality)
        for column, value in (
            (_finding.c.portal, portal),
            (_finding.c.subject_id, record),
            (_finding.c.stage, stage),
            (_finding.c.code, code),
        ):
            if value is not None:
                statement = statement.where(column == value)
        statement = statement.order_by(*_PLACE).limit(PAGE)
        following = statement
        while True:
            with self.reading() as connection:
                rows = connection.execute(following).all()
                page = [_stored(row) for row in rows]
            yield from page
            if len(rows) < PAGE:
                return
            last = rows[-1]
            following = statement.where(
                tuple_(*_PLACE) > tuple_(last.subject_id, last.stage, last.position)
            )

    def findings_of(self, subject_ids: Iterable[str]) -> dict[str, list[StoredFinding]]:
        """All findings of some subjects, by subject id; subjects without findings are missing."""
        found: dict[str, list[StoredFinding]] = {}
        for chunk in chunks(subject_ids):
            with self.reading() as connection:
                rows = connection.execute(
                    select(*_COLUMNS).where(_finding.c.subject_id.in_(chunk)).order_by(*_PLACE)
                )
                for row in rows:
                    found.setdefault(row.subject_id, []).append(_stored(row))
        return found

    def findings_by_code(
        self, portal: str | None = None, *, municipality: str | None = None
    ) -> dict[str, int]:
        """How often each code stands, by code, of what is published."""
        statement = select(_finding.c.code, func.count()).group_by(_finding.c.code)
        statement = _of_published(statement, _finding.c.subject_id, municipality)
        if portal is not None:
            statement = statement.where(_finding.c.portal == portal)
        with self.reading() as connection:
            return {str(code): int(count) for code, count in sorted(connection.execute(statement))}

    def finding_counts(
        self, portal: str | None = None, *, municipality: str | None = None
    ) -> dict[str, int]:
        """How many `error`, `warning` and `info` there are, of what is published."""
        statement = select(
            *(
                func.coalesce(func.sum(column), 0)
                for column in (_set.c.errors, _set.c.warnings, _set.c.infos)
            )
        )
        statement = _of_published(statement, _set.c.subject_id, municipality)
        if portal is not None:
            statement = statement.where(_set.c.portal == portal)
        with self.reading() as connection:
            errors, warnings, infos = connection.execute(statement).one()
        return {"error": int(errors), "warning": int(warnings), "info": int(infos)}

    def _replace(
        self,
        connection: Connection,
        stage: Stage,
        findings: Mapping[tuple[str, str], Sequence[Finding]],
    ) -> None:
        """Writes the subjects of one chunk whose findings differ from the stored ones."""
        of_subjects = and_(
            _set.c.stage == stage, _set.c.subject_id.in_([subject for subject, _ in findings])
        )
        stored = {
            subject_id: (portal, digest)
            for subject_id, portal, digest in connection.execute(
                select(_set.c.subject_id, _set.c.portal, _set.c.hash).where(of_subjects)
            )
        }
        sets: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        outdated: list[str] = []
        emptied: list[str] = []
        for (subject_id, portal), found in findings.items():
            digest = json_hash(found) if found else None
            if stored.get(subject_id, (portal, None)) == (portal, digest):
                continue
            outdated.append(subject_id)
            if digest is None:
                emptied.append(subject_id)
                continue
            sets.append(_set_row(stage, subject_id, portal, digest, found))
            rows.extend(
                _row(stage, subject_id, portal, position, entry)
                for position, entry in enumerate(found)
            )
        for ids, table in ((outdated, _finding), (emptied, _set)):
            if ids:
                connection.execute(
                    delete(table).where(table.c.stage == stage, table.c.subject_id.in_(ids))
                )
        self.upsert(connection, _set, sets)
        if rows:
            connection.execute(insert(_finding), rows)


def _of_published(
    statement: Select[Any], subject_id: ColumnElement[str], municipality: str | None
) -> Select[Any]:
    """The statement without the findings of withdrawn records.

    Args:
        municipality: key; then only findings of its records, none of portals.
    """
    joined = statement.outerjoin(_record, _record.c.id == subject_id)
    present = _record.c.status == RecordStatus.PRESENT.value
    if municipality is not None:
        return joined.where(present, _record.c.municipality == municipality)
    return joined.where(or_(present, _record.c.id.is_(None)))


def _set_row(
    stage: Stage, subject_id: str, portal: str, digest: str, findings: Sequence[Finding]
) -> dict[str, Any]:
    severities = [finding.severity for finding in findings]
    return {
        "subject_id": subject_id,
        "stage": stage,
        "portal": portal,
        "hash": digest,
        "errors": severities.count(Severity.ERROR),
        "warnings": severities.count(Severity.WARNING),
        "infos": severities.count(Severity.INFO),
    }


def _row(
    stage: Stage, subject_id: str, portal: str, position: int, finding: Finding
) -> dict[str, Any]:
    return {
        "subject_id": subject_id,
        "stage": stage,
        "position": position,
        "portal": portal,
        "code": finding.code,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "property": finding.property,
        "value": finding.value,
        "row": finding.row,
        "field": finding.field,
        "message": finding.message,
        "advice": finding.advice,
        "source": finding.source,
    }


def _stored(row: AnyRow) -> StoredFinding:
    # The row begins with the fields of a finding; a row's `_mapping` would be much slower.
    values = dict(zip(Finding.__struct_fields__, row, strict=False))
    values["severity"] = Severity(values["severity"])
    return StoredFinding(
        stage=row.stage,
        subject_id=row.subject_id,
        portal=row.portal,
        finding=Finding(**values),
    )
