"""The foundation: people, projects, content, uploads, journal, jobs.

Moments are BIGINT microseconds since 1970 in columns named `…_at`; digests are `algorithm:hex` text.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# SQLite counts ids up only for INTEGER PRIMARY KEY; PostgreSQL gets 64 bits.
# Lists are bytewise (spec, "Listing Tags"): SQLite's default, collation C on PostgreSQL.
_Name = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table of the foundation."""
    _create_instance()
    _create_people()
    _create_projects()
    _create_content()
    _create_references()
    _create_uploads_and_collection()
    _create_journal_and_jobs()


def _moment(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _create_instance() -> None:
    op.create_table(
        "setting",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "signing_key",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("public_pem", sa.Text, nullable=False),
        sa.Column("wrapped_private", sa.LargeBinary, nullable=False),
        _moment("created_at"),
        _moment("retired_at", nullable=True),
    )
    # One row: raised by every change of people, members or visibility, so that cached rights fall at once.
    epoch = op.create_table(
        "access_epoch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(epoch, [{"id": 1, "epoch": 1}])


def _create_people() -> None:
    op.create_table(
        "account",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("username", _Name, nullable=False, unique=True),
        sa.Column("email", sa.Text, nullable=True),
        sa.Column("realname", sa.Text, nullable=False, server_default=""),
        sa.Column("comment", sa.Text, nullable=False, server_default=""),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        sqlite_autoincrement=True,  # the id of somebody who left is never given again
    )
    # Two people may not share an address; many have none (NULL).
    op.create_index("account_email", "account", ["email"], unique=True)
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("account_id", _Id, sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
    )
    op.create_index("refresh_token_account", "refresh_token", ["account_id"])


def _create_projects() -> None:
    op.create_table(
        "project",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("name", _Name, nullable=False, unique=True),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("owner_id", _Id, sa.ForeignKey("account.id", ondelete="SET NULL"), nullable=True),
        sa.Column("owner_name", sa.Text, nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "project_metadata",
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "member",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
        sa.Column("account_id", _Id, sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.Integer, nullable=False),
        _moment("created_at"),
        sa.UniqueConstraint("project_id", "account_id", name="member_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("member_account", "member", ["account_id"])


def _create_content() -> None:
    op.create_table(
        "repository",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="RESTRICT"), nullable=False),
        sa.Column("name", _Name, nullable=False, unique=True),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("pull_count", sa.BigInteger, nullable=False, server_default="0"),
        _moment("created_at"),
        _moment("updated_at"),
        # NULL until the first manifest: uploads alone make no repository that anyone sees
        _moment("first_pushed_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("repository_project", "repository", ["project_id", "name"])
    op.create_table(
        "blob",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        _moment("created_at"),
        _moment("verified_at", nullable=True),
        sa.Column("is_quarantined", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "repo_blob",
        sa.Column("repo_id", _Id, sa.ForeignKey("repository.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("digest", sa.Text, sa.ForeignKey("blob.digest", ondelete="RESTRICT"), primary_key=True),
        _moment("created_at"),
        _moment("lease_until"),
    )
    op.create_index("repo_blob_digest", "repo_blob", ["digest"])
    op.create_table(
        "manifest_body",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "manifest",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("repo_id", _Id, sa.ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
        sa.Column("digest", sa.Text, sa.ForeignKey("manifest_body.digest"), nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("artifact_type", sa.Text, nullable=True),
        sa.Column("config_media_type", sa.Text, nullable=True),
        sa.Column("subject", sa.Text, nullable=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        # the manifest with its config and layers, for lists
        sa.Column("total_size", sa.BigInteger, nullable=False),
        sa.Column("annotations", sa.Text, nullable=False, server_default="{}"),
        sa.Column("pushed_by", sa.Text, nullable=False),
        _moment("pushed_at"),
        _moment("pulled_at", nullable=True),
        sa.UniqueConstraint("repo_id", "digest", name="manifest_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("manifest_digest", "manifest", ["digest"])
    op.create_index("manifest_subject", "manifest", ["repo_id", "subject", "id"])
    op.create_index("manifest_pushed", "manifest", ["repo_id", "pushed_at", "id"])


def _create_references() -> None:
    op.create_table(
        "manifest_ref",
        sa.Column("repo_id", _Id, primary_key=True),
        sa.Column("parent", sa.Text, primary_key=True),
        # config, layer, foreign or manifest (the child of an index)
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("child", sa.Text, primary_key=True),
        # child again where its bytes must exist as a blob: the engine itself refuses to lose them
        sa.Column("blob", sa.Text, sa.ForeignKey("blob.digest", ondelete="RESTRICT"), nullable=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        # JSON of {platform, annotations, …} for children of an index
        sa.Column("extra", sa.Text, nullable=False, server_default="{}"),
        sa.ForeignKeyConstraint(
            ["repo_id", "parent"], ["manifest.repo_id", "manifest.digest"], ondelete="CASCADE"
        ),
    )
    op.create_index("manifest_ref_child", "manifest_ref", ["repo_id", "child"])
    op.create_index("manifest_ref_blob", "manifest_ref", ["blob"])
    op.create_table(
        "tag",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("repo_id", _Id, nullable=False),
        sa.Column("name", _Name, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        _moment("pulled_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["repo_id", "digest"], ["manifest.repo_id", "manifest.digest"], ondelete="CASCADE"
        ),
        sa.UniqueConstraint("repo_id", "name", name="tag_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("tag_digest", "tag", ["repo_id", "digest"])
    op.create_table(
        "tag_history",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("repo_id", _Id, sa.ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        # NULL: the tag was deleted
        sa.Column("digest", sa.Text, nullable=True),
        sa.Column("actor", sa.Text, nullable=False),
        _moment("at"),
    )
    op.create_index("tag_history_tag", "tag_history", ["repo_id", "name", "id"])


def _create_uploads_and_collection() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("repo_id", _Id, sa.ForeignKey("repository.id", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("algorithm", sa.Text, nullable=False),
        # bytes acknowledged, and their digest when the last piece left it known
        sa.Column("offset_bytes", sa.BigInteger, nullable=False),
        sa.Column("digest_so_far", sa.Text, nullable=True),
        # the digest this upload became, so that a repeated PUT after a lost answer is answered again
        sa.Column("done_digest", sa.Text, nullable=True),
        sa.Column("started_by", sa.Text, nullable=False),
        _moment("started_at"),
        _moment("expires_at"),
    )
    op.create_index("upload_expires", "upload", ["expires_at"])
    op.create_table(
        "trash",
        sa.Column("key", sa.Text, primary_key=True),
        _moment("delete_after"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("trash_due", "trash", ["delete_after"])
    op.create_table(
        "gc_queue",
        # blob or manifest
        sa.Column("kind", sa.Text, primary_key=True),
        # 0 for a blob, which belongs to no single repository
        sa.Column("repo_id", _Id, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        _moment("review_after"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("gc_queue_due", "gc_queue", ["review_after"])


def _create_journal_and_jobs() -> None:
    op.create_table(
        "event",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        _moment("at"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("resource_type", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("project_id", sa.BigInteger, nullable=True),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False, server_default="{}"),
    )
    op.create_index("event_project", "event", ["project_id", "id"])
    op.create_index("event_at", "event", ["at", "id"])
    op.create_table(
        "job",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        # waiting, running, succeeded, failed
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        _moment("run_after"),
        sa.Column("lease_owner", sa.Text, nullable=True),
        _moment("lease_until", nullable=True),
        sa.Column("last_error", sa.Text, nullable=True),
        _moment("created_at"),
        _moment("finished_at", nullable=True),
    )
    op.create_index("job_due", "job", ["state", "run_after", "id"])
    op.create_index("job_lease", "job", ["state", "lease_until"])
    op.create_table(
        "job_schedule",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("every_s", sa.Integer, nullable=False),
        _moment("next_run_at"),
    )
