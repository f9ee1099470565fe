"""Garbage collection over the API: run, dry run, schedule, history, log, stop, and what is refused."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from havre.jobs import JobsSettings, Kind, Runner
from havre.registry import (
    COLLECTION_KIND,
    Collect,
    CollectOptions,
    CollectReport,
    RegistrySettings,
    RunCollection,
    Sweep,
)
from havre.registry.collect import BATCH
from havre.registry.collected import Between, Note, nothing_between
from unit.edge.api.rig import Instance

SCHEDULE = "/system/gc/schedule"
MANUAL = {"schedule": {"type": "Manual"}, "parameters": {"workers": 3}}
DEAD = "sha256:" + "d" * 64


class Paused(Collect):
    """A collector that does something after each batch."""

    def __init__(self, instance: Instance, after_a_batch: Callable[[Callable[[], bool]], Awaitable[None]]):
        super().__init__(instance.database, instance.clock, RegistrySettings())
        self._after_a_batch = after_a_batch

    async def run(
        self,
        options: CollectOptions = CollectOptions(),  # noqa: B008 - frozen
        note: Note = lambda _: None,
        is_stopped: Callable[[], bool] = lambda: False,
        between: Between = nothing_between,
    ) -> CollectReport:
        """Collect, with the pause."""

        async def pause(report: CollectReport) -> None:
            await between(report)
            await self._after_a_batch(is_stopped)

        return await super().run(options, note, is_stopped, pause)


def runner(instance: Instance, collect: Collect | None = None) -> Runner:
    """What runs the collections of this instance."""
    database, clock = instance.database, instance.clock
    collect = collect or Collect(database, clock, RegistrySettings())
    handler = RunCollection(database, clock, collect, Sweep(database, instance.blobs, clock))
    kinds = [Kind(COLLECTION_KIND, handler.run, at_most=1)]
    return Runner(database, clock, JobsSettings(poll_s=1), kinds=kinds, every=[])


async def add_dead_blobs(instance: Instance, count: int = 1) -> None:
    """Store blobs that nothing holds and whose review is due."""
    digests = [f"sha256:{number:064x}" for number in range(count)] if count > 1 else [DEAD]
    async with instance.database.write() as work:
        await work.run_many(
            "INSERT INTO blob (digest, key, size, created_at) VALUES (:digest, :key, 1000, 0)",
            [{"digest": digest, "key": f"blobs/dd/{digest[7:]}.0"} for digest in digests],
        )
        await work.run_many(
            """INSERT INTO gc_queue (kind, repo_id, digest, review_after, reason)
               VALUES ('blob', 0, :digest, 1, 'manifest deleted')""",
            [{"digest": digest} for digest in digests],
        )


async def ended(instance: Instance, place: str) -> dict[str, object]:
    """Wait for a collection to end and give what the API shows of it."""
    async with asyncio.timeout(20):
        while True:
            shown: dict[str, object] = (await instance.ask("GET", place, "admin")).json()
            if shown["job_status"] not in ("Pending", "Running"):
                return shown
            await asyncio.sleep(0.02)


async def collected(instance: Instance, body: object) -> dict[str, object]:
    """Start a collection, let the jobs run, and give what the API shows of it once it has ended."""
    answer = await instance.ask("POST", SCHEDULE, "admin", body)
    assert answer.status_code == 201, answer.text
    running = runner(instance)
    await running.start()
    try:
        return await ended(instance, answer.headers["location"])
    finally:
        await running.stop()


async def count(instance: Instance, query: str) -> int:
    async with instance.database.read() as reader:
        row = await reader.first(query)
    assert row is not None
    return int(row.total)


async def test_a_manual_collection_deletes_what_is_due_and_tells_figures_items_and_causes(
    instance: Instance,
) -> None:
    await add_dead_blobs(instance)

    shown = await collected(instance, MANUAL)

    told = json.loads(str(shown["job_parameters"]))
    log = await instance.ask("GET", f"/system/gc/{shown['id']}/log", "admin")
    [listed] = (await instance.ask("GET", "/system/gc", "admin")).json()
    assert (shown["job_status"], shown["job_kind"], shown["job_name"]) == (
        "Success",
        "MANUAL",
        "GARBAGE_COLLECTION",
    )
    assert listed == shown
    assert told == {
        "delete_untagged": False,
        "dry_run": False,
        "workers": 3,
        "purged_blobs": 1,
        "purged_manifests": 0,
        "freed_space": 1000,
    }
    assert f"deleted blob {DEAD}, 1,000 bytes: manifest deleted" in log.text
    assert "1 × blob, 1,000 bytes: manifest deleted" in log.text
    assert await count(instance, f"SELECT COUNT(*) AS total FROM blob WHERE digest = '{DEAD}'") == 0
    async with instance.database.read() as reader:
        names = [row.name for row in await reader.all("SELECT name FROM event ORDER BY id DESC LIMIT 2")]
    assert names == ["collection.finished", "collection.started"]


async def test_untagged_manifests_go_when_asked_for_but_what_something_holds_stays(
    instance: Instance,
) -> None:
    untagged = """SELECT COUNT(*) AS total FROM manifest m WHERE NOT EXISTS (
        SELECT 1 FROM tag t WHERE t.repo_id = m.repo_id AND t.digest = m.digest)"""
    held = f"""{untagged} AND (
        EXISTS (SELECT 1 FROM manifest s WHERE s.repo_id = m.repo_id AND s.digest = m.subject)
        OR EXISTS (SELECT 1 FROM manifest_ref f WHERE f.repo_id = m.repo_id AND f.child = m.digest))"""
    before, all_held = await count(instance, untagged), await count(instance, held)

    shown = await collected(instance, {**MANUAL, "parameters": {"delete_untagged": True}})

    purged = json.loads(str(shown["job_parameters"]))["purged_manifests"]
    left = await count(instance, untagged)
    assert left > 0
    assert purged > 0
    assert left == await count(instance, held) <= all_held
    assert left + purged == before


async def test_a_stop_ends_a_collection_behind_its_batch(instance: Instance) -> None:
    await add_dead_blobs(instance, 3 * BATCH)
    place = (await instance.ask("POST", SCHEDULE, "admin", MANUAL)).headers["location"]

    async def stop(is_stopped: Callable[[], bool]) -> None:
        await instance.ask("PUT", place, "admin")
        while not is_stopped():  # noqa: ASYNC110 - the job has no more to wait for
            await asyncio.sleep(0.01)

    running = runner(instance, Paused(instance, stop))
    await running.start()
    shown = await ended(instance, place)
    await running.stop()

    assert shown["job_status"] == "Stopped"
    assert json.loads(str(shown["job_parameters"]))["purged_blobs"] == BATCH
    assert await count(instance, "SELECT COUNT(*) AS total FROM gc_queue WHERE review_after = 1") == 2 * BATCH


async def test_a_collection_goes_on_where_its_process_left_it_and_shows_live_figures(
    instance: Instance,
) -> None:
    await add_dead_blobs(instance, 3 * BATCH)
    place = (await instance.ask("POST", SCHEDULE, "admin", MANUAL)).headers["location"]
    reached = asyncio.Event()

    async def hang(_: Callable[[], bool]) -> None:
        reached.set()
        await asyncio.Event().wait()

    first = runner(instance, Paused(instance, hang))
    await first.start()
    await asyncio.wait_for(reached.wait(), 20)
    seen = (await instance.ask("GET", place, "admin")).json()
    await first.stop()
    second = runner(instance)
    await second.start()
    shown = await ended(instance, place)
    await second.stop()

    assert (seen["job_status"], json.loads(seen["job_parameters"])["purged_blobs"]) == ("Running", BATCH)
    assert (shown["job_status"], json.loads(str(shown["job_parameters"]))["purged_blobs"]) == (
        "Success",
        3 * BATCH,
    )
    started = "SELECT COUNT(*) AS total FROM event WHERE name = 'collection.started'"
    assert await count(instance, started) == 1


async def test_a_dry_run_names_each_thing_with_size_and_cause_and_deletes_nothing(instance: Instance) -> None:
    await add_dead_blobs(instance)

    shown = await collected(instance, {**MANUAL, "parameters": {"dry_run": True}})

    log = (await instance.ask("GET", f"/system/gc/{shown['id']}/log", "admin")).text
    assert f"would delete blob {DEAD}, 1,000 bytes: manifest deleted" in log
    assert json.loads(str(shown["job_parameters"]))["freed_space"] == 1000
    assert await count(instance, f"SELECT COUNT(*) AS total FROM blob WHERE digest = '{DEAD}'") == 1
    assert await count(instance, "SELECT COUNT(*) AS total FROM gc_queue WHERE review_after = 1") == 1


async def test_there_is_one_collection_at_a_time(instance: Instance) -> None:
    first = await instance.ask("POST", SCHEDULE, "admin", MANUAL)
    second = await instance.ask("POST", SCHEDULE, "admin", MANUAL)

    assert (first.status_code, second.status_code) == (201, 409)
    assert first.headers["location"].rsplit("/", 1)[1] in second.json()["errors"][0]["message"]
    await instance.ask("PUT", first.headers["location"], "admin")
    assert (await instance.ask("POST", SCHEDULE, "admin", MANUAL)).status_code == 201


async def test_a_schedule_is_set_changed_and_ended(instance: Instance) -> None:
    first = {"schedule": {"type": "Custom", "cron": "0 30 2 * * *"}, "parameters": {"workers": 5}}
    assert (await instance.ask("GET", SCHEDULE, "admin")).json() == {"schedule": {"type": "None"}}

    created = await instance.ask("POST", SCHEDULE, "admin", first)
    shown = (await instance.ask("GET", SCHEDULE, "admin")).json()
    assert (created.status_code, created.headers["location"]) == (201, "/api/v2.0/system/gc/schedule")
    assert (shown["schedule"]["type"], shown["schedule"]["cron"]) == ("Custom", "0 30 2 * * *")
    assert json.loads(shown["job_parameters"]) == {"delete_untagged": False, "dry_run": False, "workers": 5}

    assert (
        await instance.ask("PUT", SCHEDULE, "admin", {**first, "schedule": {"type": "Daily"}})
    ).status_code == 200
    [line, *_] = (await instance.ask("GET", "/auditlog-exts", "admin")).json()
    assert line["changes"]["when"] == {"before": "Custom", "after": "Daily"}

    assert (await instance.ask("PUT", SCHEDULE, "admin", {"schedule": {"type": "None"}})).status_code == 200
    assert (await instance.ask("GET", SCHEDULE, "admin")).json() == {"schedule": {"type": "None"}}


async def test_a_collection_that_waits_is_stopped(instance: Instance) -> None:
    place = (await instance.ask("POST", SCHEDULE, "admin", MANUAL)).headers["location"]

    assert (await instance.ask("PUT", place, "admin")).status_code == 200
    assert (await instance.ask("GET", place, "admin")).json()["job_status"] == "Stopped"
    assert (await instance.ask("PUT", "/system/gc/4711", "admin")).status_code == 404


async def test_the_history_is_narrowed_sorted_and_paged(instance: Instance) -> None:
    numbers = []
    for _ in range(3):
        place = (await instance.ask("POST", SCHEDULE, "admin", MANUAL)).headers["location"]
        numbers.append(int(place.rsplit("/", 1)[1]))
        await instance.ask("PUT", place, "admin")
    await instance.ask("POST", SCHEDULE, "admin", MANUAL)

    async def ids(query: str) -> list[int]:
        return [one["id"] for one in (await instance.ask("GET", f"/system/gc?{query}", "admin")).json()]

    assert await ids("q=status%3DStopped") == numbers[::-1]
    assert await ids("q=status%3Dstopped&sort=creation_time&page_size=2") == numbers[:2]
    assert await ids("q=trigger%3DSCHEDULE") == []
    page = await instance.ask("GET", "/system/gc?page=2&page_size=3", "admin")
    assert (page.headers["x-total-count"], [one["id"] for one in page.json()]) == ("4", [numbers[0]])
    assert (await instance.ask("GET", "/system/gc?q=status%3Dsometimes", "admin")).status_code == 422


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"schedule": {"type": "Sometimes"}}, 422, "type"),
        ({"schedule": {}}, 422, "type"),
        ({}, 422, "schedule"),
        ({"schedule": {"type": "Custom", "cron": "never"}}, 400, "cron"),
        ({**MANUAL, "parameters": {"workers": 0}}, 400, "workers"),
        ({**MANUAL, "parameters": {"workers": 6}}, 400, "workers"),
        ({**MANUAL, "parameters": {"workers": "x"}}, 422, "workers"),
        ({**MANUAL, "parameters": {"dry_run": 1}}, 422, "dry_run"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    instance: Instance, body: object, status: int, field: str
) -> None:
    answer = await instance.ask("POST", SCHEDULE, "admin", body)

    assert answer.status_code == status, answer.text
    assert field in answer.json()["errors"][0]["message"]
