"""Every built operation as everybody, in a private and in a public project, against Harbor's matrix.

Who passes gets the operation's own answer, who does not 401 (nobody) or 403 (somebody).
"""

import asyncio
from typing import Final

import pytest

from api.house import House, basic
from api.matrix import ROLES, may
from api.scenarios import PATH, SCENARIOS, Scenario
from api.scene import PROJECTS
from havre.edge.api.operations import BY_ID, Operation

BUILT: Final = sorted(name for name, one in BY_ID.items() if one.is_built)
_PEOPLE: Final = ("anonymous", "plain", *ROLES, "admin")
_READS: Final = ("GET", "HEAD")


def test_every_built_operation_has_its_scenario() -> None:
    assert set(BUILT) - set(SCENARIOS) == set()


def test_the_table_tells_the_permission_that_harbor_asks_for() -> None:
    wrong = {
        name: (str(BY_ID[name].permission), SCENARIOS[name].needs)
        for name in BUILT
        if name in SCENARIOS and not str(BY_ID[name].permission).startswith(SCENARIOS[name].needs)
    }

    assert wrong == {}


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("operation_id", BUILT)
def test_an_operation_lets_those_pass_whom_harbor_lets_pass(
    loop: asyncio.Runner, house: House, operation_id: str, project: str
) -> None:
    operation, scenario = BY_ID[operation_id], SCENARIOS[operation_id]
    wrong = []
    for who in _PEOPLE:
        status, text = loop.run(_call(house, operation, scenario, project, who))
        expected = _expected(scenario, who, is_public=project == "open")
        if not _fits(status, expected, scenario):
            wrong.append(f"{who}: {status} instead of {expected}: {text[:200]}")

    assert wrong == []


@pytest.mark.parametrize("operation_id", [name for name in BUILT if "{project_name" in BY_ID[name].path])
def test_a_project_that_is_missing_looks_forbidden(
    loop: asyncio.Runner, house: House, operation_id: str
) -> None:
    operation, scenario = BY_ID[operation_id], SCENARIOS[operation_id]
    statuses = {
        who: loop.run(_call(house, operation, scenario, "demo", who, instead="missing"))[0]
        for who in ("anonymous", "plain", "projectAdmin", "admin")
    }

    assert statuses == {"anonymous": 401, "plain": 403, "projectAdmin": 403, "admin": 404}


def _expected(scenario: Scenario, who: str, *, is_public: bool) -> str:
    kind, *rest = scenario.needs.split(":")
    refused = "401" if who == "anonymous" else "403"
    if who == "admin" or kind == "none":
        return "allowed"
    if kind == "login":
        return refused if who == "anonymous" else "allowed"
    if kind in ("self", "system"):  # the scenarios act on somebody else's account
        return refused
    resource, action = rest
    return "allowed" if may(who, resource, action, is_public=is_public) else refused


def _fits(status: int, expected: str, scenario: Scenario) -> bool:
    if expected != "allowed":
        return status == int(expected)
    return status in scenario.statuses if scenario.statuses else 200 <= status < 300


async def _call(
    house: House, operation: Operation, scenario: Scenario, project: str, who: str, instead: str = ""
) -> tuple[int, str]:
    authorization = None if who == "anonymous" else basic(who)
    answer = await send(house, operation, scenario, project, authorization, instead)
    if operation.method not in _READS and answer[0] < 400:
        house.restore()
    return answer


async def send(
    house: House,
    operation: Operation,
    scenario: Scenario,
    project: str,
    authorization: str | None,
    instead: str = "",
) -> tuple[int, str]:
    """Send a scenario's call; `instead` is a project's name in place of the right one in the path."""
    path = operation.path
    for name, value in {**PATH, **scenario.path}.items():
        path = path.replace("{" + name + "}", value)
    if instead:
        path = path.replace("$project", instead)
    target = house.scene.fill(project, path + scenario.query)
    assert isinstance(target, str)
    assert "$" not in target.replace("robot$", ""), f"the scene does not know what {target} names"
    answer = await house.ask(
        operation.method, target, authorization, house.scene.fill(project, scenario.body)
    )
    return answer.status_code, answer.text
