"""The metadata of a project one key at a time, and the statistics."""

import pytest

from unit.edge.api.rig import Instance

_PLACE = "/projects/demo/metadatas/"


async def test_a_key_is_added_changed_and_removed(instance: Instance) -> None:
    added = await instance.ask("POST", _PLACE, "admin", {"severity": "HIGH"})
    again = await instance.ask("POST", _PLACE, "admin", {"severity": "low"})
    read = await instance.ask("GET", f"{_PLACE}severity", "admin")
    changed = await instance.ask("PUT", f"{_PLACE}severity", "admin", {"severity": "low"})
    whole = await instance.ask("GET", _PLACE, "admin")
    removed = await instance.ask("DELETE", f"{_PLACE}severity", "admin")
    gone = [await instance.ask(method, f"{_PLACE}severity", "admin") for method in ("GET", "DELETE")]

    assert [one.status_code for one in (added, again, changed, removed)] == [200, 409, 200, 200]
    assert read.json() == {"severity": "high"}
    assert whole.json() == {"auto_scan": "true", "public": "false", "retention_id": "1", "severity": "low"}
    assert [one.status_code for one in gone] == [404, 404]


async def test_public_opens_and_closes_the_project_at_once(instance: Instance) -> None:
    statuses = []
    for value in ("true", "false"):
        await instance.ask("PUT", f"{_PLACE}public", "admin", {"public": value})
        statuses.append((await instance.ask("GET", "/projects/demo")).status_code)

    assert statuses == [200, 401]
    assert (await instance.ask("DELETE", f"{_PLACE}public", "admin")).status_code == 400


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("severity", {"severity": "awful"}),
        ("severity", {"auto_scan": "true"}),
        ("severity", {"severity": "low", "auto_scan": "true"}),
        ("severity", {}),
        ("severity", {"severity": 7}),
        ("public", {"public": "perhaps"}),
        ("storage_limit", {"storage_limit": "5"}),
        ("unheard", {"unheard": "true"}),
    ],
)
async def test_a_key_or_value_that_breaks_its_rule_is_refused(
    instance: Instance, name: str, body: object
) -> None:
    answer = await instance.ask("PUT", f"{_PLACE}{name}", "admin", body)

    assert answer.status_code in (400, 422)
    assert answer.json()["errors"][0]["message"]


async def test_the_journal_keeps_what_a_key_was(instance: Instance) -> None:
    await instance.ask("PUT", f"{_PLACE}auto_scan", "admin", {"auto_scan": "false"})

    (line, *_) = (await instance.ask("GET", "/projects/demo/auditlog-exts?sort=-op_time", "admin")).json()

    assert line["changes"] == {"auto_scan": {"before": "true", "after": "false"}}


async def test_the_statistics_count_what_the_caller_may_see(instance: Instance) -> None:
    before = (await instance.ask("GET", "/statistics", "admin")).json()["total_storage_consumption"]
    async with instance.database.write() as work:
        await work.run("INSERT INTO blob (digest, key, size, created_at) VALUES ('sha256:x', 'k', 42, 1)")

    seen = {
        who: (await instance.ask("GET", "/statistics", who)).json() for who in ("admin", "guest", "plain")
    }

    def counts(who: str) -> list[int]:
        names = ("private_project_count", "public_project_count", "private_repo_count", "public_repo_count")
        return [seen[who][name] for name in (*names, "total_storage_consumption")]

    assert counts("admin") == [1, 1, 1, 1, before + 42]
    assert counts("guest") == [1, 1, 1, 1, 0]
    assert counts("plain") == [0, 1, 0, 1, 0]
    assert (await instance.ask("GET", "/statistics")).status_code == 401


async def test_the_filter_of_a_proxy_keeps_its_letters(instance: Instance) -> None:
    for name, value in (
        ("proxy_cache_filter_kind", "regex"),
        ("proxy_cache_filter_pattern", "^Team/[A-Z]+$"),
    ):
        assert (await instance.ask("POST", _PLACE, "admin", {name: value})).status_code == 200
        assert (await instance.ask("GET", f"{_PLACE}{name}", "admin")).json() == {name: value}

    refused = await instance.ask(
        "PUT", f"{_PLACE}proxy_cache_filter_pattern", "admin", {"proxy_cache_filter_pattern": "a b"}
    )

    assert refused.status_code == 400
