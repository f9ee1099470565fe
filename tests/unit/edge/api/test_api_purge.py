"""Purging the audit journal over the API: run, schedule, history, log, stop, and what is refused."""

import asyncio
import json
from pathlib import Path

import pytest

from havre.adapters.database.horizon import SqliteHorizon
from havre.adapters.forward import open_receiver
from havre.audit import PURGE_KIND, Forwarder
from havre.jobs import JobsSettings, Kind, Runner
from unit.edge.api.rig import Instance

MANUAL = {"schedule": {"type": "Manual"}, "parameters": {"include_event_types": "create_user,create_member"}}


async def purged(instance: Instance, body: object) -> dict[str, object]:
    """Start a purge, let the jobs run, and give what the API shows of it once it has ended."""
    answer = await instance.ask("POST", "/system/purgeaudit/schedule", "admin", body)
    assert answer.status_code == 201, answer.text
    kinds = [Kind(PURGE_KIND, instance.parts.purges.run, at_most=1)]
    runner = Runner(instance.database, instance.clock, JobsSettings(), kinds=kinds, every=[])
    await runner.start()
    try:
        async with asyncio.timeout(20):
            while True:
                shown: dict[str, object] = (
                    await instance.ask("GET", answer.headers["location"], "admin")
                ).json()
                if shown["job_status"] not in ("Pending", "Running"):
                    return shown
                await asyncio.sleep(0.02)
    finally:
        await runner.stop()


async def names(instance: Instance) -> list[str]:
    async with instance.database.read() as reader:
        return [row.name for row in await reader.all("SELECT name FROM event ORDER BY id")]


async def test_a_manual_purge_removes_what_it_names_and_tells_so(instance: Instance) -> None:
    assert "user.created" in await names(instance)

    shown = await purged(instance, MANUAL)

    left = await names(instance)
    log = await instance.ask("GET", f"/system/purgeaudit/{shown['id']}/log", "admin")
    [listed] = (await instance.ask("GET", "/system/purgeaudit", "admin")).json()
    assert (shown["job_status"], shown["job_kind"], listed) == ("Success", "MANUAL", shown)
    assert "user.created" not in left
    assert "member.added" not in left
    assert "project.created" in left
    assert left[-1] == "audit_log.purged"
    assert "rows were deleted" in log.text
    assert log.headers["content-type"].startswith("text/plain")


async def test_rows_that_are_not_forwarded_yet_stay_and_the_log_says_so(
    instance: Instance, tmp_path: Path
) -> None:
    async def endpoint() -> str:
        return f"file://{tmp_path / 'audit.jsonl'}"

    horizon = SqliteHorizon(instance.database)
    forwarder = Forwarder(instance.database, horizon, instance.clock, endpoint, open_receiver)
    instance.parts.purges._released = forwarder.released
    assert not await forwarder.step()  # begins with what comes: nobody waits for what was before
    for name in ("late1", "late2"):
        person = {
            "username": name,
            "email": f"{name}@example.test",
            "realname": name,
            "password": "Late-1234",
        }
        assert (await instance.ask("POST", "/users", "admin", person)).status_code == 201

    first = await purged(instance, MANUAL)
    kept = [name for name in await names(instance) if name == "user.created"]
    while await forwarder.step():
        pass
    second = await purged(instance, MANUAL)
    await forwarder.stop()

    told = [(await instance.ask("GET", f"/system/purgeaudit/{one['id']}/log", "admin")).text
            for one in (first, second)]  # fmt: skip
    assert len(kept) == 2
    assert "2 are not forwarded yet and wait for a later purge" in told[0]
    assert "user.created" not in await names(instance)
    assert "wait" not in told[1]


async def test_a_dry_run_and_a_purge_of_young_rows_remove_nothing(instance: Instance) -> None:
    before = await names(instance)
    for parameters in ({"dry_run": True}, {"audit_retention_hour": 24}):
        wish = {**MANUAL, "parameters": {**MANUAL["parameters"], **parameters}}
        assert (await purged(instance, wish))["job_status"] == "Success"

    assert (await names(instance))[: len(before)] == before


async def test_a_schedule_is_set_changed_and_ended(instance: Instance) -> None:
    path = "/system/purgeaudit/schedule"
    parameters = {"audit_retention_hour": 168, "include_operations": "pull"}
    first = {"schedule": {"type": "Custom", "cron": "0 30 2 * * *"}, "parameters": parameters}
    assert (await instance.ask("GET", path, "admin")).json() == {"schedule": {"type": "None"}}

    assert (await instance.ask("POST", path, "admin", first)).status_code == 201
    shown = (await instance.ask("GET", path, "admin")).json()
    assert (shown["schedule"]["type"], shown["schedule"]["cron"]) == ("Custom", "0 30 2 * * *")
    assert json.loads(shown["job_parameters"])["audit_retention_hour"] == 168

    second = {**first, "schedule": {"type": "Daily"}}
    assert (await instance.ask("PUT", path, "admin", second)).status_code == 200
    assert (await instance.ask("GET", path, "admin")).json()["schedule"]["type"] == "Daily"
    [line, *_] = (await instance.ask("GET", "/auditlog-exts", "admin")).json()
    assert line["changes"]["when"] == {"before": "Custom", "after": "Daily"}

    assert (await instance.ask("PUT", path, "admin", {"schedule": {"type": "None"}})).status_code == 200
    assert (await instance.ask("GET", path, "admin")).json() == {"schedule": {"type": "None"}}


async def test_a_purge_that_waits_is_stopped(instance: Instance) -> None:
    place = (await instance.ask("POST", "/system/purgeaudit/schedule", "admin", MANUAL)).headers["location"]

    assert (await instance.ask("PUT", place, "admin")).status_code == 200
    assert (await instance.ask("GET", place, "admin")).json()["job_status"] == "Stopped"
    assert (await instance.ask("PUT", "/system/purgeaudit/4711", "admin")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"schedule": {"type": "Sometimes"}}, 422, "type"),
        ({"schedule": {}}, 422, "type"),
        ({}, 422, "schedule"),
        ({"schedule": {"type": "Custom", "cron": "never"}}, 400, "cron"),
        ({**MANUAL, "parameters": {"audit_retention_hour": -1}}, 400, "audit_retention_hour"),
        ({**MANUAL, "parameters": {"audit_retention_hour": "x"}}, 422, "audit_retention_hour"),
        ({**MANUAL, "parameters": {"include_event_types": "a b; DROP"}}, 400, "event type"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    instance: Instance, body: object, status: int, field: str
) -> None:
    answer = await instance.ask("POST", "/system/purgeaudit/schedule", "admin", body)

    assert answer.status_code == status, answer.text
    assert field in answer.json()["errors"][0]["message"]


async def test_the_older_lists_show_the_same_journal(instance: Instance) -> None:
    older = (await instance.ask("GET", "/audit-logs?page_size=3", "admin")).json()
    newer = (await instance.ask("GET", "/auditlog-exts?page_size=3", "admin")).json()
    of_project = (await instance.ask("GET", "/projects/demo/logs", "projectAdmin")).json()

    assert [line["id"] for line in older] == [line["id"] for line in newer]
    assert set(older[0]) == {"id", "username", "resource", "resource_type", "operation", "op_time"}
    assert {line["operation"] for line in of_project} == {"create"}
