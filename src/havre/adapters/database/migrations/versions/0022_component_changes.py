"""Components whose findings changed and whose images do not show it yet: what a crash must not lose."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "component_change",
        sa.Column("component_id", _Id, sa.ForeignKey("component.id", ondelete="CASCADE"), primary_key=True),
        # JSON list of the vulnerabilities that it did not have before
        sa.Column("news", sa.Text, nullable=False),
    )
