"""Quotas: one row per project with its limit. What is used is counted, not kept (docs/adr/0008-quotas.md)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table, and move there what was kept among the metadata."""
    op.create_table(
        "project_quota",
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), primary_key=True),
        # -1: no limit
        sa.Column("limit_bytes", sa.BigInteger, nullable=False),
        # what was told last: 0 nothing, 1 nearly full, 2 a push was refused
        sa.Column("told", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.execute(
        """INSERT INTO project_quota (project_id, limit_bytes, created_at, updated_at)
           SELECT p.id, COALESCE((SELECT CAST(m.value AS BIGINT) FROM project_metadata m
                                  WHERE m.project_id = p.id AND m.name = 'storage_limit'), -1),
                  p.created_at, p.updated_at
           FROM project p"""
    )
    op.execute("DELETE FROM project_metadata WHERE name = 'storage_limit'")
