"""The rules that creating and changing a robot share: who may, for how long, with which permissions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from havre.access import robot_store
from havre.access.catalogue import check_rights
from havre.access.decide import Access, may_on_instance, refusal, require_system
from havre.access.errors import ProjectUnknown, RobotInvalid, RobotUnknown
from havre.access.model import Action, ProjectStanding
from havre.access.robot_model import (
    EVERY_PROJECT,
    INSTANCE,
    PermissionKind,
    Robot,
    RobotLevel,
    RobotPermission,
)
from havre.kernel.actor import Actor, Right
from havre.kernel.errors import Denied
from havre.kernel.events import Fact
from havre.kernel.work import Reader

_MOST_DAYS: Final = 36_500  # a hundred years: whoever wants longer says -1
_MOST_PLACES: Final = 1000
_LONGEST_DESCRIPTION: Final = 1024  # Harbor's column
FOR_EVER: Final = -1


async def find_robot(
    reader: Reader, access: Access, actor: Actor, action: Action, robot_id: int
) -> tuple[Robot, ProjectStanding | None]:
    """Read a robot and let the caller pass who may do `action` with robots where it belongs.

    Raises: RobotUnknown, Unauthenticated, Denied.
    """
    robot = await robot_store.robot_by_id(reader, robot_id)
    if robot is None:
        if may_on_instance(actor, "robot", action):
            raise RobotUnknown(robot_id)
        raise refusal(actor, f"{action} robot {robot_id}")
    if robot.project_id is None:
        require_system(actor, "robot", action)
        return robot, None
    return robot, await access.require(actor, "robot", action, robot.project_id)


def check_editable(robot: Robot) -> None:
    """Refuse to change a robot that the instance made for itself.

    Raises: Denied.
    """
    if not robot.is_editable:
        raise Denied(
            f"robot {robot.name} cannot be edited: the instance made it for itself", robot.project_id
        )


def check_description(text: str) -> str:
    """Check what people write about a robot.

    Raises: RobotInvalid.
    """
    if len(text) > _LONGEST_DESCRIPTION:
        raise RobotInvalid(f"description: use {_LONGEST_DESCRIPTION} characters at most")
    return text


def end_of(days: int, start: datetime) -> datetime | None:
    """Tell when a robot ends that lives for `days` from `start`; None when it never does.

    Raises: RobotInvalid.
    """
    if days == FOR_EVER:
        return None
    if not 0 < days <= _MOST_DAYS:
        raise RobotInvalid(f"duration: {days} is neither -1 (for ever) nor 1 to {_MOST_DAYS} days")
    return start + timedelta(days=days)


def check_permissions(level: RobotLevel, permissions: Sequence[RobotPermission]) -> list[RobotPermission]:
    """Check permissions against the catalogue and put those of one place together.

    A project's robot has one place, its project.
    Raises: RobotInvalid.
    """
    places: dict[tuple[PermissionKind, str], dict[Right, None]] = {}
    for permission in permissions:
        if not permission.rights:
            raise RobotInvalid(f"permissions: access of {permission.namespace[:80]!r} is empty")
        on_instance = permission.kind is PermissionKind.SYSTEM
        check_rights(permission.rights, on_instance=on_instance)
        _check_namespace(permission)
        place = permission.kind, INSTANCE if on_instance else permission.namespace
        places.setdefault(place, {}).update(dict.fromkeys(permission.rights))
    if not places:
        raise RobotInvalid("permissions: a robot needs one at least")
    if len(places) > _MOST_PLACES:
        raise RobotInvalid(f"permissions: {len(places)} places are too many; use {_MOST_PLACES} at most")
    checked = [RobotPermission(kind, name, tuple(rights)) for (kind, name), rights in places.items()]
    only = checked[0]
    if level is RobotLevel.PROJECT and (
        len(checked) > 1 or only.kind is not PermissionKind.PROJECT or only.namespace == EVERY_PROJECT
    ):
        raise RobotInvalid("permissions: a robot of level project has one, of kind project, for its project")
    return checked


def _check_namespace(permission: RobotPermission) -> None:
    if permission.kind is PermissionKind.SYSTEM and permission.namespace not in ("", INSTANCE):
        raise RobotInvalid("permissions: the namespace of kind system is /")
    if permission.kind is PermissionKind.PROJECT and permission.namespace in ("", INSTANCE):
        raise RobotInvalid("permissions: the namespace of kind project is a project's name, or *")


async def locate(reader: Reader, permissions: Sequence[RobotPermission]) -> list[RobotPermission]:
    """Find the numbers of the projects that checked permissions name.

    Raises: ProjectUnknown.
    """
    names = [one.namespace for one in permissions if _names_project(one)]
    numbers: Mapping[str, int] = await robot_store.project_ids(reader, names)
    for name in names:
        if name not in numbers:
            raise ProjectUnknown(name)
    return [replace(one, project_id=numbers.get(one.namespace)) for one in permissions]


def check_subset(actor: Actor, permissions: Sequence[RobotPermission]) -> None:
    """Let a robot give away only what it has itself; people are bound by their own right to make robots.

    Raises: Denied.
    """
    robot = actor.robot
    if robot is None:
        return
    for permission in permissions:
        if permission.kind is PermissionKind.SYSTEM:
            own = robot.on_instance
        elif permission.project_id is None:
            own = robot.in_every_project
        else:
            own = robot.in_project(permission.project_id)
        for resource, action in permission.rights:
            if (resource, action) not in own:
                place = permission.namespace
                raise Denied(
                    f"{actor.name} may not give {resource}:{action} in {place}: it has it not itself"
                )


def _names_project(permission: RobotPermission) -> bool:
    return permission.kind is PermissionKind.PROJECT and permission.namespace != EVERY_PROJECT


def shown_robot(robot: Robot) -> dict[str, Fact]:
    """List what the journal keeps of a robot."""
    return {
        "description": robot.description,
        "duration_days": robot.duration_days,
        "is_disabled": robot.is_disabled,
        "permissions": [word for permission in robot.permissions for word in permission.words()],
    }
