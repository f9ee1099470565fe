"""One process that runs jobs and serves nothing."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from havre.adapters.database.open import require_schema
from havre.assembly.audit import audit_tools
from havre.assembly.check import refuse_empty
from havre.assembly.ground import lay_ground, unlock
from havre.assembly.jobs import build_runner
from havre.assembly.replication import open_replication
from havre.jobs import Kind
from havre.settings import Settings


@asynccontextmanager
async def run_worker(settings: Settings, more: Sequence[Kind] = ()) -> AsyncIterator[None]:
    """Run jobs of an existing data directory; it may be served at the same time.

    `more` are kinds of a test's.
    Raises: StartRefused.
    """
    refuse_empty(settings)
    require_schema(settings.resolved_database_url)
    ground = lay_ground(settings, unlock(settings))
    replication = open_replication(ground)
    runner = build_runner(ground, audit_tools(ground), replication, more)
    await ground.journal.start(ground.database)
    await replication.start()
    await runner.start()
    try:
        yield
    finally:
        await runner.stop()
        await ground.journal.stop()
        await ground.database.close()
