"""Allowlists of CVEs: the instance's, and each project's own."""

import pytest

from unit.edge.api.rig import Instance
from unit.edge.api.test_api_changes import changes

_PLACE = "/system/CVEAllowlist"


async def test_the_instance_s_list_is_empty_and_then_what_was_put(instance: Instance) -> None:
    first = (await instance.ask("GET", _PLACE, "plain")).json()
    body = {"items": [{"cve_id": "CVE-2024-1"}, {"cve_id": " CVE-2024-2 "}], "expires_at": 2_000_000_000}
    put = await instance.ask("PUT", _PLACE, "admin", body)
    second = (await instance.ask("GET", _PLACE, "plain")).json()

    assert (first["project_id"], first["items"], "expires_at" in first) == (0, [], False)
    assert put.status_code == 200
    assert second["items"] == [{"cve_id": "CVE-2024-1"}, {"cve_id": "CVE-2024-2"}]
    assert second["expires_at"] == 2_000_000_000
    assert await changes(instance, "cve_allowlist.updated") == [
        {
            "cve_allowlist": {"before": [], "after": ["CVE-2024-1", "CVE-2024-2"]},
            "cve_allowlist_expires_at": {"before": None, "after": 2_000_000_000},
        }
    ]


async def test_the_list_is_no_stranger_s_to_read_and_an_administrator_s_to_change(instance: Instance) -> None:
    assert (await instance.ask("GET", _PLACE)).status_code == 401
    assert (await instance.ask("PUT", _PLACE, "plain", {"items": []})).status_code == 403


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"items": [{"cve_id": ""}]}, 400, "cve_id"),
        ({"items": [{"cve_id": "a b"}]}, 400, "cve_id"),
        ({"items": [{"cve_id": "x" * 129}]}, 400, "cve_id"),
        ({"items": [{"cve_id": "CVE-1"}, {"cve_id": "CVE-1"}]}, 400, "twice"),
        ({"items": [{"cve_id": 5}]}, 422, "cve_id"),
        ({"items": 5}, 422, "items"),
        ({"expires_at": -1}, 422, "expires_at"),
        ({"expires_at": 1 << 64}, 422, "expires_at"),
    ],
)
async def test_a_list_that_is_none_is_refused(
    instance: Instance, body: object, status: int, word: str
) -> None:
    for method, path, sent in (
        ("PUT", _PLACE, body),
        ("PUT", "/projects/demo", {"cve_allowlist": body}),
        ("POST", "/projects", {"project_name": "fresh", "cve_allowlist": body}),
    ):
        answer = await instance.ask(method, path, "admin", sent)
        assert answer.status_code == status
        assert word in answer.text


async def test_a_project_has_its_own_list_until_it_takes_the_instance_s(instance: Instance) -> None:
    await instance.ask("PUT", _PLACE, "admin", {"items": [{"cve_id": "CVE-2024-9"}]})
    none = (await instance.ask("GET", "/projects/demo", "admin")).json()
    await instance.ask("PUT", "/projects/demo", "admin", {"cve_allowlist": {"items": [{"cve_id": "CVE-1"}]}})
    await instance.ask("PUT", "/projects/demo", "admin", {"cve_allowlist": {"items": [{"cve_id": "CVE-2"}]}})
    own = (await instance.ask("GET", "/projects/demo", "admin")).json()
    await instance.ask("PUT", "/projects/demo", "admin", {"metadata": {"reuse_sys_cve_allowlist": "true"}})
    shared = (await instance.ask("GET", "/projects/demo", "admin")).json()

    assert "cve_allowlist" not in none
    assert (own["cve_allowlist"]["project_id"], own["cve_allowlist"]["items"]) == (1, [{"cve_id": "CVE-2"}])
    assert shared["cve_allowlist"]["project_id"] == 1
    assert shared["cve_allowlist"]["items"] == [{"cve_id": "CVE-2024-9"}]
    told = await changes(instance, "project.updated")
    assert told[:2] == [
        {"cve_allowlist": {"before": None, "after": ["CVE-1"]}},
        {"cve_allowlist": {"before": ["CVE-1"], "after": ["CVE-2"]}},
    ]


async def test_a_project_may_be_made_with_its_list(instance: Instance) -> None:
    body = {"project_name": "fresh", "cve_allowlist": {"items": [{"cve_id": "CVE-1"}], "expires_at": 5}}
    await instance.ask("POST", "/projects", "admin", body)

    made = (await instance.ask("GET", "/projects/fresh", "admin")).json()["cve_allowlist"]

    assert (made["items"], made["expires_at"]) == ([{"cve_id": "CVE-1"}], 5)
