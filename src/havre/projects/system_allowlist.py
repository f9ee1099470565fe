"""The instance's allowlist of CVEs: everybody with an account reads it, administrators change it."""

from havre.access import refusal, require_admin
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import changes_between
from havre.kernel.work import Database
from havre.projects import allowlist_store
from havre.projects.allowlists import Allowlist, NewAllowlist, check_allowlist
from havre.projects.events import AllowlistUpdated


class SystemAllowlist:
    """Shows and overwrites the list that projects use unless they have their own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def read(self, actor: Actor) -> Allowlist:
        """Read the list.

        Raises: Unauthenticated.
        """
        if not actor.is_authenticated:
            raise refusal(actor, "read the CVE allowlist")
        async with self._database.read() as reader:
            return await allowlist_store.of_instance(reader)

    async def overwrite(self, actor: Actor, wanted: NewAllowlist) -> None:
        """Set the list.

        Raises: AllowlistInvalid, Unauthenticated, Denied.
        """
        require_admin(actor, "change the CVE allowlist")
        checked = check_allowlist(wanted)
        async with self._database.write() as work:
            before = await allowlist_store.lock_instance(work)
            await allowlist_store.set_of_instance(work, checked, self._clock.now())
            work.announce(
                AllowlistUpdated(
                    actor=actor,
                    resource="cve_allowlist",
                    changes=changes_between(before.held.facts(), checked.facts()),
                )
            )
