"""Projects that stand in front of another registry."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the column; null for every other project."""
    op.execute("ALTER TABLE project ADD COLUMN registry_id BIGINT REFERENCES endpoint (id)")
    op.execute("CREATE INDEX project_registry ON project (registry_id) WHERE registry_id IS NOT NULL")
