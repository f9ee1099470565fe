"""Harbor's role matrix, transcribed from reference/harbor.md 1.2, and who passes by it.

C R U D L = create read update delete list; the words stand for themselves; the last column is anybody on a
public project. This is a second writing of access/decide.py's table on purpose.
"""

from typing import Final

_LETTERS: Final = {"C": "create", "R": "read", "U": "update", "D": "delete", "L": "list"}
_COLUMNS: Final = ("projectAdmin", "maintainer", "developer", "guest", "limitedGuest", "public")
_ROWS: Final = {
    "project": ("RUD", "R", "R", "R", "R", "R"),
    "member": ("CRUDL", "RL", "RL", "RL", "", ""),
    "metadata": ("CRUD", "R", "", "", "", ""),
    "log": ("L", "", "", "", "", ""),
    "label": ("CRUDL", "CRUDL", "RL", "RL", "", "RL"),
    "quota": ("R", "R", "R", "R", "R", ""),
    "repository": ("CRUDL pull push", "CRUDL pull push", "CRUL pull push", "RL pull", "RL pull", "L pull"),
    "tag-retention": ("CRUDL operate", "CRUDL operate", "CRUDL operate", "", "", ""),
    "immutable-tag": ("CUDL", "CUDL", "", "", "", ""),
    "configuration": ("RU", "R", "R", "R", "R", ""),
    "robot": ("CRUDL", "RL", "RL", "RL", "", ""),
    "notification-policy": ("CRUDL", "RL", "", "", "", ""),
    "scan": ("CR stop", "CR stop", "R", "R", "R", "R"),
    "sbom": ("CR stop", "CR stop", "R", "R", "R", ""),
    "scanner": ("RC", "R", "R", "R", "R", "R"),
    "artifact": ("CRDL", "CRDL", "CRL", "RL", "RL", "RL"),
    "artifact-addition": ("R", "R", "R", "R", "R", "R"),
    "tag": ("CLD", "CLD", "CL", "L", "L", "L"),
    "accessory": ("L", "L", "L", "L", "L", "L"),
    "artifact-label": ("CD", "CD", "CD", "", "", ""),
    "preheat-policy": ("CRUDL", "", "", "", "", ""),
    "export-cve": ("CRL", "CRL", "CRL", "", "", ""),
}
# What a robot can be given (reference/harbor.md 1.1, "Robot permission catalogue"), as far as needed here.
SYSTEM_ROBOT: Final = {
    "audit-log": "L", "project": "LC", "system-volumes": "R", "garbage-collection": "CRUL stop",
    "purge-audit": "CRUL stop", "jobservice-monitor": "L stop", "label": "CRUD", "catalog": "R",
    "quota": "RLU", "robot": "CRLD", "user": "CRUDL", "ldap-user": "CL", "user-group": "CRUDL",
}  # fmt: skip
PROJECT_ROBOT: Final = {
    "log": "L", "project": "RUD", "metadata": "CRUDL", "repository": "RUDL pull push", "artifact": "CRLD",
    "tag": "CLD", "accessory": "L", "artifact-addition": "R", "artifact-label": "CD", "label": "CRUDL",
    "quota": "R", "robot": "CRLD", "member": "CRUDL",
}  # fmt: skip
ROLES: Final = _COLUMNS[:-1]


def may(who: str, resource: str, action: str, *, is_public: bool) -> bool:
    """Tell whether somebody with this role, or with none, may do it in a project of this kind."""
    columns = {who, "public"} if is_public else {who}
    cells = dict(zip(_COLUMNS, _ROWS[resource], strict=True))
    return any(action in spell(cells[column]) for column in columns if column in cells)


def spell(cell: str) -> set[str]:
    """List the actions of a cell."""
    words = cell.split()
    letters = [letter for word in words if word.isupper() for letter in word]
    return {_LETTERS[letter] for letter in letters} | {word for word in words if not word.isupper()}
