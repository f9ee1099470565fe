"""Upkeep of the journal each minute: seal it, and drop what is only to be forwarded."""

from collections.abc import Awaitable, Callable

from havre.audit.forward import Forwarder
from havre.audit.model import PurgeWish
from havre.audit.purge import Purge
from havre.audit.seal import SealRows
from havre.kernel.clock import Clock

IsForwardedOnly = Callable[[], Awaitable[bool]]


class Upkeep:
    """What one process does at a time for all."""

    def __init__(
        self,
        seal: SealRows,
        purge: Purge,
        forwarder: Forwarder,
        clock: Clock,
        is_forwarded_only: IsForwardedOnly,
    ) -> None:
        self._seal = seal
        self._purge = purge
        self._forwarder = forwarder
        self._clock = clock
        self._is_forwarded_only = is_forwarded_only

    async def run(self) -> None:
        """Seal; and where rows are not kept, delete those that the receiver has, with a signed record."""
        if not await self._is_forwarded_only():
            await self._seal.run()
            return
        reached = await self._forwarder.reached()
        await self._purge.run(PurgeWish(self._clock.now(), is_everything=True, up_to_id=reached))
