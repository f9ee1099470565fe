"""`havre collect` as a person and as a programme runs it: what it prints, what it does, its exit code."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from commands.forked import Ended, run_havre

DEAD = "sha256:" + "d" * 64


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An instance with one dead blob whose review is due."""
    directory = tmp_path / "data"
    assert run_havre(["init", "--data", directory], {}).returncode == 0
    (directory / "blobs").mkdir(exist_ok=True)
    with closing(sqlite3.connect(directory / "havre.db")) as connection, connection:
        connection.execute(
            "INSERT INTO blob (digest, key, size, created_at) VALUES (?, ?, 1000, 0)",
            (DEAD, f"blobs/dd/{DEAD[7:]}.{'0' * 26}"),
        )
        connection.execute(
            "INSERT INTO gc_queue (kind, repo_id, digest, review_after, reason) "
            "VALUES ('blob', 0, ?, 1, 'told')",
            (DEAD,),
        )
    return directory


def collect(data: Path, *more: str) -> Ended:
    return run_havre(["collect", "--data", data, *more], {})


def one(data: Path, query: str) -> object:
    with closing(sqlite3.connect(data / "havre.db")) as connection:
        return connection.execute(query).fetchone()[0]


def test_a_dry_run_names_each_thing_with_size_and_cause_and_changes_nothing(data: Path) -> None:
    ended = collect(data, "--dry-run")

    assert ended.returncode == 0, ended.stderr
    for told in (DEAD, "1,000", "told", "1 blobs and 0 manifests would go"):
        assert told in ended.stdout
    assert one(data, "SELECT COUNT(*) FROM blob") == 1
    assert one(data, "SELECT COUNT(*) FROM event WHERE name LIKE 'collection.%'") == 0


def test_a_run_deletes_tells_the_sums_and_is_in_the_journal(data: Path) -> None:
    ended = collect(data, "--workers", "5")

    assert ended.returncode == 0, ended.stderr
    assert "1 blobs and 0 manifests went, 1,000 bytes" in ended.stdout
    assert one(data, "SELECT COUNT(*) FROM blob") == 0
    assert one(data, "SELECT COUNT(*) FROM trash") == 1
    assert one(data, "SELECT COUNT(*) FROM event WHERE name LIKE 'collection.%'") == 2


def test_programmes_read_a_line_for_each_thing_and_the_sums_last(data: Path) -> None:
    ended = collect(data, "--dry-run", "--json")

    item, sums = map(json.loads, ended.stdout.splitlines())
    assert (item["kind"], item["digest"], item["size_bytes"], item["reason"]) == ("blob", DEAD, 1000, "told")
    assert (sums["blobs"], sums["freed_bytes"], sums["is_complete"]) == (1, 1000, True)
    assert sums["causes"] == [{"kind": "blob", "reason": "told", "items": 1, "size_bytes": 1000}]


def test_a_directory_without_data_and_a_flag_out_of_range_are_refused(data: Path, tmp_path: Path) -> None:
    assert collect(tmp_path / "nothing").returncode == 2
    assert collect(data, "--workers", "6").returncode == 2
    assert collect(data, "--grace", "-1").returncode == 2
