"""What images hold and what is dangerous of it: layers read once, components matched, not images."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BODY = "manifest_body.digest"


def upgrade() -> None:
    """Make the tables."""
    _make_inventory()
    _make_findings()
    op.create_table(
        "image_scan",
        sa.Column("digest", sa.Text, sa.ForeignKey(_BODY, ondelete="CASCADE"), primary_key=True),
        sa.Column("report_id", sa.Text, nullable=False, unique=True),
        # pending, running, success, error, stopped
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("execution_id", sa.BigInteger, nullable=False),
        sa.Column("job_id", sa.BigInteger, nullable=False),
        # JSON lists: how far the report can be trusted, and what could not be read
        sa.Column("states", sa.Text, nullable=False),
        sa.Column("faults", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        # the version of the advisories that it was held against
        sa.Column("advisories", sa.Text, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        # how many of each were found, for sums over all
        *(
            sa.Column(name, sa.Integer, nullable=False, server_default="0")
            for name in ("critical", "high", "medium", "low", "unknown", "fixable")
        ),
    )
    op.create_index("image_scan_worst", "image_scan", ["critical", "high", "medium"])


def _make_inventory() -> None:
    # What a layer says, packed JSON; by its digest, for a layer never changes.
    op.create_table(
        "layer_record",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("analyser", sa.Integer, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("read_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "component",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        # a hash of all that makes it another one
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("source_name", sa.Text, nullable=False),
        sa.Column("source_version", sa.Text, nullable=False),
        # under what advisories are asked about it; empty when there are none for it
        sa.Column("ecosystem", sa.Text, nullable=False),
        sa.Column("asked_name", sa.Text, nullable=False),
        sa.Column("asked_version", sa.Text, nullable=False),
    )
    op.create_table(
        "image_component",
        sa.Column("digest", sa.Text, sa.ForeignKey(_BODY, ondelete="CASCADE"), primary_key=True),
        sa.Column("component_id", _Id, sa.ForeignKey("component.id", ondelete="CASCADE"), primary_key=True),
        # JSON list of the files that tell of it
        sa.Column("paths", sa.Text, nullable=False),
    )
    op.create_index("image_component_of", "image_component", ["component_id"])


def _make_findings() -> None:
    op.create_table(
        "vulnerability",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        # JSON lists
        sa.Column("links", sa.Text, nullable=False),
        sa.Column("vectors", sa.Text, nullable=False),
        sa.Column("cwes", sa.Text, nullable=False),
        sa.Column("score", sa.Float, nullable=True),
        # empty unless it is known to be exploited
        sa.Column("kev_date", sa.Text, nullable=False),
        sa.Column("epss", sa.Float, nullable=True),
    )
    op.create_table(
        "finding",
        sa.Column("component_id", _Id, sa.ForeignKey("component.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("vulnerability", sa.Text, primary_key=True),
        sa.Column("severity", sa.Integer, nullable=False),
        sa.Column("fixed", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("advisory", sa.Text, nullable=False),
    )
    op.create_index("finding_of", "finding", ["vulnerability", "component_id"])
