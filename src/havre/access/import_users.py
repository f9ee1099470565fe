"""Making accounts of people in the LDAP directory before they ever log in."""

from collections.abc import Sequence
from dataclasses import dataclass

from havre.access.decide import require_system
from havre.access.directory_login import as_external
from havre.access.errors import UserExists, UserUnknown
from havre.access.external import ExternalPerson
from havre.access.model import User
from havre.access.onboard import Onboard
from havre.access.ports import Directory, LdapNow
from havre.access.search_directory import usable
from havre.kernel.actor import Actor
from havre.kernel.names import NameInvalid


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """Somebody who could not be made an account, and why."""

    uid: str
    reason: str


class ImportUsers:
    """Makes accounts of people in the directory; each stands for itself."""

    def __init__(self, directory: Directory, settings: LdapNow, onboard: Onboard) -> None:
        self._directory = directory
        self._settings = settings
        self._onboard = onboard

    async def run(self, actor: Actor, uids: Sequence[str]) -> Sequence[ImportFailure]:
        """Make an account for each uid, and tell which could not be made.

        Raises: DirectoryUnset, DirectoryUnavailable, Unauthenticated, Denied to all but administrators.
        """
        require_system(actor, "ldap-user", "create")
        failures = list[ImportFailure]()
        for uid in dict.fromkeys(uids):
            try:
                await self._onboard.add(actor, await self._find(uid))
            except (UserUnknown, UserExists, NameInvalid) as error:
                failures.append(ImportFailure(uid, str(error)))
        return failures

    async def bring(self, actor: Actor, username: str) -> User | None:
        """Make one account, or find it by another spelling; implements Newcomers.

        None also while people do not sign in by the directory.
        Raises: UserExists, NameInvalid, DirectoryUnavailable.
        """
        if not (await self._settings()).is_in_use:
            return None
        try:
            person = await self._find(username)
        except UserUnknown:
            return None
        return await self._onboard.find(person) or await self._onboard.add(actor, person)

    async def _find(self, uid: str) -> ExternalPerson:
        settings = usable(await self._settings())
        found = await self._directory.people(settings, uid) if uid.strip() else ()
        if len(found) != 1:
            raise UserUnknown(uid)
        return as_external(found[0], settings)
