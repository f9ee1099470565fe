"""The Directory port over LDAP: each question is asked in a thread. The talking is in ldap_talk.py.

The threads are a pool of their own: a directory that hangs takes these and no others.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Final, TypeVar

from havre.access.errors import DirectoryUnavailable
from havre.access.ports import DirectoryGroup, DirectoryPerson, LdapSettings

_THREADS: Final = 16
_PATIENCE: Final = 4  # a question is some exchanges, each of which may take the configured time
Answer = TypeVar("Answer")


class LdapDirectory:
    """Implements Directory with ldap3."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "ldap")

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
        waiting = asyncio.get_running_loop().run_in_executor(self._pool, question)
        try:
            return await asyncio.wait_for(waiting, settings.timeout_s * _PATIENCE)
        except TimeoutError:
            raise DirectoryUnavailable(f"the directory {settings.url} takes too long to answer") from None


def _talk() -> ModuleType:
    # Imported at the first question: 16 MB and 0.1 s that an instance without a directory does not spend.
    from havre.adapters.identity import ldap_talk

    return ldap_talk
