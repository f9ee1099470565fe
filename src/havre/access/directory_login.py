"""Signing in by the LDAP directory: the directory proves the password, the account here follows."""

import hashlib
from typing import Final

from havre.access import store
from havre.access.actors import actor_of
from havre.access.errors import GroupInvalid, UserExists
from havre.access.external import ExternalPerson
from havre.access.groups import ExternalGroup, normal_dn, parse_group
from havre.access.model import AccountOrigin, GroupType
from havre.access.onboard import Onboard
from havre.access.ports import Directory, DirectoryPerson, LdapNow, LdapSettings, Proof
from havre.kernel.actor import Origin
from havre.kernel.errors import Denied
from havre.kernel.names import NameInvalid
from havre.kernel.work import Database

_MOST_GROUPS: Final = 1000


class DirectoryPasswords:
    """Checks passwords by the directory while `auth_mode` is ldap_auth; a PasswordProvider.

    The first login makes the account, each one notes the groups. Local accounts are not asked for there:
    whatever the directory does, they get in.
    """

    def __init__(self, database: Database, directory: Directory, settings: LdapNow, onboard: Onboard) -> None:
        self._database = database
        self._directory = directory
        self._settings = settings
        self._onboard = onboard

    async def prove(self, username: str, password: str, origin: Origin) -> Proof | None:
        """Ask the directory whose name and password these are.

        Raises: DirectoryUnavailable, Denied (they fit, but another account here has the name).
        """
        settings = await self._settings()
        # An empty password makes an unauthenticated bind, which succeeds (RFC 4513, section 5.1.2).
        if not settings.is_in_use or not username.strip() or not password:
            return None
        async with self._database.read() as reader:
            known = await store.user_by_name(reader, username)
        if known is not None and known.origin is not AccountOrigin.LDAP:
            return None
        person = await self._directory.prove(settings, username, password)
        if person is None:
            return None
        try:
            user = await self._onboard.enter(as_external(person, settings), origin)
        except (UserExists, NameInvalid) as error:
            raise Denied(f"the directory lets {username} in, but not this registry: {error}") from error
        return Proof(actor_of(user), seal_of(settings))

    async def still(self, proof: Proof) -> Proof | None:
        """Read the account again; another directory, or another way to ask it, ends what was proved."""
        settings = await self._settings()
        if proof.actor.user_id is None or not settings.is_in_use or seal_of(settings) != proof.seal:
            return None
        async with self._database.read() as reader:
            user = await store.user_by_id(reader, proof.actor.user_id)
        return None if user is None else Proof(actor_of(user), proof.seal)


def seal_of(settings: LdapSettings) -> str:
    """Make the mark by which a login is remembered: another directory, or way to ask, ends it."""
    secret = settings.search_password.reveal()
    return hashlib.sha256(f"{settings!r}\0{secret}".encode()).hexdigest()


def as_external(person: DirectoryPerson, settings: LdapSettings) -> ExternalPerson:
    """Say in our words what the directory says; the subject is the uid, however it is written."""
    return ExternalPerson(
        origin=AccountOrigin.LDAP,
        subject=person.uid.casefold(),
        username=person.uid,
        email=person.email,
        realname=person.realname,
        groups=_groups(person),
        is_admin=_is_admin(person, settings.group_admin_dn),
    )


def _groups(person: DirectoryPerson) -> list[ExternalGroup]:
    found = dict[str, ExternalGroup]()
    for group in person.groups[:_MOST_GROUPS]:
        try:
            parsed = parse_group(GroupType.LDAP, group.name, group.dn)
        except GroupInvalid:  # a name or a DN beyond Harbor's columns
            continue
        found[parsed.key] = parsed
    return list(found.values())


def _is_admin(person: DirectoryPerson, admin_dn: str) -> bool:
    wanted = _key(admin_dn)
    return wanted is not None and any(_key(dn) == wanted for dn in person.member_of)


def _key(dn: str) -> str | None:
    try:
        return normal_dn(dn)
    except GroupInvalid:
        return None
