"""Everything, as the first release has it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    """Creates all tables."""
    op.create_table(
        "artefact",
        sa.Column("path", TEXT, nullable=False),
        sa.Column("input_hash", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("path"),
    )
    op.create_table(
        "file_report",
        sa.Column("content_hash", TEXT, nullable=False),
        sa.Column("schema_hash", TEXT, nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", "schema_hash"),
    )
    op.create_table(
        "file_state",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("content_hash", TEXT, nullable=True),
        sa.Column("schema_hash", TEXT, nullable=True),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("file_state_by_content", "file_state", ["content_hash", "schema_hash"])
    op.create_table(
        "finding",
        sa.Column("subject_id", TEXT, nullable=False),
        sa.Column("stage", TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("portal", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("subject", TEXT, nullable=True),
        sa.Column("property", TEXT, nullable=True),
        sa.Column("value", TEXT, nullable=True),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("field", sa.BigInteger(), nullable=True),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("advice", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("subject_id", "stage", "position"),
    )
    op.create_index("finding_by_code", "finding", ["code"])
    op.create_index("finding_by_portal", "finding", ["portal", "code"])
    op.create_table(
        "finding_set",
        sa.Column("subject_id", TEXT, nullable=False),
        sa.Column("stage", TEXT, nullable=False),
        sa.Column("portal", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("infos", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "stage"),
    )
    op.create_index("finding_set_by_portal", "finding_set", ["portal"])
    op.create_table(
        "link",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("head_status", sa.Integer(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "link_history",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("checked_at", TIME, nullable=False),
        sa.Column("head_status", sa.Integer(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "checked_at"),
    )
    op.create_table(
        "page_place",
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("record", TEXT, nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "record"),
    )
    op.create_table(
        "portal",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "purged_record",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("portal", TEXT, nullable=False),
        sa.Column("source_identifier", TEXT, nullable=False),
        sa.Column("iri", TEXT, nullable=False),
        sa.Column("first_seen", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "record",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("portal", TEXT, nullable=False),
        sa.Column("source_identifier", TEXT, nullable=False),
        sa.Column("iri", TEXT, nullable=False),
        sa.Column("source_iri", TEXT, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("municipality", TEXT, nullable=True),
        sa.Column("source_url", TEXT, nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.Column("feed_hash", TEXT, nullable=False),
        sa.Column("first_seen", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME, nullable=True),
        sa.Column("modified", TEXT, nullable=True),
        sa.Column("duplicate_of", TEXT, nullable=True),
        sa.Column("distributions", sa.Integer(), nullable=False),
        sa.Column("document_size", sa.Integer(), nullable=False),
        sa.Column("seen_run", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("record_by_iri", "record", ["iri", "id"])
    op.create_index("record_by_municipality", "record", ["municipality", "iri", "id"])
    op.create_index("record_by_portal", "record", ["portal", "iri", "id"])
    op.create_table(
        "response",
        sa.Column("portal", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("portal", "key"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started", TIME, nullable=False),
        sa.Column("finished", TIME, nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "score",
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("method", TEXT, nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind", "method"),
    )
    op.create_index("score_by_kind", "score", ["kind", "method", "subject"])
    op.create_table(
        "score_history",
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("method", TEXT, nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind", "method", "run"),
    )
    op.create_table(
        "setting",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "shape_report",
        sa.Column("graph_hash", TEXT, nullable=False),
        sa.Column("profile_hash", TEXT, nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("graph_hash", "profile_hash"),
    )
    op.create_table(
        "shared_iri",
        sa.Column("source_iri", TEXT, nullable=False),
        sa.Column("iri", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source_iri"),
    )
    op.create_table(
        "portal_run",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("portal", TEXT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "portal"),
    )
    op.create_index("portal_run_by_portal", "portal_run", ["portal", "run"])
    op.create_table(
        "record_document",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("as_published", sa.Text(), nullable=False),
        sa.Column("normalised", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("kept_as_published", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record"], ["record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record"),
    )
