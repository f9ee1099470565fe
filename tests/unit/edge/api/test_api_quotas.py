"""The operations on quotas, and the quota of a project's summary."""

import pytest

from unit.edge.api.rig import CONFIG, Instance
from unit.edge.api.test_api_changes import changes

# the scene's manifests have 2 bytes each, and there are four
_USED = len(CONFIG) + 4 * 2


async def test_every_project_has_a_quota_that_an_administrator_changes(instance: Instance) -> None:
    changed = await instance.ask("PUT", "/quotas/1", "admin", {"hard": {"storage": 5000}})
    quota = (await instance.ask("GET", "/quotas/1", "admin")).json()
    summary = (await instance.ask("GET", "/projects/demo/summary", "guest")).json()

    assert changed.status_code == 200
    assert quota["ref"] == {"id": 1, "name": "demo", "owner_name": "admin"}
    assert (quota["hard"], quota["used"]) == ({"storage": 5000}, {"storage": _USED})
    assert summary["quota"] == {"hard": {"storage": 5000}, "used": {"storage": _USED}}
    assert await changes(instance, "quota.updated") == [{"storage_limit": {"before": -1, "after": 5000}}]


async def test_a_summary_hides_the_quota_from_strangers(instance: Instance) -> None:
    summary = await instance.ask("GET", "/projects/open/summary", "plain")

    assert summary.json() == {"repo_count": 1}


async def test_the_list_is_paged_filtered_and_sorted(instance: Instance) -> None:
    await instance.ask("PUT", "/quotas/2", "admin", {"hard": {"storage": 5000}})

    first = await instance.ask("GET", "/quotas?sort=-hard.storage&page_size=1", "admin")
    one = await instance.ask("GET", "/quotas?reference=project&reference_id=1", "admin")

    assert (first.headers["x-total-count"], [quota["id"] for quota in first.json()]) == ("2", [2])
    assert (one.headers["x-total-count"], [quota["id"] for quota in one.json()]) == ("1", [1])


@pytest.mark.parametrize(
    "query", ["reference=registry", "reference_id=x", "reference_id=99999999999999999999"]
)
async def test_a_filter_that_makes_no_sense_is_refused(instance: Instance, query: str) -> None:
    assert (await instance.ask("GET", f"/quotas?{query}", "admin")).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"hard": {"storage": 0}}, 400),
        ({"hard": {"storage": (1 << 50) + 1}}, 400),
        ({"hard": {"storage": -2}}, 422),
        ({"hard": {"storage": "5"}}, 422),
        ({"hard": {"storage": 5, "count": 5}}, 422),
        ({"hard": {}}, 422),
        ({}, 422),
    ],
)
async def test_a_limit_that_is_none_is_refused(instance: Instance, body: object, status: int) -> None:
    answer = await instance.ask("PUT", "/quotas/1", "admin", body)

    assert answer.status_code == status
    assert "storage" in answer.text or "hard" in answer.text or "count" in answer.text


async def test_a_project_without_a_number_of_that_kind_has_no_quota(instance: Instance) -> None:
    for method, body in (("GET", None), ("PUT", {"hard": {"storage": 5}})):
        assert (await instance.ask(method, "/quotas/4711", "admin", body)).status_code == 404


async def test_a_copy_into_a_full_project_is_refused_with_the_numbers(instance: Instance) -> None:
    await instance.ask("PUT", "/quotas/2", "admin", {"hard": {"storage": _USED}})
    await instance.ask("POST", "/projects", "admin", {"project_name": "full", "storage_limit": 1})

    path = "/projects/full/repositories/copy/artifacts?from=open/team/app:v1"
    answer = await instance.ask("POST", path, "admin")

    assert answer.status_code == 403
    [error] = answer.json()["errors"]
    assert error["code"] == "FORBIDDEN"
    assert "project full holds 0 of 1 bytes" in error["message"]
