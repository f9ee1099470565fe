"""How robots are called: a prefix, the project of a project's robot, the base name. Pure.

    robot$ci             a robot of the instance
    robot$demo+ci        a robot of project demo
    robot-demo+ci        the same where the prefix is `robot-`: a `$` is awkward in a URL or a shell

Harbor's prefix is understood whatever the configured one is, so that a change of the prefix breaks no
client. Source: Harbor's robot names, reference/harbor.md 1.1.
"""

import re
from typing import Final

from havre.access.errors import RobotInvalid

HARBOR_PREFIX: Final = "robot$"
_BASE: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*\Z")
_LONGEST: Final = 255
PROJECT_SIGN: Final = "+"


def check_base_name(name: str) -> str:
    """Check the part of the name that people choose.

    Raises: RobotInvalid.
    """
    if not 1 <= len(name) <= _LONGEST or not _BASE.match(name):
        raise RobotInvalid(
            f"name: robot name {name[:80]!r} is not valid: 1 to {_LONGEST} lower-case letters and digits,"
            " separated by single . _ or -"
        )
    return name


def full_name(prefix: str, project: str | None, name: str) -> str:
    """Make the name that a robot logs in with."""
    return f"{prefix}{name}" if project is None else f"{prefix}{project}{PROJECT_SIGN}{name}"


def read_full_name(text: str, prefix: str) -> tuple[str | None, str] | None:
    """Take a login name apart into the project and the base name; None when it is no robot's."""
    for known in (prefix, HARBOR_PREFIX):
        if text.startswith(known):
            project, sign, name = text.removeprefix(known).rpartition(PROJECT_SIGN)
            if _BASE.match(name) and (project or not sign):
                return project or None, name
    return None
