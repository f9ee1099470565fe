"""The names of roles, pure. Source: reference/signing-and-clients.md A1.4, "Delegation names"."""

import posixpath
import re
from typing import Final

ROOT: Final = "root"
TARGETS: Final = "targets"
SNAPSHOT: Final = "snapshot"
TIMESTAMP: Final = "timestamp"
RELEASES: Final = f"{TARGETS}/releases"  # where docker looks first; after that in targets
BASE_ROLES: Final = (ROOT, TARGETS, SNAPSHOT, TIMESTAMP)
SERVER_ROLES: Final = (SNAPSHOT, TIMESTAMP)  # whose keys this side may hold
_DELEGATION: Final = re.compile(r"[-a-z0-9_/]+\Z")
_LONGEST: Final = 255


def is_role(name: str) -> bool:
    """Tell whether a name is one of the four, or a delegation's."""
    return name in BASE_ROLES or is_delegation(name)


def is_delegation(name: str) -> bool:
    """Tell whether a name is one that a targets role may hand on to."""
    return (
        name.startswith(f"{TARGETS}/")
        and len(name) <= _LONGEST
        and _DELEGATION.match(name) is not None
        and posixpath.normpath(name) == name
    )


def parent_of(name: str) -> str:
    """Name the role above a delegation."""
    return name.rpartition("/")[0]


def ancestors_of(name: str) -> list[str]:
    """List the roles above a delegation, `targets` first."""
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
