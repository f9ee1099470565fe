"""Labels and tags over the API."""

import pytest

from unit.edge.api.rig import IMAGE, UNTAGGED, Instance

_APP = "/projects/demo/repositories/team%252Fapp/artifacts"


async def _labels(instance: Instance, query: str, who: str = "guest") -> list[str]:
    answer = await instance.ask("GET", f"/labels{query}", who)
    assert answer.status_code == 200, answer.text
    return [label["name"] for label in answer.json()]


async def test_labels_of_all_projects_are_made_by_administrators_and_seen_by_everybody_with_a_login(
    instance: Instance,
) -> None:
    body = {"name": "certified", "scope": "g", "color": "#0065AB"}
    refused = await instance.ask("POST", "/labels", "projectAdmin", body)
    place = (await instance.ask("POST", "/labels", "admin", body)).headers["location"]

    assert refused.status_code == 403
    assert await _labels(instance, "?scope=g") == ["certified"]
    assert await _labels(instance, "") == ["certified"]
    assert (await instance.ask("GET", "/labels?scope=g")).status_code == 401
    seen = (await instance.ask("GET", place, "plain")).json()
    assert (seen["scope"], seen["project_id"], seen["color"]) == ("g", 0, "#0065AB")


async def test_a_name_is_taken_in_its_scope_alone(instance: Instance) -> None:
    def body(scope: str, project: int = 0) -> dict[str, object]:
        return {"name": "ours", "scope": scope, "project_id": project}

    assert (await instance.ask("POST", "/labels", "admin", body("p", 1))).status_code == 409
    assert (await instance.ask("POST", "/labels", "admin", body("g"))).status_code == 201
    assert (await instance.ask("POST", "/labels", "admin", body("g"))).status_code == 409
    renamed = await instance.ask("PUT", "/labels/2", "admin", {"name": "ours"})
    assert renamed.status_code == 409


async def test_labels_are_found_by_a_part_of_their_name(instance: Instance) -> None:
    assert await _labels(instance, "?scope=p&project_id=1") == ["free", "ours"]
    assert await _labels(instance, "?scope=p&project_id=1&name=re") == ["free"]
    assert await _labels(instance, "?scope=p&project_id=1&sort=-name&page_size=1") == ["ours"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": "", "scope": "g"}, 400, "name"),
        ({"name": "x" * 129, "scope": "g"}, 400, "name"),
        ({"name": "x", "scope": "g", "color": "red;background:url(x)"}, 400, "color"),
        ({"name": "x", "scope": "q"}, 422, "scope"),
        ({"name": "x", "scope": "p"}, 422, "project_id"),
        ({"name": 7}, 422, "name"),
        ({"name": "x", "scope": "p", "project_id": 2**70}, 422, "project_id"),
    ],
)
async def test_a_wrong_label_is_refused_by_its_field(
    instance: Instance, body: dict[str, object], status: int, field: str
) -> None:
    answer = await instance.ask("POST", "/labels", "admin", body)

    assert answer.status_code == status
    assert field in answer.json()["errors"][0]["message"]


async def test_an_artifact_bears_each_label_once_and_none_of_another_project(instance: Instance) -> None:
    statuses = [
        (await instance.ask("POST", f"{_APP}/v1/labels", "developer", {"id": number})).status_code
        for number in (2, 2, 3, 99)
    ]

    assert statuses == [200, 409, 404, 404]
    assert (await instance.ask("DELETE", f"{_APP}/v1/labels/2", "developer")).status_code == 200
    assert (await instance.ask("DELETE", f"{_APP}/v1/labels/2", "developer")).status_code == 404


async def test_a_tag_is_put_on_an_artifact_and_taken_off(instance: Instance) -> None:
    made = await instance.ask("POST", f"{_APP}/{UNTAGGED}/tags", "developer", {"name": "fresh"})
    again = await instance.ask("POST", f"{_APP}/{IMAGE}/tags", "developer", {"name": "fresh"})
    elsewhere = await instance.ask("DELETE", f"{_APP}/{IMAGE}/tags/fresh", "maintainer")

    assert (made.status_code, again.status_code, elsewhere.status_code) == (201, 409, 404)
    assert (await instance.ask("GET", f"{_APP}/fresh", "guest")).json()["digest"] == UNTAGGED
    assert (await instance.ask("DELETE", f"{_APP}/{UNTAGGED}/tags/fresh", "maintainer")).status_code == 200
    assert (await instance.ask("GET", f"{_APP}/fresh", "guest")).status_code == 404


async def test_a_tag_that_breaks_the_rules_is_refused(instance: Instance) -> None:
    answer = await instance.ask("POST", f"{_APP}/v1/tags", "admin", {"name": "-no"})

    assert answer.status_code == 400
    assert "tag" in answer.json()["errors"][0]["message"]
