"""The journal: written with the change, buffered where events are many, never silently short."""

import asyncio
import json
import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from havre.adapters.database.sqlite import SqliteDatabase
from havre.audit import AuditJournal, record
from havre.kernel.clock import to_micros
from havre.system.events import ConfigurationUpdated
from kit.clock import WoundClock
from unit.audit.desk import ALICE, Desk, Pulled, Pushed


async def test_an_announced_event_is_a_row_that_says_who_did_what_from_where(desk: Desk) -> None:
    await desk.announce("library/busybox:1")

    [row] = await desk.rows()
    assert (row.name, row.operation, row.resource_type) == ("thing.pushed", "create", "artifact")
    assert (row.resource, row.project_id, row.succeeded) == ("library/busybox:1", 1, 1)
    assert (row.actor_kind, row.actor, row.address) == ("user", "alice", "10.0.0.1")
    assert (row.client, row.request_id, row.at) == ("docker/28", "req-1", to_micros(desk.clock.now()))
    assert json.loads(row.facts) == {"tags": ["a", "b"]}


async def test_who_follows_an_event_adds_its_job_in_the_same_transaction(desk: Desk) -> None:
    await desk.announce("a", "b")

    jobs = await desk.rows("job")
    assert [(job.kind, json.loads(job.payload)["resource"]) for job in jobs] == [
        ("scan", "a"),
        ("scan", "b"),
    ]


async def test_noted_events_come_within_the_second_with_the_moment_they_happened(desk: Desk) -> None:
    await desk.journal.start(desk.database)
    then = to_micros(desk.clock.now())
    desk.journal.note(Pulled(actor=ALICE, resource="a"))
    desk.clock.wind(5)
    [row] = await desk.until_rows(1)
    await desk.journal.stop()

    assert (row.name, row.at) == ("thing.pulled", then)
    assert desk.listened == ["a"]


async def test_five_hundred_events_do_not_wait_for_the_second(desk: Desk) -> None:
    await desk.journal.start(desk.database)
    started = time.monotonic()
    for number in range(500):
        desk.journal.note(Pulled(actor=ALICE, resource=f"{number}"))
    await desk.until_rows(500)

    assert time.monotonic() - started < 0.9
    await desk.journal.stop()


async def test_stopping_writes_what_is_left_once(desk: Desk) -> None:
    await desk.journal.start(desk.database)
    for number in range(1234):
        desk.journal.note(Pulled(actor=ALICE, resource=f"{number}"))
    await asyncio.sleep(0)
    await desk.journal.stop()

    assert [row.resource for row in await desk.rows()] == [f"{number}" for number in range(1234)]


async def test_a_listener_that_fails_costs_no_events(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.is_listener_broken = True
    await desk.journal.start(desk.database)
    desk.journal.note(Pulled(actor=ALICE, resource="a"))
    await desk.journal.stop()

    assert [row.resource for row in await desk.rows()] == ["a"]
    assert "journal listener failed" in caplog.text


async def test_a_flush_that_cannot_write_is_logged_and_tried_again(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, away = tmp_path / "havre.db", tmp_path / "away"
    await desk.journal.start(desk.database)
    path.rename(away)
    desk.journal.note(Pulled(actor=ALICE, resource="a"))
    async with asyncio.timeout(10):
        while "journal flush postponed" not in caplog.text:  # noqa: ASYNC110 - logs set no event
            await asyncio.sleep(0.005)
    away.rename(path)
    await desk.journal.stop()

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT resource FROM event").fetchall() == [("a",)]


async def test_a_full_buffer_counts_what_it_loses(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    event = Pulled(actor=ALICE, resource="a")
    for _ in range(record._BUFFER_LIMIT + 3):
        desk.journal.note(event)
    caplog.set_level(logging.ERROR)
    desk.journal._buffer.clear()
    await desk.journal.start(desk.database)
    await desk.journal.stop()

    assert "journal buffer was full lost=3" in caplog.text


async def test_what_is_left_out_has_no_row_but_its_jobs_and_a_change_of_that_is_always_kept(
    desk: Desk, clock: WoundClock
) -> None:
    async def left_out() -> frozenset[str]:
        return frozenset({"create_artifact", "update_configuration"})

    desk.journal = AuditJournal(clock, [desk.listen], {"thing.pushed": [desk.hear]}, left_out)
    database = SqliteDatabase(desk.database_path, desk.journal)
    await desk.journal.start(database)
    await desk.journal.stop()  # asks what is left out
    async with database.write() as work:
        work.announce(Pushed(actor=ALICE, resource="a"))
        work.announce(ConfigurationUpdated(actor=ALICE, resource="configuration"))
    await database.close()

    assert [row.name for row in await desk.rows()] == ["configuration.updated"]
    assert [row.kind for row in await desk.rows("job")] == ["scan"]
