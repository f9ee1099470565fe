"""What changed is in the journal: before and after, by field, and never a secret."""

import json

from unit.edge.api.rig import PASSWORD, Instance


async def changes(instance: Instance, name: str) -> list[object]:
    """Read what the events of one name say that changed."""
    async with instance.database.read() as reader:
        rows = await reader.all("SELECT facts FROM event WHERE name = :name ORDER BY id", {"name": name})
    return [json.loads(row.facts).get("changes") for row in rows]


async def test_a_profile_tells_the_fields_that_differ(instance: Instance) -> None:
    body = {"email": "t@example.test", "realname": "T", "comment": ""}
    await instance.ask("PUT", "/users/7", "admin", body)

    assert await changes(instance, "user.updated") == [
        {
            "email": {"before": None, "after": "t@example.test"},
            "realname": {"before": "", "after": "T"},
        }
    ]


async def test_a_project_tells_visibility_metadata_and_limit(instance: Instance) -> None:
    body = {"metadata": {"public": "true", "severity": "high"}, "storage_limit": 1000}
    await instance.ask("PUT", "/projects/demo", "admin", body)
    await instance.ask("PUT", "/projects/demo", "admin", {"metadata": {"public": "true"}})

    assert await changes(instance, "project.updated") == [
        {
            "severity": {"before": None, "after": "high"},
            "storage_limit": {"before": None, "after": "1000"},
            "public": {"before": "false", "after": "true"},
        },
        None,
    ]


async def test_a_member_tells_the_role_before_and_after(instance: Instance) -> None:
    body = {"role_id": 5, "member_user": {"user_id": 8}}
    place = (await instance.ask("POST", "/projects/demo/members", "admin", body)).headers["location"]
    await instance.ask("PUT", place, "admin", {"role_id": 2})
    await instance.ask("DELETE", place, "admin")

    assert await changes(instance, "member.role_changed") == [
        {"role": {"before": "limitedGuest", "after": "developer"}}
    ]
    assert await changes(instance, "member.removed") == [{"role": {"before": "developer", "after": None}}]
    [line, *_] = (await instance.ask("GET", "/auditlog-exts?q=operation=delete", "admin")).json()
    assert line["changes"] == {"role": {"before": "developer", "after": None}}


async def test_no_password_is_in_the_journal(instance: Instance) -> None:
    new = {"username": "ada", "password": PASSWORD, "email": "ada@example.test", "realname": "Ada"}
    place = (await instance.ask("POST", "/users", "admin", new)).headers["location"]
    password = {"new_password": PASSWORD + "x", "old_password": PASSWORD}
    assert (await instance.ask("PUT", f"{place}/password", "ada", password)).status_code == 200

    async with instance.database.read() as reader:
        rows = await reader.all("SELECT facts, description, resource FROM event")
    assert not [row for row in rows if PASSWORD in f"{row.facts}{row.description}{row.resource}"]
    assert (await changes(instance, "user.created"))[-1] == {
        "email": {"before": None, "after": "ada@example.test"},
        "realname": {"before": None, "after": "Ada"},
        "comment": {"before": None, "after": ""},
    }


async def test_a_refusal_knows_its_project(instance: Instance) -> None:
    await instance.ask("DELETE", "/projects/demo", "guest")
    await instance.ask("DELETE", "/projects/nowhere", "guest")

    async with instance.database.read() as reader:
        rows = await reader.all("SELECT project_id FROM event WHERE name = 'access.refused' ORDER BY id")
        demo = await reader.first("SELECT id FROM project WHERE name = 'demo'")
    assert demo is not None
    assert [row.project_id for row in rows] == [demo.id, None]
