"""What the operations on robots are built on, filled in by assembly."""

from dataclasses import dataclass

from havre.access import CreateRobot, DeleteRobot, RefreshRobot, Robots, UpdateRobot


@dataclass(frozen=True, slots=True)
class RobotParts:
    """The use cases of robots."""

    robots: Robots
    create: CreateRobot
    update: UpdateRobot
    refresh: RefreshRobot
    delete: DeleteRobot
