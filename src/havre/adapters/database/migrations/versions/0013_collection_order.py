"""The queues of the collector and of the sweep in the order in which they are read.

With less in the index each batch would sort the whole queue.
"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Put the whole order into the indexes."""
    op.drop_index("gc_queue_due", "gc_queue")
    op.create_index("gc_queue_due", "gc_queue", ["kind", "review_after", "repo_id", "digest"])
    op.drop_index("trash_due", "trash")
    op.create_index("trash_due", "trash", ["delete_after", "key"])
