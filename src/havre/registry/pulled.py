"""Count pulls: what the audit journal's flush brings to the registry's own columns."""

from collections import Counter
from collections.abc import Sequence

from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import Event
from havre.kernel.work import Work
from havre.registry.events import ManifestPulled
from havre.registry.store import manifests, repositories
from havre.system import Configuration


class CountPulls:
    """Adds buffered pulls to the counters, in the transaction that writes their events."""

    def __init__(self, clock: Clock, configuration: Configuration) -> None:
        self._clock = clock
        self._configuration = configuration

    async def __call__(self, work: Work, events: Sequence[Event]) -> None:
        """Add up the pulls among `events`."""
        pulls = Counter(
            (event.repository, event.digest) for event in events if isinstance(event, ManifestPulled)
        )
        if not pulls:
            return
        await repositories.lock_all(work, sorted({repository for repository, _ in pulls}))
        configured = await self._configuration.current()
        if not configured.pull_count_update_disable:
            await manifests.count_pulls(work, pulls)
        if not configured.pull_time_update_disable:
            await manifests.date_pulls(work, pulls, to_micros(self._clock.now()))
