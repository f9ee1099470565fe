"""The operations on the LDAP directory, over one in memory."""

import pytest

from kit.directory import URL
from unit.edge.api.rig import Instance


async def test_ping_tries_what_is_configured_and_what_is_given(instance: Instance) -> None:
    async def ping(body: object = None) -> object:
        answer = await instance.ask("POST", "/ldap/ping", "admin", body)
        assert answer.status_code == 200
        return answer.json()

    assert await ping() == {"success": True, "message": ""}
    assert await ping({}) == {"success": True, "message": ""}
    assert await ping({"ldap_url": URL, "ldap_base_dn": "dc=test"}) == {"success": True, "message": ""}
    assert await ping({"ldap_url": "ldap://other.test"}) == {
        "success": False,
        "message": "ldap://other.test cannot be asked: it is not there",
    }
    assert await ping({"ldap_url": ""}) == {
        "success": False,
        "message": "no LDAP directory is configured: set ldap_url and ldap_base_dn",
    }


@pytest.mark.parametrize(
    ("change", "password"),
    [
        ({}, "kept"),
        ({"ldap_filter": "cn=a"}, "kept"),
        ({"ldap_url": "ldap://other.test"}, ""),
        ({"ldap_search_dn": "cn=other"}, ""),
        ({"ldap_verify_cert": False}, ""),
        ({"ldap_url": "ldap://other.test", "ldap_search_password": "given"}, "given"),
    ],
)
async def test_the_password_that_is_kept_goes_to_no_other_directory(
    instance: Instance, change: dict[str, object], password: str
) -> None:
    await instance.ask("POST", "/ldap/ping", "admin", change or None)

    (asked,) = instance.directory.asked
    assert asked.search_password.reveal() == password


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/ldap/ping", {"ldap_scope": 7}, "ldap_scope"),
        ("/ldap/ping", {"ldap_connection_timeout": 0}, "ldap_connection_timeout"),
        ("/ldap/ping", {"ldap_url": 7}, "ldap_url"),
        ("/ldap/ping", [], "object"),
        ("/ldap/users/import", {}, "ldap_uid_list"),
        ("/ldap/users/import", {"ldap_uid_list": []}, "ldap_uid_list"),
        ("/ldap/users/import", {"ldap_uid_list": [""]}, "ldap_uid_list"),
        ("/ldap/users/import", {"ldap_uid_list": ["a"] * 1001}, "ldap_uid_list"),
    ],
)
async def test_a_bad_body_is_told_its_field(instance: Instance, path: str, body: object, word: str) -> None:
    answer = await instance.ask("POST", path, "admin", body)

    assert answer.status_code == 422, answer.text
    assert word in answer.json()["errors"][0]["message"]


async def test_people_and_groups_are_searched(instance: Instance) -> None:
    async def found(path: str) -> object:
        return (await instance.ask("GET", path, "admin")).json()

    ling = {"username": "ldapling", "realname": "Ldapling", "email": "ldapling@example.test"}
    dn = "cn=ldap-team,ou=groups,dc=test"
    team = {"id": 0, "group_name": "ldap-team", "group_type": 1, "ldap_group_dn": dn}
    assert await found("/ldap/users/search?username=ldapling") == [ling]
    assert await found("/ldap/users/search") == [ling]
    assert await found("/ldap/users/search?username=none") == []
    assert await found("/ldap/groups/search?groupname=ldap-team") == [team]
    assert await found(f"/ldap/groups/search?groupdn={dn}") == [team]
    assert (await instance.ask("GET", "/ldap/groups/search?groupdn=x", "admin")).status_code == 400


async def test_an_import_tells_who_could_not_be_imported_and_why(instance: Instance) -> None:
    instance.directory.add("plain", "x")  # the name of a local account

    answer = await instance.ask(
        "POST", "/ldap/users/import", "admin", {"ldap_uid_list": ["ldapling", "none", "plain", "ldapling"]}
    )
    again = await instance.ask("POST", "/ldap/users/import", "admin", {"ldap_uid_list": ["ldapling"]})

    assert answer.status_code == 404
    assert answer.json() == [
        {"uid": "none", "error": "user none not found"},
        {"uid": "plain", "error": "the user name plain is taken by another account"},
    ]
    assert [line["uid"] for line in again.json()] == ["ldapling"]
    (user,) = (await instance.ask("GET", "/users?q=username=ldapling", "admin")).json()
    assert (user["realname"], user["email"]) == ("Ldapling", "ldapling@example.test")


async def test_a_directory_that_is_away_is_a_503_that_says_so(instance: Instance) -> None:
    instance.directory.is_up = False

    for path in ("/ldap/users/search", "/ldap/groups/search"):
        answer = await instance.ask("GET", path, "admin")

        assert answer.status_code == 503
        assert "directory" in answer.json()["errors"][0]["message"]
