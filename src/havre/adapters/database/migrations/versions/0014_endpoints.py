"""Other registries that replication and pull-through may use."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "endpoint",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("credential_kind", sa.Text, nullable=False),
        sa.Column("access_key", sa.Text, nullable=False),
        # wrapped by the master key; null without one
        sa.Column("secret", sa.LargeBinary, nullable=True),
        sa.Column("is_insecure", sa.Boolean, nullable=False),
        sa.Column("ca_pem", sa.Text, nullable=False),
        # rises with each change, so that a client that was opened notices
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("is_healthy", sa.Boolean, nullable=False),
        # what the last look said when it failed; empty otherwise
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("checked_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("name", name="endpoint_name"),
        sqlite_autoincrement=True,  # executions keep the number of one that is gone
    )
