"""harborapi 0.26.2 with its models' validation on: every method whose operation is built works."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from api.scene import furnish
from havre.edge.api.conventions import PREFIX
from havre.edge.api.faults import Fault
from havre.edge.api.operations import BY_ID, OPERATIONS
from havre.edge.api.router import Router
from kit.server import ADMIN_PASSWORD, Server, Settings
from kit.tools import require_environment, run

Made = dict[str, dict[str, object]]

# Operations that no method of harborapi asks for.
ALLOWING: Final = Settings(environment={"HAVRE_OUTGOING_ALLOW": "127.0.0.0/8"})
_WITHOUT_METHOD: Final = {
    "actionGetJobLog", "actionPendingJobs", "getAddition", "getInternalconfig", "getSchedulePaused",
    "getWorkerPools", "getWorkers", "getLogExts", "listAuditLogEventTypes", "listAuditLogExts",
    "listJobQueues", "listSchedules", "stopGC", "stopRunningJob", "ListVulnerabilities",
    "getLatestScheduledScanAllMetrics", "getSecuritySummary",
}  # fmt: skip
# Methods that fail for a reason of their own against any server.
_EXEMPT: Final = {
    "set_user_cli_secret": "answers 412 where OIDC is not set up, as Harbor does",
    "test_oidc": "there is no provider at the address; tests of the sign-in have a real one",
    "search_ldap_users": "no directory is set up; tests of LDAP have a real one",
    "search_ldap_groups": "no directory is set up; tests of LDAP have a real one",
    "import_ldap_users": "no directory is set up; tests of LDAP have a real one",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """What the tour did on a server of its own."""
    python = require_environment("harborapi")
    with Server(tmp_path_factory.mktemp("harborapi") / "data", ALLOWING) as server:
        asyncio.run(_furnish(server.url))
        tour = Path(__file__).with_name("harborapi_tour.py")
        text = run([python, tour, server.url, "admin", ADMIN_PASSWORD, "demo"])
        yield json.loads(text)


async def _furnish(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, auth=("admin", ADMIN_PASSWORD), timeout=30) as client:
        await furnish(client)


def test_every_method_of_a_built_operation_works(made: Made) -> None:
    failed = {
        method: one["failure"]
        for method, one in made.items()
        if one["failure"] is not None and method not in _EXEMPT and all(map(_is_built, _asked(one)))
    }

    assert failed == {}


def test_every_built_operation_that_a_method_asks_for_was_asked_for(made: Made) -> None:
    asked = {operation for one in made.values() for operation in _asked(one)}
    built = {one.operation_id for one in OPERATIONS if one.is_built}

    assert built - asked - _WITHOUT_METHOD == set()


def test_the_exemptions_are_needed(made: Made) -> None:
    needless = {method for method in _EXEMPT if made[method]["failure"] is None}

    assert needless == set()


def _is_built(operation_id: str) -> bool:
    return BY_ID[operation_id].is_built


def _asked(one: dict[str, object]) -> list[str]:
    router = Router(PREFIX, OPERATIONS)
    requests = one["requests"]
    assert isinstance(requests, list)
    found = []
    for method, path in requests:
        try:
            found.append(router.match(method, re.sub("//+", "/", path)).operation.operation_id)
        except Fault:  # a path of an older Harbor
            found.append("")
    return [name for name in found if name]
