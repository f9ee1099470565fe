"""The token handshake as clients do it, over httpx and ASGI."""

from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest

from havre.edge.identity import Identity
from havre.edge.token import TokenEndpoint
from havre.kernel.actor import ActorKind
from havre.kernel.errors import Unauthenticated
from unit.access.house import ORIGIN, PASSWORD, House

SERVICE = {"service": "harbor-registry"}
ADMIN = ("admin", PASSWORD)
PATH = "/service/token"


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the endpoint under its own host and port."""
    await house.project("demo")
    await house.project("open", is_public=True)
    endpoint = TokenEndpoint(house.login, house.tokens, house.refresh)
    transport = httpx.ASGITransport(endpoint)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5000") as opened:
        yield opened


async def test_docker_login_gets_a_token_and_a_refresh_token(client: httpx.AsyncClient) -> None:
    query = {"account": "admin", "client_id": "docker", "offline_token": "true", **SERVICE}

    answer = (await client.get(PATH, params=query, auth=ADMIN)).json()

    assert answer["token"] == answer["access_token"]
    assert answer["expires_in"] == 1800
    assert datetime.fromisoformat(answer["issued_at"]).utcoffset() is not None
    assert answer["refresh_token"]


async def test_a_plain_token_comes_without_a_refresh_token(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH, params=SERVICE, auth=ADMIN)

    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    assert answer.headers["cache-control"] == "no-store"


async def test_docker_refreshes_with_space_joined_scopes(client: httpx.AsyncClient, house: House) -> None:
    refresh = await house.refresh.issue(await house.admin(), "docker")
    form = {
        "client_id": "docker",
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "scope": "repository:demo/bb:push,pull repository:127.0.0.1:5000/open/bb:pull",
        **SERVICE,
    }

    answer = (await client.post(PATH, data=form)).json()

    assert answer["refresh_token"] == refresh
    assert answer["scope"] == "repository:demo/bb:pull,push repository:open/bb:pull"
    assert await _granted(house, answer["token"], "open/bb") == {"pull"}


async def test_a_password_grant_gives_a_refresh_token_when_offline(client: httpx.AsyncClient) -> None:
    form = {"grant_type": "password", "username": "admin", "password": PASSWORD, **SERVICE}

    plain = (await client.post(PATH, data=form)).json()
    offline = (await client.post(PATH, data={**form, "access_type": "offline"})).json()

    assert "refresh_token" not in plain
    assert offline["refresh_token"]


async def test_repeated_scopes_and_the_star_are_understood(client: httpx.AsyncClient, house: House) -> None:
    query = {"scope": ["repository:demo/a:pull", "repository:demo/b:*"], **SERVICE}

    token = (await client.get(PATH, params=query, auth=ADMIN)).json()["token"]

    assert await _granted(house, token, "demo/a") == {"pull"}
    assert await _granted(house, token, "demo/b") == {"pull", "push", "delete"}


async def test_an_anonymous_caller_pulls_what_is_public(client: httpx.AsyncClient, house: House) -> None:
    query = {"scope": ["repository:open/a:pull,push", "repository:demo/a:pull"], **SERVICE}

    answer = await client.get(PATH, params=query)

    token = answer.json()["token"]
    assert await _granted(house, token, "open/a") == {"pull"}
    assert await _granted(house, token, "demo/a") == set()


async def test_a_wrong_password_is_refused_though_the_scope_is_public(client: httpx.AsyncClient) -> None:
    query = {"scope": "repository:open/a:pull", **SERVICE}

    answer = await client.get(PATH, params=query, auth=("admin", "Wrong-Harbour-1"))

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["code"] == "UNAUTHORIZED"
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize("authorization", ["Basic !!!", "Basic YWJj", "Bearer abc", "Digest x", ""])
async def test_credentials_that_are_unreadable_are_refused(
    client: httpx.AsyncClient, authorization: str
) -> None:
    query = {"scope": "repository:open/a:pull", **SERVICE}

    answer = await client.get(PATH, params=query, headers={"authorization": authorization})

    assert answer.status_code == 401


async def test_nobody_asking_for_nothing_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH, params=SERVICE)).status_code == 401


async def test_another_service_is_a_bad_request(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH, params={"service": "other"}, auth=ADMIN)).status_code == 400


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "made-up"}, 401),
        ({"grant_type": "refresh_token"}, 401),
        ({"grant_type": "password", "username": "admin", "password": "Wrong-Harbour-1"}, 401),
        ({"grant_type": "authorization_code"}, 400),
        ({}, 400),
        ({"grant_type": "password", "service": "other"}, 400),
        ({"grant_type": "password", "username": "admin", "password": "x" * 200_000}, 413),
        ({f"field{n}": "1" for n in range(400)}, 400),
    ],
)
async def test_a_bad_form_is_refused(client: httpx.AsyncClient, form: dict[str, str], status: int) -> None:
    answer = await client.post(PATH, data={**SERVICE, **form})

    assert answer.status_code == status
    assert answer.json()["errors"]


async def test_a_body_that_is_no_form_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post(PATH, json={"grant_type": "password"})).status_code == 400


async def test_other_methods_are_not_allowed(client: httpx.AsyncClient) -> None:
    answer = await client.put(PATH)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_guessing_is_slowed_down_with_a_time_to_wait(client: httpx.AsyncClient) -> None:
    for _ in range(6):
        answer = await client.get(PATH, params=SERVICE, auth=("admin", "Wrong-Harbour-1"))

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


async def test_the_query_may_hold_anything(client: httpx.AsyncClient) -> None:
    for query in ("scope=%ff", "scope=%00&&&==", "service=%F0%9F%92%A9", "scope=" + "a:" * 500):
        answer = await client.get(f"{PATH}?{query}", auth=ADMIN)
        assert answer.status_code in {200, 400}


async def test_identity_reads_basic_bearer_and_nothing(house: House) -> None:
    identity = Identity(house.login, house.tokens)
    token = await house.token(await house.admin(), "repository:demo/a:pull")

    assert (await identity.identify(None, ORIGIN)).kind is ActorKind.ANONYMOUS
    assert (await identity.identify(f"Bearer {token}", ORIGIN)).grants is not None
    basic = await identity.identify("basic YWRtaW46SGFyYm91ci1UZXN0LTE=", ORIGIN)
    assert (basic.name, basic.grants, basic.origin) == ("admin", None, ORIGIN)
    for header in ("Negotiate x", "Bearer", "Basic", "", "Bearer a.b.c"):
        with pytest.raises(Unauthenticated):
            await identity.identify(header, ORIGIN)


async def _granted(house: House, token: str, repository: str) -> frozenset[str]:
    actor = await house.tokens.verify(token, ORIGIN)
    assert actor.grants is not None
    return actor.grants.repositories[repository]
