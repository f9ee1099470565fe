"""Creating a robot."""

from dataclasses import dataclass, replace

from havre.access import robot_store, store
from havre.access.decide import Access, require_system
from havre.access.errors import ProjectUnknown, RobotExists
from havre.access.events import RobotCreated
from havre.access.model import ProjectStanding
from havre.access.passwords import Passwords
from havre.access.ports import AccessRules, RulesNow, default_rules
from havre.access.robot_model import NewRobot, Robot, RobotLevel, RobotPermission
from havre.access.robot_names import check_base_name, full_name
from havre.access.robot_rules import (
    check_description,
    check_permissions,
    check_subset,
    end_of,
    locate,
    shown_robot,
)
from havre.access.robot_secrets import make_secret
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import changes_between
from havre.kernel.secret import Secret
from havre.kernel.work import Database


@dataclass(frozen=True, slots=True)
class CreatedRobot:
    """A fresh robot, the name it logs in with, and its secret: told this once."""

    robot: Robot
    full_name: str
    secret: Secret


class CreateRobot:
    """Makes robots of the instance and of projects."""

    def __init__(
        self,
        database: Database,
        access: Access,
        passwords: Passwords,
        clock: Clock,
        rules: RulesNow = default_rules,
    ) -> None:
        self._database = database
        self._access = access
        self._passwords = passwords
        self._clock = clock
        self._rules = rules

    async def create(self, actor: Actor, new: NewRobot) -> CreatedRobot:
        """Make a robot; one that a robot makes may do no more than its maker.

        Raises: RobotInvalid, PasswordRefused, RobotExists, ProjectUnknown, Unauthenticated, Denied.
        """
        project = await self._place(actor, new)
        permissions = check_permissions(new.level, new.permissions)
        rules = await self._rules()
        draft = self._draft(actor, new, project, rules)
        secret, hashed = await make_secret(self._passwords, new.secret)
        made = await self._add(actor, draft, permissions, hashed, rules)
        return CreatedRobot(made, full_name(rules.robot_name_prefix, made.project, made.name), Secret(secret))

    async def _place(self, actor: Actor, new: NewRobot) -> ProjectStanding | None:
        if new.level is RobotLevel.SYSTEM:
            require_system(actor, "robot", "create")
            return None
        if not new.permissions:  # no project is named: the check of permissions says so
            check_permissions(new.level, new.permissions)
        return await self._access.require(actor, "robot", "create", new.permissions[0].namespace)

    def _draft(
        self, actor: Actor, new: NewRobot, project: ProjectStanding | None, rules: AccessRules
    ) -> Robot:
        now = self._clock.now()
        days = rules.robot_days if new.duration_days is None else new.duration_days
        robot = actor.robot
        return Robot(
            id=0,
            name=check_base_name(new.name),
            project_id=None if project is None else project.id,
            project=None if project is None else project.name,
            description=check_description(new.description),
            duration_days=days,
            expires_at=end_of(days, now),
            is_disabled=new.is_disabled,
            is_editable=True,
            creator_kind="local" if robot is None else "robot",
            creator_id=(actor.user_id or 0) if robot is None else robot.robot_id,
            created_at=now,
            updated_at=now,
        )

    async def _add(
        self,
        actor: Actor,
        draft: Robot,
        checked: list[RobotPermission],
        hashed: str,
        rules: AccessRules,
    ) -> Robot:
        name = full_name(rules.robot_name_prefix, draft.project, draft.name)
        async with self._database.write() as work:
            if draft.project_id is not None and not await store.keep_project(work, draft.project_id):
                raise ProjectUnknown(draft.project_id)
            permissions = await locate(work, checked)
            check_subset(actor, permissions)
            number = await robot_store.add_robot(work, draft)
            if number is None:
                raise RobotExists(name)
            made = replace(draft, id=number, permissions=permissions)
            await robot_store.set_permissions(work, number, permissions)
            await robot_store.add_secret(work, number, hashed, draft.created_at)
            changes = changes_between({}, shown_robot(made))
            work.announce(
                RobotCreated(actor=actor, resource=name, project_id=draft.project_id, changes=changes)
            )
        return made
