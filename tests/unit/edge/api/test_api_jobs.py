"""Jobs over the API: pools, workers, queues, logs, schedules; stopped, paused, resumed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from havre.jobs import (
    JobContext,
    JobOptions,
    JobsSettings,
    Kind,
    NewExecution,
    NewSchedule,
    Runner,
    enqueue,
    set_schedule,
    start_execution,
)
from unit.edge.api.rig import Instance
from unit.edge.api.schema import answer_schema, faults

_TEMPLATES = {"workers": "/jobservice/pools/{pool_id}/workers", "paused": "/schedules/{job_type}/paused"}


@asynccontextmanager
async def running(instance: Instance) -> AsyncIterator[Runner]:
    """Run jobs of the kind LINGER, which talk and wait until they are stopped."""

    async def linger(job: JobContext) -> None:
        job.log("at it")
        job.progress("half")
        await job.stopped()

    settings = JobsSettings(workers=2)
    runner = Runner(instance.database, instance.clock, settings, [Kind("LINGER", linger)], [])
    await runner.start()
    try:
        yield runner
    finally:
        await runner.stop()


async def add(instance: Instance, kind: str = "LINGER") -> int:
    """Start an execution with one task and return the task's number."""
    async with instance.database.write() as work:
        number = await start_execution(work, instance.clock, NewExecution(kind, 5))
        return await enqueue(work, instance.clock, kind, {}, JobOptions(execution_id=number))


async def get(instance: Instance, path: str) -> Any:
    """Read JSON as the administrator, held to the contract."""
    response = await instance.ask("GET", path, "admin")
    assert response.status_code == 200, response.text
    schema = answer_schema("GET", _TEMPLATES.get(path.rpartition("/")[2], path), 200)
    if schema is not None:
        assert not list(faults(response.json(), schema))
    return response.json()


async def until_job(instance: Instance, number: int, state: str) -> None:
    """Wait until a job is in a state and its news are saved."""
    async with asyncio.timeout(20):
        while True:
            async with instance.database.read() as reader:
                row = await reader.first("SELECT state, progress FROM job WHERE id = :id", {"id": number})
            if row is not None and row.state == state and (row.progress or state != "running"):
                return
            await asyncio.sleep(0.01)


async def steer(instance: Instance, queue: str, action: str) -> None:
    response = await instance.ask("PUT", f"/jobservice/queues/{queue}", "admin", {"action": action})
    assert response.status_code == 200, response.text


async def test_pools_and_workers_show_who_runs_what(instance: Instance) -> None:
    number = await add(instance)
    async with running(instance):
        await until_job(instance, number, "running")
        [pool] = await get(instance, "/jobservice/pools")
        busy, free = await get(instance, "/jobservice/pools/all/workers")
        same = await get(instance, f"/jobservice/pools/{pool['worker_pool_id']}/workers")

    assert pool["concurrency"] == 2
    assert (busy["job_name"], busy["job_id"], busy["check_in"]) == ("LINGER", str(number), "half")
    assert (busy["pool_id"], free["pool_id"]) == (pool["worker_pool_id"],) * 2
    assert "job_id" not in free
    assert [worker["id"] for worker in same] == [busy["id"], free["id"]]
    assert await get(instance, "/jobservice/pools") == []


async def test_a_running_job_is_read_and_stopped(instance: Instance) -> None:
    number = await add(instance)
    async with running(instance):
        await until_job(instance, number, "running")
        log = await instance.ask("GET", f"/jobservice/jobs/{number}/log", "admin")
        assert (await instance.ask("PUT", f"/jobservice/jobs/{number}", "admin")).status_code == 200
        await until_job(instance, number, "stopped")

    assert log.headers["content-type"].startswith("text/plain")
    assert log.text.endswith(" at it\n")


async def test_all_running_jobs_are_stopped_and_none_that_waits(instance: Instance) -> None:
    numbers = [await add(instance) for _ in range(2)]
    async with running(instance):
        for number in numbers:
            await until_job(instance, number, "running")
        assert (await instance.ask("PUT", "/jobservice/jobs/all", "admin")).status_code == 200
        for number in numbers:
            await until_job(instance, number, "stopped")

    await until_job(instance, 1, "waiting")  # the scene's


async def test_a_queue_is_paused_resumed_and_emptied_by_its_name_in_any_case(instance: Instance) -> None:
    async with running(instance):
        await until_job(instance, await first_run(instance), "stopped")
    numbers = [await add(instance) for _ in range(2)]

    await steer(instance, "linger", "pause")
    queues = {queue["job_type"]: queue for queue in await get(instance, "/jobservice/queues")}
    assert queues["LINGER"] == {"job_type": "LINGER", "count": 2, "latency": 0, "paused": True}
    assert not queues["SCHEDULER"]["paused"]
    await steer(instance, "LINGER", "stop")
    await steer(instance, "LINGER", "resume")

    queues = {queue["job_type"]: queue for queue in await get(instance, "/jobservice/queues")}
    assert queues["LINGER"] == {"job_type": "LINGER", "count": 0, "latency": 0, "paused": False}
    for number in numbers:
        await until_job(instance, number, "stopped")
    async with instance.database.read() as reader:
        rows = await reader.all("SELECT state FROM execution WHERE vendor_type = 'LINGER' ORDER BY id")
    assert [row.state for row in rows] == ["stopped"] * 3


async def first_run(instance: Instance) -> int:
    """Have one job run and stopped, so that the queue is known."""
    number = await add(instance)
    await until_job(instance, number, "running")
    await instance.ask("PUT", f"/jobservice/jobs/{number}", "admin")
    return number


async def test_all_queues_are_paused_with_the_scheduler(instance: Instance) -> None:
    async with running(instance):
        await until_job(instance, await first_run(instance), "stopped")
        assert await get(instance, "/schedules/all/paused") == {"paused": False}
        await steer(instance, "all", "pause")
        assert await get(instance, "/schedules/all/paused") == {"paused": True}
        assert all(queue["paused"] for queue in await get(instance, "/jobservice/queues"))
        await steer(instance, "scheduler", "resume")
        assert await get(instance, "/schedules/all/paused") == {"paused": False}


async def test_schedules_are_listed_in_pages(instance: Instance) -> None:
    async with instance.database.write() as work:
        for number in range(3):
            await set_schedule(work, instance.clock, NewSchedule("RETENTION", number, "Daily"))

    response = await instance.ask("GET", "/schedules?page=2&page_size=2", "admin")

    assert response.headers["x-total-count"] == "3"
    [schedule] = response.json()
    assert (schedule["vendor_type"], schedule["vendor_id"]) == ("RETENTION", 2)
    assert schedule["cron"] == "0 0 0 * * *"
    assert not list(faults(response.json(), answer_schema("GET", "/schedules", 200) or {}))


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/jobservice/jobs/999999", None, 404),
        ("PUT", "/jobservice/jobs/abc", None, 404),
        ("PUT", f"/jobservice/jobs/{'9' * 30}", None, 404),
        ("PUT", "/jobservice/jobs/%D9%A3", None, 404),
        ("GET", "/jobservice/jobs/999999/log", None, 404),
        ("GET", "/jobservice/pools/nobody/workers", None, 404),
        ("PUT", "/jobservice/queues/NOBODY", {"action": "stop"}, 404),
        ("PUT", "/jobservice/queues/all", {"action": "explode"}, 422),
        ("PUT", "/jobservice/queues/all", {}, 422),
        ("PUT", "/jobservice/queues/all", {"action": 7}, 422),
        ("GET", "/schedules/RETENTION/paused", None, 400),
        ("GET", "/schedules?page_size=0", None, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(
    instance: Instance, method: str, path: str, body: object, status: int
) -> None:
    response = await instance.ask(method, path, "admin", body)

    assert response.status_code == status
    assert response.json()["errors"][0]["message"]
