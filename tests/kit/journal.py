"""An audit journal with everything that runs over it, on any database, and hands that tamper with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from havre.adapters.anchor import FileAnchor
from havre.adapters.database import open_database
from havre.adapters.database.horizon import open_horizon
from havre.adapters.vault import Vault
from havre.audit import AuditJournal, Purge, PurgeReport, PurgeWish, SealKeys, SealRows, Verify, VerifyReport
from havre.kernel.actor import Actor, ActorKind, Origin
from havre.kernel.events import Event, changes_between
from havre.kernel.work import Parameters, Row
from kit.clock import WoundClock

ALICE = Actor(ActorKind.USER, "alice", user_id=7, origin=Origin("10.0.0.1", "docker/28", "req-1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Event):
    """Something was put somewhere."""

    name: ClassVar[str] = "thing.stored"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "thing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(Event):
    """Something was got from somewhere."""

    name: ClassVar[str] = "thing.fetched"
    operation: ClassVar[str] = "pull"
    resource_type: ClassVar[str] = "thing"


class Journal:
    """The journal of one process."""

    def __init__(self, url: str, directory: Path) -> None:
        self.clock = WoundClock()
        self.database = open_database(url, AuditJournal(self.clock))
        self.horizon = open_horizon(url, self.database)
        self.anchor = FileAnchor(directory)
        keys = SealKeys(self.database, Vault(bytes(32)), self.clock)
        self.seal = SealRows(self.database, self.horizon, self.anchor, keys, self.clock)
        self.verify = Verify(self.database, keys, self.anchor)
        self.purges = Purge(self.database, self.seal, keys, self.clock)

    async def store(self, *resources: str, kind: type[Event] = Stored) -> None:
        """Announce an event for each resource."""
        async with self.database.write() as work:
            for resource in resources:
                changes = changes_between({"state": None}, {"state": "stored"})
                work.announce(kind(actor=ALICE, resource=resource, project_id=1, changes=changes))

    async def sealed(self, *batches: str) -> None:
        """Store and seal several batches, each letter of each one row."""
        for batch in batches:
            await self.store(*batch)
            await self.seal.run()

    async def purge(self, *types: str, older_than_s: float = 0, is_dry_run: bool = False) -> PurgeReport:
        """Purge what is older."""
        before = self.clock.now() - timedelta(seconds=older_than_s)
        return await self.purges.run(PurgeWish(before, types, is_dry_run=is_dry_run))

    async def tamper(self, statement: str, parameters: Parameters | None = None) -> None:
        """Do what somebody with the database's password can do."""
        async with self.database.write() as work:
            assert await work.run(statement, parameters), "nothing was tampered with"

    async def rows(self, statement: str = "SELECT * FROM event ORDER BY id") -> list[Row]:
        """Read rows."""
        async with self.database.read() as reader:
            return list(await reader.all(statement))

    async def findings(self) -> list[tuple[str, int, int | None]]:
        """Verify, and list what is found."""
        report: VerifyReport = await self.verify.run()
        return [(one.kind, one.seal_id, one.row_id) for one in report.findings]


@asynccontextmanager
async def open_journal(url: str, directory: Path) -> AsyncIterator[Journal]:
    """Open the journal over a prepared database."""
    journal = Journal(url, directory)
    try:
        yield journal
    finally:
        await journal.database.close()
