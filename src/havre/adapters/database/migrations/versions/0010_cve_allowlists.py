"""Allowlists of CVEs: one of the instance, and one of each project that set its own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table; the instance's row is there from the start."""
    op.create_table(
        "cve_allowlist",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        # NULL: the instance's
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=True),
        # a JSON list of texts
        sa.Column("cves", sa.Text, nullable=False),
        # seconds since the epoch; NULL: never
        sa.Column("expires_at_s", sa.BigInteger, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("cve_allowlist_project", "cve_allowlist", ["project_id"], unique=True)
    op.execute("INSERT INTO cve_allowlist (cves, created_at, updated_at) VALUES ('[]', 0, 0)")
