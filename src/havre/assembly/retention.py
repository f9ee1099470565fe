"""Retention: the use cases of its operations, the jobs of its runs, the command's simulation."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from havre.access import Access
from havre.adapters.database.open import require_schema
from havre.assembly.check import refuse_empty
from havre.assembly.ground import Ground, lay_ground, unlock
from havre.edge.api.retention_parts import RetentionParts
from havre.jobs import Kind
from havre.kernel.clock import Clock
from havre.kernel.work import Database
from havre.registry import Census, RegistrySettings, Retire
from havre.retention import (
    KIND,
    TASK_KIND,
    ApplyRetention,
    Assess,
    ChangePolicy,
    ImmutableTags,
    ReadPolicy,
    RetentionRuns,
    Simulate,
)
from havre.settings import Settings

_AT_ONCE: Final = 2  # repositories, over all processes: cleaning up starves nobody


def retention_parts(database: Database, access: Access, clock: Clock) -> RetentionParts:
    """Wire the use cases of retention."""
    return RetentionParts(
        read=ReadPolicy(database, access),
        change=ChangePolicy(database, access, clock),
        runs=RetentionRuns(database, access, clock),
        simulate=_simulate(database, access, clock),
    )


def retention_kinds(
    database: Database,
    access: Access,
    clock: Clock,
    settings: RegistrySettings,
    retire: Retire | None = None,
) -> Sequence[Kind]:
    """Wire the jobs of runs; another `retire` is a test's."""
    census, gate = Census(database), ImmutableTags()
    retire = retire or Retire(database, access, clock, settings, gate)
    apply = ApplyRetention(database, clock, census, Assess(database, clock, census, gate), retire)
    return [Kind(KIND, apply.plan), Kind(TASK_KIND, apply.repository, at_most=_AT_ONCE)]


@asynccontextmanager
async def open_for_retention(settings: Settings) -> AsyncIterator[Simulate]:
    """Open an existing data directory for `havre retention`; it may be served at the same time.

    Raises: StartRefused.
    """
    refuse_empty(settings)
    require_schema(settings.resolved_database_url)
    ground: Ground = lay_ground(settings, unlock(settings))
    try:
        yield _simulate(ground.database, ground.access, ground.clock)
    finally:
        await ground.database.close()


def _simulate(database: Database, access: Access, clock: Clock) -> Simulate:
    census = Census(database)
    return Simulate(database, access, census, Assess(database, clock, census, ImmutableTags()))
