"""By which id other Havres know themselves, and what came from them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the columns; who was configured before is asked at the next look."""
    # empty for what is no Havre
    op.add_column("endpoint", sa.Column("peer", sa.Text, nullable=False, server_default=""))
    # it came from there to here, and not the other way
    op.add_column("replica", sa.Column("is_theirs", sa.Boolean, nullable=False, server_default=sa.false()))
