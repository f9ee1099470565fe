"""Who acts, from where, and with which rights in hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class ActorKind(StrEnum):
    """What sort of principal acts."""

    ANONYMOUS = "anonymous"
    USER = "user"
    ROBOT = "robot"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; kept in the audit journal but for `via`.

    `via` is the id of the instance that replicates, empty when none does.
    """

    address: str = ""
    client: str = ""
    request_id: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class Grants:
    """The rights written into a bearer token: repository name -> actions, and registry-wide ones."""

    repositories: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    may_list_catalog: bool = False


Right = tuple[str, str]  # a resource and an action, such as ("repository", "pull")
SCANNER_PULL: Final[Right] = ("repository", "scanner-pull")  # pull what policies keep from people


@dataclass(frozen=True, slots=True)
class RobotRights:
    """All that a robot may do: on the instance, in every project, in single ones. It never does more."""

    robot_id: int
    on_instance: frozenset[Right] = frozenset()
    in_every_project: frozenset[Right] = frozenset()
    in_projects: Mapping[int, frozenset[Right]] = field(default_factory=lambda: MappingProxyType({}))
    expires_at: datetime | None = None

    def in_project(self, project_id: int) -> frozenset[Right]:
        """List what it may do in a project."""
        return self.in_every_project | self.in_projects.get(project_id, frozenset())


@dataclass(frozen=True, slots=True)
class Actor:
    """One principal during one request.

    A robot has no account (`user_id` is None). `grants` is None for a principal that came with a password
    or a session: its roles decide alone. With grants, an action needs both: the grant in the token and
    the role behind it.
    """

    kind: ActorKind
    name: str = ""
    user_id: int | None = None
    is_admin: bool = False
    grants: Grants | None = None
    origin: Origin = Origin()
    robot: RobotRights | None = None  # of a robot: its permissions decide alone, it has no roles

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody proved who they are."""
        return self.kind is not ActorKind.ANONYMOUS


def anonymous(origin: Origin = Origin()) -> Actor:
    """The caller who proved nothing."""
    return Actor(ActorKind.ANONYMOUS, origin=origin)


def system(name: str) -> Actor:
    """The instance itself, at the work called `name`."""
    return Actor(ActorKind.SYSTEM, name=name, is_admin=True)
