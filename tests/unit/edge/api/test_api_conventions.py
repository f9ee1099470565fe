"""What every operation shares: envelope, ids, names, paging over the wire, and hostile requests."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from havre.edge.api.operations import OPERATIONS
from havre.edge.api.router import Router
from havre.edge.http import Doors, HttpApp
from havre.edge.wire.asgi import Receive, Scope, Send
from havre.kernel.errors import StorageFull, Unavailable
from havre.kernel.traffic import Traffic
from havre.kernel.work import Reader
from unit.edge.api.counting import CountingDatabase
from unit.edge.api.rig import IMAGE, INDEX, UNTAGGED, Instance, basic

_PREFIX = "/api/v2.0"


def _code(body: str) -> str:
    (error,) = json.loads(body)["errors"]
    assert error["message"]
    code = error["code"]
    assert isinstance(code, str)
    return code


def test_every_operation_is_found_by_its_own_path() -> None:
    router = Router(_PREFIX, OPERATIONS)

    for one in OPERATIONS:
        path = re.sub(r"\{.*?\}", "17", one.path)
        assert router.match(one.method, _PREFIX + path).operation == one


async def test_the_version_is_told_outside_the_contract(instance: Instance) -> None:
    assert (await instance.ask("GET", "/api/version")).json() == {"version": "v2.0"}


async def test_the_request_id_is_echoed_or_made(instance: Instance) -> None:
    given = await instance.ask("GET", "/ping", headers={"X-Request-Id": "mine"})
    made = await instance.ask("GET", "/nothing")

    assert given.headers["x-request-id"] == "mine"
    assert made.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/v2/", "/service/token", "/", "/elsewhere", "/api/v2.0/ping", "/c/login"])
async def test_every_door_sends_the_request_id_once(path: str) -> None:
    async def door(scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    app = HttpApp(Doors(door, door, door, door, _nothing, _nothing), Traffic())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://havre.test") as client:
        given = await client.get(path, headers={"X-Request-Id": "mine"})
        broken = await client.get(path, headers={b"X-Request-Id": b"a\x1bb"})

    assert given.headers.get_list("x-request-id") == ["mine"]
    assert broken.headers["x-request-id"].isprintable()


@pytest.mark.parametrize(("error", "status"), [(Unavailable, 503), (StorageFull, 507)])
async def test_what_the_machine_cannot_do_is_in_the_log(
    instance: Instance, caplog: pytest.LogCaptureFixture, error: type[Unavailable], status: int
) -> None:
    class Broken(CountingDatabase):
        @asynccontextmanager
        async def read(self) -> AsyncIterator[Reader]:
            raise error("the disk is gone")
            yield

    instance.parts.users._database = Broken(instance.database)
    answer = await instance.ask("GET", "/users", "admin", headers={"X-Request-Id": "asked"})

    assert answer.status_code == status
    assert "the disk is gone" not in answer.text
    assert "unavailable request_id=asked path=/api/v2.0/users error=the disk is gone" in caplog.text


async def _nothing() -> None:
    pass


@pytest.mark.parametrize(
    "path", ["/nothing", "/projects/1/nothing", "/projects//members", "/api/v1/projects", "/api/"]
)
async def test_an_unknown_path_is_not_found(instance: Instance, path: str) -> None:
    response = await instance.ask("GET", path)

    assert (response.status_code, _code(response.text)) == (404, "NOT_FOUND")


async def test_another_method_is_refused_and_the_right_ones_are_named(instance: Instance) -> None:
    response = await instance.ask("PATCH", "/projects")

    assert (response.status_code, _code(response.text)) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET, HEAD, POST"


async def test_wrong_credentials_are_refused_even_where_none_are_needed(instance: Instance) -> None:
    response = await instance.ask("GET", "/projects", headers={"Authorization": "Basic YTpi"})

    assert (response.status_code, _code(response.text)) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("encoded", ["team%2Fapp", "team%252Fapp"])
async def test_a_repository_name_is_encoded_once_or_twice(instance: Instance, encoded: str) -> None:
    response = await instance.ask("GET", f"/projects/demo/repositories/{encoded}", "admin")

    assert response.json()["name"] == "demo/team/app"


async def test_digits_are_an_id_unless_the_header_says_that_they_are_a_name(instance: Instance) -> None:
    await instance.ask("POST", "/projects", "admin", {"project_name": "1"})

    by_id = await instance.ask("GET", "/projects/1", "admin")
    by_name = await instance.ask("GET", "/projects/1", "admin", headers={"X-Is-Resource-Name": "true"})

    assert (by_id.json()["name"], by_name.json()["name"]) == ("demo", "1")


async def test_the_location_of_a_project_bears_its_id_or_its_name(instance: Instance) -> None:
    first = await instance.ask("POST", "/projects", "admin", {"project_name": "one"})
    second = await instance.ask(
        "POST", "/projects", "admin", {"project_name": "two"}, {"X-Resource-Name-In-Location": "true"}
    )

    assert re.fullmatch(r"/api/v2.0/projects/\d+", first.headers["location"])
    assert second.headers["location"] == "/api/v2.0/projects/two"


async def test_a_list_is_walked_by_its_links(instance: Instance) -> None:
    names, path = list[str](), "/users?page_size=3&sort=username"
    while path:
        response = await instance.ask("GET", path, "admin")
        assert response.headers["x-total-count"] == "8"
        names += [user["username"] for user in response.json()]
        found = re.search(r'<([^>]+)>; rel="next"', response.headers.get("link", ""))
        path = found[1] if found else ""

    assert len(names) == 8
    assert names == sorted(names)


@pytest.mark.parametrize("query", ["page_size=0", "page_size=101", "page=0", "page=x", "public=maybe"])
async def test_a_parameter_of_another_form_is_refused(instance: Instance, query: str) -> None:
    response = await instance.ask("GET", f"/projects?{query}")

    assert (response.status_code, _code(response.text)) == (422, "UNPROCESSABLE_ENTITY")
    assert query.partition("=")[0] in response.text


async def test_an_unknown_key_of_q_is_ignored_unless_the_caller_is_strict(instance: Instance) -> None:
    lax = await instance.ask("GET", "/projects?q=nmae=x")
    strict = await instance.ask("GET", "/projects?q=nmae=x", headers={"X-Strict-Query": "true"})

    assert lax.status_code == 200
    assert strict.status_code == 422
    assert "nmae" in strict.text


@pytest.mark.parametrize(
    ("query", "digests"),
    [
        ("q=tags%3Dnil", {UNTAGGED}),
        ("q=tags%3Dmulti", {INDEX}),
        (f"q=digest%3D{INDEX}", {INDEX}),
        ("q=tags%3D~nothing", set[str]()),
    ],
)
async def test_artifacts_are_filtered(instance: Instance, query: str, digests: set[str]) -> None:
    path = f"/projects/demo/repositories/team%252Fapp/artifacts?{query}"

    found = (await instance.ask("GET", path, "guest")).json()

    assert {artifact["digest"] for artifact in found} == digests


async def test_an_index_shows_its_children_and_their_platforms(instance: Instance) -> None:
    path = "/projects/demo/repositories/team%252Fapp/artifacts/multi"

    (child,) = (await instance.ask("GET", path, "guest")).json()["references"]

    assert child["platform"] == {"architecture": "arm64", "os": "linux"}


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"", 400, "JSON"),
        (b"{", 400, "JSON"),
        (b"\xff\xfe", 400, "JSON"),
        (b'{"project_name": "\xff"}', 400, "JSON"),
        (b'{"project_name": "\\ud800"}', 400, "JSON"),
        (b'{"x": ' + b"[" * 100_000, 400, "JSON"),
        (b"[]", 422, "object"),
        (b'{"project_name": 1}', 422, "project_name"),
        (b'{"project_name": "a\\u0000"}', 422, "NUL"),
        (b'{"metadata": {"public": true}}', 422, "metadata"),
        (b'{"project_name": "UPPER"}', 400, "UPPER"),
        (b'{"project_name": "a", "storage_limit": 99999999999999999999999}', 422, "storage_limit"),
        (b'{"project_name": "' + b"a" * (1 << 20) + b'"}', 413, "larger"),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_by_name(
    instance: Instance, body: bytes, status: int, word: str
) -> None:
    response = await instance.client.post(f"{_PREFIX}/projects", content=body, headers=basic("plain"))

    assert response.status_code == status, response.text
    assert _code(response.text)
    assert word in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/users/99999999999999999999",
        "/users/9223372036854775807",
        "/users/-1",
        "/users/%FF",
        "/projects/9999999999999999999999",
        "/projects/%00",
        "/projects/%FF",
        "/projects/..%2F..%2Fetc",
        "/projects/demo/repositories/%252525",
        "/projects/demo/repositories/team%252Fapp/artifacts/sha256:zz",
        "/projects/demo/repositories/team%252Fapp/artifacts/%20",
        "/projects/demo/members/99999999999",
        "/projects/demo/members/x",
        "/projects?page=281474976710656",
        "/projects?q=%",
        "/projects?q=name=%FF",
        "/projects?name=%00",
        "/projects?name=%25%5F",
        "/projects?" + "&".join(f"a{n}=1" for n in range(100)),
        "/auditlog-exts?q=op_time=[x~y]",
        "/auditlog-exts?q=op_time=[0001-01-01T00:00:00~9999-12-31T23:59:59]",
        "/auditlog-exts?q=op_time=0001-01-01T00:00:00%2B14:00",
    ],
)
async def test_a_hostile_path_or_query_is_refused_and_never_a_fault_of_ours(
    instance: Instance, path: str
) -> None:
    response = await instance.ask("GET", path, "admin")

    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert _code(response.text)


async def test_a_fault_of_ours_hides_its_internals(instance: Instance) -> None:
    await instance.database.close()

    response = await instance.ask("GET", "/auditlog-exts", "admin")

    assert response.status_code >= 500
    assert "Traceback" not in response.text
    assert "sqlite" not in response.text.lower()


async def test_null_in_a_body_is_as_good_as_absent(instance: Instance) -> None:
    body = {"project_name": "nulls", "public": None, "metadata": {"public": None}, "cve_allowlist": None}

    assert (await instance.ask("POST", "/projects", "admin", body)).status_code == 201
    password = {"new_password": "Harbour-Test-2", "old_password": None}
    assert (await instance.ask("PUT", "/users/7/password", "admin", password)).status_code == 200
    assert (await instance.ask("POST", "/projects", "admin", {"project_name": [None]})).status_code == 422


async def test_an_exact_filter_is_exact_and_a_fuzzy_one_is_not(instance: Instance) -> None:
    async def found(path: str, key: str) -> list[str]:
        return sorted(one[key] for one in (await instance.ask("GET", path, "admin")).json())

    assert await found("/users?q=username%3Dguest", "username") == ["guest"]
    assert await found("/users?q=username%3D~guest", "username") == ["guest", "limitedGuest"]
    artifacts = "/projects/demo/repositories/team%252Fapp/artifacts"
    assert await found(f"{artifacts}?q=tags%3Dv", "digest") == []
    assert await found(f"{artifacts}?q=tags%3D~v", "digest") == [IMAGE]
    assert await found(f"{artifacts}?q=tags%3Dv1", "digest") == [IMAGE]
    assert await found(f"{artifacts}?q=labels%3D(1)", "digest") == [IMAGE]
    assert await found(f"{artifacts}?q=labels%3D(1 2)", "digest") == []
    assert await found(f"{artifacts}?q=type%3Dchart", "digest") == [UNTAGGED]
    assert len(await found(f"{artifacts}?q=base%3D*", "digest")) == 4
