"""Short stories told over the API: what one call writes, the next one reads."""

import importlib

from havre.edge.api.auditlog import EVENT_TYPES
from havre.edge.api.operations import OPERATIONS
from havre.kernel.events import Event
from unit.edge.api.rig import PASSWORD, Instance

_SLICES = (
    "audit",
    "access",
    "jobs",
    "projects",
    "registry",
    "replication",
    "retention",
    "scanning",
    "signing",
    "system",
)


def _events() -> list[type[Event]]:
    found = []
    for name in _SLICES:
        module = importlib.import_module(f"havre.{name}.events")
        found += [
            one
            for one in vars(module).values()
            if isinstance(one, type) and issubclass(one, Event) and "name" in vars(one)
        ]
    return found


def test_the_event_types_are_those_that_the_slices_announce() -> None:
    assert list(EVENT_TYPES) == sorted({f"{one.operation}_{one.resource_type}" for one in _events()})


def test_built_operations_announce_events_that_exist() -> None:
    announced = {one.event for one in OPERATIONS if one.is_built and one.event is not None}

    assert announced <= {one.name for one in _events()}


async def test_a_refusal_is_in_the_journal_with_its_reason(instance: Instance) -> None:
    refused = await instance.ask("DELETE", "/projects/library", "plain")

    lines = (await instance.ask("GET", "/auditlog-exts?q=operation%3Ddeny", "admin")).json()
    assert refused.status_code == 403
    assert [(line["username"], line["resource"], line["operation_result"]) for line in lines] == [
        ("plain", "DELETE /api/v2.0/projects/library", False)
    ]


async def test_a_project_is_created_changed_and_deleted(instance: Instance) -> None:
    place = (await instance.ask("POST", "/projects", "plain", {"project_name": "own"})).headers["location"]
    assert (await instance.ask("HEAD", "/projects?project_name=own", "plain")).status_code == 200
    assert (await instance.ask("POST", "/projects", "guest", {"project_name": "own"})).status_code == 409

    await instance.ask("PUT", place, "plain", {"metadata": {"public": "true", "severity": "high"}})
    seen = (await instance.ask("GET", place)).json()
    assert seen["metadata"] == {"public": "true", "severity": "high"}
    assert (await instance.ask("GET", f"{place}/_deletable", "plain")).json() == {"deletable": True}

    assert (await instance.ask("DELETE", place, "plain")).status_code == 200
    assert (await instance.ask("HEAD", "/projects?project_name=own", "plain")).status_code == 404


async def test_a_project_with_repositories_says_why_it_stays(instance: Instance) -> None:
    answer = await instance.ask("DELETE", "/projects/demo", "projectAdmin")

    assert answer.status_code == 412
    assert "repositories" in answer.json()["errors"][0]["message"]


async def test_a_member_comes_gets_another_role_and_goes(instance: Instance) -> None:
    body = {"role_id": 5, "member_user": {"user_id": 8}}
    place = (await instance.ask("POST", "/projects/demo/members", "projectAdmin", body)).headers["location"]
    assert (await instance.ask("GET", "/projects/demo", "plain")).json()["current_user_role_id"] == 5
    again = await instance.ask("POST", "/projects/demo/members", "projectAdmin", body)
    assert again.status_code == 409

    await instance.ask("PUT", place, "projectAdmin", {"role_id": 2})
    assert (await instance.ask("GET", place, "projectAdmin")).json()["role_name"] == "developer"

    assert (await instance.ask("DELETE", place, "projectAdmin")).status_code == 200
    assert (await instance.ask("GET", "/projects/demo", "plain")).status_code == 403


async def test_a_user_is_created_made_administrator_and_deleted(instance: Instance) -> None:
    new = {"username": "ada", "password": PASSWORD, "email": "ada@example.test", "realname": "Ada"}
    place = (await instance.ask("POST", "/users", "admin", new)).headers["location"]
    assert (await instance.ask("GET", "/users/current", "ada")).json()["sysadmin_flag"] is False

    await instance.ask("PUT", f"{place}/sysadmin", "admin", {"sysadmin_flag": True})
    assert (await instance.ask("GET", "/users", "ada")).status_code == 200

    assert (await instance.ask("DELETE", place, "admin")).status_code == 200
    assert (await instance.ask("GET", "/users/current", "ada")).status_code == 401


async def test_the_permissions_of_a_guest_are_those_of_the_matrix(instance: Instance) -> None:
    absolute = await instance.ask("GET", "/users/current/permissions?scope=/project/1", "guest")
    relative = await instance.ask("GET", "/users/current/permissions?scope=/project/1&relative=true", "guest")
    outside = await instance.ask("GET", "/users/current/permissions?scope=/project/1", "plain")

    assert {"resource": "/project/1/repository", "action": "pull"} in absolute.json()
    assert {"resource": "repository", "action": "pull"} in relative.json()
    assert {"resource": "repository", "action": "push"} not in relative.json()
    assert outside.json() == []


async def test_the_audit_log_tells_who_did_what_from_where(instance: Instance) -> None:
    headers = {"User-Agent": "teller/1", "X-Request-Id": "story-1"}
    await instance.ask("POST", "/projects", "plain", {"project_name": "told"}, headers)

    (line,) = (await instance.ask("GET", "/projects/told/auditlog-exts", "plain")).json()

    assert (line["username"], line["operation"], line["resource_type"]) == ("plain", "create", "project")
    assert (line["resource"], line["operation_result"]) == ("told", True)
    assert (line["client"], line["request_id"], line["source_ip"]) == ("teller/1", "story-1", "127.0.0.1")


async def test_the_audit_log_is_searched(instance: Instance) -> None:
    await instance.ask("GET", "/users/current", headers={"Authorization": "Basic cGxhaW46d3Jvbmc="})

    path = "/auditlog-exts?q=operation%3Dlogin,operation_result%3Dfalse&sort=-op_time"
    (line,) = (await instance.ask("GET", path, "admin")).json()
    others = await instance.ask("GET", path, "plain")

    assert line["resource"] == "plain"
    assert others.json() == []
