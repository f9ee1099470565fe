"""Open a data directory for `havre check`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from havre.adapters.database.open import require_schema
from havre.assembly.ground import lay_ground, unlock
from havre.kernel.errors import StartRefused
from havre.registry import Check, Repair
from havre.settings import Settings


@dataclass(frozen=True, slots=True)
class CheckTools:
    """What finds and what repairs."""

    check: Check
    repair: Repair


def refuse_empty(settings: Settings) -> None:
    """Let only a directory pass that an instance has made.

    Raises: StartRefused.
    """
    if settings.database_url is None and not (settings.data / "havre.db").exists():
        raise StartRefused(f"{settings.data} holds no Havre database: name the right directory with --data")
    if not (settings.data / "blobs").is_dir():
        raise StartRefused(f"{settings.data} holds no blobs directory: name the right directory with --data")


@asynccontextmanager
async def open_for_check(settings: Settings) -> AsyncIterator[CheckTools]:
    """Open an existing data directory for `havre check`; it may be served at the same time.

    Raises: StartRefused.
    """
    refuse_empty(settings)
    require_schema(settings.resolved_database_url)
    ground = lay_ground(settings, unlock(settings))
    try:
        yield CheckTools(
            Check(ground.database, ground.blobs),
            Repair(ground.database, ground.blobs, ground.clock, settings.registry),
        )
    finally:
        await ground.database.close()
