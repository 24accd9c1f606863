"""What a complete crawl asked and got; by what datasets of several portals are recognised."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Creates the tables."""
    op.create_table(
        "crawl_memo",
        sa.Column("portal", TEXT, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("portal"),
    )
    op.create_table(
        "record_key",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["record"], ["record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record", "digest"),
    )
    op.create_index("record_key_by_digest", "record_key", ["digest"])
