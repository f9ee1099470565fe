"""Scanners that are other programmes, which of them a project uses, and what lets them pull."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables; the scanner of the instance itself has no row in them."""
    op.create_table(
        "scanner",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("uuid", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        # empty, Basic, Bearer, APIKey
        sa.Column("auth", sa.Text, nullable=False),
        # wrapped by the master key; null without one
        sa.Column("credential", sa.LargeBinary, nullable=True),
        sa.Column("is_disabled", sa.Boolean, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("is_insecure", sa.Boolean, nullable=False),
        sa.Column("uses_internal_address", sa.Boolean, nullable=False),
        # what it said of itself when it was asked last, JSON; empty when it never answered
        sa.Column("metadata", sa.Text, nullable=False),
        # what the last look said when it failed; empty otherwise
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("name", name="scanner_name"),
        sa.UniqueConstraint("url", name="scanner_url"),
    )
    op.create_table(
        "project_scanner",
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), primary_key=True),
        # the uuid of a scanner, or of the instance's own
        sa.Column("scanner", sa.Text, nullable=False),
    )
    op.create_table(
        "scanner_pass",
        # a hash: who reads the table pulls nothing
        sa.Column("hashed", sa.Text, primary_key=True),
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    # JSON of name, vendor and version where another programme scanned; empty where we did
    op.add_column("image_scan", sa.Column("scanner", sa.Text, nullable=False, server_default=""))
