"""Open a data directory for `havre collect`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from havre.adapters.database.open import require_schema
from havre.assembly.check import refuse_empty
from havre.assembly.ground import lay_ground, unlock
from havre.registry import Collect, CollectByHand, Sweep
from havre.settings import Settings


@asynccontextmanager
async def open_for_collect(settings: Settings) -> AsyncIterator[CollectByHand]:
    """Open an existing data directory for `havre collect`; it may be served at the same time.

    Raises: StartRefused.
    """
    refuse_empty(settings)
    require_schema(settings.resolved_database_url)
    ground = lay_ground(settings, unlock(settings))
    collect = Collect(ground.database, ground.clock, settings.registry)
    sweep = Sweep(ground.database, ground.blobs, ground.clock)
    try:
        yield CollectByHand(ground.database, collect, sweep)
    finally:
        await ground.database.close()
