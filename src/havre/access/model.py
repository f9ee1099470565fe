"""People, their roles in projects, and what a role may do with what: the words of access."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Literal

from havre.kernel.actor import Right

Resource = Literal[
    "project", "member", "metadata", "log", "label", "quota", "repository", "tag-retention",
    "immutable-tag", "configuration", "robot", "notification-policy", "scan", "sbom", "scanner",
    "artifact", "artifact-addition", "tag", "accessory", "artifact-label", "preheat-policy", "export-cve",
]  # fmt: skip
Action = Literal[
    "create", "read", "update", "delete", "list", "pull", "push", "operate", "stop"
]  # fmt: skip
RepositoryAction = Literal["pull", "push", "delete"]
REPOSITORY_ACTIONS: tuple[RepositoryAction, ...] = ("pull", "push", "delete")

FIRST_ADMIN_ID = 1  # the account made at the first start; Harbor's number for it too


class Role(IntEnum):
    """A member's role; the numbers are Harbor's and part of its API."""

    PROJECT_ADMIN = 1
    DEVELOPER = 2
    GUEST = 3
    MAINTAINER = 4
    LIMITED_GUEST = 5

    @property
    def word(self) -> str:
        """Harbor's name of the role, such as `projectAdmin`."""
        return _ROLE_WORDS[self]


ROLES_BY_POWER = (  # the columns of the role matrix
    Role.PROJECT_ADMIN,
    Role.MAINTAINER,
    Role.DEVELOPER,
    Role.GUEST,
    Role.LIMITED_GUEST,
)
_ROLE_WORDS = {
    Role.PROJECT_ADMIN: "projectAdmin",
    Role.DEVELOPER: "developer",
    Role.GUEST: "guest",
    Role.MAINTAINER: "maintainer",
    Role.LIMITED_GUEST: "limitedGuest",
}


class AccountOrigin(StrEnum):
    """Which system knows somebody; the words are those of the column."""

    LOCAL = "local"
    LDAP = "ldap"
    OIDC = "oidc"


class GroupType(IntEnum):
    """Which system knows a group; the numbers are Harbor's and part of its API."""

    LDAP = 1
    HTTP = 2
    OIDC = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a decision about one project depends on."""

    is_admin: bool = False
    roles: frozenset[Role] = frozenset()
    is_public: bool = False
    is_authenticated: bool = False
    permitted: frozenset[Right] = frozenset()  # to a robot, in this project


@dataclass(frozen=True, slots=True)
class ProjectStanding:
    """A project as `Access.require` found it, with the caller's roles in it."""

    id: int
    name: str
    is_public: bool
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account; the password's hash stays in the store.

    `is_admin` is what counts: appointed by a person, or made so by a group of the system of `origin`
    (`is_admin_in_auth`). `subject` is what that system calls the account.
    """

    id: int
    username: str
    email: str | None
    realname: str
    comment: str
    is_admin: bool
    created_at: datetime
    updated_at: datetime
    origin: AccountOrigin = AccountOrigin.LOCAL
    subject: str | None = None
    is_appointed: bool = False
    is_admin_in_auth: bool = False


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A group that another system knows; its members are learnt when they log in."""

    id: int
    name: str
    type: GroupType
    ldap_group_dn: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """The place of a user or of a group in a project."""

    id: int
    project_id: int
    entity_id: int
    entity_name: str
    role: Role
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in with a browser; it ends when it is not used, revoked, or the password changes."""

    id: int
    user_id: int
    username: str
    address: str
    client: str
    created_at: datetime
    seen_at: datetime
