"""Every built operation as robots: of the project, of another one, of the instance; permitted, and not.

A robot passes with the one permission that the operation asks for, when the catalogue has it; else it is
refused with 403. What asks for a login only is open to robots too, as far as it means anything for them.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from api.house import House, basic
from api.matrix import PROJECT_ROBOT, SYSTEM_ROBOT, spell
from api.scenarios import SCENARIOS, Scenario
from api.test_permissions import send
from havre.edge.api.operations import BY_ID

Right = tuple[str, str]
_BUILT: Final = sorted(name for name, one in BY_ID.items() if one.is_built and BY_ID["CreateRobot"].is_built)
# What an operation does beside its own right: a robot needs these too.
_ALSO: Final[Mapping[str, tuple[Right, ...]]] = {
    "CopyArtifact": (("artifact", "read"), ("repository", "pull")),
    "CreateRobot": (("repository", "pull"),),  # nobody gives more than they have
}
_IN_PROJECT: Final = ("notification-policy", "create")  # a right that no operation here asks for
_ON_INSTANCE: Final = ("catalog", "read")


@dataclass(frozen=True, slots=True)
class Robot:
    """What a robot is asked to be: its level, and its rights in a namespace (/ is the instance)."""

    level: str
    namespace: str
    rights: tuple[Right, ...]


def test_a_right_outside_the_catalogue_is_given_to_no_robot(loop: asyncio.Runner, house: House) -> None:
    wanted = [
        Robot("project", "demo", (("robot", "update"),)),
        Robot("project", "demo", (("configuration", "read"),)),
        Robot("system", "/", (("configuration", "update"),)),
        Robot("system", "/", (("robot", "update"),)),
    ]
    made = [loop.run(_make(house, robot)) for robot in wanted if _BUILT]

    assert made == [None] * len(made)


@pytest.mark.parametrize("operation_id", _BUILT)
def test_an_operation_lets_permitted_robots_pass_and_no_others(
    loop: asyncio.Runner, house: House, operation_id: str
) -> None:
    scenario = SCENARIOS[operation_id]
    wrong = []
    for name, robot, expected in _cases(operation_id, scenario):
        try:
            status, text = loop.run(_call(house, operation_id, scenario, robot))
        finally:
            house.restore()
        if not _fits(status, expected, scenario):
            wrong.append(f"{name}: {status} instead of {expected}: {text[:200]}")

    assert wrong == []


def _cases(operation_id: str, scenario: Scenario) -> list[tuple[str, Robot, str]]:
    kind, *rest = scenario.needs.split(":")
    other = Robot("project", "demo", (_IN_PROJECT,))
    if kind == "none":
        return [("any robot", other, "allowed")]
    if kind == "login":
        return [("any robot", other, "known")]
    right = (rest[0], rest[1])
    rights = (right, *_ALSO.get(operation_id, ()))
    if kind == "project":
        found = [
            ("without the right", other, "403"),
            ("of the instance without the right", Robot("system", "*", (_IN_PROJECT,)), "403"),
        ]
        if _has(PROJECT_ROBOT, right):
            found += [
                ("with the right", Robot("project", "demo", rights), "allowed"),
                ("with the right in another project", Robot("project", "open", rights), "403"),
                ("of the instance with the right", Robot("system", "*", rights), "allowed"),
            ]
        return found
    found = [
        ("of a project", other, "403"),
        ("of the instance without the right", Robot("system", "/", (_ON_INSTANCE,)), "403"),
    ]
    if _has(SYSTEM_ROBOT, right):
        found.append(("of the instance with the right", Robot("system", "/", rights), "allowed"))
    return found


def _has(catalogue: Mapping[str, str], right: Right) -> bool:
    return right[1] in spell(catalogue.get(right[0], ""))


def _fits(status: int, expected: str, scenario: Scenario) -> bool:
    if expected == "known":
        return status != 401 and status < 500
    if expected == "403":
        return status == 403
    return status in scenario.statuses if scenario.statuses else 200 <= status < 300


async def _call(house: House, operation_id: str, scenario: Scenario, robot: Robot) -> tuple[int, str]:
    credentials = await _make(house, robot)
    assert credentials is not None, robot
    return await send(house, BY_ID[operation_id], scenario, "demo", basic(*credentials))


async def _make(house: House, robot: Robot) -> tuple[str, str] | None:
    """Create a robot; its name and secret, or None when it is refused."""
    access = [{"resource": resource, "action": action} for resource, action in robot.rights]
    kind = "system" if robot.namespace == "/" else "project"
    answer = await house.ask(
        "POST",
        "/robots",
        basic("admin"),
        {
            "name": "matrix",
            "level": robot.level,
            "duration": 1,
            "disable": False,
            "permissions": [{"kind": kind, "namespace": robot.namespace, "access": access}],
        },
    )
    if answer.status_code == 400:
        return None
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return str(made["name"]), str(made["secret"])
