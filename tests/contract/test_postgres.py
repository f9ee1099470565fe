"""What PostgreSQL adds to the contract: preparing a shared server, losing it, deadlocks."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from contract.notes import NoteTaker
from havre.adapters.database import open_database, prepare_database
from havre.kernel.errors import StartRefused, Unavailable
from havre.kernel.work import Database
from kit.postgres import Postgres


def test_processes_that_prepare_at_once_make_one_schema(postgres: Postgres) -> None:
    url = postgres.empty()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(prepare_database, [url] * 3))

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT epoch FROM access_epoch").fetchall() == [(1,)]


def test_a_newer_schema_is_refused(postgres: Postgres) -> None:
    url = postgres.fresh()
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StartRefused, match="schema 9999, which this version does not know"):
        prepare_database(url)


async def test_a_deadlock_makes_one_side_unavailable_and_lets_the_other_through(postgres: Postgres) -> None:
    database = open_database(postgres.fresh(), NoteTaker())
    async with database.write() as work:
        await work.run("INSERT INTO setting (name, value) VALUES ('a', ''), ('b', '')")
    meeting = asyncio.Barrier(2)
    results = await asyncio.gather(
        _lock_both(database, meeting, "a", "b"),
        _lock_both(database, meeting, "b", "a"),
        return_exceptions=True,
    )

    assert sorted(str(type(result).__name__) for result in results) == ["NoneType", "Unavailable"]
    await database.close()


async def _lock_both(database: Database, meeting: asyncio.Barrier, first: str, second: str) -> None:
    async with database.write() as work:
        await work.run("UPDATE setting SET value = :name WHERE name = :name", {"name": first})
        await meeting.wait()
        await work.run("UPDATE setting SET value = :name WHERE name = :name", {"name": second})


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    database = open_database("postgresql://nobody@127.0.0.1:1/havre", NoteTaker())

    with pytest.raises(Unavailable):
        await database.hot("SELECT 1", {})
    await database.close()
