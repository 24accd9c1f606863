"""Narrow reads over the whole store: what decides whether a page must be made anew.

All of it is a few numbers and hashes per dataset; the documents themselves are read only for
pages that have changed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any

import msgspec
from sqlalchemy import func, select

from datenernte_dcat.findings import Severity
from datenernte_dcat.store import schema
from datenernte_dcat.store.rows import Artefact, RecordStatus
from datenernte_dcat.store.store import Store

_record = schema.record
_finding = schema.finding
_set = schema.finding_set
_score = schema.score
_artefact = schema.artefact

_AT_ONCE = 500
"""Values in one statement."""


@dataclass(frozen=True, slots=True)
class FindingTotals:
    """How many findings a subject has, and a hash of all of them."""

    errors: int
    warnings: int
    infos: int
    digest: int
    """64 bits of a hash of all its findings."""


NO_FINDINGS = FindingTotals(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class CodeTotals:
    """How often one code stands in one municipality."""

    municipality: str | None
    code: str
    severity: Severity
    count: int
    affected: int
    """Number of datasets."""


def finding_totals(store: Store) -> dict[str, FindingTotals]:
    """The totals of every subject that has findings, by subject id."""
    totals: dict[str, FindingTotals] = {}
    statement = select(
        _set.c.subject_id, _set.c.stage, _set.c.hash, _set.c.errors, _set.c.warnings, _set.c.infos
    ).order_by(_set.c.subject_id, _set.c.stage)
    with store.reading() as connection:
        for row in connection.execute(statement.execution_options(yield_per=5000)):
            before = totals.get(row.subject_id, NO_FINDINGS)
            totals[row.subject_id] = FindingTotals(
                before.errors + row.errors,
                before.warnings + row.warnings,
                before.infos + row.infos,
                _short(f"{before.digest} {row.stage} {row.hash}"),
            )
    return totals


def code_totals(store: Store) -> list[CodeTotals]:
    """How often each code stands at the published datasets of each municipality."""
    statement = (
        select(
            _record.c.municipality,
            _finding.c.code,
            _finding.c.severity,
            func.count(),
            func.count(_finding.c.subject_id.distinct()),
        )
        .join_from(_finding, _record, _record.c.id == _finding.c.subject_id)
        .where(
            _record.c.status == RecordStatus.PRESENT.value,
            _record.c.duplicate_of.is_(None),
        )
        .group_by(_record.c.municipality, _finding.c.code, _finding.c.severity)
        .order_by(_record.c.municipality, _finding.c.code, _finding.c.severity)
    )
    with store.reading() as connection:
        return [
            CodeTotals(municipality, code, Severity(severity), count, affected)
            for municipality, code, severity, count, affected in connection.execute(statement)
        ]


def dataset_scores(
    store: Store, method: str, kind: str = "dataset"
) -> dict[str, tuple[float, int]]:
    """Total in points and 64 bits of the hash of every dataset's score, by record id."""
    statement = select(_score.c.subject, _score.c.total, _score.c.hash).where(
        _score.c.kind == kind, _score.c.method == method
    )
    with store.reading() as connection:
        return {
            row.subject: (row.total, _short(row.hash))
            for row in connection.execute(statement.execution_options(yield_per=5000))
        }


def _short(text: str) -> int:
    """64 bits of a hash of the text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def score_hashes(store: Store, ids: Sequence[str], method: str) -> list[tuple[str, str]]:
    """Record id and hash of the scores of some datasets, by id."""
    statement = select(_score.c.subject, _score.c.hash).where(
        _score.c.kind == "dataset", _score.c.method == method
    )
    found: list[tuple[str, str]] = []
    for start in range(0, len(ids), _IDS_AT_ONCE):
        chunk = statement.where(_score.c.subject.in_(ids[start : start + _IDS_AT_ONCE]))
        with store.reading() as connection:
            found += [(row.subject, row.hash) for row in connection.execute(chunk)]
    return sorted(found)


_IDS_AT_ONCE = 500
"""Values that one statement may name; SQLite allows 999 in old builds."""


def scores_of(store: Store, ids: Sequence[str], method: str) -> dict[str, Mapping[str, Any]]:
    """The documents of some datasets' scores, by record id; unscored ones are missing.

    Args:
        ids: some hundred at most: they go into one statement.
    """
    statement = select(_score.c.subject, _score.c.document).where(
        _score.c.kind == "dataset", _score.c.method == method, _score.c.subject.in_(ids)
    )
    with store.reading() as connection:
        return {
            row.subject: msgspec.json.decode(row.document) for row in connection.execute(statement)
        }


def artefacts_outside(store: Store, prefix: str) -> dict[str, Artefact]:
    """The artefacts of the last build whose path does not begin so, by path."""
    statement = select(_artefact).where(~_artefact.c.path.startswith(prefix, autoescape=True))
    with store.reading() as connection:
        return {row.path: Artefact(**row._mapping) for row in connection.execute(statement)}


def artefacts_at(store: Store, paths: Sequence[str]) -> dict[str, Artefact]:
    """The artefacts of the last build at these paths, where there are any."""
    found: dict[str, Artefact] = {}
    for start in range(0, len(paths), _AT_ONCE):
        statement = select(_artefact).where(_artefact.c.path.in_(paths[start : start + _AT_ONCE]))
        with store.reading() as connection:
            for row in connection.execute(statement):
                found[row.path] = Artefact(**row._mapping)
    return found


def large_documents(store: Store, characters: int) -> dict[str, int]:
    """Size of both views as JSON, in characters, of the published datasets that are larger."""
    statement = select(_record.c.id, _record.c.document_size).where(
        _record.c.status == RecordStatus.PRESENT.value,
        _record.c.duplicate_of.is_(None),
        _record.c.document_size > characters,
    )
    with store.reading() as connection:
        return {
            row.id: row.document_size
            for row in connection.execute(statement.execution_options(yield_per=5000))
        }


def link_outcomes(store: Store) -> dict[int, str]:
    """What each checked link came to, by `short_key` of its URL."""
    statement = select(schema.link.c.key, schema.link.c.outcome)
    with store.reading() as connection:
        return {
            int(row.key[:16], 16): intern(row.outcome)
            for row in connection.execute(statement.execution_options(yield_per=5000))
        }


def short_key(url: str) -> int:
    """64 bits of the key under which the store has a URL."""
    return int(schema.url_key(url)[:16], 16)


def links_digest(store: Store) -> str:
    """Hash of what every checked link came to."""
    statement = select(schema.link.c.key, schema.link.c.outcome).order_by(schema.link.c.key)
    digest = hashlib.sha256()
    with store.reading() as connection:
        for row in connection.execute(statement.execution_options(yield_per=5000)):
            digest.update(f"{row.key} {row.outcome}\n".encode())
    return digest.hexdigest()
