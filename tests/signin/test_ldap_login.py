"""Signing in by a real slapd to a real server: the token service, Basic on /v2, Basic on the API."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from kit.server import ADMIN_PASSWORD, Server, Settings
from kit.slapd import BASE, PASSWORD, SEARCH_DN, SEARCH_PASSWORD, Slapd, running_slapd

_ADMIN = ("admin", ADMIN_PASSWORD)


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    """A server of this module's own: its groups change."""
    with running_slapd() as server:
        yield server


@pytest.fixture(scope="module")
def server(slapd: Slapd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A registry whose people are in the directory."""
    data: Path = tmp_path_factory.mktemp("ldap") / "data"
    environment = {
        "SSL_CERT_FILE": str(slapd.authority.certificate),
        "HAVRE_ACCESS_FAILURES_BEFORE_DELAY": "100",
    }
    with Server(data, Settings(environment=environment)) as running:
        _configure(running, _values(slapd))
        yield running


def _values(slapd: Slapd) -> dict[str, object]:
    return {
        "auth_mode": "ldap_auth",
        "ldap_url": f"ldaps://127.0.0.1:{slapd.tls_port}",
        "ldap_search_dn": SEARCH_DN,
        "ldap_search_password": SEARCH_PASSWORD,
        "ldap_base_dn": BASE,
        "ldap_uid": "uid",
        "ldap_timeout": 5,
        "ldap_verify_cert": True,
        "ldap_group_base_dn": f"ou=groups,{BASE}",
        "ldap_group_search_filter": "objectClass=groupOfNames",
        "ldap_group_attribute_name": "cn",
        "ldap_group_admin_dn": f"cn=admins,ou=groups,{BASE}",
    }


def _configure(server: Server, values: Mapping[str, object]) -> None:
    answer = server.api.http.put("/configurations", json=values)
    assert answer.status_code == 200, answer.text


def _token(server: Server, auth: tuple[str, str], scope: str) -> httpx.Response:
    query = {"service": "harbor-registry", "scope": scope}
    return httpx.get(f"{server.url}/service/token", params=query, auth=auth, timeout=30)


def _pushes(server: Server, auth: tuple[str, str]) -> int:
    answer = _token(server, auth, "repository:crew/app:pull,push")
    assert answer.status_code == 200, f"{answer.text}\n{server.log.read_text()[-3000:]}"
    token = answer.json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{server.url}/v2/crew/app/blobs/uploads/", headers=headers, timeout=30).status_code


def test_a_person_of_the_directory_logs_in_by_all_three_ways(server: Server) -> None:
    auth = ("ann", PASSWORD)

    token = _token(server, auth, "")
    ping = httpx.get(f"{server.url}/v2/", auth=auth, timeout=30)
    me = httpx.get(f"{server.url}/api/v2.0/users/current", auth=auth, timeout=30)

    assert (token.status_code, ping.status_code, me.status_code) == (200, 200, 200)
    shown = me.json()
    assert (shown["username"], shown["email"], shown["realname"]) == ("ann", "ann@example.org", "Ann Example")
    assert (shown["sysadmin_flag"], shown["admin_role_in_auth"]) == (False, True)
    (listed,) = server.api.http.get("/users", params={"q": "username=ann"}).json()
    assert listed["admin_role_in_auth"] is False


@pytest.mark.parametrize("auth", [("bob", "wrong"), ("bob", ""), ("*", PASSWORD), ("nobody", PASSWORD)])
def test_whoever_does_not_fit_is_refused_by_all_three_ways(server: Server, auth: tuple[str, str]) -> None:
    answers = [
        _token(server, auth, ""),
        httpx.get(f"{server.url}/v2/", auth=auth, timeout=30),
        httpx.get(f"{server.url}/api/v2.0/users/current", auth=auth, timeout=30),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]


def test_a_group_of_the_directory_gives_a_role_and_leaving_it_takes_the_role(
    server: Server, slapd: Slapd
) -> None:
    server.api.create_project("crew")
    outside = _pushes(server, ("bob", PASSWORD))
    group = {"ldap_group_dn": f"CN=team, ou=groups,{BASE}", "group_type": 1}
    added = server.api.http.post("/projects/crew/members", json={"role_id": 2, "member_group": group})
    inside = _pushes(server, ("bob", PASSWORD))

    slapd.change(
        "dn: cn=team,ou=groups,{base}\nchangetype: modify\ndelete: member\nmember: uid=bob,ou=people,{base}\n"
    )
    _configure(server, {"ldap_timeout": 6})  # another setting: nobody is remembered

    assert (outside, added.status_code, inside) == (401, 201, 202)
    assert _pushes(server, ("bob", PASSWORD)) == 401


def test_the_local_administrator_gets_in_and_tells_why_the_directory_is_not_asked(
    server: Server, slapd: Slapd
) -> None:
    _configure(server, {"ldap_url": "ldap://127.0.0.1:1"})

    for way in (
        _token(server, ("bob", PASSWORD), ""),
        httpx.get(f"{server.url}/v2/", auth=("bob", PASSWORD), timeout=30),
        httpx.get(f"{server.url}/api/v2.0/users/current", auth=("bob", PASSWORD), timeout=30),
    ):
        assert way.status_code == 503
        assert "directory" in way.json()["errors"][0]["message"]
    assert _token(server, _ADMIN, "").status_code == 200
    ping = server.api.http.post("/ldap/ping").json()
    assert ping["success"] is False
    assert "127.0.0.1:1" in ping["message"]
    _configure(server, {"ldap_url": f"ldaps://127.0.0.1:{slapd.tls_port}"})
    assert server.api.http.post("/ldap/ping").json() == {"success": True, "message": ""}
    assert _token(server, ("bob", PASSWORD), "").status_code == 200


def test_people_and_groups_of_the_directory_are_searched_and_imported(server: Server) -> None:
    http = server.api.http

    groups = http.get("/ldap/groups/search", params={"groupname": "ops"}).json()
    people = http.get("/ldap/users/search", params={"username": "pat"}).json()
    imported = http.post("/ldap/users/import", json={"ldap_uid_list": ["pat", "none", "twin"]})

    assert [group["ldap_group_dn"] for group in groups] == [f"cn=ops,ou=groups,{BASE}"]
    assert people == [{"username": "pat", "realname": "Pat", "email": "pat@example.org"}]
    assert imported.status_code == 404
    assert [failure["uid"] for failure in imported.json()] == ["none", "twin"]
    assert http.get("/users", params={"q": "username=pat"}).json()[0]["username"] == "pat"


def test_a_login_is_written_down_and_the_password_nowhere(server: Server) -> None:
    _token(server, ("ann", PASSWORD), "")

    events = server.api.http.get("/auditlog-exts", params={"page_size": 100}).text

    assert "ann" in events
    assert PASSWORD not in events
    log = server.log.read_text("utf-8", "replace")
    assert PASSWORD not in log
    assert SEARCH_PASSWORD not in log
