"""Indexes for lists of repositories by their last change; one that nobody pushed to is in no list."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the indexes."""
    is_listed = sa.text("first_pushed_at IS NOT NULL")
    for name, columns in (
        # project_id at the end: what somebody may see is told inside the index
        ("repository_updated", ["updated_at", "id", "project_id"]),
        ("repository_of_project", ["project_id", "updated_at", "id"]),
    ):
        op.create_index(name, "repository", columns, sqlite_where=is_listed, postgresql_where=is_listed)
