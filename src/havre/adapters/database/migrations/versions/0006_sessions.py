"""Sessions of people who signed in, and what is kept about accounts of an OIDC provider."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "session",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("account_id", _Id, sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        # the provider's own token, wrapped, to end its session with ours; NULL for passwords
        sa.Column("wrapped_id_token", sa.LargeBinary, nullable=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("session_account", "session", ["account_id"])
    op.create_index("session_seen", "session", ["seen_at"])
    op.create_table(
        "cli_secret",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column(
            "account_id", _Id, sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False, unique=True
        ),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    # Somebody the provider vouched for who still has to choose a user name.
    op.create_table(
        "pending_person",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
