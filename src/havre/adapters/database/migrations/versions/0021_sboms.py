"""How the making of each image's SBOM is."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "image_sbom",
        sa.Column(
            "digest", sa.Text, sa.ForeignKey("manifest_body.digest", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("report_id", sa.Text, nullable=False, unique=True),
        # pending, running, success, error, stopped
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("execution_id", sa.BigInteger, nullable=False),
        sa.Column("job_id", sa.BigInteger, nullable=False),
        # of the accessory; empty unless there is one
        sa.Column("sbom_digest", sa.Text, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
    )
