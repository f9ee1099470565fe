"""Make the client of a registry by its kind."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from havre.adapters.remotes.caller import Caller
from havre.adapters.remotes.caller import Endpoint as Address
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.kinds.harbor import HarborRemote
from havre.adapters.remotes.tokens import Account
from havre.kernel.addresses import Reach
from havre.kernel.clock import Clock
from havre.replication import EndpointWords
from havre.replication.ports import Remote

_THREADS: Final = 64  # requests under way to other registries in one process, each waits in one
_KINDS: Final[Mapping[str, Callable[[Caller], DistributionRemote]]] = {"harbor": HarborRemote}


class RemoteOpener:
    """Implements Openers; all its clients share one pool of threads."""

    def __init__(self, reach: Reach, clock: Clock) -> None:
        self._reach = reach
        self._clock = clock
        self._pool: ThreadPoolExecutor | None = None
        self.own_id = ""  # told to other registries once the instance knows it

    def open(self, words: EndpointWords) -> Remote:
        """Make a client; see the port."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_THREADS, "remote")
        address = Address(
            url=words.url,
            account=Account(words.credential.access_key, words.credential.secret),
            verifies=not words.is_insecure,
            ca_pem=words.ca_pem or None,
            via=self.own_id,
        )
        caller = Caller(address, self._reach, self._pool, self._clock)
        return _KINDS.get(words.kind, DistributionRemote)(caller)

    def close(self, remote: Remote) -> None:
        """Let its connections go; see the port."""
        if isinstance(remote, DistributionRemote):
            remote.caller.close()
