"""Collect by hand: what `havre collect` does, beside a serving instance or without one.

The same batches as the continuous collection; the journal tells of the start and the end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from havre.kernel.actor import system
from havre.kernel.work import Database
from havre.registry.collect import Collect
from havre.registry.collected import Between, CollectOptions, CollectReport, Note
from havre.registry.events import CollectionFinished, CollectionStarted
from havre.registry.sweep import Sweep

_WHO: Final = "command line"
_ACTOR: Final = system("collection")


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of it, and may stop it behind a batch."""

    note: Note
    between: Between
    is_stopped: Callable[[], bool]


class CollectByHand:
    """One collection with its bytes, for whoever holds the data directory."""

    def __init__(self, database: Database, collect: Collect, sweep: Sweep) -> None:
        self._database = database
        self._collect = collect
        self._sweep = sweep

    async def run(
        self, options: CollectOptions, workers: int, listener: Listener
    ) -> tuple[CollectReport, int]:
        """Collect, and delete the bytes that are due; returns the report and how many keys were swept.

        A dry run writes nothing, not even into the journal.
        Raises: Unavailable; what was done stays done.
        """
        if options.is_dry:
            return await self._collect.run(options, *_parts(listener)), 0
        async with self._database.write() as work:
            work.announce(
                CollectionStarted(actor=_ACTOR, resource=_WHO, untagged=options.untagged, is_dry_run=False)
            )
        report = await self._collect.run(options, *_parts(listener))
        swept = await self._sweep.run(workers, listener.is_stopped)
        async with self._database.write() as work:
            work.announce(
                CollectionFinished(
                    actor=_ACTOR,
                    resource=_WHO,
                    blobs=report.blobs,
                    manifests=report.manifests,
                    freed_bytes=report.freed_bytes,
                    is_dry_run=False,
                    is_stopped=listener.is_stopped(),
                )
            )
        return report, swept


def _parts(listener: Listener) -> tuple[Note, Callable[[], bool], Between]:
    return listener.note, listener.is_stopped, listener.between
