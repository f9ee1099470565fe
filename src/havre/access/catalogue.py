"""What a robot can be permitted: the catalogue, on the instance and in projects. Pure.

Not for who is permitted what: that is in the rows of the robot and decided in access/decide.
Source: Harbor's rbac/const.go, as in reference/harbor.md 1.1. There is no robot:update: a robot that
could change robots could give itself everything.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from havre.access.errors import RobotInvalid
from havre.kernel.actor import Right

# C create, R read, U update, D delete, L list; whole words stand for themselves.
_SYSTEM: Final = """
audit-log            L
preheat-instance     CRUDL
project              LC
replication-policy   CRUDL
replication          RCL
replication-adapter  L
registry             CRUDL
scan-all             RUC stop
system-volumes       R
garbage-collection   CRUL stop
purge-audit          CRUL stop
jobservice-monitor   L stop
scanner              CRUDL
label                CRUD
security-hub         RL
catalog              R
quota                RLU
robot                CRLD
user                 CRUDL
ldap-user            CL
user-group           CRUDL
"""
_PROJECT: Final = """
log                  L
project              RUD
metadata             CRUDL
repository           RUDL pull push
artifact             CRLD
scan                 CR stop
sbom                 CR stop
tag                  CLD
accessory            L
artifact-addition    R
artifact-label       CD
scanner              CR
preheat-policy       CRUDL
immutable-tag        CUDL
notification-policy  CRUDL
tag-retention        CRUDL
label                CRUDL
quota                R
robot                CRLD
export-cve           CR
member               CRUDL
"""
_LETTERS: Final = {"C": "create", "R": "read", "U": "update", "D": "delete", "L": "list"}


def _read(text: str) -> Sequence[Right]:
    rights: list[Right] = []
    for line in text.strip().splitlines():
        resource, *words = line.split()
        for word in words:
            actions = [_LETTERS[letter] for letter in word] if word.isupper() else [word]
            rights += ((resource, action) for action in actions)
    return rights


SYSTEM_RIGHTS: Final = tuple(_read(_SYSTEM))
PROJECT_RIGHTS: Final = tuple(_read(_PROJECT))
_KNOWN_SYSTEM: Final = frozenset(SYSTEM_RIGHTS)
_KNOWN_PROJECT: Final = frozenset(PROJECT_RIGHTS)


def check_rights(rights: Iterable[Right], *, on_instance: bool) -> None:
    """Refuse a permission that no robot can have.

    Raises: RobotInvalid naming it.
    """
    known = _KNOWN_SYSTEM if on_instance else _KNOWN_PROJECT
    for resource, action in rights:
        if (resource, action) not in known:
            kind = "system" if on_instance else "project"
            raise RobotInvalid(
                f"permissions: {resource[:40]}:{action[:40]} of kind {kind} is not in the catalogue:"
                " GET /api/v2.0/permissions lists it"
            )
