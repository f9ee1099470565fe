"""Deleting a robot."""

from havre.access import robot_store, store
from havre.access.decide import Access
from havre.access.errors import RobotUnknown
from havre.access.events import RobotDeleted
from havre.access.ports import RulesNow, default_rules
from havre.access.robot_names import full_name
from havre.access.robot_rules import find_robot, shown_robot
from havre.kernel.actor import Actor
from havre.kernel.events import changes_between
from havre.kernel.work import Database


class DeleteRobot:
    """Removes robots; their secrets and tokens are worth nothing from the next request on."""

    def __init__(self, database: Database, access: Access, rules: RulesNow = default_rules) -> None:
        self._database = database
        self._access = access
        self._rules = rules

    async def delete(self, actor: Actor, robot_id: int) -> None:
        """Remove a robot.

        Raises: RobotUnknown, Unauthenticated, Denied.
        """
        prefix = (await self._rules()).robot_name_prefix
        async with self._database.read() as reader:
            await find_robot(reader, self._access, actor, "delete", robot_id)
        async with self._database.write() as work:
            robot = await robot_store.lock_robot(work, robot_id)
            if robot is None:
                raise RobotUnknown(robot_id)
            await robot_store.delete_robot(work, robot_id)
            await store.raise_epoch(work)
            work.announce(
                RobotDeleted(
                    actor=actor,
                    resource=full_name(prefix, robot.project, robot.name),
                    project_id=robot.project_id,
                    changes=changes_between(shown_robot(robot), {}),
                )
            )
