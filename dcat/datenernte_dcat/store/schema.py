"""The tables of the store, as SQLAlchemy sees them; `migrations/` creates them.

Narrow and wide data stand apart: `record` has what is scanned over the whole catalogue (hashes,
states), `record_document` the two views of a few kB each. Texts from outside are `SafeText`, keys
sort by code point in every database, times are aware UTC values. URLs are keyed by a digest, since
PostgreSQL cannot index values of more than 2 704 bytes and real URLs are longer. `document` is
always the JSON of the whole value of `rows.py`, so that a new field there needs no migration;
columns beside it are what SQL looks for.
"""

import hashlib
import re
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

VERSION_TABLE = "datenernte_version"
"""Where alembic notes the revision; its default name may be taken in a shared database."""

REVISIONS = ("0001", "0002")
"""Every revision in `migrations/versions`, oldest first; the last one is what this program needs.
Stands here too so that opening a current store does not import alembic."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with NUL and lone surrogates as U+FFFD: no database and no UTF-8 has them."""
    if text.isascii() and "\0" not in text:  # nearly all texts, and much cheaper to see
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def url_key(url: str) -> str:
    """The key of a URL in the tables: 40 hex digits of its SHA-256."""
    return hashlib.sha256(storable(url).encode()).hexdigest()[:40]


class Utc(TypeDecorator[datetime]):
    """An aware datetime in UTC; ISO 8601 text of fixed width in SQLite, so that text sorts."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[str]:
        """Text in SQLite, `timestamptz` elsewhere."""
        return String(32) if dialect.name == "sqlite" else DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """The value in UTC.

        Raises:
            ValueError: the value has no time zone, which is a bug of the caller.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without zone: {value!r}")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds") if dialect.name == "sqlite" else value

    def process_result_value(
        self, value: datetime | str | None, dialect: Dialect
    ) -> datetime | None:
        """The value in UTC."""
        if isinstance(value, str):
            return datetime.fromisoformat(value).astimezone(UTC)
        return None if value is None else value.astimezone(UTC)


class SafeText(TypeDecorator[str]):
    """Text from outside, made storable on the way in and when it is compared with."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Text that sorts by code point: the order of feeds does not depend on a locale."""
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The value without what no database stores."""
        return None if value is None else storable(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """The value as it is stored."""
        return value


KEY = Text().with_variant(Text(collation="C"), "postgresql")
"""Ids, hashes and codes that we make ourselves."""

metadata = MetaData()

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("command", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("started", Utc, nullable=False),
    Column("finished", Utc),
    Column("status", Text),
    Column("exit_code", Integer),
    Column("document", Text),
    sqlite_autoincrement=True,  # an id is never given twice, even after old runs are deleted
)

portal = Table(
    "portal",
    metadata,
    Column("name", KEY, primary_key=True),
    Column("document", Text, nullable=False),
)

portal_run = Table(
    "portal_run",
    metadata,
    Column("run", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("portal", KEY, primary_key=True),
    Column("state", Text, nullable=False),
    Column("document", Text, nullable=False),
    Index("portal_run_by_portal", "portal", "run"),
)

record = Table(
    "record",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("portal", KEY, nullable=False),
    Column("source_identifier", SafeText, nullable=False),
    Column("iri", SafeText, nullable=False),
    Column("source_iri", SafeText),
    Column("status", Text, nullable=False),
    Column("municipality", KEY),
    Column("source_url", SafeText, nullable=False),
    Column("content_hash", KEY, nullable=False),
    Column("feed_hash", KEY, nullable=False),
    Column("first_seen", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("withdrawn_at", Utc),
    Column("modified", SafeText),
    Column("duplicate_of", KEY),
    Column("distributions", Integer, nullable=False),
    Column("document_size", Integer, nullable=False),
    Column("seen_run", Integer, nullable=False),
    Index("record_by_iri", "iri", "id"),
    Index("record_by_portal", "portal", "iri", "id"),
    Index("record_by_municipality", "municipality", "iri", "id"),
)

record_document = Table(
    "record_document",
    metadata,
    Column("record", KEY, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True),
    Column("as_published", Text, nullable=False),
    Column("normalised", Text, nullable=False),
    Column("kept", Text, nullable=False),
    Column("kept_as_published", Text, nullable=False),
)

record_key = Table(
    "record_key",
    metadata,
    Column("record", KEY, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", KEY, primary_key=True),
    Column("key", SafeText, nullable=False),
    Index("record_key_by_digest", "digest"),
)

purged_record = Table(
    "purged_record",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("portal", KEY, nullable=False),
    Column("source_identifier", SafeText, nullable=False),
    Column("iri", SafeText, nullable=False),
    Column("first_seen", Utc, nullable=False),
    Column("withdrawn_at", Utc, nullable=False),
)

shared_iri = Table(
    "shared_iri",
    metadata,
    Column("source_iri", SafeText, primary_key=True),
    Column("iri", SafeText, nullable=False),
)

finding_set = Table(
    "finding_set",
    metadata,
    Column("subject_id", KEY, primary_key=True),
    Column("stage", KEY, primary_key=True),
    Column("portal", KEY, nullable=False),
    Column("hash", KEY, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("warnings", Integer, nullable=False),
    Column("infos", Integer, nullable=False),
    Index("finding_set_by_portal", "portal"),
)

finding = Table(
    "finding",
    metadata,
    Column("subject_id", KEY, primary_key=True),
    Column("stage", KEY, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("portal", KEY, nullable=False),
    Column("code", KEY, nullable=False),
    Column("severity", Text, nullable=False),
    Column("subject", SafeText),
    Column("property", SafeText),
    Column("value", SafeText),
    Column("row", BigInteger),
    Column("field", BigInteger),
    Column("message", SafeText, nullable=False),
    Column("advice", SafeText, nullable=False),
    Column("source", SafeText),
    Index("finding_by_portal", "portal", "code"),
    Index("finding_by_code", "code"),
)

link = Table(
    "link",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("head_status", Integer),
    Column("status", Integer),
    Column("outcome", Text, nullable=False),
    Column("hash", KEY, nullable=False),
    Column("document", Text, nullable=False),
)

link_history = Table(
    "link_history",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("checked_at", Utc, primary_key=True),
    Column("head_status", Integer),
    Column("status", Integer),
    Column("outcome", Text, nullable=False),
)

file_state = Table(
    "file_state",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("content_hash", KEY),
    Column("schema_hash", KEY),
    Column("hash", KEY, nullable=False),
    Column("document", Text, nullable=False),
    Index("file_state_by_content", "content_hash", "schema_hash"),
)

file_report = Table(
    "file_report",
    metadata,
    Column("content_hash", KEY, primary_key=True),
    Column("schema_hash", KEY, primary_key=True),
    Column("report", Text, nullable=False),
)

shape_report = Table(
    "shape_report",
    metadata,
    Column("graph_hash", KEY, primary_key=True),
    Column("profile_hash", KEY, primary_key=True),
    Column("report", Text, nullable=False),
)

response = Table(
    "response",
    metadata,
    Column("portal", KEY, primary_key=True),
    Column("key", KEY, primary_key=True),
    Column("url", SafeText, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("stored_at", Utc, nullable=False),
)

crawl_memo = Table(
    "crawl_memo",
    metadata,
    Column("portal", KEY, primary_key=True),
    Column("document", LargeBinary, nullable=False),
)

score = Table(
    "score",
    metadata,
    Column("subject", KEY, primary_key=True),
    Column("kind", KEY, primary_key=True),
    Column("method", KEY, primary_key=True),
    Column("total", Double, nullable=False),
    Column("document", Text, nullable=False),
    Column("hash", KEY, nullable=False),
    Index("score_by_kind", "kind", "method", "subject"),
)

score_history = Table(
    "score_history",
    metadata,
    Column("subject", KEY, primary_key=True),
    Column("kind", KEY, primary_key=True),
    Column("method", KEY, primary_key=True),
    Column("run", Integer, primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("total", Double, nullable=False),
)

artefact = Table(
    "artefact",
    metadata,
    Column("path", SafeText, primary_key=True),
    Column("input_hash", KEY, nullable=False),
    Column("sha256", KEY, nullable=False),
    Column("size", BigInteger, nullable=False),
)

page_place = Table(
    "page_place",
    metadata,
    Column("feed", KEY, primary_key=True),
    Column("record", KEY, primary_key=True),
    Column("page", Integer, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("value", Text, nullable=False),
)
