"""Steering: stop, pause, limits, priorities; logs, and the transaction that counts once."""

import asyncio
from functools import partial

import pytest

from havre.jobs import (
    Cause,
    ExecutionFilter,
    JobContext,
    JobOptions,
    JobsSettings,
    NewExecution,
    State,
    amend_execution,
    end_execution,
    enqueue,
    find_execution,
    find_task,
    list_executions,
    list_tasks,
    read_log,
    start_execution,
    stop_execution,
)
from havre.jobs.context import LOG_LIMIT
from havre.jobs.errors import ExecutionUnknown, JobUnknown, LeaseLost, WillNotSucceed
from havre.jobs.model import Execution
from havre.kernel.errors import StartRefused, Unavailable
from havre.kernel.pages import PageRequest
from havre.kernel.work import Row
from kit.bench import Bench, all_in, until

_QUICK = JobsSettings(lease_s=1, stop_s=0)


async def execute(bench: Bench, *kinds: str, cause: Cause = Cause.MANUAL) -> int:
    """Start an execution with one task of each kind."""
    async with bench.database.write() as work:
        number = await start_execution(work, bench.clock, NewExecution("SCAN_ALL", 7, cause, {"a": [1]}))
        for kind in kinds:
            await enqueue(work, bench.clock, kind, {"kind": kind}, JobOptions(execution_id=number))
    return number


async def execution(bench: Bench, number: int) -> Execution:
    async with bench.database.read() as reader:
        return await find_execution(reader, number, "SCAN_ALL")


async def log_of(bench: Bench, number: int) -> str:
    async with bench.database.read() as reader:
        return await read_log(reader, number)


async def test_an_execution_ends_with_its_last_task(bench: Bench) -> None:
    may_end = asyncio.Event()

    async def wait(_: JobContext) -> None:
        await may_end.wait()

    number = await execute(bench, "see", "wait")
    async with bench.running({"see": bench.see, "wait": wait}):
        await bench.until(lambda rows: rows[0].state == "succeeded" and rows[1].state == "running")
        half = await execution(bench, number)
        may_end.set()
        await bench.until(all_in("succeeded"))
    whole = await execution(bench, number)

    assert (half.state, half.finished_at) == (State.RUNNING, None)
    assert half.tasks == {State.SUCCEEDED: 1, State.RUNNING: 1}
    assert (whole.state, whole.tasks, whole.extra) == (State.SUCCEEDED, {State.SUCCEEDED: 2}, {"a": [1]})
    assert (whole.cause, whole.vendor_id, whole.finished_at) == (Cause.MANUAL, 7, bench.clock.now())


async def test_one_failed_task_makes_the_execution_failed(bench: Bench) -> None:
    async def refuse(_: JobContext) -> None:
        raise WillNotSucceed("the policy is gone")

    number = await execute(bench, "see", "refuse")
    async with bench.running({"see": bench.see, "refuse": refuse}):
        rows = await bench.until(lambda rows: all(row.finished_at for row in rows))

    assert (await execution(bench, number)).state is State.FAILED
    assert (rows[1].attempts, rows[1].last_error) == (1, "WillNotSucceed: the policy is gone")


async def test_two_processes_that_end_the_last_two_tasks_at_once_end_the_execution(bench: Bench) -> None:
    numbers = [await execute(bench, "see", "see") for _ in range(10)]
    one = JobsSettings(workers=1)

    async with (
        bench.running({"see": bench.see}, settings=one),
        bench.running({"see": bench.see}, settings=one),
    ):
        await bench.until(all_in("succeeded"))

    assert {(await execution(bench, number)).state for number in numbers} == {State.SUCCEEDED}


async def test_an_execution_without_tasks_is_ended_by_hand(bench: Bench) -> None:
    number = await execute(bench)
    async with bench.database.write() as work:
        await amend_execution(work, bench.clock, number, {"b": 2}, "nothing to do")
        await end_execution(work, bench.clock, number)

    found = await execution(bench, number)
    assert (found.state, found.extra, found.message) == (State.SUCCEEDED, {"a": [1], "b": 2}, "nothing to do")


async def test_executions_are_listed_newest_first_and_filtered(bench: Bench) -> None:
    numbers = [await execute(bench, "see") for _ in range(3)]
    event = await execute(bench, cause=Cause.EVENT)

    async with bench.database.read() as reader:
        page = await list_executions(reader, ExecutionFilter("SCAN_ALL"), PageRequest(2, 2))
        events = await list_executions(
            reader, ExecutionFilter("SCAN_ALL", 7, State.RUNNING, Cause.EVENT), PageRequest()
        )
        others = await list_executions(reader, ExecutionFilter("RETENTION"), PageRequest())
        tasks = await list_tasks(reader, numbers[0], PageRequest(), State.WAITING)

    assert ([one.id for one in page.items], page.total) == ([numbers[1], numbers[0]], 4)
    assert [one.id for one in events.items] == [event]
    assert (others.items, others.total) == ([], 0)
    assert [(task.execution_id, task.kind) for task in tasks.items] == [(numbers[0], "see")]


async def test_an_execution_or_task_of_something_else_is_unknown(bench: Bench) -> None:
    number = await execute(bench, "see")
    async with bench.database.read() as reader:
        found = await list_tasks(reader, number, PageRequest())
        task = found.items[0].id
        assert (await find_task(reader, number, task)).id == task
        for call, error in (
            (find_execution(reader, number, "RETENTION"), ExecutionUnknown),
            (find_execution(reader, number + 1, "SCAN_ALL"), ExecutionUnknown),
            (find_task(reader, number + 1, task), JobUnknown),
        ):
            try:
                await call
            except error:
                continue
            raise AssertionError(error)


async def test_a_stopped_execution_ends_what_waits_at_once_and_what_runs_in_time(bench: Bench) -> None:
    number = await execute(bench, "linger", "later")
    async with bench.running({"linger": bench.linger}):
        await bench.until(lambda rows: rows[0].state == "running")
        async with bench.database.write() as work:
            await stop_execution(work, bench.clock, number)
        assert (await bench.rows())[1].state == "stopped"
        assert (await execution(bench, number)).state is State.RUNNING
        await bench.until(all_in("stopped"))

    assert (await execution(bench, number)).state is State.STOPPED


async def test_a_job_that_does_not_listen_is_cut_off(bench: Bench) -> None:
    async def deaf(_: JobContext) -> None:
        await asyncio.Event().wait()

    number = await execute(bench, "deaf")
    async with bench.running({"deaf": deaf}, settings=_QUICK):
        await bench.until(all_in("running"))
        async with bench.database.write() as work:
            await stop_execution(work, bench.clock, number)
        await bench.until(all_in("stopped"))


async def test_a_job_that_was_asked_to_stop_is_not_tried_again(bench: Bench) -> None:
    async def fail_then(job: JobContext) -> None:
        await job.stopped()
        raise LookupError("torn")

    number = await execute(bench, "fail")
    async with bench.running({"fail": fail_then}):
        await bench.until(all_in("running"))
        async with bench.database.write() as work:
            await stop_execution(work, bench.clock, number)
        [row] = await bench.until(all_in("stopped"))

    assert row.last_error == "LookupError: torn"


async def test_a_stopped_job_of_a_process_that_died_is_stopped(bench: Bench) -> None:
    number = await execute(bench, "see")
    await bench.write(
        "UPDATE job SET state = 'running', attempts = 1, lease_owner = 'dead', lease_until = :until",
        {"until": bench.micros(-1)},
    )
    async with bench.database.write() as work:
        await stop_execution(work, bench.clock, number)

    async with bench.running({"see": bench.see}):
        await bench.until(all_in("stopped"))

    assert bench.seen == []
    assert (await execution(bench, number)).state is State.STOPPED


async def test_a_paused_kind_waits_and_others_run(bench: Bench) -> None:
    handlers = {"see": bench.see, "paused": bench.see}
    async with bench.running(handlers):
        await until_known(bench, 3)
    await bench.write("UPDATE job_queue SET is_paused = :yes WHERE kind = 'paused'", {"yes": True})
    await bench.add("paused")
    await bench.add("see")

    async with bench.running(handlers) as runner:
        await bench.until(lambda rows: rows[1].state == "succeeded")
        assert (await bench.rows())[0].state == "waiting"
        await bench.write("UPDATE job_queue SET is_paused = :no", {"no": False})
        runner.wake()
        await bench.until(all_in("succeeded"))


async def until_known(bench: Bench, queues: int) -> None:
    async with asyncio.timeout(10):
        while len(await bench.ask("SELECT kind FROM job_queue")) < queues:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_a_limited_kind_never_runs_more_often_at_a_time_in_all_processes(bench: Bench) -> None:
    now_running, most = 0, 0

    async def count(_: JobContext) -> None:
        nonlocal now_running, most
        now_running += 1
        most = max(most, now_running)
        for _turn in range(20):
            await asyncio.sleep(0)
        now_running -= 1

    for _ in range(24):
        await bench.add("count")
    async with (
        bench.running({"count": count}, at_most=3),
        bench.running({"count": count}, at_most=3),
        bench.running({"count": count}, settings=JobsSettings(limits="COUNT=3")),
    ):
        await bench.until(all_in("succeeded"))

    assert most == 3


async def test_the_most_urgent_job_goes_first(bench: Bench) -> None:
    for number, priority in enumerate((0, 5, -1, 9)):
        await bench.add("see", JobOptions(priority=priority), number=number)

    async with bench.running({"see": bench.see}, settings=JobsSettings(workers=1)):
        await bench.until(all_in("succeeded"))

    assert [payload["number"] for payload in bench.seen] == [3, 1, 0, 2]


async def test_a_log_can_be_read_while_the_job_runs(bench: Bench) -> None:
    async def talk(job: JobContext) -> None:
        job.log("begun\0 \ud800")
        job.progress("1 of 2")
        await job.stopped()

    number = await bench.add("talk")
    async with bench.running({"talk": talk}, settings=_QUICK):
        [row] = await bench.until(lambda rows: rows[0].progress == "1 of 2")

        assert row.state == "running"
        assert await log_of(bench, number) == "2026-01-01T00:00:00.000Z begun ?\n"


async def test_a_log_has_an_end_and_says_so(bench: Bench) -> None:
    async def talk(job: JobContext) -> None:
        for _ in range(600):
            job.log("x" * 5000)

    number = await bench.add("talk")
    async with bench.running({"talk": talk}):
        await bench.until(all_in("succeeded"))

    text = await log_of(bench, number)
    assert text.endswith("the log ends here: it is at its limit\n")
    assert len(text) <= LOG_LIMIT


async def test_the_last_transaction_and_the_success_are_one(bench: Bench) -> None:
    async def write(job: JobContext) -> None:
        job.log("done")
        async with job.finish() as work:
            await work.run("INSERT INTO setting (name, value) VALUES ('result', 'x')")
            if job.attempt == 1:
                raise LookupError("too early")

    number = await bench.add("write")
    async with bench.running({"write": write}) as runner:
        await bench.until(lambda rows: rows[0].state == "waiting" and rows[0].attempts == 1)
        assert await bench.ask("SELECT name FROM setting WHERE name = 'result'") == []
        bench.clock.wind(2)
        runner.wake()
        [row] = await bench.until(all_in("succeeded"))

    assert row.attempts == 2
    assert len(await bench.ask("SELECT name FROM setting WHERE name = 'result'")) == 1
    assert (await log_of(bench, number)).count("done") == 2


async def test_a_job_that_was_taken_over_can_write_nothing_more(bench: Bench) -> None:
    errors: list[Exception] = []

    async def write(job: JobContext) -> None:
        await bench.write("UPDATE job SET lease_owner = 'another'")
        try:
            async with bench.database.write() as work:
                await job.fence(work)
        except LeaseLost as error:
            errors.append(error)
        try:
            async with job.finish() as work:
                await work.run("INSERT INTO setting (name, value) VALUES ('result', 'x')")
        except LeaseLost as error:
            errors.append(error)
            raise

    await bench.add("write")
    async with bench.running({"write": write}):
        await until(lambda: len(errors) == 2)
    [row] = await bench.rows()

    assert (row.state, row.lease_owner) == ("running", "another")
    assert await bench.ask("SELECT name FROM setting WHERE name = 'result'") == []


def _has_failed(attempt: int, rows: list[Row]) -> bool:
    return bool(rows[0].attempts == attempt and rows[0].state == "waiting")


async def test_a_job_whose_machine_cannot_now_is_not_given_up(bench: Bench) -> None:
    async def try_it(job: JobContext) -> None:
        if job.attempt < 4:
            raise Unavailable("the database is away")

    await bench.add("try", JobOptions(max_attempts=1))
    async with bench.running({"try": try_it}) as runner:
        for attempt in range(1, 4):
            await bench.until(partial(_has_failed, attempt))
            bench.clock.wind(3600)
            runner.wake()
        await bench.until(all_in("succeeded"))


@pytest.mark.parametrize("limits", ["SEE", "SEE=0", "SEE=x", "NOBODY=1", "=1"])
async def test_a_limit_that_cannot_be_read_is_refused(bench: Bench, limits: str) -> None:
    with pytest.raises(StartRefused, match=r"jobs\.limits"):
        async with bench.running({"see": bench.see}, settings=JobsSettings(limits=limits)):
            pass


async def test_a_handler_that_lost_its_job_to_its_own_process_leaves_the_next_taking_alone(
    bench: Bench,
) -> None:
    """The lease ran out while the database was away, and the same process took the job again."""
    attempts: list[int] = []
    may_end = asyncio.Event()

    async def cling(job: JobContext) -> None:
        attempts.append(job.attempt)
        try:
            await may_end.wait()
        except asyncio.CancelledError:
            if job.attempt > 1:
                raise
            await may_end.wait()  # deaf to the loss

    await bench.add("cling")
    async with bench.running({"cling": cling}, settings=_QUICK) as runner:
        await until(lambda: attempts == [1])
        await bench.write("UPDATE job SET lease_until = 0")
        runner.wake()
        await until(lambda: attempts == [1, 2])
        may_end.set()
        [row] = await bench.until(all_in("succeeded"))

    assert row.attempts == 2
