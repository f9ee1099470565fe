"""The shapes of robots and of the catalogue of permissions."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from havre.access import (
    PROJECT_RIGHTS,
    SYSTEM_RIGHTS,
    CreatedRobot,
    NewRobot,
    PermissionKind,
    Robot,
    RobotChanges,
    RobotLevel,
    RobotPermission,
    robot_full_name,
)
from havre.access.errors import RobotInvalid
from havre.kernel.actor import Right
from havre.kernel.secret import Secret

_Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]  # 64 bits, as the contract says
_NEVER = -1


class AccessShape(msgspec.Struct):
    """`Access`."""

    resource: str = ""
    action: str = ""
    effect: str = ""

    def right(self) -> Right:
        """Read it as a right.

        Raises: RobotInvalid.
        """
        if self.effect not in ("", "allow"):
            raise RobotInvalid(f"permissions: effect {self.effect[:40]!r} is not known: leave it out")
        return self.resource, self.action


class PermissionShape(msgspec.Struct):
    """`RobotPermission`."""

    kind: str = ""
    namespace: str = ""
    access: list[AccessShape] | None = None

    def permission(self) -> RobotPermission:
        """Read it.

        Raises: RobotInvalid.
        """
        if self.kind not in (PermissionKind.SYSTEM, PermissionKind.PROJECT):
            raise RobotInvalid(f"permissions: kind {self.kind[:40]!r} is neither system nor project")
        rights = tuple(one.right() for one in self.access or ())
        return RobotPermission(PermissionKind(self.kind), self.namespace, rights)


class RobotCreate(msgspec.Struct):
    """`RobotCreate`."""

    name: str = ""
    description: str = ""
    secret: str = ""
    level: str = ""
    disable: bool = False
    duration: _Whole | None = None
    permissions: list[PermissionShape] | None = None

    def new(self) -> NewRobot:
        """Read it as a robot to create.

        Raises: RobotInvalid.
        """
        return NewRobot(
            name=self.name,
            level=read_level(self.level),
            permissions=[one.permission() for one in self.permissions or ()],
            description=self.description,
            duration_days=self.duration,
            is_disabled=self.disable,
            secret=Secret(self.secret) if self.secret else None,
        )


class RobotReq(msgspec.Struct):
    """`Robot`, as far as it is read."""

    name: str = ""
    description: str = ""
    level: str = ""
    disable: bool = False
    duration: _Whole | None = None
    permissions: list[PermissionShape] | None = None

    def changes(self) -> RobotChanges:
        """Read it as changes of a robot.

        Raises: RobotInvalid.
        """
        return RobotChanges(
            name=self.name,
            level=read_level(self.level),
            permissions=[one.permission() for one in self.permissions or ()],
            description=self.description,
            duration_days=self.duration,
            is_disabled=self.disable,
        )


class RobotSecReq(msgspec.Struct):
    """`RobotSec`, and how long the older secrets go on, which is Havre's own."""

    secret: str = ""
    overlap_seconds: _Whole = 0


class RobotSec(msgspec.Struct, omit_defaults=True):
    """`RobotSec`."""

    secret: str = ""


class RobotShape(msgspec.Struct):
    """`Robot`, and when it last logged in, which is Havre's own."""

    id: int
    name: str
    description: str
    level: str
    duration: int
    editable: bool
    disable: bool
    expires_at: int
    permissions: list[PermissionShape]
    creator_type: str
    creator_ref: int
    creation_time: datetime
    update_time: datetime
    last_used_time: datetime | UnsetType


class RobotCreated(msgspec.Struct):
    """`RobotCreated`."""

    id: int
    name: str
    secret: str
    creation_time: datetime
    expires_at: int


class CatalogueLine(msgspec.Struct):
    """`Permission`."""

    resource: str
    action: str


class Catalogue(msgspec.Struct):
    """`Permissions`."""

    system: list[CatalogueLine]
    project: list[CatalogueLine]


def read_level(text: str) -> RobotLevel:
    """Read where a robot belongs.

    Raises: RobotInvalid.
    """
    if text not in (RobotLevel.SYSTEM, RobotLevel.PROJECT):
        raise RobotInvalid(f"level: {text[:40]!r} is neither system nor project")
    return RobotLevel(text)


def robot_shape(robot: Robot, prefix: str) -> RobotShape:
    """Show a robot, never its secret."""
    return RobotShape(
        id=robot.id,
        name=robot_full_name(prefix, robot.project, robot.name),
        description=robot.description,
        level=robot.level.value,
        duration=robot.duration_days,
        editable=robot.is_editable,
        disable=robot.is_disabled,
        expires_at=_seconds(robot.expires_at),
        permissions=[_permission(one) for one in robot.permissions],
        creator_type=robot.creator_kind,
        creator_ref=robot.creator_id,
        creation_time=robot.created_at,
        update_time=robot.updated_at,
        last_used_time=UNSET if robot.last_used_at is None else robot.last_used_at,
    )


def _permission(permission: RobotPermission) -> PermissionShape:
    access = [AccessShape(resource, action, "allow") for resource, action in permission.rights]
    return PermissionShape(permission.kind.value, permission.namespace, access)


def created_shape(made: CreatedRobot) -> RobotCreated:
    """Show a fresh robot with its secret, this once."""
    robot = made.robot
    return RobotCreated(
        robot.id, made.full_name, made.secret.reveal(), robot.created_at, _seconds(robot.expires_at)
    )


def catalogue_shape(*, with_system: bool) -> Catalogue:
    """Show what a robot can be permitted; what concerns the instance to those who make its robots."""
    system = [CatalogueLine(*right) for right in SYSTEM_RIGHTS] if with_system else []
    return Catalogue(system, [CatalogueLine(*right) for right in PROJECT_RIGHTS])


def _seconds(moment: datetime | None) -> int:
    return _NEVER if moment is None else int(moment.timestamp())
