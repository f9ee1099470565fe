"""The journeys of a client that logs in as a robot: what it may do, and that its end is one at once."""

import itertools
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from clients.client import Client, Registry, User, refused
from clients.journeys import reference_in
from kit.server import Api

PULL, PUSH = ("repository", "pull"), ("repository", "push")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Robot:
    """A robot and the administrator's means to end it."""

    registry: Registry
    id: int
    user: User

    @classmethod
    def of_project(cls, registry: Registry, project: str, *rights: tuple[str, str]) -> "Robot":
        """Make `robot$project+name`, which may do `rights` there."""
        return cls._make(registry, "project", project, rights)

    @classmethod
    def of_instance(cls, registry: Registry, project: str, *rights: tuple[str, str]) -> "Robot":
        """Make `robot$name`, which may do `rights` in `project`."""
        return cls._make(registry, "system", project, rights)

    @classmethod
    def _make(
        cls, registry: Registry, level: str, project: str, rights: Sequence[tuple[str, str]]
    ) -> "Robot":
        access = [{"resource": resource, "action": action} for resource, action in rights]
        body = {
            "name": f"ci{next(_numbers)}",
            "level": level,
            "duration": 30,
            "permissions": [{"kind": "project", "namespace": project, "access": access}],
        }
        answer = registry.server.api.http.post("/robots", json=body)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return cls(registry, made["id"], User(made["name"], made["secret"]))

    def rotate(self) -> User:
        """Give it a new secret, which ends the old one at once."""
        answer = self._api.http.patch(f"/robots/{self.id}", json={})
        assert answer.status_code == 200, answer.text
        return User(self.user.name, answer.json()["secret"])

    def disable(self) -> None:
        """Disable it."""
        self._change(disable=True)

    def expire(self) -> None:
        """Let it be made two days ago, for one day."""
        with sqlite3.connect(self.registry.server.data / "havre.db", timeout=30) as database:
            database.execute(
                "UPDATE robot SET created_at = created_at - 172800000000 WHERE id = ?", (self.id,)
            )
        database.close()
        self._change(duration=1)

    def _change(self, **fields: object) -> None:
        robot = self._api.http.get(f"/robots/{self.id}").json()
        answer = self._api.http.put(f"/robots/{self.id}", json={**robot, **fields})
        assert answer.status_code == 200, answer.text

    @property
    def _api(self) -> Api:
        return self.registry.server.api


class RobotJourneys:
    """Log in as a robot, do what it may, and be refused everything else."""

    def test_a_robot_of_a_project_works_there_and_nowhere_else(
        self, client: Client, registry: Registry
    ) -> None:
        project, other = registry.project(), registry.project()
        robot = Robot.of_project(registry, project, PULL, PUSH)
        assert robot.user.name.startswith(f"robot${project}+")

        client.login(robot.user)
        pushed = client.push(reference_in(registry, project))

        assert client.pull(reference_in(registry, project)) == pushed
        with refused():
            client.push(reference_in(registry, other))

    def test_a_robot_of_the_instance_that_may_pull_may_not_push(
        self, client: Client, registry: Registry
    ) -> None:
        project = registry.project()
        client.login(Robot.of_project(registry, project, PULL, PUSH).user)
        pushed = client.push(reference_in(registry, project))
        robot = Robot.of_instance(registry, project, PULL)
        assert robot.user.name.startswith("robot$ci")

        client.login(robot.user)

        assert client.pull(reference_in(registry, project)) == pushed
        with refused():
            client.push(f"{reference_in(registry, project)}-other")

    def test_a_rotated_secret_ends_the_old_login(self, client: Client, registry: Registry) -> None:
        project = registry.project()
        robot = Robot.of_project(registry, project, PULL, PUSH)
        client.login(robot.user)
        pushed = client.push(reference_in(registry, project))

        renewed = robot.rotate()

        with refused():
            client.pull(reference_in(registry, project))
        with refused():
            client.login(robot.user)
        client.login(renewed)
        assert client.pull(reference_in(registry, project)) == pushed

    @pytest.mark.parametrize("end", [Robot.disable, Robot.expire])
    def test_a_stopped_robot_pulls_and_logs_in_no_more(
        self, client: Client, registry: Registry, end: Callable[[Robot], None]
    ) -> None:
        project = registry.project()
        robot = Robot.of_project(registry, project, PULL, PUSH)
        client.login(robot.user)
        client.push(reference_in(registry, project))

        end(robot)

        with refused():
            client.pull(reference_in(registry, project))
        with refused():
            client.login(robot.user)
