"""What access needs from the machine and from the configuration above it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from havre.access.model import User
from havre.kernel.actor import Actor, Origin
from havre.kernel.secret import Secret


@dataclass(frozen=True, slots=True)
class AccessRules:
    """What of the run-time configuration access goes by."""

    token_expiry_s: int = 1800  # Harbor's 30 minutes
    session_idle_s: int = 3600  # Harbor's hour
    may_sign_up: bool = False
    robot_name_prefix: str = "robot$"  # Harbor's
    robot_days: int = 30  # how long a robot lives for which nobody said it


RulesNow = Callable[[], Awaitable[AccessRules]]


async def default_rules() -> AccessRules:
    """Give the rules of an instance that nobody configured."""
    return AccessRules()


_NO_SECRET: Final = Secret("")


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """How the directory is asked; the names are those of Harbor's keys without `ldap_`.

    Scopes are 0 the entry itself, 1 the level below, 2 the whole tree below.
    """

    url: str = ""
    search_dn: str = ""
    search_password: Secret = _NO_SECRET
    base_dn: str = ""
    filter: str = ""
    uid: str = "cn"
    scope: int = 2
    timeout_s: int = 5
    verify_cert: bool = True
    start_tls: bool = False
    group_base_dn: str = ""
    group_search_filter: str = ""
    group_attribute_name: str = ""
    group_search_scope: int = 2
    group_admin_dn: str = ""
    group_membership_attribute: str = "memberof"
    group_attach_parallel: bool = False
    group_nested: bool = False  # whether the groups of groups count too
    is_in_use: bool = False  # whether people sign in by it


LdapNow = Callable[[], Awaitable[LdapSettings]]


@dataclass(frozen=True, slots=True)
class DirectoryGroup:
    """A group as the directory has it."""

    name: str
    dn: str


@dataclass(frozen=True, slots=True)
class DirectoryPerson:
    """Somebody as the directory has them.

    `member_of` are DNs, for whether one makes an administrator; `groups` those that count as groups here.
    """

    dn: str
    uid: str
    email: str = ""
    realname: str = ""
    member_of: Sequence[str] = ()
    groups: Sequence[DirectoryGroup] = ()


class Directory(Protocol):
    """An LDAP directory; every question opens its own connection.

    Each raises DirectoryUnavailable when it does not answer, or refuses us or how we ask.
    """

    async def check(self, settings: LdapSettings) -> None:
        """Connect, bind as the search account and look for the base."""

    async def people(self, settings: LdapSettings, uid: str) -> Sequence[DirectoryPerson]:
        """Find people by their whole uid, or the first ones when it is empty; without groups."""

    async def prove(self, settings: LdapSettings, uid: str, password: str) -> DirectoryPerson | None:
        """Find the one person with this uid and bind as them; None when nobody fits. With groups."""

    async def groups(self, settings: LdapSettings, name: str, dn: str) -> Sequence[DirectoryGroup]:
        """Find groups by DN or by their whole name, or the first ones when both are empty."""


class Newcomers(Protocol):
    """Knows people who have no account here yet."""

    async def bring(self, actor: Actor, username: str) -> User | None:
        """Make the account of somebody, whom the caller may bring in; None when nobody is known by the name.

        Raises: UserExists, NameInvalid, Unavailable.
        """


class KeyWrapper(Protocol):
    """Keeps private keys unreadable at rest: encrypts them under the master key."""

    def wrap(self, secret: bytes) -> bytes:
        """Encrypt and authenticate `secret`."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """Decrypt what `wrap` made; raises StartRefused when it is of another master key."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Who a password proved somebody to be; `seal` changes when the password does.

    It holds until `ends_at`, when that is known.
    """

    actor: Actor
    seal: str = ""
    ends_at: datetime | None = None


class PasswordProvider(Protocol):
    """One way to prove a name and a password: local accounts, a directory, secrets for tools."""

    async def prove(self, username: str, password: str, origin: Origin) -> Proof | None:
        """Check the password; None when it does not fit, or when this way does not know the name.

        `origin` is for the journal, where a proof makes an account.
        Raises: Unavailable, Denied (it fits, but there can be no account here).
        """

    async def still(self, proof: Proof) -> Proof | None:
        """Tell whether a proof of a moment ago holds after rights changed; with the rights of now."""
