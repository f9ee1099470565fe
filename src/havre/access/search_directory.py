"""Asking the LDAP directory as an administrator: does it answer, who is in it, which groups are there."""

from collections.abc import Sequence

from havre.access.decide import require_admin, require_system
from havre.access.errors import DirectoryUnset
from havre.access.groups import normal_dn
from havre.access.ports import Directory, DirectoryGroup, DirectoryPerson, LdapNow, LdapSettings
from havre.kernel.actor import Actor


class SearchDirectory:
    """Shows administrators what the directory says, also before anybody signs in by it."""

    def __init__(self, directory: Directory, settings: LdapNow) -> None:
        self._directory = directory
        self._settings = settings

    async def configured(self, actor: Actor) -> LdapSettings:
        """Give the settings in force, for a trial of others.

        Raises: Unauthenticated, Denied to all but administrators.
        """
        require_admin(actor, "see how the directory is asked")
        return await self._settings()

    async def check(self, actor: Actor, settings: LdapSettings) -> None:
        """Try whether a directory answers when asked like this.

        Raises: DirectoryUnset, DirectoryUnavailable, Unauthenticated, Denied to all but administrators.
        """
        require_admin(actor, "try the directory")
        await self._directory.check(usable(settings))

    async def people(self, actor: Actor, uid: str) -> Sequence[DirectoryPerson]:
        """Find people by uid; the first ones when it is empty.

        Raises: DirectoryUnset, DirectoryUnavailable, Unauthenticated, Denied to all but administrators.
        """
        require_system(actor, "ldap-user", "list")
        return await self._directory.people(usable(await self._settings()), uid)

    async def groups(self, actor: Actor, name: str, dn: str) -> Sequence[DirectoryGroup]:
        """Find groups by name or DN; the first ones when both are empty.

        Raises: GroupInvalid, DirectoryUnset, DirectoryUnavailable, Unauthenticated, Denied to all but
        administrators.
        """
        require_system(actor, "ldap-user", "list")
        if dn:
            normal_dn(dn)
        return await self._directory.groups(usable(await self._settings()), name, dn)


def usable(settings: LdapSettings) -> LdapSettings:
    """Let only settings pass that name a directory.

    Raises: DirectoryUnset.
    """
    if not settings.url or not settings.base_dn:
        raise DirectoryUnset
    return settings
