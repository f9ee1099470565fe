"""A journal over a database, events to write into it, and a way to read them back."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from havre.audit import AuditJournal
from havre.jobs import enqueue
from havre.kernel.actor import Actor, ActorKind, Origin
from havre.kernel.events import Event, Fact
from havre.kernel.work import Database, Row, Work
from kit.clock import WoundClock

ALICE = Actor(ActorKind.USER, "alice", user_id=7, origin=Origin("10.0.0.1", "docker/28", "req-1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed(Event):
    name: ClassVar[str] = "thing.pushed"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "artifact"

    def facts(self) -> Mapping[str, Fact]:
        return {"tags": ("a", "b")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled(Event):
    name: ClassVar[str] = "thing.pulled"
    operation: ClassVar[str] = "pull"
    resource_type: ClassVar[str] = "artifact"
    is_buffered: ClassVar[bool] = True


class Desk:
    """Holds the journal; a listener that counts, and one that fails when told to."""

    database: Database
    database_path: Path

    def __init__(self, clock: WoundClock) -> None:
        self.clock = clock
        self.listened: list[str] = []
        self.is_listener_broken = False
        self.journal = AuditJournal(clock, [self.listen], {"thing.pushed": [self.hear]})

    async def hear(self, work: Work, event: Event) -> None:
        """Cause a job, as a slice does that follows events."""
        await enqueue(work, self.clock, "scan", {"resource": event.resource})

    async def listen(self, work: Work, events: Sequence[Event]) -> None:
        """Write something of our own into the flush's transaction."""
        for event in events:
            await work.run("DELETE FROM setting WHERE name = :name", {"name": event.resource})
        if self.is_listener_broken:
            raise LookupError("a mistake")
        self.listened += [event.resource for event in events]

    async def announce(self, *resources: str, project_id: int | None = 1, actor: Actor = ALICE) -> None:
        """Announce an event for each resource in one transaction."""
        async with self.database.write() as work:
            for resource in resources:
                work.announce(Pushed(actor=actor, resource=resource, project_id=project_id))

    async def rows(self, table: str = "event") -> Sequence[Row]:
        """Read a table."""
        async with self.database.read() as reader:
            return await reader.all(f"SELECT * FROM {table} ORDER BY id")

    async def until_rows(self, count: int) -> Sequence[Row]:
        """Wait until there are so many events."""
        async with asyncio.timeout(10):
            while len(rows := await self.rows()) < count:  # noqa: ASYNC110 - rows set no event
                await asyncio.sleep(0.005)
        return rows
