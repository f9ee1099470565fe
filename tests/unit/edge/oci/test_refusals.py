"""What of a client's ordinary talk becomes a refusal in the journal, over the whole application."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from havre.assembly.app import build_app
from havre.assembly.prepare import prepare
from havre.kernel.secret import Secret
from havre.settings import Settings

_PASSWORD = "Harbour-Test-1"
_ROOT = ("admin", _PASSWORD)
_GUEST = ("guest", "Guest-Test-1")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an instance with a private project `demo` and a guest of it."""
    settings = Settings(data=tmp_path, admin_password=Secret(_PASSWORD))
    await prepare(settings)
    transport = httpx.ASGITransport(build_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://havre.test") as opened:
        person = {"username": "guest", "realname": "g", "email": "g@example.test", "password": _GUEST[1]}
        member = {"role_id": 3, "member_user": {"username": "guest"}}
        project = {"project_name": "demo", "metadata": {"public": "false"}}
        for path, body in (("/users", person), ("/projects", project), ("/projects/demo/members", member)):
            answer = await opened.post(f"/api/v2.0{path}", json=body, auth=_ROOT)
            assert answer.status_code == 201, answer.text
        yield opened


async def _token(client: httpx.AsyncClient, auth: tuple[str, str], scope: str) -> dict[str, str]:
    query = {"service": "harbor-registry", "scope": scope}
    answer = await client.get("/service/token", params=query, auth=auth)
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def _refusals(client: httpx.AsyncClient) -> list[str]:
    rows = await client.get("/api/v2.0/auditlog-exts?q=operation%3Ddeny", auth=_ROOT)
    assert rows.status_code == 200, rows.text
    return [row["resource"] for row in rows.json()]


async def test_probes_challenges_and_narrow_tokens_are_no_refusals(client: httpx.AsyncClient) -> None:
    pull = await _token(client, _ROOT, "repository:demo/app:pull")
    uploads = "/v2/demo/app/blobs/uploads/"

    statuses = [
        (await client.get("/v2/")).status_code,
        (await client.get("/v2/demo/app/tags/list")).status_code,
        (await client.post(uploads)).status_code,
        (await client.post(uploads, headers=pull)).status_code,
        (await client.get("/v2/demo/other/tags/list", headers=pull)).status_code,
        (await client.get("/v2/_catalog", headers=pull)).status_code,
    ]

    assert statuses == [401] * 6
    assert await _refusals(client) == []


async def test_whoever_may_not_is_a_refusal_by_password_and_by_token(client: httpx.AsyncClient) -> None:
    uploads = "/v2/demo/app/blobs/uploads/"
    push = await _token(client, _GUEST, "repository:demo/app:pull,push")

    by_password = await client.post(uploads, auth=_GUEST)
    by_token = await client.post(uploads, headers=push)
    elsewhere = await client.get("/v2/secret/app/tags/list", headers=push)

    assert (by_password.status_code, by_token.status_code, elsewhere.status_code) == (403, 401, 401)
    assert await _refusals(client) == ["GET /v2/secret/app/tags/list", f"POST {uploads}", f"POST {uploads}"]
