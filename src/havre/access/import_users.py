"""Making accounts of people in the LDAP directory before they ever log in."""

from collections.abc import Sequence
from dataclasses import dataclass

from havre.access.decide import require_admin
from havre.access.directory_login import as_external
from havre.access.errors import UserExists, UserUnknown
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
        require_admin(actor, "import users")
        failures = list[ImportFailure]()
        for uid in dict.fromkeys(uids):
            try:
                await self.bring(actor, uid)
            except (UserUnknown, UserExists, NameInvalid) as error:
                failures.append(ImportFailure(uid, str(error)))
        return failures

    async def bring(self, actor: Actor, uid: str) -> User:
        """Make one account; whoever calls decides whether the actor may.

        Raises: UserUnknown, UserExists, NameInvalid, DirectoryUnset, DirectoryUnavailable.
        """
        settings = usable(await self._settings())
        found = await self._directory.people(settings, uid) if uid.strip() else ()
        if len(found) != 1:
            raise UserUnknown(uid)
        return await self._onboard.add(actor, as_external(found[0], settings))
