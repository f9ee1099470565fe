"""The simulation of retention over HTTP: who may, what it tells, its pages, what it refuses in words."""

import pytest

from unit.edge.api.calls import Json, policy_of
from unit.edge.api.rig import Instance

PLACE = "/api/havre/v1/projects/{}/retention/simulation"
DEMO = PLACE.format("demo")


async def told(instance: Instance, body: Json | None = None, query: str = "") -> Json:
    answer = await instance.ask("POST", f"{DEMO}{query}", "maintainer", body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_it_tells_for_each_tag_whether_it_would_stay_and_why(instance: Instance) -> None:
    page = await told(instance, {"policy": policy_of("latestPushedK", 1, 1)})

    said = {(one["repository"], one.get("tag", "-")): one for one in page["items"]}
    assert {"latest", "v1", "multi", "-"} == {tag for _, tag in said}
    assert {one["action"] for one in said.values()} == {"retain", "delete"}
    for one in said.values():
        assert one["reason"]
        assert ("rules" in one) <= (one["action"] == "retain")
    assert "next" not in page


async def test_without_a_policy_it_plays_the_project_s_own(instance: Instance) -> None:
    page = await told(instance)

    assert {one["action"] for one in page["items"]} == {"retain"}  # it keeps ten


async def test_nothing_changes_and_nothing_is_told_to_the_journal(instance: Instance) -> None:
    async def state() -> tuple[object, object]:
        async with instance.database.read() as reader:
            rows = await reader.all("SELECT name, digest FROM tag ORDER BY repo_id, name")
            events = await reader.first("SELECT COUNT(*) AS count FROM event WHERE operation <> 'login'")
            return rows, events

    before = await state()
    await told(instance, {"policy": policy_of("latestPushedK", 0, 1)})

    assert await state() == before


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_pages_tell_each_place_once_in_order(instance: Instance, size: int) -> None:
    whole = (await told(instance, query="?size=1000"))["items"]
    found: list[Json] = []
    query = f"?size={size}"
    while True:
        page = await told(instance, query=query)
        assert len(page["items"]) <= size
        found += page["items"]
        if "next" not in page:
            break
        query = f"?size={size}&after={page['next']}"

    assert found == whole


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("", 401),
        ("plain", 403),
        ("limitedGuest", 403),
        ("guest", 403),
        ("developer", 200),
        ("maintainer", 200),
        ("projectAdmin", 200),
        ("admin", 200),
    ],
)
async def test_who_may_read_the_policy_may_play_one_through(
    instance: Instance, who: str, status: int
) -> None:
    answer = await instance.ask("POST", DEMO, who)

    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("project", ["missing", "999", "UPPER", "%00"])
async def test_a_project_that_is_not_there_looks_forbidden_or_missing(
    instance: Instance, project: str
) -> None:
    assert (await instance.ask("POST", PLACE.format(project), "guest")).status_code in (403, 422)
    assert (await instance.ask("POST", PLACE.format(project), "admin")).status_code in (404, 422)


def _changed(**changes: object) -> Json:
    policy = policy_of("latestPushedK", 1, 1)
    policy["rules"][0].update(changes)
    return {"policy": policy}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ([], "object"),
        ({"policy": 7}, "policy"),
        ({"policy": {"rules": "all"}}, "rules"),
        (_changed(template="everything"), "template"),
        (_changed(params={"latestPushedK": -1}), "latestPushedK"),
        (_changed(params={"latestPushedK": "many"}), "rules[0].params"),
        (_changed(params={}), "latestPushedK"),
        (_changed(tag_selectors=[{"kind": "regex", "decoration": "matches", "pattern": "("}]), "("),
        (_changed(tag_selectors=[{"kind": "magic", "decoration": "matches", "pattern": "*"}]), "magic"),
    ],
)
async def test_a_policy_that_is_none_is_refused_with_what_is_wrong(
    instance: Instance, body: object, names: str
) -> None:
    answer = await instance.ask("POST", DEMO, "admin", body)

    assert answer.status_code in (400, 422), answer.text
    assert names in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "query",
    [
        "size=0",
        "size=1001",
        "size=x",
        "after=nowhere",
        "after=:",
        "after=UPPER/x:v1",
        "after=" + "a" * 700 + ":v",
    ],
)
async def test_a_page_that_is_none_is_refused(instance: Instance, query: str) -> None:
    answer = await instance.ask("POST", f"{DEMO}?{query}", "admin")

    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["errors"][0]["message"]


async def test_a_project_without_a_policy_says_so(instance: Instance) -> None:
    await instance.ask("DELETE", "/retentions/1", "admin")

    answer = await instance.ask("POST", DEMO, "admin")

    assert answer.status_code == 404
    assert "demo" in answer.json()["errors"][0]["message"]
