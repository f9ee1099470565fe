"""Jobs: run once committed, retried, given up, taken over, given back; schedules on one process only."""

import asyncio
from functools import partial

import pytest

from havre.jobs import (
    JobContext,
    JobOptions,
    JobsSettings,
    NewExecution,
    Schedule,
    enqueue,
    list_tasks,
    start_execution,
)
from havre.kernel.pages import PageRequest
from havre.kernel.work import Row
from kit.bench import Bench, all_in, until


async def test_a_job_runs_with_its_payload_and_is_marked_as_done(bench: Bench) -> None:
    await bench.add("see", name="a", number=3)

    async with bench.running({"see": bench.see}):
        [row] = await bench.until(all_in("succeeded"))

    assert bench.seen == [{"name": "a", "number": 3}]
    assert (row.attempts, row.lease_until, row.lease_owner, row.pool_id) == (1, None, None, None)


async def test_a_job_of_a_transaction_that_failed_never_is(bench: Bench) -> None:
    async def use_case() -> None:
        async with bench.database.write() as work:
            await enqueue(work, bench.clock, "see", {})
            raise LookupError

    with pytest.raises(LookupError):
        await use_case()

    assert await bench.rows() == []


async def test_more_jobs_than_run_at_once_all_run_exactly_once_in_two_runners(bench: Bench) -> None:
    for number in range(30):
        await bench.add("see", number=number)

    async with bench.running({"see": bench.see}), bench.running({"see": bench.see}):
        await bench.until(all_in("succeeded"))

    assert sorted(str(payload["number"]) for payload in bench.seen) == sorted(map(str, range(30)))


async def test_a_failed_job_is_tried_again_later_and_later_and_then_given_up(bench: Bench) -> None:
    await bench.add("fail", JobOptions(max_attempts=3))

    async with bench.running({"fail": bench.fail}) as runner:
        for attempt, wait_s in ((1, 2), (2, 4)):
            [row] = await bench.until(partial(_is_waiting_after, attempt))
            bench.clock.wind(wait_s - 0.001)
            runner.wake()
            assert (await bench.rows())[0].state == "waiting"
            bench.clock.wind(0.001)
            runner.wake()
        [row] = await bench.until(all_in("failed"))

    assert len(bench.seen) == 3
    assert row.last_error == "LookupError: the thing is gone"


async def test_a_job_whose_process_died_is_taken_over_when_its_lease_ends(bench: Bench) -> None:
    await bench.add("see")
    async with bench.database.write() as work:
        await work.run(
            "UPDATE job SET state = 'running', attempts = 1, lease_owner = 'dead', lease_until = :until",
            {"until": bench.micros(30)},
        )

    async with bench.running({"see": bench.see}) as runner:
        runner.wake()
        await asyncio.sleep(0)
        assert bench.seen == []
        bench.clock.wind(31)
        runner.wake()
        [row] = await bench.until(all_in("succeeded"))

    assert row.attempts == 2


async def test_a_job_that_ends_its_process_every_time_is_given_up(bench: Bench) -> None:
    await bench.add("see")
    async with bench.database.write() as work:
        await work.run(
            "UPDATE job SET state = 'running', attempts = 11, lease_owner = 'dead', lease_until = :until",
            {"until": bench.micros(-1)},
        )

    async with bench.running({"see": bench.see}):
        [row] = await bench.until(all_in("failed"))

    assert bench.seen == []
    assert row.last_error == "the process that ran it ended, again and again"


async def test_a_job_cut_off_by_an_orderly_stop_is_given_back(bench: Bench) -> None:
    is_started = asyncio.Event()

    async def linger(_: JobContext) -> None:
        is_started.set()
        await asyncio.Event().wait()

    await bench.add("linger")
    async with bench.running({"linger": linger}):
        await is_started.wait()
        assert (await bench.rows())[0].state == "running"

    [row] = await bench.rows()
    assert (row.state, row.attempts, row.lease_owner) == ("waiting", 0, None)


async def test_a_job_that_takes_long_keeps_its_lease(bench: Bench) -> None:
    may_end = asyncio.Event()

    async def linger(_: JobContext) -> None:
        await may_end.wait()

    await bench.add("linger")
    async with bench.running({"linger": linger}, settings=JobsSettings(lease_s=1)):
        await bench.until(all_in("running"))
        bench.clock.wind(100)
        await bench.until(lambda rows: rows[0].lease_until == bench.micros(1))
        may_end.set()
        await bench.until(all_in("succeeded"))


async def test_a_slow_job_holds_up_no_other(bench: Bench) -> None:
    async def linger(_: JobContext) -> None:
        await asyncio.Event().wait()

    await bench.add("linger")
    async with bench.running({"linger": linger, "see": bench.see}) as runner:
        await bench.until(all_in("running"))
        await bench.add("see")
        runner.wake()
        await bench.until(lambda rows: rows[1].state == "succeeded")


async def test_a_schedule_runs_in_one_of_several_processes_each_time(bench: Bench) -> None:
    runs: list[int] = []

    async def run() -> None:
        runs.append(1)

    schedule = Schedule("tick", 60, run)
    async with bench.running({}, schedule) as one, bench.running({}, schedule) as two:
        await until(lambda: len(runs) == 1)
        for times in (2, 3):
            bench.clock.wind(60)
            one.wake()
            two.wake()
            await until(partial(_has_length, runs, times))

    assert len(runs) == 3


async def test_a_schedule_that_fails_runs_again(bench: Bench) -> None:
    runs: list[int] = []

    async def run() -> None:
        runs.append(1)
        raise LookupError

    async with bench.running({}, Schedule("tick", 60, run)) as runner:
        await until(lambda: len(runs) == 1)
        bench.clock.wind(60)
        runner.wake()
        await until(lambda: len(runs) == 2)


async def test_jobs_that_ended_long_ago_are_forgotten(bench: Bench) -> None:
    await bench.add("see")
    async with bench.running({"see": bench.see}) as runner:
        await bench.until(all_in("succeeded"))
        bench.clock.wind(31 * 86400)
        runner.wake()
        await bench.until(lambda rows: not rows)


def _is_waiting_after(attempt: int, rows: list[Row]) -> bool:
    return bool(rows[0].attempts == attempt and rows[0].state == "waiting")


def _has_length(runs: list[int], length: int) -> bool:
    return len(runs) == length


async def test_tasks_that_the_last_transaction_of_a_job_adds_keep_the_execution_running(bench: Bench) -> None:
    async with bench.database.write() as work:
        execution = await start_execution(work, bench.clock, NewExecution("split"))
        await enqueue(work, bench.clock, "split", {}, JobOptions(execution_id=execution))

    async def split(job: JobContext) -> None:
        async with job.finish() as work:
            await job.describe(work, {"parts": 1})
            options = JobOptions(execution_id=job.execution_id)
            await enqueue(work, bench.clock, "part", {}, options)

    async with bench.running({"split": split}):
        await bench.until(lambda rows: len(rows) == 2)
        [between] = await bench.ask("SELECT state FROM execution")
    async with bench.running({"part": bench.see}):
        [first, _] = await bench.until(all_in("succeeded"))

    assert between.state == "running"
    assert first.extra == '{"parts":1}'
    [after] = await bench.ask("SELECT state FROM execution")
    assert after.state == "succeeded"


async def test_tasks_are_listed_by_their_kind(bench: Bench) -> None:
    async with bench.database.write() as work:
        execution = await start_execution(work, bench.clock, NewExecution("split"))
        for kind in ("split", "part", "part"):
            await enqueue(work, bench.clock, kind, {}, JobOptions(execution_id=execution))

    async with bench.database.read() as reader:
        found = await list_tasks(reader, execution, PageRequest(1, 10), kind="part")

    assert ([task.kind for task in found.items], found.total) == (["part", "part"], 2)
