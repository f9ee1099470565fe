"""Rules that keep the tags of projects as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "immutable_rule",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
        sa.Column("is_disabled", sa.Boolean, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        # JSON lists of selectors
        sa.Column("tag_selectors", sa.Text, nullable=False),
        sa.Column("repository_selectors", sa.Text, nullable=False),
        # SHA-256 of what the rule selects: the lists are too long for an index
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("immutable_rule_once", "immutable_rule", ["project_id", "fingerprint"], unique=True)
