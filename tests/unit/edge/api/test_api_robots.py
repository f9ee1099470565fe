"""Robots over the API: every operation with and without the permission it asks for; short stories."""

import base64
from collections.abc import Iterable
from pathlib import Path

import pytest

from havre.access import PROJECT_RIGHTS, SYSTEM_RIGHTS, NewRobot, PermissionKind, RobotLevel, RobotPermission
from havre.edge.api.operations import BY_ID, PermissionScope
from havre.kernel.actor import Right
from unit.edge.api.calls import BUILT, body_of, call_of, url_of
from unit.edge.api.rig import Instance, open_instance
from unit.edge.api.test_api_contract import target_member

_GATED = [one for one in BUILT if BY_ID[one].permission.resource]
# What an operation does beside its own right.
_ALSO: dict[str, list[Right]] = {"CopyArtifact": [("artifact", "read"), ("repository", "pull")]}
PULL = {"resource": "repository", "action": "pull"}


async def _robot(instance: Instance, system: Iterable[Right], project: Iterable[Right]) -> dict[str, str]:
    permissions = [
        RobotPermission(PermissionKind.SYSTEM, "/", tuple(system)),
        RobotPermission(PermissionKind.PROJECT, "demo", tuple(project)),
    ]
    new = NewRobot("tried", RobotLevel.SYSTEM, [one for one in permissions if one.rights])
    made = await instance.parts.robot.create.create(await instance.actor("admin"), new)
    return _basic(made.full_name, made.secret.reveal())


def _basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


@pytest.mark.parametrize("operation_id", _GATED)
async def test_a_robot_passes_with_the_permission_and_not_without(tmp_path: Path, operation_id: str) -> None:
    operation, call = BY_ID[operation_id], call_of(operation_id)
    right = operation.permission.resource, operation.permission.action
    in_project = operation.permission.scope is PermissionScope.PROJECT
    known = right in (PROJECT_RIGHTS if in_project else SYSTEM_RIGHTS)
    statuses = []
    for with_it in (True, False):
        if with_it and not known:  # no robot can be permitted this
            continue
        own = [right, *_ALSO.get(operation_id, ())] if with_it else []
        others = [one for one in (PROJECT_RIGHTS if in_project else SYSTEM_RIGHTS) if one != right]
        chosen = own or others
        async with open_instance(tmp_path) as instance:
            headers = await _robot(instance, () if in_project else chosen, chosen if in_project else ())
            url = url_of(operation, "demo", await target_member(instance, "demo"))
            answer = await instance.ask(
                operation.method, url, body=body_of(operation_id, "demo"), headers=headers
            )
            statuses.append(answer.status_code)

    assert statuses == ([call.status, 403] if known else [403])


async def _create(instance: Instance, /, who: str = "admin", **fields: object) -> dict[str, object]:
    body = {
        "name": "story",
        "level": "project",
        "duration": 30,
        "permissions": [{"kind": "project", "namespace": "demo", "access": [PULL]}],
        **fields,
    }
    answer = await instance.ask("POST", "/robots", who, body)
    return {"status": answer.status_code, "text": answer.text, **(answer.json() if answer.text else {})}


async def test_the_secret_is_told_once_and_the_audit_names_the_robot(instance: Instance) -> None:
    made = await _create(instance)
    headers = _basic(str(made["name"]), str(made["secret"]))

    shown = (await instance.ask("GET", f"/robots/{made['id']}", "admin")).json()
    refused = await instance.ask("GET", "/projects/demo/members", headers=headers)
    log = (await instance.ask("GET", "/auditlog-exts?q=operation%3Ddeny", "admin")).json()

    assert made["name"] == "robot$demo+story"
    assert "secret" not in shown
    assert (shown["level"], shown["duration"], shown["creator_type"]) == ("project", 30, "local")
    assert shown["permissions"][0]["access"] == [{**PULL, "effect": "allow"}]
    assert refused.status_code == 403
    assert log[0]["username"] == "robot$demo+story"


async def test_a_project_administrator_makes_robots_of_the_project_alone(instance: Instance) -> None:
    inside = await _create(instance, "projectAdmin")
    system = await _create(instance, "projectAdmin", level="system")
    guest = await _create(instance, "guest", name="other")

    assert [inside["status"], system["status"], guest["status"]] == [201, 403, 403]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"name": "Not Good"}, "name"),
        ({"level": "galaxy"}, "level"),
        ({"duration": 0}, "duration"),
        ({"duration": -2}, "duration"),
        ({"duration": "x"}, "duration"),
        ({"secret": "short"}, "password"),
        ({"permissions": []}, "permissions"),
        ({"permissions": [{"kind": "project", "namespace": "demo", "access": []}]}, "permissions"),
        ({"permissions": [{"kind": "galaxy", "namespace": "demo", "access": [PULL]}]}, "permissions"),
        (
            {
                "permissions": [
                    {"kind": "project", "namespace": "demo", "access": [{**PULL, "effect": "deny"}]}
                ]
            },
            "permissions",
        ),
    ],
)
async def test_a_field_that_breaks_its_rule_is_named(
    instance: Instance, fields: dict[str, object], name: str
) -> None:
    answer = await _create(instance, "admin", **fields)

    assert answer["status"] in (400, 422)
    assert name in str(answer["text"])


async def test_a_new_secret_may_overlap_the_old(instance: Instance) -> None:
    made = await _create(instance)
    old = _basic(str(made["name"]), str(made["secret"]))

    answer = await instance.ask("PATCH", f"/robots/{made['id']}", "admin", {"overlap_seconds": 60})
    new = _basic(str(made["name"]), answer.json()["secret"])
    both = [(await instance.ask("GET", "/permissions", headers=who)).status_code for who in (old, new)]
    chosen = await instance.ask("PATCH", f"/robots/{made['id']}", "admin", {"secret": "Chosen-Secret-1"})
    after = [(await instance.ask("GET", "/permissions", headers=who)).status_code for who in (old, new)]

    assert both == [200, 200]
    assert chosen.json() == {}
    assert after == [401, 401]


async def test_what_is_read_can_be_written_back(instance: Instance) -> None:
    shown = (await instance.ask("GET", "/robots/1", "admin")).json()

    answer = await instance.ask("PUT", "/robots/1", "admin", {**shown, "description": "told"})

    assert answer.status_code == 200
    assert (await instance.ask("GET", "/robots/1", "admin")).json()["description"] == "told"


async def test_the_list_needs_the_project_of_project_robots(instance: Instance) -> None:
    answers = [
        await instance.ask("GET", f"/robots?q={query}", "admin")
        for query in ("Level%3Dproject,ProjectID%3D1", "Level%3Dproject", "Level%3Dgalaxy", "")
    ]

    assert [answer.status_code for answer in answers] == [200, 422, 400, 200]
    assert [robot["name"] for robot in answers[0].json()] == ["robot$demo+ci"]
    assert answers[3].json() == []


async def test_the_catalogue_of_the_instance_is_for_those_who_make_its_robots(instance: Instance) -> None:
    admin = (await instance.ask("GET", "/permissions", "admin")).json()
    plain = (await instance.ask("GET", "/permissions", "plain")).json()

    assert {"resource": "quota", "action": "list"} in admin["system"]
    assert {"resource": "repository", "action": "push"} in plain["project"]
    assert plain["system"] == []
