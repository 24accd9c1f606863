"""What the store takes and gives: plain values, no SQL."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from datenernte_dcat.findings import Finding, Stage
from datenernte_dcat.records import Dataset


class PortalState(StrEnum):
    """Outcome of one portal's part of a run."""

    OK = "ok"
    PARTIAL = "partial"
    """Something arrived, not everything; nothing was withdrawn."""
    HELD = "held"
    """Everything was read, but so much is missing that the deletion guard kept it all."""
    FAILED = "failed"
    SKIPPED = "skipped"


class RecordStatus(StrEnum):
    """Whether a record is published."""

    PRESENT = "present"
    WITHDRAWN = "withdrawn"
    """Gone from the portal; a tombstone for 30 days."""


class Portal(msgspec.Struct, frozen=True, kw_only=True):
    """A portal as the last run knew it."""

    name: str
    title: str
    source_type: str
    url: str
    municipality: str | None = None
    """Key as in `site/municipalities/<key>`: AGS 8 digits, district 5, Land 2."""
    retired: bool = False


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One pass over all portals."""

    id: int
    command: str
    as_of: date
    started: datetime
    finished: datetime | None = None
    status: str | None = None
    """ok, partial or failed; None while it runs or when it was killed."""
    exit_code: int | None = None
    document: Mapping[str, Any] | None = None
    """The JSON of the run (design of `run.json`)."""


class PortalRun(msgspec.Struct, frozen=True, kw_only=True):
    """One portal's part of a run. Counters count datasets unless they say otherwise."""

    run: int
    portal: str
    state: PortalState
    reason: str | None = None
    """Finding code that says why the state is not ok."""
    detail: str = ""
    """German sentence with the particulars of the reason."""
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    held: int = 0
    failed: int = 0
    duplicates: int = 0
    requests: int = 0
    not_modified: int = 0
    announced: int | None = None
    """Number of datasets the portal said it has; None where it does not say."""
    seconds: float = 0.0


class StoredRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One dataset of one portal, with both views."""

    id: str
    """uuid5 of portal name and source identifier (`identity.record_id`)."""
    portal: str
    source_identifier: str
    iri: str
    """Published IRI (`identity.published_iri`)."""
    status: RecordStatus = RecordStatus.PRESENT
    municipality: str | None = None
    """Key of the municipality it counts for; None where it could not be resolved."""
    as_published: Dataset
    normalised: Dataset
    kept: tuple[str, ...] = ()
    """Kept triples after normalising, N-Triples lines."""
    kept_as_published: tuple[str, ...] = ()
    """Kept triples as published, N-Triples lines."""
    source_url: str = ""
    content_hash: str
    """SHA-256 hex of as_published and kept_as_published: changes when the source changes."""
    feed_hash: str
    """SHA-256 hex of everything that the feed is made from (iri, municipality, normalised, kept):
    also changes when our mapping, vocabularies or settings change."""
    first_seen: datetime
    changed_at: datetime
    """When feed_hash last changed, UTC."""
    withdrawn_at: datetime | None = None
    duplicate_of: str | None = None
    """Id of the record that is published in its place: the same dataset through another portal.
    The store sets it (`replace_duplicates`); `put_records` never changes it."""


class RecordHead(msgspec.Struct, frozen=True, kw_only=True):
    """A stored record without its two views: what listings and fingerprints need."""

    id: str
    portal: str
    source_identifier: str
    iri: str
    status: RecordStatus
    municipality: str | None
    content_hash: str
    feed_hash: str
    first_seen: datetime
    changed_at: datetime
    withdrawn_at: datetime | None
    duplicate_of: str | None
    distributions: int
    """Number of distributions in the normalised view."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much is published."""

    datasets: int = 0
    distributions: int = 0


class KnownRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the harvest needs to know of a record it may meet again."""

    id: str
    source_identifier: str
    content_hash: str
    feed_hash: str
    status: RecordStatus
    iri: str = ""
    """The IRI it is published under; a record keeps it for life."""
    first_seen: datetime | None = None
    """When it was first harvested, UTC."""


class PurgedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What stays of a record after its tombstone: its IRI is never given to anything else."""

    id: str
    portal: str
    source_identifier: str
    iri: str
    first_seen: datetime
    withdrawn_at: datetime


class StoredFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding and where it belongs."""

    stage: Stage
    subject_id: str
    """Record id, or `portal:<name>` for what concerns a portal as a whole."""
    portal: str
    finding: Finding


class LinkResult(msgspec.Struct, frozen=True, kw_only=True):
    """One observation of one URL."""

    url: str
    checked_at: datetime
    head_status: int | None = None
    """Final status of the HEAD request after redirects: what MQA-405 reads. 1100 = connection
    error, 1300 = invalid URL, None = not asked."""
    status: int | None = None
    """Final status of the judging request: the GET's, or the HEAD's where no GET was answered."""
    outcome: str
    """ok; broken (the server says so, or redirects without end); blocked (robots, 401, 403, 407,
    429, 451, 503: cannot be judged); forbidden (refused by the guard, or no web address); timeout;
    error (no answer: name, connection, TLS)."""
    code: str | None = None
    """Finding code of an outcome that is not ok."""
    final_url: str | None = None
    """Where the last redirect led; the URL itself without redirects; None without an answer."""
    hops: tuple[str, ...] = ()
    """Targets of the redirects that were followed, in order."""
    content_type: str | None = None
    """Media type of the answer without parameters; text/html where the body is an HTML page,
    whatever the header says."""
    content_length: int | None = None
    """Size of the file in bytes, as the server states it."""
    detail: str = ""
    """German words for the finding: what was answered."""
    page: str | None = None
    """What an HTML page is: login, error (its title says so), small (a sentence at most); None for
    any other page and for what is none."""
    last_ok: datetime | None = None
    """Where the newest answer proves nothing (blocked): when the link last worked."""
    unconfirmed: "LinkResult | None" = None
    """A failure of a link that worked before, as long as no second, later one confirms it; until
    then the fields above are what counts."""
    flaps: tuple[datetime, ...] = ()
    """Failures of the last 30 days that the next observation did not confirm, oldest first."""


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of one table file under one schema; keyed by both hashes."""

    content_hash: str
    """SHA-256 hex of the bytes."""
    schema_hash: str
    """SHA-256 hex of schema and checking options; equal keys mean equal reports."""
    report: Mapping[str, Any]
    """The JSON of a table check (without target and findings' subject)."""


class FileState(msgspec.Struct, frozen=True, kw_only=True):
    """What was last fetched from a download URL."""

    url: str
    content_hash: str | None
    size: int | None
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: datetime
    schema_hash: str | None = None
    """Schema its report was made with; None where no report was made."""
    problem: str | None = None
    """Finding code that says why it could not be fetched; None where it could."""
    problem_detail: str = ""


class CachedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A portal's answer kept for conditional requests."""

    portal: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    stored_at: datetime


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Score of a dataset or a municipality under one method."""

    subject: str
    """Record id for datasets, municipality key for municipalities, »catalog« for all."""
    kind: str
    """dataset, municipality, portal or catalog."""
    method: str
    """Id of method and rule set, e.g. »mqa-405/piveau-2026«; the EU feed's own has »+eu-feed«."""
    total: float
    document: Mapping[str, Any]
    """All metrics and dimensions, and what they were computed from."""


class ScorePoint(msgspec.Struct, frozen=True, kw_only=True):
    """The score of a municipality, a portal or the catalogue in one run."""

    run: int
    as_of: date
    total: float


class Artefact(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the published site and what it was made from."""

    path: str
    """Relative to the site, with slashes."""
    input_hash: str
    """Equal input hash means equal bytes."""
    sha256: str
    size: int
