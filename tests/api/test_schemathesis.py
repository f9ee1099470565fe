"""Requests made out of the contract, by schemathesis, against a real server with real data.

Never a 5xx, and every answer has a status, a body and headers that the contract foresees. Content types are
left out: the contract gives one to answers that have no body.
"""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Final

import httpx
import pytest

from api.reduced_contract import reduced
from api.scene import Scene, furnish
from havre.edge.api.operations import OPERATIONS, Operation
from kit.server import ADMIN_PASSWORD, Server, Settings
from kit.tools import require_environment

ALLOWING: Final = Settings(environment={"HAVRE_OUTGOING_ALLOW": "127.0.0.0/8"})
_FULL: Final = os.environ.get("HAVRE_TEST_FULL") == "1"
_EXAMPLES: Final = "200" if _FULL else "12"
_PHASES: Final = "examples,coverage,fuzzing" if _FULL else "examples,fuzzing"
_CHECKS: Final = (
    "not_a_server_error,status_code_conformance,response_schema_conformance,response_headers_conformance"
)
_DEADLINE_S: Final = 3600 if _FULL else 600
# They take away what others need, or lower how the instance behaves: they come last.
_LAST: Final = {"updateConfigurations", "setUserSysAdmin", "updateUserPassword", "actionPendingJobs"}


@pytest.mark.timeout(2 * _DEADLINE_S)
def test_every_built_operation_answers_as_the_contract_says(tmp_path: Path) -> None:
    python = require_environment("schemathesis")
    with Server(tmp_path / "data", ALLOWING) as server:
        scene = asyncio.run(_furnish(server.url))
        built = [one for one in OPERATIONS if one.is_built]
        for is_last in (False, True):
            chosen = [one.operation_id for one in built if _comes_last(one) is is_last]
            contract = tmp_path / f"contract-{is_last}.json"
            contract.write_text(json.dumps(reduced(scene, chosen), default=str))
            ended = _schemathesis(python, contract, server.url)
            (tmp_path / f"report-{is_last}.txt").write_text(ended.stdout + ended.stderr)
            assert ended.returncode == 0, f"{_faults(ended.stdout)}\n{ended.stderr}\n{server.log_tail()}"
        assert "Traceback" not in server.log.read_text(errors="replace"), server.log_tail()


def _faults(report: str) -> str:
    """Drop the progress before the faults, and the sources that hypothesis prints with its own errors."""
    _, heading, faults = report.partition("= FAILURES =")
    return heading + faults if heading else report[-8192:]


def _comes_last(operation: Operation) -> bool:
    return operation.method == "DELETE" or operation.operation_id in _LAST


async def _furnish(url: str) -> Scene:
    async with httpx.AsyncClient(base_url=url, auth=("admin", ADMIN_PASSWORD), timeout=30) as client:
        return await furnish(client)


def _schemathesis(python: Path, contract: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = [
        *(python.with_name("schemathesis"), "run", contract, "--url", f"{url}/api/v2.0"),
        *("--auth", f"admin:{ADMIN_PASSWORD}", "--checks", _CHECKS, "--phases", _PHASES),
        *("--max-examples", _EXAMPLES, "--generation-deterministic", "--no-shrink", "--no-color"),
        *("--warnings", "off", "--continue-on-failure", "--suppress-health-check", "all"),
    ]
    # Methods that the contract gives no path are tested elsewhere; those of absent operations answer 501.
    contract.with_name("schemathesis.toml").write_text("[phases.coverage]\nunexpected-methods = []\n")
    return subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        check=False,
        cwd=contract.parent,  # it leaves a directory behind
    )
