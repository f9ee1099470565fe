"""`havre audit verify` as a person runs it: what it prints, and its exit code."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from commands.forked import Ended, run_havre
from havre.assembly.audit import open_for_audit
from havre.settings import load_settings


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An instance whose journal is sealed."""
    directory = tmp_path / "data"
    assert run_havre(["init", "--data", directory], {}).returncode == 0
    (directory / "blobs").mkdir(exist_ok=True)
    asyncio.run(_seal(directory))
    return directory


async def _seal(directory: Path) -> None:
    async with open_for_audit(load_settings({"data": directory}, {})) as tools:
        assert await tools.seal.run() > 0


def verify(data: Path, *more: str) -> Ended:
    return run_havre(["audit", "verify", "--data", data, *more], {})


def test_a_journal_that_nobody_touched_is_clean(data: Path) -> None:
    ended = verify(data)

    assert ended.returncode == 0, ended.stderr
    assert "clean" in ended.stdout
    assert (data / "audit.head").read_text().strip() in ended.stdout


def test_the_first_row_that_was_changed_is_named(data: Path) -> None:
    with closing(sqlite3.connect(data / "havre.db")) as connection, connection:
        connection.execute("UPDATE event SET actor = 'mallory' WHERE id = 1")

    ended = verify(data)

    assert ended.returncode == 1
    assert "first: row 1 of seal 1 (changed)" in ended.stdout


def test_a_head_that_was_noted_is_held_against_the_chain(data: Path) -> None:
    assert verify(data, "--head", "1:" + "00" * 32).returncode == 1
    assert verify(data, "--head", (data / "audit.head").read_text().strip()).returncode == 0


def test_a_head_that_cannot_be_read_is_refused_with_a_sentence(data: Path) -> None:
    ended = verify(data, "--head", "nonsense")

    assert ended.returncode == 2
    assert "NUMBER:MAC" in ended.stderr
