"""What the clients of all kinds are made with."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from havre.adapters.remotes.caller import Caller, Endpoint
from havre.kernel.addresses import Reach
from havre.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Means:
    """How far a client may reach, the threads it waits in, and the time."""

    reach: Reach
    pool: ThreadPoolExecutor
    clock: Clock

    def caller(self, endpoint: Endpoint) -> Caller:
        """Make what sends requests. Raises: RemoteUnreachable, RemoteWrong; see Caller."""
        return Caller(endpoint, self.reach, self.pool, self.clock)
