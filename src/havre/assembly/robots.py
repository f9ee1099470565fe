"""Robots: the use cases of their operations, how they log in, who tells that they expire."""

from havre.access import (
    CreateRobot,
    DeleteRobot,
    Passwords,
    RefreshRobot,
    Robots,
    RobotSecrets,
    UpdateRobot,
    WarnRobots,
)
from havre.assembly.ground import Ground
from havre.assembly.rules import access_rules
from havre.edge.api.robot_parts import RobotParts
from havre.jobs import Schedule

_DAILY_S = 86_400


def robot_parts(ground: Ground, passwords: Passwords) -> RobotParts:
    """Wire the use cases of robots."""
    database, access, clock, rules = (
        ground.database,
        ground.access,
        ground.clock,
        access_rules(ground.configuration),
    )
    return RobotParts(
        robots=Robots(database, access, rules),
        create=CreateRobot(database, access, passwords, clock, rules),
        update=UpdateRobot(database, access, clock, rules),
        refresh=RefreshRobot(database, access, passwords, clock, rules),
        delete=DeleteRobot(database, access, rules),
    )


def robot_secrets(ground: Ground, passwords: Passwords) -> RobotSecrets:
    """Wire how robots log in."""
    return RobotSecrets(ground.database, passwords, ground.clock, access_rules(ground.configuration))


def robot_schedule(ground: Ground) -> Schedule:
    """Wire who tells that robots expire."""
    days = ground.settings.access.robot_notice_days
    warn = WarnRobots(ground.database, ground.clock, days, access_rules(ground.configuration))
    return Schedule("access.warn_robots", _DAILY_S, warn.run)
