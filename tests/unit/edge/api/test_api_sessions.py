"""Signing in with a browser: the session, the token against cross-site requests, signing out."""

import httpx
import pytest

from unit.edge.api.rig import PASSWORD, Instance

_TOKEN = "X-Harbor-CSRF-Token"


class Browser:
    """Does as Harbor's portal does: keeps cookies and the last token, repeats a refused request once."""

    def __init__(self, instance: Instance) -> None:
        """Open a fresh browser."""
        self.http = httpx.AsyncClient(transport=instance.client._transport, base_url="http://havre.test")
        self.token = ""

    async def send(self, method: str, path: str, **more: object) -> httpx.Response:
        """Send a request, twice when the token was not good."""
        response = await self.once(method, path, **more)
        if response.status_code == 403 and "CSRF token invalid" in response.text:
            response = await self.once(method, path, **more)
        return response

    async def once(self, method: str, path: str, **more: object) -> httpx.Response:
        """Send a request with the last token."""
        response = await self.http.request(method, path, headers={_TOKEN: self.token}, **more)  # type: ignore[arg-type] # the test's keywords
        self.token = response.headers.get(_TOKEN, self.token)
        return response

    async def login(self, who: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in."""
        return await self.send("POST", "/c/login", data={"principal": who, "password": password})

    async def name(self) -> str:
        """Tell who the API thinks this is."""
        response = await self.http.get("/api/v2.0/users/current")
        return str(response.json()["username"]) if response.status_code == 200 else ""


async def test_the_portals_dance_signs_in_changes_things_and_signs_out(instance: Instance) -> None:
    browser = Browser(instance)
    first = await browser.once("POST", "/c/login", data={"principal": "plain", "password": PASSWORD})
    second = await browser.once("POST", "/c/login", data={"principal": "plain", "password": PASSWORD})

    assert (first.status_code, first.json()["errors"][0]["message"]) == (403, "CSRF token invalid")
    assert second.status_code == 200
    assert "HttpOnly" in second.headers["set-cookie"]
    assert await browser.name() == "plain"
    made = await browser.once("POST", "/api/v2.0/projects", json={"project_name": "mine"})
    assert made.status_code == 201, "the token of the login's answer is good for the session"
    assert (await browser.send("GET", "/c/log_out")).status_code == 200
    assert await browser.name() == ""


async def test_a_wrong_password_is_401_and_written_down(instance: Instance) -> None:
    browser = Browser(instance)

    assert (await browser.login("plain", "wrong")).status_code == 401
    assert (await browser.login("", "")).status_code == 401
    assert await browser.name() == ""
    lines = (await instance.ask("GET", "/auditlog-exts?q=operation%3Dlogin", "admin")).json()
    assert ("plain", False) in [(line["resource"], line["operation_result"]) for line in lines]


async def test_signing_in_and_out_are_events(instance: Instance) -> None:
    browser = Browser(instance)
    await browser.login("plain")
    await browser.send("GET", "/c/log_out")

    lines = (await instance.ask("GET", "/auditlog-exts?page_size=5", "admin")).json()
    assert [line["operation"] for line in lines if line["username"] == "plain"] == ["logout", "login"]


@pytest.mark.parametrize("token", ["", "x", "A" * 88, "!"])
async def test_a_session_changes_nothing_without_its_token(instance: Instance, token: str) -> None:
    browser = Browser(instance)
    await browser.login("admin")
    browser.token = token

    refused = await browser.once("POST", "/api/v2.0/projects", json={"project_name": "mine"})

    assert refused.status_code == 403
    assert refused.headers[_TOKEN]
    assert (await browser.http.get("/api/v2.0/projects/mine")).status_code == 404


async def test_a_token_of_another_session_does_not_fit(instance: Instance) -> None:
    mallory, victim = Browser(instance), Browser(instance)
    await mallory.login("plain")
    await victim.login("admin")
    planted = mallory.http.cookies["_gorilla_csrf"]
    del victim.http.cookies["_gorilla_csrf"]
    victim.http.cookies.set("_gorilla_csrf", planted)
    victim.token = mallory.token

    response = await victim.once("POST", "/api/v2.0/projects", json={"project_name": "mine"})

    assert response.status_code == 403


async def test_basic_credentials_without_the_cookie_need_no_token(instance: Instance) -> None:
    assert (await instance.ask("POST", "/projects", "plain", {"project_name": "mine"})).status_code == 201


async def test_one_lists_and_revokes_ones_own_sessions_and_an_administrator_any(instance: Instance) -> None:
    plain, other, admin = Browser(instance), Browser(instance), Browser(instance)
    for browser, who in ((plain, "plain"), (other, "target"), (admin, "admin")):
        await browser.login(who)

    own = (await plain.http.get("/api/havre/v1/sessions")).json()["items"]
    everybody = (await admin.http.get("/api/havre/v1/sessions?everybody=true&size=2")).json()
    rest = (await admin.http.get(f"/api/havre/v1/sessions?everybody=true&after={everybody['next']}")).json()
    assert [one["username"] for one in own] == ["plain"]
    assert [one["username"] for one in everybody["items"] + rest["items"]] == ["plain", "target", "admin"]
    assert (await plain.http.get("/api/havre/v1/sessions?everybody=true")).status_code == 403
    theirs = everybody["items"][1]["id"]
    assert (await plain.send("DELETE", f"/api/havre/v1/sessions/{theirs}")).status_code == 404
    assert (await admin.send("DELETE", f"/api/havre/v1/sessions/{theirs}")).status_code == 200
    assert (await plain.send("DELETE", f"/api/havre/v1/sessions/{own[0]['id']}")).status_code == 200
    assert [await browser.name() for browser in (plain, other, admin)] == ["", "", "admin"]


async def test_a_new_password_ends_the_sessions(instance: Instance) -> None:
    browser = Browser(instance)
    await browser.login("plain")

    await instance.ask("PUT", "/users/8/password", "admin", {"new_password": PASSWORD + "x"})

    assert await browser.name() == ""


async def test_a_deleted_account_has_no_session(instance: Instance) -> None:
    browser = Browser(instance)
    await browser.login("plain")

    await instance.ask("DELETE", "/users/8", "admin")

    assert await browser.name() == ""


async def test_only_a_person_who_may_ask_learns_whether_a_name_is_taken(instance: Instance) -> None:
    anybody, admin = Browser(instance), Browser(instance)
    await admin.login("admin")
    form = {"target": "username", "value": "plain"}

    assert (await anybody.send("POST", "/c/userExists", data=form)).status_code == 412
    assert (await admin.send("POST", "/c/userExists", data=form)).json() is True
    await instance.ask("PUT", "/configurations", "admin", {"self_registration": True})
    assert (await anybody.send("POST", "/c/userExists", data={**form, "value": "none"})).json() is False
    assert (await anybody.send("POST", "/c/userExists", data={"target": "email"})).json() is False
    assert (await anybody.send("POST", "/c/userExists", data={"target": "x"})).status_code == 400


@pytest.mark.parametrize("path", ["/c/", "/c/nothing", "/c/login/x"])
async def test_what_is_not_there_is_not_found(instance: Instance, path: str) -> None:
    assert (await Browser(instance).send("GET", path)).status_code == 404


@pytest.mark.parametrize("body", [b"%zz", b"\xff", b"principal=" + b"a" * 20_000, b"&" * 500, b""])
async def test_a_hostile_form_is_refused_in_the_envelope(instance: Instance, body: bytes) -> None:
    response = await Browser(instance).send("POST", "/c/login", content=body)

    assert response.status_code in (400, 401, 413)
    assert response.json()["errors"][0]["code"]


@pytest.mark.parametrize("sid", ["", "nonsense", "x" * 5000, "%00", "é"])
async def test_a_cookie_that_is_no_session_is_nobody(instance: Instance, sid: str) -> None:
    response = await instance.client.get(
        "/api/v2.0/users/current", headers={b"Cookie": f"sid={sid}".encode("latin-1", "replace")}
    )

    assert response.status_code == 401
