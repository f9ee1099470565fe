"""Changing a robot: permissions, end, description, disabled or not."""

from dataclasses import replace

from havre.access import robot_store, store
from havre.access.decide import Access
from havre.access.errors import RobotInvalid, RobotUnknown
from havre.access.events import RobotUpdated
from havre.access.ports import RulesNow, default_rules
from havre.access.robot_model import Robot, RobotChanges
from havre.access.robot_names import full_name, read_full_name
from havre.access.robot_rules import (
    check_description,
    check_editable,
    check_permissions,
    check_subset,
    end_of,
    find_robot,
    locate,
    shown_robot,
)
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import changes_between
from havre.kernel.work import Database


class UpdateRobot:
    """Changes robots; the change counts from the next request on, for its tokens too."""

    def __init__(
        self, database: Database, access: Access, clock: Clock, rules: RulesNow = default_rules
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._rules = rules

    async def update(self, actor: Actor, robot_id: int, changes: RobotChanges) -> None:
        """Write what a robot becomes; its days count from when it was made.

        Raises: RobotUnknown, RobotInvalid, ProjectUnknown, Unauthenticated, Denied.
        """
        prefix = (await self._rules()).robot_name_prefix
        async with self._database.read() as reader:
            found, _ = await find_robot(reader, self._access, actor, "update", robot_id)
        check_editable(found)
        _check_kept(found, changes, prefix)
        checked = check_permissions(changes.level, changes.permissions)
        if found.project is not None and checked[0].namespace != found.project:
            raise RobotInvalid(f"permissions: the robot belongs to project {found.project} and stays there")
        async with self._database.write() as work:
            before = await robot_store.lock_robot(work, robot_id)
            if before is None:
                raise RobotUnknown(robot_id)
            permissions = await locate(work, checked)
            check_subset(actor, permissions)
            after = self._changed(before, replace(changes, permissions=permissions))
            await robot_store.set_robot(work, after)
            await robot_store.set_permissions(work, robot_id, permissions)
            await store.raise_epoch(work)
            work.announce(
                RobotUpdated(
                    actor=actor,
                    resource=full_name(prefix, before.project, before.name),
                    project_id=before.project_id,
                    changes=changes_between(shown_robot(before), shown_robot(after)),
                )
            )

    def _changed(self, robot: Robot, changes: RobotChanges) -> Robot:
        days = robot.duration_days if changes.duration_days is None else changes.duration_days
        return replace(
            robot,
            description=check_description(changes.description),
            duration_days=days,
            expires_at=robot.expires_at if days == robot.duration_days else end_of(days, robot.created_at),
            is_disabled=changes.is_disabled,
            updated_at=self._clock.now(),
            permissions=changes.permissions,
        )


def _check_kept(robot: Robot, changes: RobotChanges, prefix: str) -> None:
    if changes.level is not robot.level:
        raise RobotInvalid(f"level: a robot of level {robot.level} stays one")
    as_read = read_full_name(changes.name, prefix)
    if changes.name != robot.name and as_read != (robot.project, robot.name):
        raise RobotInvalid(f"name: robot {robot.name} keeps its name: create another one instead")
