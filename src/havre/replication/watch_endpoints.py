"""Look after the registries that are configured: each is asked now and then whether it answers.

The journal is told when one stops answering and when it does again, not of every look.
"""

from datetime import timedelta
from typing import Final

from havre.access.ports import KeyWrapper
from havre.kernel.actor import system
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database
from havre.replication import endpoint_store as store
from havre.replication.endpoints import prove
from havre.replication.errors import EndpointUnhealthy
from havre.replication.events import EndpointFailed, EndpointRecovered
from havre.replication.ports import Openers

_ACTOR: Final = system("replication")
_FAULT_CHARS: Final = 1000
_AT_A_TIME: Final = 20  # one that hangs takes its minute from the others of this round alone


class WatchEndpoints:
    """Keeps their health up to date."""

    def __init__(
        self, database: Database, wrapper: KeyWrapper, openers: Openers, clock: Clock, every: timedelta
    ) -> None:
        self._database = database
        self._wrapper = wrapper
        self._openers = openers
        self._clock = clock
        self._every = every

    async def run(self) -> None:
        """Ask those that nobody asked for a while."""
        before = to_micros(self._clock.now() - self._every)
        async with self._database.read() as reader:
            due = await store.due(reader, before, _AT_A_TIME)
        for stored in due:
            await self._look(stored)

    async def _look(self, stored: store.StoredEndpoint) -> None:
        endpoint = stored.endpoint
        fault, peer = "", endpoint.peer
        try:
            peer = await prove(self._openers, stored.opened(self._wrapper))
        except EndpointUnhealthy as error:
            fault = str(error.__cause__)[:_FAULT_CHARS]
        async with self._database.write() as work:
            now = to_micros(self._clock.now())
            if not await store.note_health(work, endpoint, fault, peer, now):
                return
            if fault and endpoint.is_healthy:
                work.announce(
                    EndpointFailed(
                        actor=_ACTOR,
                        resource=endpoint.words.name,
                        endpoint_id=endpoint.id,
                        fault=fault,
                    )
                )
            elif not fault and not endpoint.is_healthy:
                work.announce(
                    EndpointRecovered(actor=_ACTOR, resource=endpoint.words.name, endpoint_id=endpoint.id)
                )
