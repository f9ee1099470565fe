"""Cron schedules: set and deleted by their slices, fired by one process, paused all together."""

from datetime import timedelta
from functools import partial

import pytest

from havre.jobs import NewSchedule, delete_schedule, find_schedule, set_schedule
from havre.jobs.errors import CronInvalid
from havre.jobs.model import CronSchedule
from havre.kernel.work import Row
from kit.bench import Bench, all_in

_EVERY_MINUTE = NewSchedule("see", 3, "Custom", "0 * * * * *", {"dry_run": True})


async def put(bench: Bench, new: NewSchedule) -> CronSchedule:
    async with bench.database.write() as work:
        return await set_schedule(work, bench.clock, new)


async def find(bench: Bench) -> CronSchedule | None:
    async with bench.database.read() as reader:
        return await find_schedule(reader, "see", 3)


async def executions(bench: Bench) -> list[Row]:
    return await bench.ask("SELECT * FROM execution ORDER BY id")


def _have_succeeded(count: int, rows: list[Row]) -> bool:
    return len(rows) == count and all_in("succeeded")(rows)


async def test_a_schedule_is_set_replaced_and_deleted(bench: Bench) -> None:
    first = await put(bench, _EVERY_MINUTE)
    second = await put(bench, NewSchedule("see", 3, "Daily"))

    assert first.next_run_at == bench.clock.now() + timedelta(minutes=1)
    assert (second.id, second.cron, second.type) == (first.id, "0 0 0 * * *", "Daily")
    assert await find(bench) == second
    async with bench.database.write() as work:
        assert await delete_schedule(work, "see", 3)
        assert not await delete_schedule(work, "see", 3)
    assert await find(bench) is None


@pytest.mark.parametrize(
    "new", [NewSchedule("see", 3, "Custom", "* * * * *"), NewSchedule("see", 3, "Yearly")]
)
async def test_a_schedule_that_cannot_be_read_is_refused(bench: Bench, new: NewSchedule) -> None:
    with pytest.raises(CronInvalid):
        await put(bench, new)

    assert await find(bench) is None


async def test_each_moment_starts_one_execution_in_one_of_several_processes(bench: Bench) -> None:
    await put(bench, _EVERY_MINUTE)
    async with bench.running({"see": bench.see}) as one, bench.running({"see": bench.see}) as two:
        for times in (1, 2, 3):
            bench.clock.wind(60)
            one.wake()
            two.wake()
            await bench.until(partial(_have_succeeded, times))

    assert bench.seen == [{"dry_run": True, "vendor_id": 3}] * 3
    rows = await executions(bench)
    assert [(row.vendor_type, row.vendor_id, row.cause, row.state) for row in rows] == [
        ("see", 3, "SCHEDULE", "succeeded")
    ] * 3


async def test_moments_that_nobody_saw_are_made_up_for_by_one_execution(bench: Bench) -> None:
    await put(bench, _EVERY_MINUTE)
    bench.clock.wind(3600)

    async with bench.running({"see": bench.see}):
        await bench.until(partial(_have_succeeded, 1))

    found = await find(bench)
    assert found is not None
    assert found.next_run_at == bench.clock.now() + timedelta(minutes=1)
    assert len(await executions(bench)) == 1


async def test_a_paused_scheduler_starts_nothing_until_it_goes_on(bench: Bench) -> None:
    await put(bench, _EVERY_MINUTE)
    await bench.write("INSERT INTO job_queue (kind, is_paused) VALUES ('SCHEDULER', :yes)", {"yes": True})
    bench.clock.wind(60)
    await bench.add("see", number=1)

    async with bench.running({"see": bench.see}) as runner:
        await bench.until(partial(_have_succeeded, 1))
        assert await executions(bench) == []
        await bench.write("UPDATE job_queue SET is_paused = :no", {"no": False})
        runner.wake()
        await bench.until(partial(_have_succeeded, 2))


async def test_a_deleted_schedule_fires_no_more(bench: Bench) -> None:
    await put(bench, _EVERY_MINUTE)
    async with bench.database.write() as work:
        await delete_schedule(work, "see", 3)
    bench.clock.wind(60)
    await bench.add("see", number=1)

    async with bench.running({"see": bench.see}):
        await bench.until(partial(_have_succeeded, 1))

    assert await executions(bench) == []
