"""Groups over the API: as members, as a list, and what bad bodies are told."""

import pytest

from unit.edge.api.rig import Instance


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ({"id": 1}, "team"),
        ({"group_name": "crew", "group_type": 3}, "crew"),
        ({"group_name": "crew"}, "crew"),
        ({"ldap_group_dn": "cn=Ops,dc=example"}, "Ops"),
        ({"ldap_group_dn": "cn=Ops,dc=example", "group_name": "The Ops", "group_type": 1}, "The Ops"),
    ],
)
async def test_a_group_is_made_a_member_by_number_by_name_or_by_dn(
    instance: Instance, group: object, name: str
) -> None:
    await instance.ask("POST", "/projects", "admin", {"project_name": "fresh"})
    body = {"role_id": 2, "member_group": group}

    made = await instance.ask("POST", "/projects/fresh/members", "admin", body)
    again = await instance.ask("POST", "/projects/fresh/members", "admin", body)
    shown = (await instance.ask("GET", made.headers["location"], "admin")).json()
    listed = (await instance.ask("GET", "/projects/fresh/members?entityname=" + name, "admin")).json()

    assert (made.status_code, again.status_code) == (201, 409)
    assert (shown["entity_type"], shown["entity_name"], shown["role_name"]) == ("g", name, "developer")
    assert listed == [shown]
    found = (await instance.ask("GET", f"/usergroups/{shown['entity_id']}", "admin")).json()
    assert found["group_name"] == name


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "word"),
    [
        ("POST", "/projects/demo/members", {"role_id": 2, "member_group": {"id": 99}}, 404, "user group 99"),
        ("POST", "/projects/demo/members", {"role_id": 2}, 422, "member_group"),
        ("POST", "/projects/demo/members", {"role_id": 2, "member_group": {}}, 422, "member_group"),
        ("POST", "/projects/demo/members", {"role_id": 9, "member_group": {"id": 1}}, 400, "role 9"),
        (
            "POST",
            "/projects/demo/members",
            {"role_id": 2, "member_group": {"ldap_group_dn": "x"}},
            400,
            "ldap_group_dn",
        ),
        ("POST", "/usergroups", {"group_name": "a"}, 400, "group_type"),
        ("POST", "/usergroups", {"group_name": "a", "group_type": 7}, 400, "group_type"),
        ("POST", "/usergroups", {"group_type": 3}, 400, "group_name"),
        ("POST", "/usergroups", {"group_name": 4}, 422, "group_name"),
        ("POST", "/usergroups", {"group_name": "team", "group_type": 3}, 409, "team"),
        ("PUT", "/usergroups/1", {"group_name": ""}, 400, "group_name"),
        ("PUT", "/usergroups/77", {"group_name": "a"}, 404, "77"),
        ("GET", "/usergroups/search", None, 422, "groupname"),
        ("GET", "/usergroups?ldap_group_dn=x", None, 400, "ldap_group_dn"),
        ("DELETE", "/usergroups/77", None, 404, "77"),
    ],
)
async def test_a_bad_request_is_told_what_is_wrong(
    instance: Instance, method: str, path: str, body: object, status: int, word: str
) -> None:
    answer = await instance.ask(method, path, "admin", body)

    assert answer.status_code == status, answer.text
    assert word in answer.json()["errors"][0]["message"]


async def test_groups_are_listed_by_name_and_dn_in_pages(instance: Instance) -> None:
    for name in ("alpha", "beta"):
        dn = f"cn={name},dc=example"
        await instance.ask(
            "POST", "/usergroups", "admin", {"group_name": name, "group_type": 1, "ldap_group_dn": dn}
        )

    async def names(query: str) -> list[str]:
        answer = await instance.ask("GET", f"/usergroups{query}", "admin")
        return [group["group_name"] for group in answer.json()]

    assert await names("") == ["alpha", "beta", "team"]
    assert await names("?page=2&page_size=2") == ["team"]
    assert await names("?group_name=ET") == ["beta"]
    assert await names("?ldap_group_dn=CN=Alpha,%20dc=example") == ["alpha"]
    first = await instance.ask("GET", "/usergroups?page_size=1", "admin")
    assert first.headers["x-total-count"] == "3"
    assert 'rel="next"' in first.headers["link"]


async def test_a_page_of_members_or_groups_costs_the_same_queries_whatever_its_size(
    instance: Instance,
) -> None:
    await instance.ask("GET", "/usergroups", "admin")
    await instance.ask("POST", "/usergroups", "admin", {"group_name": "x", "group_type": 2})
    for path in ("/usergroups", "/projects/demo/members"):
        counts = []
        for size in (1, 100):
            before = instance.database.queries
            assert (await instance.ask("GET", f"{path}?page_size={size}", "admin")).json()
            counts.append(instance.database.queries - before)
        assert counts[0] == counts[1] <= 5
