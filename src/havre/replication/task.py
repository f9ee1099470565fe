"""One repository's task under way: what both directions share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from havre.jobs import JobContext
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.errors import HavreError
from havre.kernel.work import Database, Work
from havre.replication import replica_store
from havre.replication.events import RepositoryReplicated
from havre.replication.here import ACTOR
from havre.replication.link import Link
from havre.replication.policy_model import Policy
from havre.replication.replica_store import Compared, Replica

_BATCH: Final = 200  # replicas that a crash may have asked for once more
_SHOWN: Final = 100  # artifacts named in the event


@dataclass(slots=True)
class Task:
    """One repository of a run.

    `done` are references that are at the target now, by the digest they name; `failed` those that are not.
    """

    job: JobContext
    policy: Policy
    source: str
    target: str
    link: Link
    is_quick: bool
    version: int = 0
    wanted: int = 0
    copied: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    failed: list[tuple[str, HavreError]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _fresh: list[Replica] = field(default_factory=list)

    def is_there(self, reference: str, digest: Digest) -> bool:
        """Note that a reference is at the target as it should be; True when it is time to write that down."""
        self._fresh.append(Replica(reference, self.target, str(digest)))
        return len(self._fresh) >= _BATCH

    def take_fresh(self) -> Sequence[Replica]:
        """Hand over what is to be written down."""
        fresh, self._fresh = self._fresh, []
        return fresh


class Bookkeeping:
    """Writes down how far tasks are."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def put_down(self, task: Task) -> None:
        """Write what is at the target now, in the middle of a task."""
        fresh = task.take_fresh()
        async with self._database.write() as work:
            await task.job.fence(work)
            await replica_store.note(work, task.policy.id, task.source, fresh, self._now())

    async def fail(self, task: Task, fault: str) -> None:
        """Write what is there, and what stands in the way of the rest."""
        fresh = task.take_fresh()
        task.job.log(f"{task.link.tally}; {fault}")
        async with self._database.write() as work:
            await task.job.fence(work)
            await self._note(work, task, fresh)
            await replica_store.note_state(work, self._compared(task, fault), self._now())

    async def finish(self, task: Task, *, is_whole: bool, gone: Sequence[str]) -> None:
        """End a task: what is there, what went, how far the rule is with the repository, and the event.

        `is_whole` when all of the repository was looked at. A task of which something failed ends as failed.
        """
        fresh = task.take_fresh()
        task.job.log(str(task.link.tally))
        async with task.job.finish() as work:
            await self._note(work, task, fresh)
            if gone:
                await replica_store.drop(work, task.policy.id, task.source, gone)
            if is_whole:
                await replica_store.note_state(work, self._compared(task, ""), self._now())
            if task.copied or task.deleted:
                work.announce(
                    RepositoryReplicated(
                        actor=ACTOR,
                        resource=task.source,
                        policy_id=task.policy.id,
                        execution_id=task.job.execution_id or 0,
                        target=task.target,
                        artifacts=tuple(task.copied[:_SHOWN]),
                        deleted=tuple(task.deleted[:_SHOWN]),
                        copied_bytes=task.link.tally.copied_bytes,
                    )
                )

    async def _note(self, work: Work, task: Task, fresh: Sequence[Replica]) -> None:
        await replica_store.note(work, task.policy.id, task.source, fresh, self._now())

    def _compared(self, task: Task, fault: str) -> Compared:
        return Compared(
            policy_id=task.policy.id,
            source_repository=task.source,
            target_repository=task.target,
            version=task.version,
            wanted=task.wanted,
            differing=len(task.failed) + len(task.refused),
            fault=fault,
        )

    def _now(self) -> int:
        return to_micros(self._clock.now())
