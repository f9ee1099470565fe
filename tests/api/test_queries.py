"""A page of a list costs a fixed number of queries: as many for three times the rows."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from api.house import House, basic
from api.scenarios import PATH, SCENARIOS
from api.scene import PASSWORD, push_image, rule_to
from havre.edge.api.operations import BY_ID
from kit.registries import stub_url
from kit.scanner_adapter import adapter_url
from unit.edge.api.contract import swagger

# What `_grow` does not make more of, with the reason.
_STILL: Final = {
    "listAccessories": "the scene signs nothing",
    "getPurgeHistory": "one purge waits",
    "getGCHistory": "one collection waits",
    "ListVulnerabilities": "no advisories were imported; tests/scanning asks",
    "listSchedules": "schedules are set by operators",
    "listRetentionExecutions": "one run waits",
    "listRetentionTasks": "a run that waits has none",
    "listReplicationTasks": "a run that waits has none",
}
_MORE: Final = 7  # at least three times what the scene has of each


def _is_list(operation_id: str) -> bool:
    operation = BY_ID[operation_id]
    item = swagger()["paths"][operation.path]
    parameters = [*item.get("parameters", ()), *item["get"].get("parameters", ())]
    return any(one.get("$ref", "").endswith("/page") or one.get("name") == "page" for one in parameters)


_TAGS: Final = {"kind": "doublestar", "decoration": "matches"}
_REPOSITORIES: Final = {"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}
_SCOPE: Final = {"scope_selectors": {"repository": [_REPOSITORIES]}}
_LISTS: Final = [
    name
    for name, one in BY_ID.items()
    if one.is_built and one.method == "GET" and name != "getArtifact" and _is_list(name)
]
_WITH: Final = {
    name: "&with_tag=true&with_label=true&with_scan_overview=true&with_sbom_overview=true&with_accessory=true"
    "&with_immutable_status=true"
    for name in ("listArtifacts", "listArtifactsOfProject")
}


def test_three_times_the_rows_cost_the_same_queries(loop: asyncio.Runner, own_house: House) -> None:
    house = own_house
    before = {name: loop.run(_page(house, name)) for name in _LISTS}
    loop.run(_grow(house.client))
    after = {name: loop.run(_page(house, name)) for name in _LISTS}

    changed = {
        name: (before[name][0], after[name][0]) for name in _LISTS if before[name][0] != after[name][0]
    }
    too_few = {
        name: (before[name][1], after[name][1])
        for name in _LISTS
        if after[name][1] < min(3 * before[name][1], 100) and name not in _STILL
    }
    assert changed == {}
    assert too_few == {}
    assert max(queries for queries, _ in after.values()) <= 14


async def _page(house: House, operation_id: str) -> tuple[int, int]:
    """Ask for a page of a hundred; tell its queries, once caches are filled, and its rows."""
    scenario, path = SCENARIOS[operation_id], BY_ID[operation_id].path
    for name, value in {**PATH, **scenario.path}.items():
        path = path.replace("{" + name + "}", value)
    query = f"{scenario.query}{'&' if scenario.query else '?'}page_size=100{_WITH.get(operation_id, '')}"
    target = house.scene.fill("demo", path + query)
    for _ in range(2):
        with _counted() as queries:
            answer = await house.ask("GET", str(target), basic("admin"))
        assert answer.status_code == 200, answer.text
    return len(queries), len(answer.json())


@contextmanager
def _counted() -> Iterator[list[str]]:
    """Collect every statement that Core executes."""
    found: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_more: Any) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def _grow(client: httpx.AsyncClient) -> None:
    """Make more of everything."""
    client.headers["Authorization"] = basic("admin")
    try:
        for number in range(_MORE):
            await _grow_by_one(client, f"more{number}")
        for number in range(3 * 8):
            await _post(
                client,
                "users",
                {"username": f"tar{number}", "password": PASSWORD, "email": f"m{number}@a.test"},
            )
            await _post(
                client, "projects/demo/members", {"role_id": 3, "member_user": {"username": f"tar{number}"}}
            )
    finally:
        del client.headers["Authorization"]


async def _grow_by_one(client: httpx.AsyncClient, name: str) -> None:
    await push_image(client, "demo/team/app", (f"{name}-a", f"{name}-b"), seed=name)
    await push_image(client, f"demo/{name}", ("v1",), seed=name)
    await push_image(client, "demo/team/app", (name,))  # one more tag on what is there
    for label in ("x", "y"):
        await _post(
            client, "labels", {"name": f"{name}{label}", "scope": "p", "project_id": await _number(client)}
        )
    await _post(client, "projects", {"project_name": name})
    await _post(
        client, "projects/demo/immutabletagrules", {"tag_selectors": [_TAGS | {"pattern": name}]} | _SCOPE
    )
    await _post(client, "registries", {"name": name, "type": "harbor", "url": stub_url()})
    await _post(client, "scanners", {"name": name, "url": f"{adapter_url()}/{name}"})
    await _post(client, "replication/policies", rule_to(1, name))
    await _post(client, "replication/executions", {"policy_id": 1})
    await _post(client, "usergroups", {"group_name": f"dev-{name}", "group_type": 3})
    access = [{"resource": "repository", "action": "pull"}]
    permissions = [{"kind": "project", "namespace": "demo", "access": access}]
    await _post(
        client, "robots", {"name": name, "level": "project", "duration": 7, "permissions": permissions}
    )


async def _number(client: httpx.AsyncClient) -> int:
    return int((await client.get("/api/v2.0/projects/demo")).json()["project_id"])


async def _post(client: httpx.AsyncClient, where: str, body: object) -> None:
    answer = await client.post(f"/api/v2.0/{where}", json=body)
    assert answer.status_code in (201, 501), answer.text  # 501: not built yet


@pytest.mark.parametrize("operation_id", ["listProjects", "listArtifacts", "listUsers", "listAuditLogExts"])
def test_lists_are_found_by_the_contract(operation_id: str) -> None:
    assert operation_id in _LISTS
