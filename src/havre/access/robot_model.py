"""Robots: accounts of machines, with permissions of their own in place of roles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from havre.kernel.actor import SCANNER_PULL, Right, RobotRights
from havre.kernel.secret import Secret

EVERY_PROJECT = "*"
INSTANCE = "/"


class RobotLevel(StrEnum):
    """Where a robot belongs: to the instance, or to one project."""

    SYSTEM = "system"
    PROJECT = "project"


class PermissionKind(StrEnum):
    """What a permission is about: the instance, or projects."""

    SYSTEM = "system"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class RobotPermission:
    """What a robot may do in one place; `namespace` is `/`, `*` or the name of a project."""

    kind: PermissionKind
    namespace: str
    rights: Sequence[Right]
    project_id: int | None = None  # None: the instance, or every project

    def words(self) -> list[str]:
        """Say it for the journal, a word for each right: `demo repository:pull`."""
        return [f"{self.namespace} {resource}:{action}" for resource, action in self.rights]


@dataclass(frozen=True, slots=True)
class Robot:
    """A robot as it is shown; the hashes of its secrets stay in the store."""

    id: int
    name: str  # the base name, without prefix and project
    project_id: int | None  # None: of the instance
    project: str | None
    description: str
    duration_days: int  # -1: for ever
    expires_at: datetime | None
    is_disabled: bool
    is_editable: bool
    creator_kind: str  # local (an account) or robot: Harbor's words
    creator_id: int
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None = None
    permissions: Sequence[RobotPermission] = field(default_factory=tuple)

    @property
    def level(self) -> RobotLevel:
        """Where it belongs."""
        return RobotLevel.SYSTEM if self.project_id is None else RobotLevel.PROJECT

    def is_live(self, now: datetime) -> bool:
        """Tell whether it may log in: neither disabled nor expired."""
        return not self.is_disabled and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewRobot:
    """What a robot starts with; without a secret one is made up, without days the default counts."""

    name: str
    level: RobotLevel
    permissions: Sequence[RobotPermission]
    description: str = ""
    duration_days: int | None = None
    is_disabled: bool = False
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class RobotChanges:
    """What a robot becomes; None stays as it is. Name and level are only compared: they never change."""

    name: str
    level: RobotLevel
    permissions: Sequence[RobotPermission]
    description: str = ""
    duration_days: int | None = None
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """One secret that lets a robot in: the newest, or an older one until its overlap is over."""

    id: int
    hashed: str
    expires_at: datetime | None


def rights_of_robot(robot: Robot) -> RobotRights:
    """Gather what a robot may do, for decisions."""
    on_instance, everywhere = set[Right](), set[Right]()
    projects: dict[int, frozenset[Right]] = {}
    for permission in robot.permissions:
        if permission.kind is PermissionKind.SYSTEM:
            on_instance.update(permission.rights)
        elif permission.project_id is None:
            everywhere.update(permission.rights)
        else:
            known = projects.get(permission.project_id, frozenset())
            projects[permission.project_id] = known | frozenset(permission.rights)
    return RobotRights(
        robot.id,
        frozenset(on_instance),
        frozenset(everywhere),
        MappingProxyType(projects),
        robot.expires_at,
    )


def rights_of_scanner(project_id: int, expires_at: datetime | None = None) -> RobotRights:
    """Tell what a scanner with a pass may do: it is a robot without a row (scanner_passes.py)."""
    rights = frozenset({("repository", "pull"), SCANNER_PULL})
    return RobotRights(0, in_projects={project_id: rights}, expires_at=expires_at)
