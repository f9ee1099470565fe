"""Retention policies: one for a project."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "retention_policy",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
        # a JSON list of rules
        sa.Column("rules", sa.Text, nullable=False),
        # six fields; empty for a policy without a schedule
        sa.Column("cron", sa.Text, nullable=False),
        sa.Column("is_per_tag", sa.Boolean, nullable=False),
        # rises with each change, so that a run under way notices
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("project_id", name="retention_policy_once"),
        sqlite_autoincrement=True,  # executions keep the number of one that is gone
    )
