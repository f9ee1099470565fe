"""Artifacts as lists show them: labels, accessories, facts of configs, scan overviews, and what is listed.

`manifest.is_listed`, `kind` and `project_id` repeat what other rows say, so that a list of 100,000 artifacts
is a range of one index; `repository.version` rises with each change, so that a count is made once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_Name = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KINDS = """CASE COALESCE(config_media_type, media_type)
    WHEN 'application/vnd.oci.image.config.v1+json' THEN 'IMAGE'
    WHEN 'application/vnd.docker.container.image.v1+json' THEN 'IMAGE'
    WHEN 'application/vnd.oci.image.index.v1+json' THEN 'IMAGE'
    WHEN 'application/vnd.docker.distribution.manifest.list.v2+json' THEN 'IMAGE'
    WHEN 'application/vnd.cncf.helm.config.v1+json' THEN 'CHART'
    WHEN 'application/vnd.cnab.config.v1+json' THEN 'CNAB'
    WHEN 'application/vnd.wasm.config.v1+json' THEN 'WASM'
    WHEN 'application/vnd.cncf.model.config.v1+json' THEN 'CNAI'
    WHEN 'application/vnd.goharbor.harbor.sbom.v1' THEN 'SBOM'
    ELSE 'UNKNOWN' END"""
_ACCESSORIES = """CASE
    WHEN artifact_type = 'application/vnd.dev.cosign.artifact.sig.v1+json' THEN 'signature.cosign'
    WHEN artifact_type LIKE 'application/vnd.dev.sigstore.bundle%' THEN 'signature.cosign'
    WHEN 'application/vnd.cncf.notary.signature' IN (artifact_type, config_media_type)
        THEN 'signature.notation'
    WHEN 'application/vnd.goharbor.harbor.sbom.v1' IN (artifact_type, config_media_type) THEN 'sbom.harbor'
    WHEN artifact_type = 'application/vnd.nydus.manifest.v1+json' THEN 'accelerator.nydus'
    ELSE 'subject.accessory' END"""


def upgrade() -> None:
    """Add the tables and columns, and fill them for what is there."""
    _create_labels()
    _create_accessories()
    _create_facts()
    _widen_manifests()
    _fill()


def _moment(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _create_labels() -> None:
    op.create_table(
        "label",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        # NULL: a label for the whole instance
        sa.Column("project_id", _Id, sa.ForeignKey("project.id", ondelete="CASCADE"), nullable=True),
        sa.Column("name", _Name, nullable=False),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("color", sa.Text, nullable=False, server_default=""),
        _moment("created_at"),
        _moment("updated_at"),
        sqlite_autoincrement=True,
    )
    is_global = sa.text("project_id IS NULL")
    op.create_index(
        "label_global", "label", ["name"], unique=True, sqlite_where=is_global, postgresql_where=is_global
    )
    op.create_index("label_project", "label", ["project_id", "name"], unique=True)
    op.create_table(
        "artifact_label",
        sa.Column("manifest_id", _Id, sa.ForeignKey("manifest.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("label_id", _Id, sa.ForeignKey("label.id", ondelete="CASCADE"), primary_key=True),
        _moment("created_at"),
    )
    op.create_index("artifact_label_label", "artifact_label", ["label_id"])


def _create_accessories() -> None:
    op.create_table(
        "accessory",
        sa.Column("id", _Id, primary_key=True, autoincrement=True),
        sa.Column("repo_id", _Id, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["repo_id", "digest"], ["manifest.repo_id", "manifest.digest"], ondelete="CASCADE"
        ),
        sa.UniqueConstraint("repo_id", "digest", name="accessory_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("accessory_subject", "accessory", ["repo_id", "subject", "id"])


def _create_facts() -> None:
    body = "manifest_body.digest"
    op.create_table(
        "artifact_facts",
        sa.Column("digest", sa.Text, sa.ForeignKey(body, ondelete="CASCADE"), primary_key=True),
        # JSON: what lists show of the config
        sa.Column("attributes", sa.Text, nullable=False),
    )
    op.create_table(
        "scan_overview",
        sa.Column("digest", sa.Text, sa.ForeignKey(body, ondelete="CASCADE"), primary_key=True),
        sa.Column("mime", sa.Text, primary_key=True),
        sa.Column("overview", sa.Text, nullable=False),
    )


def _widen_manifests() -> None:
    op.add_column(
        "repository", sa.Column("version", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    )
    op.add_column(
        "manifest", sa.Column("project_id", sa.BigInteger, nullable=False, server_default=sa.text("0"))
    )
    op.add_column("manifest", sa.Column("kind", sa.Text, nullable=False, server_default="UNKNOWN"))
    op.add_column("manifest", sa.Column("is_listed", sa.Boolean, nullable=False, server_default=sa.true()))
    op.drop_index("manifest_pushed", "manifest")
    op.create_index("manifest_listed", "manifest", ["repo_id", "is_listed", "pushed_at", "id"])
    op.create_index("manifest_of_project", "manifest", ["project_id", "is_listed", "pushed_at", "id"])


def _fill() -> None:
    op.execute(
        f"""INSERT INTO accessory (repo_id, digest, subject, kind, created_at)
            SELECT repo_id, digest, subject, {_ACCESSORIES}, pushed_at
            FROM manifest WHERE subject IS NOT NULL ORDER BY id"""  # noqa: S608 - constants
    )
    # An index has no config; what has one is looked into when a list first shows it.
    op.execute(
        """INSERT INTO artifact_facts (digest, attributes)
           SELECT DISTINCT digest, '{}' FROM manifest WHERE config_media_type IS NULL"""
    )
    op.execute(
        f"""UPDATE manifest SET kind = {_KINDS},
            project_id = (SELECT r.project_id FROM repository r WHERE r.id = manifest.repo_id)"""  # noqa: S608
    )
    op.execute(
        """UPDATE manifest SET is_listed = (
             NOT EXISTS (SELECT 1 FROM accessory a JOIN manifest s
                           ON s.repo_id = a.repo_id AND s.digest = a.subject
                         WHERE a.repo_id = manifest.repo_id AND a.digest = manifest.digest)
             AND (EXISTS (SELECT 1 FROM tag t WHERE t.repo_id = manifest.repo_id
                          AND t.digest = manifest.digest)
                  OR NOT EXISTS (SELECT 1 FROM manifest_ref c WHERE c.repo_id = manifest.repo_id
                                 AND c.child = manifest.digest AND c.kind = 'manifest')))"""
    )
