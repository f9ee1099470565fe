"""Immutable tag rules over the API: created, listed, changed, refused with the field that is wrong."""

import pytest

from unit.edge.api.calls import Json, rule_of
from unit.edge.api.rig import Instance
from unit.edge.api.test_api_changes import changes

RULES = "/projects/demo/immutabletagrules"


async def test_a_rule_is_created_listed_changed_and_deleted(instance: Instance) -> None:
    made = await instance.ask("POST", RULES, "maintainer", rule_of("v*", priority=3))
    place = made.headers["location"]
    [_, shown] = (await instance.ask("GET", RULES, "maintainer")).json()
    changed = await instance.ask("PUT", place, "maintainer", {**rule_of("v?", priority=4), "disabled": True})
    [_, after] = (await instance.ask("GET", RULES, "maintainer")).json()
    deleted = await instance.ask("DELETE", place, "maintainer")

    assert (made.status_code, place) == (201, f"/api/v2.0{RULES}/{shown['id']}")
    assert shown == {
        "id": shown["id"],
        "priority": 3,
        "disabled": False,
        "action": "immutable",
        "template": "immutable_template",
        "params": {},
        "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "v*", "extras": ""}],
        "scope_selectors": {
            "repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**", "extras": ""}]
        },
    }
    assert changed.status_code == deleted.status_code == 200
    assert after["disabled"], after["priority"] == (True, 4)
    assert after["tag_selectors"][0]["pattern"] == "v?"
    assert [one["id"] for one in (await instance.ask("GET", RULES, "admin")).json()] == [1]
    assert await changes(instance, "immutable_rule.updated") == [
        {
            "tag_selectors": {"before": ["tags matching v*"], "after": ["tags matching v?"]},
            "disabled": {"before": False, "after": True},
            "priority": {"before": 3, "after": 4},
        }
    ]


async def test_an_update_leaves_what_it_does_not_name(instance: Instance) -> None:
    await instance.ask("PUT", f"{RULES}/1", "admin", {"disabled": True})

    [rule] = (await instance.ask("GET", RULES, "admin")).json()
    assert rule["disabled"]
    assert rule["tag_selectors"][0]["pattern"] == "kept-*"


async def test_the_list_is_paged_and_sorted(instance: Instance) -> None:
    for number in range(3):
        await instance.ask("POST", RULES, "admin", rule_of(f"p{number}", priority=9 - number))

    first = await instance.ask("GET", f"{RULES}?page_size=2&sort=-priority", "admin")
    last = await instance.ask("GET", f"{RULES}?page_size=2&page=2&sort=-priority", "admin")

    assert first.headers["x-total-count"] == "4"
    assert [one["priority"] for one in (*first.json(), *last.json())] == [9, 8, 7, 0]
    assert 'rel="next"' in first.headers["link"]


async def test_a_rule_that_says_the_same_is_a_conflict(instance: Instance) -> None:
    again = await instance.ask("POST", RULES, "admin", rule_of("kept-*"))
    place = (await instance.ask("POST", RULES, "admin", rule_of("other"))).headers["location"]
    moved = await instance.ask("PUT", place, "admin", rule_of("kept-*"))
    itself = await instance.ask("PUT", f"{RULES}/1", "admin", rule_of("kept-*"))
    elsewhere = await instance.ask("POST", "/projects/open/immutabletagrules", "admin", rule_of("other"))

    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "CONFLICT")
    assert "rule 1 of project demo" in again.json()["errors"][0]["message"]
    assert (moved.status_code, itself.status_code, elsewhere.status_code) == (409, 200, 201)


async def test_a_rule_is_found_in_its_own_project_alone(instance: Instance) -> None:
    for method in ("PUT", "DELETE"):
        answer = await instance.ask(method, f"{RULES}/2", "admin", rule_of("x"))  # it is open's
        assert answer.status_code == 404
        assert "rule 2 not found in project demo" in answer.json()["errors"][0]["message"]


async def test_a_name_of_digits_is_a_project_with_the_header(instance: Instance) -> None:
    await instance.ask("POST", "/projects", "admin", {"project_name": "1"})

    by_id = await instance.ask("GET", "/projects/1/immutabletagrules", "admin")
    by_name = await instance.ask(
        "GET", "/projects/1/immutabletagrules", "admin", headers={"X-Is-Resource-Name": "true"}
    )

    assert (len(by_id.json()), by_name.json()) == (1, [])


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 422, "tag_selectors is required"),
        ({"tag_selectors": []}, 422, "scope_selectors is required"),
        ({**rule_of("v*"), "tag_selectors": []}, 400, "tag_selectors must hold 1 to 10"),
        ({**rule_of("v*"), "tag_selectors": rule_of("v*")["tag_selectors"] * 11}, 400, "1 to 10"),
        ({**rule_of("v*"), "scope_selectors": {"repository": []}}, 400, "scope_selectors.repository must"),
        ({**rule_of("v*"), "scope_selectors": {"project": []}}, 422, "scope_selectors must hold repository"),
        ({**rule_of("v*"), "action": "retain"}, 422, "action must be immutable"),
        ({**rule_of("v*"), "template": "always"}, 422, "template must be immutable_template"),
        (rule_of("[v"), 400, "tag_selectors[0]: the pattern of a doublestar selector is wrong"),
        (rule_of("(", kind="regex"), 400, "tag_selectors[0]: the pattern of a regex selector is wrong"),
        (rule_of("newest", kind="semver"), 400, "write >=1.2 <2"),
        (rule_of("v*", kind="glob"), 400, "kind 'glob' is unknown: write doublestar"),
        (rule_of("v*", decoration="repoMatches"), 400, "decoration repoMatches does not go here"),
        (rule_of("a", kind="label", decoration="withLabels"), 400, "write matches or excludes"),
        ({**rule_of("v*"), "priority": 2**40}, 422, "priority"),
    ],
)
async def test_a_rule_without_sense_is_refused_with_its_field(
    instance: Instance, body: Json, status: int, said: str
) -> None:
    answer = await instance.ask("POST", RULES, "admin", body)

    assert answer.status_code == status
    assert said in answer.json()["errors"][0]["message"]


async def test_a_project_takes_no_more_rules_than_the_limit(instance: Instance) -> None:
    for number in range(99):
        await instance.ask("POST", RULES, "admin", rule_of(f"v{number}"))

    answer = await instance.ask("POST", RULES, "admin", rule_of("one-more"))

    assert answer.status_code == 400
    assert "has 100 immutable tag rules" in answer.json()["errors"][0]["message"]


async def test_rules_go_with_their_project(instance: Instance) -> None:
    await instance.ask("POST", "/projects", "admin", {"project_name": "brief"})
    await instance.ask("POST", "/projects/brief/immutabletagrules", "admin", rule_of("v*"))

    assert (await instance.ask("DELETE", "/projects/brief", "admin")).status_code == 200
    async with instance.database.read() as reader:
        assert len(await reader.all("SELECT id FROM immutable_rule")) == 2
