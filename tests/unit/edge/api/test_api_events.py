"""Every built operation announces exactly the event that the table names, and no other.

The calls are those of `calls.py`. Where such a call does not succeed or changes nothing, SCENES has one of
its own: it prepares what is needed and tells the path and the body. A built writing operation whose call does
not succeed fails here until it has one.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from havre.edge.api.operations import BY_ID
from unit.edge.api.calls import BUILT, body_of, policy_of, url_of
from unit.edge.api.rig import PASSWORD, Instance, open_instance
from unit.edge.api.test_api_contract import target_member

Scene = Callable[[Instance], Awaitable[tuple[str, object]]]

# Events that tell of something else than the operation: people log in to call it at all.
_BESIDE = frozenset({"user.logged_in"})
# Operations that announce nothing although they are no GET: they look, or only try.
_TRIES = frozenset({"pingLdap", "pingOIDC", "pingRegistry", "pingScanner"})
# An operation may do several things of one kind at once; then its event comes several times.


async def _an_empty_project(instance: Instance) -> tuple[str, object]:
    answer = await instance.ask("POST", "/projects", "admin", {"project_name": "empty"})
    return answer.headers["location"], None


async def _a_purge(instance: Instance) -> tuple[str, object]:
    wish = {"schedule": {"type": "Manual"}, "parameters": {"include_operations": "pull"}}
    answer = await instance.ask("POST", "/system/purgeaudit/schedule", "admin", wish)
    return answer.headers["location"], None


async def _a_collection(instance: Instance) -> tuple[str, object]:
    answer = await instance.ask("POST", "/system/gc/schedule", "admin", {"schedule": {"type": "Manual"}})
    return answer.headers["location"], None


async def _somebody_of_a_provider(instance: Instance) -> tuple[str, object]:
    async with instance.database.write() as work:
        await work.run("UPDATE account SET origin = 'oidc', subject = 's' WHERE id = 7")
    return "/users/7/cli_secret", {"secret": PASSWORD}


async def _a_project_that_keeps_all(instance: Instance) -> tuple[str, object]:
    made = await instance.ask("POST", "/projects", "admin", {"project_name": "all"})
    number = int(made.headers["location"].rpartition("/")[2])
    return "/retentions", policy_of("latestPushedK", 1, number)


SCENES: dict[str, Scene] = {
    "createRetention": _a_project_that_keeps_all,
    "deleteProject": _an_empty_project,
    "setCliSecret": _somebody_of_a_provider,
    "stopGC": _a_collection,
    "stopPurge": _a_purge,
}


async def _newest(instance: Instance) -> int:
    async with instance.database.read() as reader:
        row = await reader.first("SELECT COALESCE(MAX(id), 0) AS newest FROM event")
    assert row is not None
    return int(row.newest)


async def _announced(instance: Instance, after: int) -> list[str]:
    async with instance.database.read() as reader:
        rows = await reader.all("SELECT name FROM event WHERE id > :after ORDER BY id", {"after": after})
    return [row.name for row in rows if row.name not in _BESIDE]


@pytest.mark.parametrize("operation_id", BUILT)
async def test_an_operation_announces_its_event_and_no_other(tmp_path: Path, operation_id: str) -> None:
    operation = BY_ID[operation_id]
    async with open_instance(tmp_path) as instance:
        if operation_id in SCENES:
            path, body = await SCENES[operation_id](instance)
        else:
            path = url_of(operation, "demo", await target_member(instance, "demo"))
            body = body_of(operation_id, "demo")
        before = await _newest(instance)
        answer = await instance.ask(operation.method, path, "admin", body)
        announced = set(await _announced(instance, before))

    if operation.event is None:
        assert announced == set()
        assert operation.method in ("GET", "HEAD") or operation_id in _TRIES, "writing without event"
    else:
        assert answer.status_code < 300, f"{operation_id} needs a scene in SCENES: {answer.text}"
        assert announced == {operation.event}


def test_there_is_no_scene_for_an_operation_that_is_not_there() -> None:
    assert set(SCENES) <= set(BUILT)


async def test_a_login_and_a_failed_login_are_recorded_with_their_origin(instance: Instance) -> None:
    before = await _newest(instance)
    headers = {"User-Agent": "teller/1", "X-Request-Id": "login-1"}
    await instance.ask("GET", "/users/current", "plain", headers=headers)
    wrong = {**headers, "Authorization": "Basic cGxhaW46d3Jvbmc="}
    assert (await instance.ask("GET", "/users/current", headers=wrong)).status_code == 401

    async with instance.database.read() as reader:
        rows = await reader.all(
            """SELECT name, resource, succeeded, address, client, request_id FROM event WHERE id > :before
               ORDER BY id""",
            {"before": before},
        )
    assert [tuple(row) for row in rows] == [
        ("user.logged_in", "plain", 1, "127.0.0.1", "teller/1", "login-1"),
        ("user.login_failed", "plain", 0, "127.0.0.1", "teller/1", "login-1"),
    ]
    assert PASSWORD not in str([tuple(row) for row in rows])


async def test_a_refused_operation_announces_the_refusal_alone(instance: Instance) -> None:
    await instance.ask("GET", "/users/current", "plain")
    before = await _newest(instance)
    body = {"username": "new", "password": PASSWORD, "email": "n@example.test"}
    assert (await instance.ask("POST", "/users", "plain", body)).status_code == 403

    assert await _announced(instance, before) == ["access.refused"]
