"""What every engine behind the Database port promises."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

import pytest

from contract.notes import NoteTaker
from havre.adapters.database import open_database
from havre.kernel.actor import anonymous
from havre.kernel.errors import IntegrityBroken, Unavailable
from havre.kernel.events import Event
from havre.kernel.work import Database, Reader, Work
from kit.postgres import Postgres


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    name: ClassVar[str] = "thing.happened"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "thing"


ADD = "INSERT INTO setting (name, value) VALUES (:name, :value)"
FIND = "SELECT value FROM setting WHERE name = :name"


async def add(work: Work, name: str, value: str = "x") -> int:
    return await work.run(ADD, {"name": name, "value": value})


async def fail(database: Database, error: Exception, event: Event | None = None) -> None:
    """Write a row, announce the event, and fail."""
    async with database.write() as work:
        await add(work, "failed")
        if event is not None:
            work.announce(event)
        raise error


async def names(database: Database) -> list[str]:
    async with database.read() as reader:
        return [row.name for row in await reader.all("SELECT name FROM setting ORDER BY name")]


async def test_a_committed_row_is_seen_at_once_by_every_kind_of_read(database: Database) -> None:
    assert await database.hot(FIND, {"name": "a"}) is None

    async with database.write() as work:
        assert await add(work, "a", "first") == 1

    assert await database.hot(FIND, {"name": "a"}) == ("first",)
    async with database.read() as reader:
        row = await reader.first(FIND, {"name": "a"})
    assert row is not None
    assert row.value == "first"


async def test_an_open_transaction_sees_its_own_rows_and_nobody_else_does(database: Database) -> None:
    async with database.write() as work:
        await add(work, "a")

        assert await work.first(FIND, {"name": "a"}) is not None
        assert await database.hot(FIND, {"name": "a"}) is None


async def test_an_error_rolls_back_the_use_case_and_passes_unchanged(database: Database) -> None:
    error = LookupError()

    with pytest.raises(LookupError) as raised:
        await fail(database, error)

    assert raised.value is error
    assert await names(database) == []


async def test_a_use_case_that_fails_takes_no_other_with_it(database: Database) -> None:
    async def use_case(number: int) -> None:
        async with database.write() as work:
            await add(work, f"{number:02}")
            if number % 3 == 0:
                raise LookupError

    results = await asyncio.gather(*(use_case(number) for number in range(30)), return_exceptions=True)

    assert [isinstance(result, LookupError) for result in results] == [n % 3 == 0 for n in range(30)]
    assert await names(database) == [f"{number:02}" for number in range(30) if number % 3]


async def test_a_cancelled_use_case_leaves_nothing_and_lets_the_next_one_in(database: Database) -> None:
    is_inside = asyncio.Event()

    async def use_case() -> None:
        async with database.write() as work:
            await add(work, "cancelled")
            is_inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(use_case())
    await is_inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.write() as work:
        await add(work, "next")

    assert await names(database) == ["next"]


async def test_use_cases_cancelled_at_any_moment_leave_all_or_nothing(database: Database) -> None:
    async def use_case(number: int) -> None:
        async with database.write() as work:
            await add(work, f"{number:03} one")
            await add(work, f"{number:03} two")

    tasks = [asyncio.create_task(use_case(number)) for number in range(120)]
    for number, task in enumerate(tasks):
        if number % 2:
            asyncio.get_running_loop().call_later(number / 20_000, task.cancel)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    found = await names(database)

    assert len(found) % 2 == 0
    for number, result in enumerate(results):
        if result is None:
            assert {f"{number:03} one", f"{number:03} two"} <= set(found)
        assert (f"{number:03} one" in found) == (f"{number:03} two" in found)


async def test_events_are_written_with_the_change_and_not_without_it(database: Database) -> None:
    async with database.write() as work:
        work.announce(Happened(actor=anonymous(), resource="kept"))
    with pytest.raises(LookupError):
        await fail(database, LookupError(), Happened(actor=anonymous(), resource="lost"))

    assert await names(database) == ["event kept"]


async def test_a_journal_that_fails_undoes_the_change(database: Database) -> None:
    async def use_case() -> None:
        async with database.write() as work:
            await add(work, "a")
            work.announce(Happened(actor=anonymous(), resource="broken"))

    with pytest.raises(RuntimeError, match="journal"):
        await use_case()

    assert await names(database) == []


async def test_a_list_stands_for_the_members_of_in_and_may_be_empty(database: Database) -> None:
    async with database.write() as work:
        await work.run_many(ADD, [{"name": name, "value": name} for name in "abc"])
        await work.run_many(ADD, [])
        statement = "SELECT name FROM setting WHERE name IN :names OR value IN :names ORDER BY name"

        assert [row.name for row in await work.all(statement, {"names": ["a", "c", "z"]})] == ["a", "c"]
        assert await work.all(statement, {"names": []}) == []
        assert await work.run("DELETE FROM setting WHERE name IN :names", {"names": ["a", "b"]}) == 2


@pytest.mark.parametrize(
    "clause", ["FOR UPDATE", "FOR KEY SHARE OF s", "FOR UPDATE SKIP LOCKED", "FOR UPDATE OF s NOWAIT"]
)
async def test_locking_clauses_are_understood_or_dropped(database: Database, clause: str) -> None:
    async with database.write() as work:
        await add(work, "a")
        rows = await work.all(f"SELECT s.name FROM setting s ORDER BY s.name LIMIT 5 {clause}")

    assert [row.name for row in rows] == ["a"]


async def test_a_broken_rule_of_the_database_has_a_name(database: Database) -> None:
    async with database.write() as work:
        await add(work, "a")
    with pytest.raises(IntegrityBroken):
        async with database.write() as work:
            await add(work, "a")
    with pytest.raises(IntegrityBroken):
        async with database.write() as work:
            await work.run(
                "INSERT INTO repo_blob (repo_id, digest, created_at, lease_until) VALUES (1, 'x', 1, 1)"
            )

    assert await names(database) == ["a"]


async def test_returning_booleans_and_bytes_come_back_as_they_went(database: Database) -> None:
    async with database.write() as work:
        body = await work.first(
            "INSERT INTO manifest_body (digest, body) VALUES ('d', :body) RETURNING body",
            {"body": b"\x00\xff"},
        )
        blob = await work.first(
            """INSERT INTO blob (digest, key, size, created_at, is_quarantined)
               VALUES ('d', 'k', :size, 1, :flag) RETURNING size, is_quarantined""",
            {"size": 1 << 40, "flag": True},
        )
        bad = await work.first("SELECT digest FROM blob WHERE NOT is_quarantined")

    assert body is not None
    assert bytes(body.body) == b"\x00\xff"
    assert blob is not None
    assert (blob.size, bool(blob.is_quarantined)) == (1 << 40, True)
    assert bad is None


async def test_a_read_transaction_keeps_its_view(database: Database) -> None:
    async with database.read() as reader:
        before = await _count(reader)
        async with database.write() as work:
            await add(work, "a")

        assert await _count(reader) == before
    async with database.read() as reader:
        assert await _count(reader) == before + 1


async def _count(reader: Reader) -> int:
    row = await reader.first("SELECT COUNT(*) AS total FROM setting")
    assert row is not None
    return int(row.total)


async def test_a_read_transaction_cannot_write(database: Database) -> None:
    async def use_case() -> None:
        async with database.read() as reader:
            await reader.first("INSERT INTO setting (name, value) VALUES ('a', 'b') RETURNING name")

    with pytest.raises(Unavailable):
        await use_case()

    assert await names(database) == []


async def test_many_readers_and_writers_at_once_all_get_through(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.write() as work:
            await add(work, f"{number:03}")

    async def read() -> None:
        async with database.read() as reader:
            await _count(reader)

    await asyncio.gather(*(write(number) for number in range(100)), *(read() for _ in range(100)))

    assert len(await names(database)) == 100


async def test_a_lost_server_connection_is_unavailable_and_the_next_try_succeeds(postgres: Postgres) -> None:
    url = postgres.fresh()
    database = open_database(url, NoteTaker())

    async def use_case() -> None:
        async with database.write() as work:
            await add(work, "lost")
            postgres.drop_connections(url)
            await add(work, "lost too")

    try:
        with pytest.raises(Unavailable):
            await use_case()
        async with database.write() as work:
            await add(work, "kept")

        assert await names(database) == ["kept"]
    finally:
        await database.close()
