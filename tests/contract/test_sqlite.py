"""What SQLite adds to the contract: one fsync for many, several processes, kill -9, a full disk."""

import asyncio
import sqlite3
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from contract.notes import NoteTaker
from havre.adapters.database import prepare_database
from havre.adapters.database.sqlite import SqliteDatabase
from havre.kernel.errors import Conflict, Unavailable
from havre.kernel.work import Database

ADD = "INSERT INTO setting (name, value) VALUES (:name, 'x')"
WRITER = Path(__file__).with_name("sqlite_writer.py")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    prepare_database(f"sqlite:///{tmp_path / 'havre.db'}")
    return tmp_path / "havre.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase(path, NoteTaker(), is_strict=True, writer_wait_s=0.2)
    yield opened
    await opened.close()


async def add(database: Database, name: str) -> None:
    async with database.write() as work:
        await work.run(ADD, {"name": name})


def names(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM setting")}


def commits(path: Path) -> int:
    """Count the commit frames in the log. Source: SQLite file format, section 4.1."""
    log = path.with_name(f"{path.name}-wal").read_bytes()
    page_size = struct.unpack(">I", log[8:12])[0]
    salt = log[16:24]
    frames = [log[at : at + 24] for at in range(32, len(log), page_size + 24)]
    return sum(1 for frame in frames if frame[8:16] == salt and frame[4:8] != b"\0\0\0\0")


def start_writer(path: Path, prefix: str, rows: int, size: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), str(path), prefix, str(rows), str(size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def test_use_cases_that_come_together_share_commits(database: SqliteDatabase, path: Path) -> None:
    await add(database, "first")
    before = commits(path)

    await asyncio.gather(*(add(database, f"{number}") for number in range(64)))

    assert len(names(path)) == 65
    # The first to come may commit alone; a slow machine may cut a batch at its 5 ms.
    assert commits(path) - before <= 16


async def test_a_use_case_that_comes_alone_does_not_wait_for_others(
    database: SqliteDatabase, path: Path
) -> None:
    for number in range(5):
        await add(database, f"{number}")

        assert f"{number}" in names(path)


async def test_a_refusal_for_what_another_just_wrote_is_told_when_everybody_sees_that(
    database: SqliteDatabase,
) -> None:
    async def add_once(name: str) -> bool:
        """Add a row, or learn that it is there; then it must be, for whoever reads."""
        try:
            async with database.write() as work:
                if await work.first("SELECT 1 AS found FROM setting WHERE name = :name", {"name": name}):
                    raise Conflict(f"{name} is there")
                await work.run(ADD, {"name": name})
        except Conflict:
            row = await database.hot("SELECT name FROM setting WHERE name = :name", {"name": name})
            assert row is not None, "told before it was there"
            return False
        return True

    for number in range(20):
        added = await asyncio.gather(*(add_once(f"n{number}") for _ in range(8)))
        assert sorted(added) == [False] * 7 + [True]


async def test_a_use_case_that_suspends_in_write_is_found_out(database: SqliteDatabase, path: Path) -> None:
    async def use_case() -> None:
        async with database.write() as work:
            await work.run(ADD, {"name": "late"})
            await asyncio.sleep(0)

    with pytest.raises(AssertionError, match="suspended inside write"):
        await use_case()

    assert names(path) == set()


async def test_two_processes_write_to_one_file_and_lose_nothing(database: SqliteDatabase, path: Path) -> None:
    processes = [start_writer(path, prefix, 200) for prefix in "ab"]
    printed = [await asyncio.to_thread(process.communicate) for process in processes]

    assert [process.returncode for process in processes] == [0, 0]
    assert "!" not in printed[0][0] + printed[1][0]
    assert names(path) == {f"{prefix}{number}" for prefix in "ab" for number in range(200)}


@pytest.mark.parametrize("acknowledged", [1, 40, 200, 500])
def test_what_was_acknowledged_survives_kill_9(path: Path, acknowledged: int) -> None:
    process = start_writer(path, "k", 0)
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(acknowledged)]
    process.kill()
    told += [line.strip() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.wait()

    assert set(told) <= names(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_writer_elsewhere_that_takes_too_long_is_unavailable_until_it_ends(
    database: SqliteDatabase, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        results = await asyncio.gather(
            *(add(database, f"{number}") for number in range(3)), return_exceptions=True
        )
        other.execute("ROLLBACK")

    assert [type(result) for result in results] == [Unavailable] * 3
    await add(database, "after")
    assert names(path) == {"after"}


async def test_a_transaction_that_the_engine_dropped_fails_its_whole_batch_and_no_other(
    database: SqliteDatabase, path: Path
) -> None:
    async def lose() -> None:
        async with database.write() as work:
            await work.run("ROLLBACK")  # as SQLite does by itself when a page cannot be written
            with suppress(Unavailable):
                await work.run(ADD, {"name": "outside any transaction"})

    results = await asyncio.gather(add(database, "before"), lose(), return_exceptions=True)
    await add(database, "after")

    assert isinstance(results[0], Unavailable)
    assert isinstance(results[1], Exception)
    assert names(path) == {"after"}


async def test_a_batch_cancelled_while_it_waits_for_its_turn_leaves_the_writer_usable(
    database: SqliteDatabase, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        tasks = [asyncio.create_task(add(database, f"{number}")) for number in range(3)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        other.execute("ROLLBACK")

    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    await add(database, "after")
    assert "after" in names(path)


async def test_a_file_that_vanished_is_unavailable_never_an_empty_database(path: Path) -> None:
    for file in path.parent.glob("havre.db*"):
        file.unlink()
    database = SqliteDatabase(path, NoteTaker())

    with pytest.raises(Unavailable):
        await add(database, "a")
    with pytest.raises(Unavailable):
        await database.hot("SELECT 1", {})
    with pytest.raises(Unavailable):
        async with database.read():
            pass
    await database.close()
    assert list(path.parent.glob("havre.db*")) == []


def test_a_full_disk_is_told_and_once_there_is_room_the_same_process_goes_on(tmp_path: Path) -> None:
    script = """
mount -t tmpfs -o size=1500k tmpfs "$1" && cd "$1" && head -c 300000 /dev/zero > ballast || exit 77
"$2" -c 'from havre.adapters.database import prepare_database as p; p("sqlite:///havre.db")' || exit 1
exec "$2" "$3" havre.db full 0 20000
"""
    ended = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", tmp_path, sys.executable, WRITER],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    *told, kept = ended.stdout.splitlines()

    assert {line for line in told if line.startswith("!")} == {"! StorageFull"}
    assert told[-1] == "after"
    assert {line for line in told if not line.startswith("!")} <= set(kept.split())
