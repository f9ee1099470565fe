"""Files of what was found, as people have them written: in pieces, for some hours."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "export_piece",
        # the execution that wrote it
        sa.Column("execution_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        # packed CSV
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("written_at", sa.BigInteger, nullable=False),
    )
    op.create_index("export_piece_written_at", "export_piece", ["written_at"])
