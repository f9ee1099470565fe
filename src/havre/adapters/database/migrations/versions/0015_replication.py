"""Rules of replication, what each has put where, and transfers that broke off."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "replication_policy",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        # one of the two is this instance and null
        sa.Column("source_id", _Id, sa.ForeignKey("endpoint.id"), nullable=True),
        sa.Column("target_id", _Id, sa.ForeignKey("endpoint.id"), nullable=True),
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("replace_count", sa.Integer, nullable=False),
        # manual, scheduled, event_based
        sa.Column("trigger_kind", sa.Text, nullable=False),
        sa.Column("cron", sa.Text, nullable=False),
        # a JSON list
        sa.Column("filters", sa.Text, nullable=False),
        sa.Column("does_delete", sa.Boolean, nullable=False),
        sa.Column("does_override", sa.Boolean, nullable=False),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("speed_kib", sa.Integer, nullable=False),
        sa.Column("is_chunked", sa.Boolean, nullable=False),
        sa.Column("is_single", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        # when a run over everything was last planned
        sa.Column("whole_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("name", name="replication_policy_name"),
        sqlite_autoincrement=True,  # executions keep the number of one that is gone
    )
    # What a rule has put at the other side: a tag, or @digest for what has none.
    op.create_table(
        "replica",
        sa.Column(
            "policy_id", _Id, sa.ForeignKey("replication_policy.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("source_repository", sa.Text, primary_key=True),
        sa.Column("reference", sa.Text, primary_key=True),
        sa.Column("target_repository", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("copied_at", sa.BigInteger, nullable=False),
    )
    # How far a rule is with a repository: up to which version of it, and since when it lags behind.
    op.create_table(
        "replica_state",
        sa.Column(
            "policy_id", _Id, sa.ForeignKey("replication_policy.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("source_repository", sa.Text, primary_key=True),
        sa.Column("target_repository", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("wanted", sa.BigInteger, nullable=False),
        sa.Column("differing", sa.BigInteger, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("compared_at", sa.BigInteger, nullable=False),
        sa.Column("behind_since", sa.BigInteger, nullable=True),
    )
    # Where a blob's transfer had come to: the other side's upload, or the number of ours.
    op.create_table(
        "transfer",
        sa.Column("endpoint_id", _Id, sa.ForeignKey("endpoint.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("direction", sa.Text, primary_key=True),
        sa.Column("repository", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.create_index("transfer_updated", "transfer", ["updated_at"])
