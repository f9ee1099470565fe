"""The Directory port over LDAP: each question is asked in a thread. The talking is in ldap_talk.py.

The threads are the directory's own: one that hangs holds up neither other work nor the end of the process.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Final, TypeVar

from havre.access.errors import DirectoryUnavailable
from havre.access.ports import DirectoryGroup, DirectoryPerson, LdapSettings
from havre.adapters.identity.aside import run_aside

_THREADS: Final = 16
_PATIENCE: Final = 4  # a question is some exchanges, each of which may take the configured time
Answer = TypeVar("Answer")


class LdapDirectory:
    """Implements Directory with ldap3."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_THREADS)

    async def check(self, settings: LdapSettings) -> None:
        """Connect, bind as the search account and look for the base."""
        await self._ask(settings, lambda: _talk().check(settings))

    async def people(self, settings: LdapSettings, uid: str) -> Sequence[DirectoryPerson]:
        """Find people by their whole uid, or the first ones when it is empty."""
        return await self._ask(settings, lambda: _talk().people(settings, uid))

    async def prove(self, settings: LdapSettings, uid: str, password: str) -> DirectoryPerson | None:
        """Find the one person with this uid and bind as them."""
        return await self._ask(settings, lambda: _talk().prove(settings, uid, password))

    async def groups(self, settings: LdapSettings, name: str, dn: str) -> Sequence[DirectoryGroup]:
        """Find groups by DN or by their whole name."""
        return await self._ask(settings, lambda: _talk().groups(settings, name, dn))

    async def _ask(self, settings: LdapSettings, question: Callable[[], Answer]) -> Answer:
        # A task of its own: a request begins outside of any (edge/wire/eager.py), and a timeout needs one.
        return await asyncio.create_task(self._ask_in_time(settings, question))

    async def _ask_in_time(self, settings: LdapSettings, question: Callable[[], Answer]) -> Answer:
        try:
            async with asyncio.timeout(settings.timeout_s * _PATIENCE):
                await self._turns.acquire()
                future = run_aside(question, "ldap")
                future.add_done_callback(self._give_turn_back(asyncio.get_running_loop()))
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise DirectoryUnavailable(f"the directory {settings.url} takes too long to answer") from None

    def _give_turn_back(self, loop: asyncio.AbstractEventLoop) -> Callable[[object], None]:
        """Let the next one ask when a thread is through, not when nobody waits for it any more."""

        def done(_: object) -> None:
            with suppress(RuntimeError):  # the loop is over, and so are its turns
                loop.call_soon_threadsafe(self._turns.release)

        return done


def _talk() -> ModuleType:
    # Imported at the first question: 16 MB and 0.1 s that an instance without a directory does not spend.
    from havre.adapters.identity import ldap_talk

    return ldap_talk
