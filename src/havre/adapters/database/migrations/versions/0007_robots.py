"""Robots: their permissions and their secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_Name = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of robots."""
    _create_robot()
    op.create_table(
        "robot_permission",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("robot_id", _Id, sa.ForeignKey("robot.id", ondelete="CASCADE"), nullable=False),
        # system or project
        sa.Column("kind", sa.Text, nullable=False),
        # NULL: the instance, or every project
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=True),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("robot_permission_robot", "robot_permission", ["robot_id", "id"])
    op.create_index("robot_permission_project", "robot_permission", ["project_id"])
    op.create_table(
        "robot_secret",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("robot_id", _Id, sa.ForeignKey("robot.id", ondelete="CASCADE"), nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        # NULL: the newest; a moment: replaced, and good until then
        sa.Column("expires_at", sa.BigInteger, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("robot_secret_robot", "robot_secret", ["robot_id", "id"])


def _create_robot() -> None:
    op.create_table(
        "robot",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("name", _Name, nullable=False),
        # NULL: a robot of the instance
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=True),
        sa.Column("description", sa.Text, nullable=False),
        # -1: for ever
        sa.Column("duration_days", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=True),
        sa.Column("is_disabled", sa.Boolean, nullable=False),
        sa.Column("is_editable", sa.Boolean, nullable=False),
        # local (an account) or robot
        sa.Column("creator_kind", sa.Text, nullable=False),
        sa.Column("creator_id", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("last_used_at", sa.BigInteger, nullable=True),
        # when people were told that it expires soon
        sa.Column("warned_at", sa.BigInteger, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("robot_in_project", "robot", ["project_id", "name"], unique=True)
    instance_only = sa.text("project_id IS NULL")
    op.create_index(
        "robot_of_instance",
        "robot",
        ["name"],
        unique=True,
        sqlite_where=instance_only,
        postgresql_where=instance_only,
    )
    op.create_index("robot_expires", "robot", ["expires_at"])
