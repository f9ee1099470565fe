"""All SQL of robots, their permissions and secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from havre.access.robot_model import (
    EVERY_PROJECT,
    INSTANCE,
    PermissionKind,
    Robot,
    RobotPermission,
    StoredSecret,
)
from havre.kernel.actor import Right
from havre.kernel.clock import from_micros, to_micros
from havre.kernel.patterns import containing
from havre.kernel.work import Reader, Row, Value, Work

_ROBOT: Final = """
SELECT robot.id, robot.name, robot.project_id, project.name AS project, robot.description,
       robot.duration_days, robot.expires_at, robot.is_disabled, robot.is_editable, robot.creator_kind,
       robot.creator_id, robot.created_at, robot.updated_at, robot.last_used_at
FROM robot LEFT JOIN project ON project.id = robot.project_id
"""
# The columns a list may be sorted by; the keys are Harbor's words.
_ORDERS: Final = {
    "id": "robot.id",
    "name": "robot.name",
    "creation_time": "robot.created_at",
    "update_time": "robot.updated_at",
    "expires_at": "robot.expires_at",
    "duration": "robot.duration_days",
    "disable": "robot.is_disabled",
}
ROBOT_ORDERS: Final = tuple(_ORDERS)


@dataclass(frozen=True, slots=True)
class RobotFilter:
    """Which robots a list is asked for."""

    project_id: int | None = None  # None: those of the instance
    name: str = ""  # part of the base name
    sort: str = ""  # a word of ROBOT_ORDERS; - in front for descending

    @property
    def where(self) -> str:
        """The condition (indexes robot_in_project and robot_of_instance)."""
        place = "robot.project_id IS NULL" if self.project_id is None else "robot.project_id = :project"
        return f" WHERE {place} AND robot.name LIKE :pattern ESCAPE '!'"

    @property
    def parameters(self) -> dict[str, Value]:
        """What the condition is filled with."""
        found: dict[str, Value] = {"pattern": containing(self.name.lower())}
        return found if self.project_id is None else {**found, "project": self.project_id}

    @property
    def order(self) -> str:
        """The ORDER BY list."""
        column = _ORDERS.get(self.sort.lstrip("-"), "robot.id")
        return f"{column} DESC, robot.id" if self.sort.startswith("-") else f"{column}, robot.id"


async def robot_by_id(reader: Reader, robot_id: int) -> Robot | None:
    """Read a robot with its permissions."""
    return await _one(reader, f"{_ROBOT} WHERE robot.id = :id", {"id": robot_id})


async def robot_by_name(reader: Reader, project: str | None, name: str) -> Robot | None:
    """Read a robot of a project, or of the instance, by its base name."""
    if project is None:
        return await _one(
            reader, f"{_ROBOT} WHERE robot.project_id IS NULL AND robot.name = :name", {"name": name}
        )
    return await _one(
        reader,
        f"{_ROBOT} WHERE project.name = :project AND robot.name = :name",
        {"project": project, "name": name},
    )


async def count_robots(reader: Reader, wanted: RobotFilter) -> int:
    """Count the robots of a list."""
    row = await reader.first(
        f"SELECT COUNT(*) AS total FROM robot{wanted.where}",  # noqa: S608 - constant fragments
        wanted.parameters,
    )
    return 0 if row is None else int(row.total)


async def robots(reader: Reader, wanted: RobotFilter, limit: int, offset: int) -> list[Robot]:
    """List robots with their permissions; those of one project are few."""
    rows = await reader.all(
        f"{_ROBOT}{wanted.where} ORDER BY {wanted.order} LIMIT :limit OFFSET :offset",
        {**wanted.parameters, "limit": limit, "offset": offset},
    )
    return await _with_permissions(reader, [_robot(row) for row in rows])


async def lock_robot(work: Work, robot_id: int) -> Robot | None:
    """Read a robot and keep others from changing it until the end."""
    row = await work.first("SELECT id FROM robot WHERE id = :id FOR UPDATE", {"id": robot_id})
    return None if row is None else await robot_by_id(work, robot_id)


async def add_robot(work: Work, robot: Robot) -> int | None:
    """Insert a robot without permissions and return its number; None when the name is taken.

    `robot.id` is not looked at.
    """
    row = await work.first(
        """
        INSERT INTO robot (name, project_id, description, duration_days, expires_at, is_disabled,
                           is_editable, creator_kind, creator_id, created_at, updated_at)
        VALUES (:name, :project, :description, :days, :expires, :disabled,
                :editable, :creator_kind, :creator_id, :created, :updated)
        ON CONFLICT DO NOTHING
        RETURNING id
        """,
        {
            "name": robot.name,
            "project": robot.project_id,
            "description": robot.description,
            "days": robot.duration_days,
            "expires": _micros(robot.expires_at),
            "disabled": robot.is_disabled,
            "editable": robot.is_editable,
            "creator_kind": robot.creator_kind,
            "creator_id": robot.creator_id,
            "created": to_micros(robot.created_at),
            "updated": to_micros(robot.updated_at),
        },
    )
    return None if row is None else int(row.id)


async def set_robot(work: Work, robot: Robot) -> None:
    """Write what of a robot may change; people are told again of another end."""
    await work.run(
        """
        UPDATE robot SET description = :description, duration_days = :days, is_disabled = :disabled,
               updated_at = :updated, expires_at = :expires,
               warned_at = CASE WHEN expires_at = :expires THEN warned_at ELSE NULL END
        WHERE id = :id
        """,
        {
            "description": robot.description,
            "days": robot.duration_days,
            "disabled": robot.is_disabled,
            "updated": to_micros(robot.updated_at),
            "expires": _micros(robot.expires_at),
            "id": robot.id,
        },
    )


async def set_permissions(work: Work, robot_id: int, permissions: Sequence[RobotPermission]) -> None:
    """Write all permissions of a robot in place of those it had."""
    await work.run("DELETE FROM robot_permission WHERE robot_id = :id", {"id": robot_id})
    await work.run_many(
        """
        INSERT INTO robot_permission (robot_id, kind, project_id, resource, action)
        VALUES (:robot, :kind, :project, :resource, :action)
        """,
        [
            {
                "robot": robot_id,
                "kind": permission.kind.value,
                "project": permission.project_id,
                "resource": resource,
                "action": action,
            }
            for permission in permissions
            for resource, action in permission.rights
        ],
    )


async def delete_robot(work: Work, robot_id: int) -> None:
    """Remove a robot; its permissions and secrets go with it."""
    await work.run("DELETE FROM robot WHERE id = :id", {"id": robot_id})


async def secrets_of(reader: Reader, robot_id: int, now: datetime) -> Sequence[StoredSecret]:
    """List the secrets that let a robot in now, the newest first (index robot_secret_robot)."""
    rows = await reader.all(
        """
        SELECT id, secret_hash, expires_at FROM robot_secret
        WHERE robot_id = :id AND (expires_at IS NULL OR expires_at > :now) ORDER BY id DESC LIMIT 4
        """,
        {"id": robot_id, "now": to_micros(now)},
    )
    return [StoredSecret(row.id, row.secret_hash, _moment(row.expires_at)) for row in rows]


async def end_secrets(work: Work, robot_id: int, now: datetime, until: datetime) -> None:
    """Let the secrets of a robot go on until then at most, and drop those that are over."""
    await work.run(
        "UPDATE robot_secret SET expires_at = :until WHERE robot_id = :id"
        " AND (expires_at IS NULL OR expires_at > :until)",
        {"id": robot_id, "until": to_micros(until)},
    )
    await work.run(
        "DELETE FROM robot_secret WHERE robot_id = :id AND expires_at <= :now",
        {"id": robot_id, "now": to_micros(now)},
    )


async def add_secret(work: Work, robot_id: int, hashed: str, at: datetime) -> None:
    """Insert the hash of a robot's newest secret."""
    await work.run(
        "INSERT INTO robot_secret (robot_id, secret_hash, created_at) VALUES (:id, :hash, :at)",
        {"id": robot_id, "hash": hashed, "at": to_micros(at)},
    )


async def mark_used(work: Work, robot_id: int, at: datetime) -> None:
    """Write when a robot logged in."""
    await work.run(
        "UPDATE robot SET last_used_at = :at WHERE id = :id", {"at": to_micros(at), "id": robot_id}
    )


async def expiring_robots(work: Work, now: datetime, until: datetime, limit: int) -> Sequence[Robot]:
    """List robots that end before then and that nobody was told of (index robot_expires)."""
    rows = await work.all(
        f"{_ROBOT} WHERE robot.expires_at > :now AND robot.expires_at <= :until AND robot.warned_at IS NULL"
        " AND NOT robot.is_disabled ORDER BY robot.expires_at, robot.id LIMIT :limit",
        {"now": to_micros(now), "until": to_micros(until), "limit": limit},
    )
    return [_robot(row) for row in rows]


async def mark_warned(work: Work, robot_ids: Sequence[int], at: datetime) -> None:
    """Note that people were told."""
    await work.run(
        "UPDATE robot SET warned_at = :at WHERE id IN :ids", {"at": to_micros(at), "ids": list(robot_ids)}
    )


async def project_ids(reader: Reader, names: Sequence[str]) -> Mapping[str, int]:
    """Find the numbers of projects; what is missing is left out."""
    if not names:
        return {}
    rows = await reader.all("SELECT id, name FROM project WHERE name IN :names", {"names": list(names)})
    return {row.name: row.id for row in rows}


async def _one(reader: Reader, statement: str, parameters: Mapping[str, Value]) -> Robot | None:
    row = await reader.first(statement, parameters)
    return None if row is None else (await _with_permissions(reader, [_robot(row)]))[0]


async def _with_permissions(reader: Reader, found: list[Robot]) -> list[Robot]:
    if not found:
        return found
    rows = await reader.all(
        """
        SELECT robot_permission.robot_id, robot_permission.kind, robot_permission.project_id,
               project.name AS project, robot_permission.resource, robot_permission.action
        FROM robot_permission LEFT JOIN project ON project.id = robot_permission.project_id
        WHERE robot_permission.robot_id IN :ids ORDER BY robot_permission.robot_id, robot_permission.id
        """,
        {"ids": [robot.id for robot in found]},
    )
    places: dict[int, dict[RobotPermission, list[Right]]] = {}
    for row in rows:
        kind = PermissionKind(row.kind)
        everywhere = INSTANCE if kind is PermissionKind.SYSTEM else EVERY_PROJECT
        place = RobotPermission(kind, row.project or everywhere, (), row.project_id)
        places.setdefault(row.robot_id, {}).setdefault(place, []).append((row.resource, row.action))
    return [
        replace(
            robot,
            permissions=tuple(
                replace(place, rights=tuple(rights)) for place, rights in places.get(robot.id, {}).items()
            ),
        )
        for robot in found
    ]


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _robot(row: Row) -> Robot:
    return Robot(
        id=row.id,
        name=row.name,
        project_id=row.project_id,
        project=row.project,
        description=row.description,
        duration_days=row.duration_days,
        expires_at=_moment(row.expires_at),
        is_disabled=bool(row.is_disabled),
        is_editable=bool(row.is_editable),
        creator_kind=row.creator_kind,
        creator_id=row.creator_id,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
        last_used_at=_moment(row.last_used_at),
    )
