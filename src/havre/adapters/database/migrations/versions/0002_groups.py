"""Groups: where an account comes from, groups that other systems know, groups as members of projects."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_Name = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and the tables; members are kept."""
    _mark_accounts()
    _create_groups()
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_members()
    else:
        _widen_members()
    op.create_index("member_group", "member", ["group_id"])


def _mark_accounts() -> None:
    # local, ldap or oidc; the subject is what the other system calls the account
    op.add_column("account", sa.Column("origin", sa.Text, nullable=False, server_default="local"))
    op.add_column("account", sa.Column("subject", sa.Text, nullable=True))
    # a group of the other system makes an administrator, beside is_admin, which a person gives
    op.add_column(
        "account", sa.Column("is_admin_in_auth", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.create_index("account_subject", "account", ["origin", "subject"], unique=True)


def _create_groups() -> None:
    op.create_table(
        "user_group",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("group_name", _Name, nullable=False),
        # 1 LDAP, 2 HTTP, 3 OIDC
        sa.Column("group_type", sa.Integer, nullable=False),
        sa.Column("ldap_group_dn", sa.Text, nullable=False, server_default=""),
        # by what a login finds it again: the normal form of the DN, or the name
        sa.Column("external_key", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("group_type", "external_key", name="user_group_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("user_group_name", "user_group", ["group_name", "id"])
    op.create_table(
        "account_group",
        sa.Column("account_id", _Id, sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("group_id", _Id, sa.ForeignKey("user_group.id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_index("account_group_group", "account_group", ["group_id"])


def _widen_members() -> None:
    op.alter_column("member", "account_id", nullable=True)
    op.add_column(
        "member",
        sa.Column("group_id", _Id, sa.ForeignKey("user_group.id", ondelete="CASCADE"), nullable=True),
    )
    op.create_unique_constraint("member_group_once", "member", ["project_id", "group_id"])
    op.create_check_constraint("member_is_one", "member", "(account_id IS NULL) <> (group_id IS NULL)")


def _rebuild_members() -> None:
    """SQLite changes no column: a new table takes the rows and the name."""
    op.create_table(
        "member_new",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
        sa.Column("account_id", _Id, sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=True),
        sa.Column("group_id", _Id, sa.ForeignKey("user_group.id", ondelete="CASCADE"), nullable=True),
        sa.Column("role", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("project_id", "account_id", name="member_once"),
        sa.UniqueConstraint("project_id", "group_id", name="member_group_once"),
        sa.CheckConstraint("(account_id IS NULL) <> (group_id IS NULL)", name="member_is_one"),
        sqlite_autoincrement=True,
    )
    op.execute(
        "INSERT INTO member_new (id, project_id, account_id, role, created_at)"
        " SELECT id, project_id, account_id, role, created_at FROM member"
    )
    # The number of a member who left is not given again.
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'member_new'")
    op.execute("UPDATE sqlite_sequence SET name = 'member_new' WHERE name = 'member'")
    op.execute("DROP TABLE member")
    op.execute("ALTER TABLE member_new RENAME TO member")
    op.create_index("member_account", "member", ["account_id"])
