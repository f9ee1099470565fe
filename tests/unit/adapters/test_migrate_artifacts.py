"""Artifacts that were pushed before lists had columns of their own."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from havre.adapters.database.migrate import MIGRATIONS, prepare_sqlite

_IMAGE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_MANIFESTS = (
    ("image", _IMAGE, _CONFIG, None),
    ("child", _IMAGE, _CONFIG, None),
    ("index", "application/vnd.oci.image.index.v1+json", None, None),
    ("signature", _IMAGE, "application/vnd.cncf.notary.signature", "image"),
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Make a database of the release before, with an image, its signature, and an index of one child."""
    before = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, before, ignore=shutil.ignore_patterns("__pycache__"))
    [own] = (before / "versions").glob("0*_artifacts.py")
    for path in (before / "versions").glob("0*.py"):
        if path.name >= own.name:
            path.unlink()
    database = tmp_path / "havre.db"
    prepare_sqlite(database, before)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(
            """INSERT INTO project (name, is_public, owner_name, created_at, updated_at)
               VALUES ('library', 1, 'admin', 1, 1)"""
        )
        connection.execute(
            """INSERT INTO repository (project_id, name, created_at, updated_at, first_pushed_at)
               VALUES (1, 'library/app', 1, 1, 1)"""
        )
        for digest, media_type, config, subject in _MANIFESTS:
            connection.execute("INSERT INTO manifest_body (digest, body) VALUES (?, '{}')", (digest,))
            connection.execute(
                """INSERT INTO manifest (repo_id, digest, media_type, config_media_type, subject, size,
                                         total_size, pushed_by, pushed_at)
                   VALUES (1, ?, ?, ?, ?, 1, 1, 'admin', 1)""",
                (digest, media_type, config, subject),
            )
        connection.execute(
            """INSERT INTO manifest_ref (repo_id, parent, kind, child, position, media_type, size)
               VALUES (1, 'index', 'manifest', 'child', 0, 'x', 1)"""
        )
        connection.commit()
    return database


def test_artifacts_from_before_are_listed_as_new_ones_are(old: Path) -> None:
    prepare_sqlite(old)

    with closing(sqlite3.connect(old)) as connection:
        manifests = connection.execute("SELECT digest, kind, is_listed, project_id FROM manifest").fetchall()
        accessories = connection.execute("SELECT digest, subject, kind FROM accessory").fetchall()
        facts = connection.execute("SELECT digest, attributes FROM artifact_facts").fetchall()
    assert manifests == [
        ("image", "IMAGE", 1, 1),
        ("child", "IMAGE", 0, 1),
        ("index", "IMAGE", 1, 1),
        ("signature", "UNKNOWN", 0, 1),
    ]
    assert accessories == [("signature", "image", "signature.notation")]
    assert facts == [("index", "{}")]
