"""Trust data of Notary v1: collections, documents, what they sign, the keys held for them, what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "trust_collection",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        # host:port/project/path, as clients say it
        sa.Column("gun", sa.Text, nullable=False),
        sa.Column("repository", sa.Text, nullable=False),
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("gun", name="trust_collection_gun"),
        sqlite_autoincrement=True,
    )
    op.create_index("trust_collection_repository", "trust_collection", ["repository"])
    op.create_index("trust_collection_project", "trust_collection", ["project_id"])
    op.create_table(
        "trust_document",
        _collection(),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True),
        # hexadecimal
        sa.Column("sha256", sa.Text, nullable=False),
        # byte for byte as it came
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("trust_document_hash", "trust_document", ["collection_id", "sha256"])
    op.create_table(
        "trust_current",
        _collection(),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("trust_current_expiry", "trust_current", ["role", "expires_at"])
    op.create_table(
        "trust_target",
        _collection(),
        sa.Column("role", sa.Text, primary_key=True),
        # a tag
        sa.Column("name", sa.Text, primary_key=True),
        # of the manifest: sha256:<hex>
        sa.Column("digest", sa.Text, nullable=False),
    )
    op.create_index("trust_target_digest", "trust_target", ["digest", "collection_id"])
    op.create_table(
        "trust_key",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("gun", sa.Text, nullable=False),
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        # base64 of DER
        sa.Column("public", sa.Text, nullable=False),
        # wrapped by the master key
        sa.Column("private", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        # null until a root names it
        sa.Column("activated_at", sa.BigInteger, nullable=True),
    )
    op.create_index("trust_key_gun", "trust_key", ["gun", "role"])
    op.create_index("trust_key_project", "trust_key", ["project_id"])
    op.create_table(
        "trust_change",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("gun", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        # update or deletion
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("trust_change_gun", "trust_change", ["gun", "id"])


def _collection() -> "sa.Column[int]":
    return sa.Column(
        "collection_id", _Id, sa.ForeignKey("trust_collection.id", ondelete="CASCADE"), primary_key=True
    )
