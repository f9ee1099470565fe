"""What runs over the audit journal: sealing, verifying, purging."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from havre.adapters.anchor import FileAnchor
from havre.adapters.database.horizon import open_horizon
from havre.adapters.database.open import require_schema
from havre.adapters.forward import open_receiver
from havre.assembly.check import refuse_empty
from havre.assembly.ground import Ground, lay_ground, unlock
from havre.audit import Export, Forwarder, Purge, Purges, SealKeys, SealRows, Upkeep, Verify
from havre.settings import Settings


@dataclass(frozen=True, slots=True)
class AuditTools:
    """The use cases over the whole journal."""

    seal: SealRows
    verify: Verify
    export: Export
    purges: Purges
    forwarder: Forwarder
    upkeep: Upkeep


def audit_tools(ground: Ground) -> AuditTools:
    """Wire them."""
    fixed, authorities = ground.settings.audit.forward_to or "", ground.settings.audit.forward_ca

    async def endpoint() -> str:
        return fixed or (await ground.configuration.current()).audit_log_forward_endpoint

    async def is_forwarded_only() -> bool:
        return (await ground.configuration.current()).skip_audit_log_database

    database, clock = ground.database, ground.clock
    horizon = open_horizon(ground.settings.resolved_database_url, database)
    anchor, keys = FileAnchor(ground.settings.data), SealKeys(database, ground.vault, clock)
    seal = SealRows(database, horizon, anchor, keys, clock)
    purge = Purge(database, seal, keys, clock)
    forwarder = Forwarder(database, horizon, clock, endpoint, lambda place: open_receiver(place, authorities))
    return AuditTools(
        seal=seal,
        verify=Verify(database, keys, anchor),
        export=Export(database),
        purges=Purges(database, clock, purge, forwarder.released),
        forwarder=forwarder,
        upkeep=Upkeep(seal, purge, forwarder, clock, is_forwarded_only),
    )


def check_forwarding(settings: Settings) -> None:
    """Refuse a setting that names no place to forward to.

    Raises: StartRefused.
    """
    if settings.audit.forward_to:
        open_receiver(settings.audit.forward_to, settings.audit.forward_ca)


@asynccontextmanager
async def open_for_audit(settings: Settings) -> AsyncIterator[AuditTools]:
    """Open an existing data directory for `havre audit`; it may be served at the same time.

    Raises: StartRefused.
    """
    refuse_empty(settings)
    require_schema(settings.resolved_database_url)
    ground = lay_ground(settings, unlock(settings))
    try:
        yield audit_tools(ground)
    finally:
        await ground.database.close()
