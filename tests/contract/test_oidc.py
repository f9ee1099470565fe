"""Signing in at a real OIDC provider: onboarding, groups, administrators, secrets for tools, signing out."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from havre.assembly.app import build_app
from havre.assembly.prepare import prepare
from havre.kernel.secret import Secret
from havre.settings import Settings
from kit.provider import CLIENT_ID, CLIENT_SECRET, Provider, sign_in_at

_PASSWORD = "Harbour-Test-1"
_BASE = "http://havre.test"
_PEOPLE: dict[str, dict[str, object]] = {
    "u-ann": {"name": "Ann Other", "email": "ann@example.test", "groups": ["havre-team", "else", 7]},
    "u-root": {"name": "root user", "email": "root@example.test", "groups": ["havre-admins"]},
    "u-odd": {"name": "bad#name", "email": "odd@example.test"},
    "u-admin": {"name": "admin"},
}


@pytest.fixture(scope="module", params=["client_secret_basic", "client_secret_post"])
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    """The provider."""
    with Provider(f"{_BASE}/c/oidc/callback", _PEOPLE, method=request.param) as running:
        yield running


class House:
    """Havre in this process, and a browser."""

    def __init__(self, settings: Settings) -> None:
        """Wire it."""
        self.app = build_app(settings)
        self.browser = self.fresh_browser()

    def fresh_browser(self) -> httpx.AsyncClient:
        """Open a browser without cookies."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=_BASE)

    async def api(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask as the local administrator, who gets in whatever the provider does."""
        async with self.fresh_browser() as http:
            return await http.request(
                method, f"/api/v2.0{path}", json=body, auth=("admin", _PASSWORD), timeout=30
            )

    async def post(self, path: str, body: object = None, form: object = None) -> httpx.Response:
        """Post from the browser, with the token against cross-site requests."""
        token = (await self.browser.get("/c/nothing")).headers["X-Harbor-CSRF-Token"]
        return await self.browser.post(
            path,
            json=body,
            data=form,  # type: ignore[arg-type] # the test's forms are mappings
            headers={"X-Harbor-CSRF-Token": token},
        )

    async def sign_in(self, provider: Provider, login: str, then: str = "/harbor") -> httpx.Response:
        """Sign in at the provider, and come back."""
        away = await self.browser.get("/c/oidc/login", params={"redirect_url": then})
        assert away.status_code == 302, away.text
        back = await sign_in_at(provider.url, away.headers["location"], login)
        return await self.browser.get(back)

    async def me(self) -> dict[str, object]:
        """Read the account of whoever is signed in."""
        found = (await self.browser.get("/api/v2.0/users/current")).json()
        assert isinstance(found, dict)
        return found


@asynccontextmanager
async def _open(directory: Path, provider: Provider, **more: object) -> AsyncIterator[House]:
    settings = Settings(data=directory, admin_password=Secret(_PASSWORD))
    await prepare(settings)
    house = House(settings)
    configured = {
        "auth_mode": "oidc_auth",
        "oidc_name": "test",
        "oidc_endpoint": provider.url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        "oidc_scope": "openid,profile,email,groups",
        "oidc_groups_claim": "groups",
        "oidc_admin_group": "havre-admins",
        "oidc_group_filter": "^havre-",
        "oidc_auto_onboard": True,
        **more,
    }
    assert (await house.api("PUT", "/configurations", configured)).status_code == 200
    try:
        yield house
    finally:
        await house.browser.aclose()
        await house.app._doors.stop()


async def test_somebody_new_gets_an_account_a_session_and_their_groups(
    tmp_path: Path, provider: Provider
) -> None:
    async with _open(tmp_path, provider) as house:
        back = await house.sign_in(provider, "u-ann", "/harbor/projects")
        me = await house.me()
        groups = (await house.api("GET", "/usergroups")).json()
        events = (await house.api("GET", "/auditlog-exts?page_size=20")).json()

        assert (back.status_code, back.headers["location"]) == (302, "/harbor/projects")
        assert (me["username"], me["email"], me["sysadmin_flag"]) == (
            "Ann_Other",
            "ann@example.test",
            False,
        )
        assert [(group["group_name"], group["group_type"]) for group in groups] == [("havre-team", 3)]
        assert ("Ann_Other", "login") in [(one["username"], one["operation"]) for one in events]


async def test_a_group_of_the_provider_gives_a_role_in_a_project(tmp_path: Path, provider: Provider) -> None:
    async with _open(tmp_path, provider) as house:
        await house.sign_in(provider, "u-ann")
        await house.api("POST", "/projects", {"project_name": "demo"})
        before = (await house.browser.get("/api/v2.0/projects/demo")).status_code
        member = {"role_id": 2, "member_group": {"group_name": "havre-team", "group_type": 3}}
        added = await house.api("POST", "/projects/demo/members", member)

        assert (before, added.status_code) == (403, 201)
        assert (await house.browser.get("/api/v2.0/projects/demo")).status_code == 200


async def test_the_admin_group_makes_an_administrator(tmp_path: Path, provider: Provider) -> None:
    async with _open(tmp_path, provider) as house:
        await house.sign_in(provider, "u-root")

        assert (await house.browser.get("/api/v2.0/users")).status_code == 200
        assert (await house.me())["admin_role_in_auth"] is True


async def test_the_cli_secret_outlives_the_session_and_the_provider(tmp_path: Path) -> None:
    with Provider(f"{_BASE}/c/oidc/callback", _PEOPLE) as provider:
        async with _open(tmp_path, provider) as house:
            await house.sign_in(provider, "u-ann")
            meta = (await house.me())["oidc_user_meta"]
            assert isinstance(meta, dict)
            secret = meta["secret"]
            seen = (await house.api("GET", f"/users/{meta['user_id']}")).json()["oidc_user_meta"]
            await house.browser.get("/c/log_out")
            provider.stop()

            async def status(password: str, path: str) -> int:
                async with house.fresh_browser() as http:
                    return (await http.get(path, auth=("Ann_Other", password))).status_code

            paths = ("/v2/", "/service/token?service=harbor-registry", "/api/v2.0/users/current")
            assert [await status(secret, path) for path in paths] == [200, 200, 200]
            assert await status("wrong", "/v2/") == 401
            assert "secret" not in seen, "only its owner reads it"
            changed = await house.api("PUT", f"/users/{meta['user_id']}/cli_secret", {"secret": _PASSWORD})
            assert changed.status_code == 200
            assert [await status(secret, "/v2/"), await status(_PASSWORD, "/v2/")] == [401, 200]
            bad = await house.api("PUT", f"/users/{meta['user_id']}/cli_secret", {"secret": "short"})
            assert bad.status_code == 400


async def test_without_auto_onboarding_somebody_new_chooses_a_name_once(
    tmp_path: Path, provider: Provider
) -> None:
    async with _open(tmp_path, provider, oidc_auto_onboard=False) as house:
        back = await house.sign_in(provider, "u-ann", "/harbor")
        query = parse_qs(urlsplit(back.headers["location"]).query)
        taken = await house.post("/c/oidc/onboard", {"username": "admin"})
        bad = await house.post("/c/oidc/onboard", {"username": "a b"})
        chosen = await house.post("/c/oidc/onboard", {"username": "ann"})
        again = await house.post("/c/oidc/onboard", {"username": "ann2"})

        assert back.headers["location"].startswith("/oidc-onboard?")
        assert query == {"username": ["Ann_Other"], "redirect_url": ["/harbor"]}
        assert [answer.status_code for answer in (taken, bad, chosen, again)] == [409, 400, 200, 401]
        assert (await house.me())["username"] == "ann"
        await house.browser.get("/c/log_out")
        assert (await house.sign_in(provider, "u-ann")).headers["location"] == "/harbor"


@pytest.mark.parametrize("login", ["u-odd", "u-admin"])
async def test_a_claim_that_is_no_free_name_leads_to_the_choice(
    tmp_path: Path, provider: Provider, login: str
) -> None:
    async with _open(tmp_path, provider) as house:
        back = await house.sign_in(provider, login)

        assert back.headers["location"].startswith("/oidc-onboard?")
        assert (await house.browser.get("/api/v2.0/users/current")).status_code == 401


async def test_an_answer_to_another_sign_in_is_refused(tmp_path: Path, provider: Provider) -> None:
    async with _open(tmp_path, provider) as house:
        away = await house.browser.get("/c/oidc/login")
        back = await sign_in_at(provider.url, away.headers["location"], "u-ann")
        async with house.fresh_browser() as stranger:
            without_cookie = await stranger.get(back)
            await stranger.get("/c/oidc/login")
            with_another = await stranger.get(back)
        good = await house.browser.get(back)
        replayed = await house.browser.get(back)

        assert (without_cookie.status_code, with_another.status_code) == (401, 401)
        assert (good.status_code, replayed.status_code) == (302, 401)


@pytest.mark.parametrize(
    "query",
    ["", "?error=access_denied", "?code=x", "?code=x&state=y", "?code=%00&state=%ff", "?code=" + "x" * 5000],
)
async def test_a_callback_that_proves_nothing_is_401_or_400(
    tmp_path: Path, provider: Provider, query: str
) -> None:
    async with _open(tmp_path, provider) as house:
        await house.browser.get("/c/oidc/login")

        assert (await house.browser.get(f"/c/oidc/callback{query}")).status_code in (400, 401)


@pytest.mark.parametrize("place", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:x", ""])
async def test_a_sign_in_leads_nowhere_else(tmp_path: Path, provider: Provider, place: str) -> None:
    async with _open(tmp_path, provider) as house:
        assert (await house.sign_in(provider, "u-ann", place)).headers["location"] == "/"


async def test_the_local_administrator_signs_in_here_and_others_are_sent_to_the_provider(
    tmp_path: Path, provider: Provider
) -> None:
    async with _open(tmp_path, provider) as house:
        other = await house.post("/c/login", form={"principal": "Ann_Other", "password": "x"})
        admin = await house.post("/c/login", form={"principal": "admin", "password": _PASSWORD})

        assert (other.status_code, other.json()) == (403, {"redirect_location": "/c/oidc/login"})
        assert admin.status_code == 200
        assert (await house.me())["username"] == "admin"


async def test_signing_out_ends_the_providers_session_where_configured(
    tmp_path: Path, provider: Provider
) -> None:
    async with _open(tmp_path, provider, oidc_logout=True) as house:
        await house.sign_in(provider, "u-ann")
        out = await house.browser.get("/c/oidc/logout")
        again = await house.browser.get("/c/oidc/logout")

        assert out.headers["location"].startswith(f"{provider.url}/session/end?")
        assert "id_token_hint" in parse_qs(urlsplit(out.headers["location"]).query)
        assert again.headers["location"] == "/"
        assert (await house.browser.get("/api/v2.0/users/current")).status_code == 401


async def test_ping_tells_whether_there_is_a_provider(tmp_path: Path, provider: Provider) -> None:
    async with _open(tmp_path, provider) as house:
        bodies = [
            {"url": provider.url, "verify_cert": True},
            {"url": "http://127.0.0.1:1"},
            {"url": f"{provider.url}/elsewhere"},
            {"url": "http://169.254.169.254/latest"},
            {"url": "file:///etc/passwd"},
            {"url": "nonsense"},
            {},
        ]
        statuses = [(await house.api("POST", "/system/oidc/ping", body)).status_code for body in bodies]

        assert statuses == [200, 400, 400, 400, 400, 400, 422]


async def test_a_provider_that_is_away_is_503_and_the_administrator_gets_in(tmp_path: Path) -> None:
    provider = Provider(f"{_BASE}/c/oidc/callback", _PEOPLE)
    async with _open(tmp_path, provider) as house:
        assert (await house.browser.get("/c/oidc/login")).status_code == 503
        assert (await house.api("GET", "/users/current")).status_code == 200


async def test_an_id_token_opens_the_api_and_nothing_else(tmp_path: Path, provider: Provider) -> None:
    async with _open(tmp_path, provider, oidc_logout=True) as house:
        await house.sign_in(provider, "u-ann")
        out = await house.browser.get("/c/oidc/logout")
        token = parse_qs(urlsplit(out.headers["location"]).query)["id_token_hint"][0]
        head, claims, signature = token.split(".")
        forged = f"{head}.{claims}.{signature[:-8]}AAAAAAAA"

        async def status(bearer: str, path: str = "/api/v2.0/users/current") -> int:
            async with house.fresh_browser() as http:
                answer = await http.get(path, headers={"Authorization": f"Bearer {bearer}"})
            return answer.status_code

        assert [await status(one) for one in (token, forged, "a.b.c", "")] == [200, 401, 401, 401]
        assert await status(token, "/v2/") == 401


async def test_extra_parameters_go_along_and_change_nothing_else(tmp_path: Path, provider: Provider) -> None:
    extra = '{"prompt": "login", "state": "mine"}'
    async with _open(tmp_path, provider, oidc_extra_redirect_parms=extra) as house:
        away = await house.browser.get("/c/oidc/login")
        query = parse_qs(urlsplit(away.headers["location"]).query)

        assert query["prompt"] == ["login"]
        assert query["state"] != ["mine"]
        assert query["code_challenge_method"] == ["S256"]
