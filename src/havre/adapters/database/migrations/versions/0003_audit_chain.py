"""The audit journal's chain of seals, its keys, how far it was forwarded, and indexes for its searches."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables, and order the journal by time everywhere."""
    op.create_table(
        "audit_key",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "audit_seal",
        # given by the chain itself: a gap is a seal that is missing
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        # rows or purge
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("first_id", sa.BigInteger, nullable=False),
        sa.Column("last_id", sa.BigInteger, nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("sealed_at", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=False),
        # 32 bytes a row; NULL once every row is purged
        sa.Column("entries", sa.LargeBinary, nullable=True),
    )
    op.create_index("audit_seal_kind", "audit_seal", ["kind", "id"])
    op.create_table(
        "audit_cursor",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("last_id", sa.BigInteger, nullable=False),
        sa.Column("lease_owner", sa.Text, nullable=True),
        sa.Column("lease_until", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.drop_index("event_project", "event")
    op.create_index("event_project", "event", ["project_id", "at", "id"])
    # resource_type at the end: a search for both stays inside the index
    op.create_index("event_operation", "event", ["operation", "at", "id", "resource_type"])
    op.create_index("event_actor", "event", ["actor", "at", "id"])
