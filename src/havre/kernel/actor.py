"""Who acts, from where, and with which rights in hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class ActorKind(StrEnum):
    """What sort of principal acts."""

    ANONYMOUS = "anonymous"
    USER = "user"
    ROBOT = "robot"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; kept in the audit journal."""

    address: str = ""
    client: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Grants:
    """The rights written into a bearer token: repository name -> actions, and registry-wide ones."""

    repositories: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    may_list_catalog: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """One principal during one request.

    `grants` is None for a principal that came with a password or a session: its roles decide alone.
    With grants, an action needs both: the grant in the token and the role behind it.
    """

    kind: ActorKind
    name: str = ""
    user_id: int | None = None
    is_admin: bool = False
    grants: Grants | None = None
    origin: Origin = Origin()

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
