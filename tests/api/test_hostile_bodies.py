"""Wrong, missing, oversized and hostile bodies to every built operation that takes one, on both engines.

The answer is 400, 413, 415 or 422 in the envelope and names the field that is wrong, and never a 5xx.
"""

import asyncio
from pathlib import Path
from typing import Final

import httpx
import pytest

from api.bodies import Hostile, body_of, hostile_bodies
from api.house import LOOPBACK, basic
from api.scenarios import PATH, SCENARIOS
from api.scene import PASSWORD, Scene, furnish
from havre.assembly.app import build_app
from havre.assembly.prepare import prepare
from havre.edge.api.operations import BY_ID
from havre.kernel.secret import Secret
from havre.settings import Settings
from kit.scanner_adapter import REPORT

_BUILT: Final = [name for name, one in BY_ID.items() if one.is_built and body_of(name) is not None]
_REFUSALS: Final = (400, 413, 415, 422)
# Fields of the contract's types that these operations do not read: what stands there is no matter of theirs.
_UNREAD: Final = {"id", "creation_time", "update_time", "push_time", "pull_time"}
_UNREAD_BY: Final = {
    "createGCSchedule": {"status"},
    "updateGCSchedule": {"status"},
    "createScanAllSchedule": {"status", "parameters"},
    "updateScanAllSchedule": {"status", "parameters"},
    "createPurgeSchedule": {"status"},
    "updatePurgeSchedule": {"status"},
    "updateRepository": {"project_id", "name", "artifact_count", "pull_count"},
    "UpdateRobot": {"secret", "editable", "expires_at", "creator_type", "creator_ref"},
}
_MAY_LACK: Final = {"stopScanArtifact"}  # clients older than the body send none


class Target:
    """An application over one engine with the scene."""

    def __init__(self, client: httpx.AsyncClient, scene: Scene) -> None:
        """Keep what a test needs."""
        self.client = client
        self.scene = scene

    async def send(self, operation_id: str, content: bytes) -> httpx.Response:
        """Send a body to an operation, as the administrator."""
        operation, scenario = BY_ID[operation_id], SCENARIOS[operation_id]
        path = operation.path
        for name, value in {**PATH, **scenario.path}.items():
            path = path.replace("{" + name + "}", value)
        target = self.scene.fill("demo", path + scenario.query)
        headers = {"Content-Type": "application/json", "X-Scan-Data-Type": REPORT}
        return await self.client.request(
            operation.method, f"/api/v2.0{target}", content=content, headers=headers
        )


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def target(
    request: pytest.FixtureRequest, loop: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory
) -> Target:
    """The application over SQLite, then over PostgreSQL."""
    data = tmp_path_factory.mktemp("bodies")
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres").empty()
    return loop.run(_open(data, url))


async def _open(data: Path, url: str | None) -> Target:
    password = Secret(PASSWORD)
    settings = Settings(data=data, database_url=url, admin_password=password, outgoing_allow=LOOPBACK)
    await prepare(settings)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(build_app(settings)),
        base_url="http://havre.test",
        headers={"Authorization": basic("admin")},
    )
    return Target(client, await furnish(client))


@pytest.mark.parametrize("operation_id", _BUILT)
def test_a_hostile_body_is_refused_in_words(loop: asyncio.Runner, target: Target, operation_id: str) -> None:
    body = body_of(operation_id)
    assert body is not None
    sound = target.scene.fill("demo", SCENARIOS[operation_id].body)
    faults = []
    for hostile in hostile_bodies(body, sound):
        if not hostile.content and operation_id in _MAY_LACK:
            continue
        answer = loop.run(target.send(operation_id, hostile.content))
        fault = _fault(hostile, answer, _UNREAD | _UNREAD_BY.get(operation_id, set()))
        if fault:
            faults.append(f"{hostile.what}: {fault}")

    assert faults == []


def _fault(hostile: Hostile, answer: httpx.Response, unread: set[str]) -> str:
    """Say what is wrong with an answer, nothing when it is right."""
    text, may_pass = answer.text, not hostile.must_fail or hostile.field in unread
    if answer.status_code >= 500:
        return f"{answer.status_code} {text[:200]}"
    if answer.status_code < 400:
        return "" if may_pass else f"{answer.status_code}, taken"
    (error,) = answer.json()["errors"]
    if not (error["code"] and error["message"]):
        return f"no words: {text[:200]}"
    if may_pass:
        return ""
    if answer.status_code not in _REFUSALS:
        return f"{answer.status_code} {text[:200]}"
    if hostile.field and hostile.field not in error["message"]:
        return f"the field is not named: {text[:200]}"
    return ""
