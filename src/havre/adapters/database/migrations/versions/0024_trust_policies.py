"""Trust policies of projects, and what they say of images."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "trust_policy",
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), primary_key=True),
        # enforce or audit
        sa.Column("mode", sa.Text, nullable=False),
        # JSON: [{name, repositories, signers: [{name, key}], threshold}]
        sa.Column("rules", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "trust_verdict",
        sa.Column("repo_id", _Id, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        # of an index that lists it, good for pulls by digest alone
        sa.Column("is_inherited", sa.Boolean, primary_key=True),
        # of the policy and of the repository that were looked at: with another it says nothing
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        # why it is not trusted; empty when it is
        sa.Column("reason", sa.Text, nullable=False),
        # JSON: the signers who were found
        sa.Column("signers", sa.Text, nullable=False),
        sa.Column("checked_at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["repo_id", "digest"], ["manifest.repo_id", "manifest.digest"], ondelete="CASCADE"
        ),
    )
