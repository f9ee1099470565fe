"""Executions, logs, queues, worker pools and cron schedules around the jobs of 0001."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# SQLite counts ids up only for INTEGER PRIMARY KEY; PostgreSQL gets 64 bits.
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables and let jobs belong to executions."""
    _create_executions()
    _extend_jobs()
    _create_logs()
    _create_queues_and_pools()
    _create_schedules()


def _moment(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _create_executions() -> None:
    op.create_table(
        "execution",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("vendor_type", sa.Text, nullable=False),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        # MANUAL, SCHEDULE, EVENT
        sa.Column("cause", sa.Text, nullable=False),
        # running, succeeded, failed, stopped
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.Column("extra", sa.Text, nullable=False, server_default="{}"),
        _moment("started_at"),
        _moment("updated_at"),
        _moment("finished_at", nullable=True),
        sqlite_autoincrement=True,  # the number of one that is forgotten is never given again
    )
    op.create_index("execution_vendor", "execution", ["vendor_type", "vendor_id", "id"])
    op.create_index("execution_finished", "execution", ["finished_at", "id"])


def _extend_jobs() -> None:
    # As text: Alembic would add the foreign key by ALTER, which SQLite does not know.
    op.execute("ALTER TABLE job ADD COLUMN execution_id BIGINT REFERENCES execution (id) ON DELETE CASCADE")
    op.add_column("job", sa.Column("priority", sa.Integer, nullable=False, server_default="0"))
    op.add_column("job", sa.Column("extra", sa.Text, nullable=False, server_default="{}"))
    op.add_column("job", sa.Column("pool_id", sa.Text, nullable=True))
    op.add_column("job", sa.Column("must_stop", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("job", sa.Column("progress", sa.Text, nullable=False, server_default=""))
    op.add_column("job", _moment("progress_at", nullable=True))
    op.add_column("job", sa.Column("log_bytes", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("job", _moment("started_at", nullable=True))
    op.add_column("job", sa.Column("updated_at", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE job SET updated_at = created_at")
    op.drop_index("job_due", "job")
    op.create_index("job_turn", "job", ["kind", "state", sa.text("priority DESC"), "run_after", "id"])
    op.create_index("job_execution", "job", ["execution_id", "id"])
    op.create_index("job_unfinished", "job", ["execution_id", "state"])
    op.create_index("job_finished", "job", ["finished_at", "id"])


def _create_logs() -> None:
    op.create_table(
        "job_log",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.BigInteger, sa.ForeignKey("job.id", ondelete="CASCADE"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("job_log_job", "job_log", ["job_id", "id"])


def _create_queues_and_pools() -> None:
    op.create_table(
        "job_queue",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("is_paused", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "worker_pool",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("workers", sa.Integer, nullable=False),
        _moment("started_at"),
        _moment("heartbeat_at"),
    )


def _create_schedules() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("vendor_type", sa.Text, nullable=False),
        sa.Column("vendor_id", sa.BigInteger, nullable=False),
        # Hourly, Daily, Weekly, Custom
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("cron", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        _moment("next_run_at"),
        _moment("created_at"),
        _moment("updated_at"),
        sa.UniqueConstraint("vendor_type", "vendor_id", name="schedule_vendor"),
        sqlite_autoincrement=True,
    )
    op.create_index("schedule_due", "schedule", ["next_run_at", "id"])
