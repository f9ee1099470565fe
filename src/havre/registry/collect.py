"""Collect: let go of blobs and manifests that nothing holds any more. Runs beside pushes and pulls.

    gc_queue (due) → lock → what holds it? → rows gone, key in the trash → the sweep deletes the bytes

A batch is one short transaction; a crash loses at most the batch, and the queue still names it. No bytes are
touched here. Safety never rests on the grace period: it only spares clients that were just told "exists".
Source: reference/registries.md section 4.2.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from havre.kernel.actor import system
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.traffic import Traffic
from havre.kernel.work import Database, Reader, Work
from havre.registry.collected import (
    Between,
    Collected,
    CollectOptions,
    CollectReport,
    Note,
    nothing_between,
)
from havre.registry.events import ManifestCollected
from havre.registry.pace import Pace
from havre.registry.settings import RegistrySettings
from havre.registry.store import collection, departures, facts, manifests, repositories
from havre.registry.store.queue import QueueChanges

BATCH: Final = 8  # a millisecond of the event loop on SQLite, where pulls wait for it
_LOOK: Final = 20_000  # reviews at once, some MiB
_PAGE: Final = 200  # a millisecond, too
_MANIFESTS: Final = 20  # each takes its tags, references and history along
_SWEEP_MARGIN: Final = timedelta(minutes=5)  # for a pull that has read the row and not yet opened the file
_PUSH_TIME_S: Final = 3600  # a push under way keeps its blobs, however short the grace
_USUAL: Final = CollectOptions()
# Who lost its parent is of no more use by itself; who lost its tag may be pinned by digest somewhere.
_ORPHANED: Final = frozenset({"index deleted", "subject deleted", "untagged"})


@dataclass(slots=True)
class _Run:
    """One collection under way: how far it goes, what it did, who listens."""

    is_dry: bool
    grace: timedelta
    until: int  # reviews up to here are due
    leased_since: int  # a lease up to here holds nothing any more
    note: Note
    is_stopped: Callable[[], bool]
    between: Between
    pace: Pace
    report: CollectReport = field(default_factory=CollectReport)

    def tell(self, items: Sequence[Collected]) -> None:
        for item in items:
            self.report.add(item)
            self.note(item)

    async def rest(self) -> None:
        """Tell how far it is, and leave the machine to others for a while."""
        await self.between(self.report)
        await self.pace.rest()


class Collect:
    """Reviews the queue. Several processes may run at once: they skip what another one holds."""

    def __init__(
        self, database: Database, clock: Clock, settings: RegistrySettings, traffic: Traffic | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._traffic = traffic or Traffic()  # nobody's, in a process that serves nobody

    async def run(
        self,
        options: CollectOptions = _USUAL,
        note: Note = lambda _: None,
        is_stopped: Callable[[], bool] = lambda: False,
        between: Between = nothing_between,
    ) -> CollectReport:
        """Review everything that is due, in batches; `note` hears of each thing that goes.

        `is_stopped` is asked before each batch, `between` awaited after it with the report so far.
        A dry run tells the same and changes nothing, but not what would only fall after something else has.
        Raises: Unavailable; what was done stays done.
        """
        run = self._plan(options, note, is_stopped, between)
        if options.untagged:
            await self._untagged(run)
        await self._manifests(run)
        await self._blobs(run)
        return run.report

    def _plan(
        self, options: CollectOptions, note: Note, is_stopped: Callable[[], bool], between: Between
    ) -> _Run:
        usual = self._settings.grace_s
        grace = usual if options.grace_s is None else min(options.grace_s, usual)
        now = self._clock.now()
        return _Run(
            is_dry=options.is_dry,
            grace=timedelta(seconds=grace),
            until=to_micros(now + timedelta(seconds=usual - grace)),
            leased_since=to_micros(now + timedelta(seconds=max(0, usual - max(grace, _PUSH_TIME_S)))),
            note=note,
            is_stopped=is_stopped,
            between=between,
            pace=Pace(self._traffic),
        )

    async def _blobs(self, run: _Run) -> None:
        place = collection.Place()
        while due := await self._due_blobs(run, place):
            place = collection.Place(due[-1].review_after, 0, due[-1].digest)
            due.sort(key=lambda item: item.digest)  # neighbours share pages, so a COMMIT writes fewer
            for start in range(0, len(due), BATCH):
                if run.is_stopped():
                    return
                await self._review_blobs(run, due[start : start + BATCH])

    async def _due_blobs(self, run: _Run, place: collection.Place) -> list[collection.DueBlob]:
        due = list[collection.DueBlob]()
        while len(due) < _LOOK and not run.is_stopped():
            async with self._database.read() as reader:
                page = await collection.due_blobs(reader, run.until, place, _PAGE)
            due += page
            if len(page) < _PAGE:
                break
            place = collection.Place(page[-1].review_after, 0, page[-1].digest)
            await asyncio.sleep(0)
        return due

    async def _review_blobs(self, run: _Run, due: Sequence[collection.DueBlob]) -> None:
        run.pace.begin()
        gone = await (self._would_go(run, due) if run.is_dry else self._let_go(run, due))
        reasons = {item.digest: item.reason for item in due}
        run.tell([Collected("blob", digest, size, reasons[digest]) for digest, size in gone])
        run.report.kept += len(due) - len(gone)
        await run.rest()

    async def _would_go(self, run: _Run, due: Sequence[collection.DueBlob]) -> list[tuple[str, int]]:
        digests = [item.digest for item in due]
        async with self._database.read() as reader:
            stored = await collection.stored_blobs(reader, digests)
            held = await collection.referenced(reader, digests)
            leased = await collection.leases(reader, digests, run.leased_since)
        return [(name, size) for name, size in stored.items() if name not in held and name not in leased]

    async def _let_go(self, run: _Run, due: Sequence[collection.DueBlob]) -> list[tuple[str, int]]:
        digests = [item.digest for item in due]
        async with run.pace.write(self._database) as work:
            locked = await collection.lock_blobs(work, digests)
            stored = await collection.stored_blobs(work, digests)
            names = [blob.digest for blob in locked]
            held = await collection.referenced(work, names)
            leased = await collection.leases(work, names, run.leased_since)
            dead = [blob for blob in locked if blob.digest not in held and blob.digest not in leased]
            if dead:
                await collection.drop_blobs(work, dead, to_micros(self._clock.now() + _SWEEP_MARGIN))
            absent = [name for name in digests if name not in stored]
            queue = QueueChanges()
            queue.settle_blobs([*absent, *held, *(blob.digest for blob in dead)], run.until)
            for name in leased.keys() - held:
                queue.postpone_blob(name, leased[name])
            await queue.write(work)
        return [(blob.digest, blob.size) for blob in dead]

    async def _manifests(self, run: _Run) -> None:
        place = collection.Place()
        while not run.is_stopped():
            run.pace.begin()
            async with self._database.read() as reader:
                due = await collection.due_manifests(reader, run.until, place, _MANIFESTS)
            if not due:
                return
            place = collection.Place(due[-1].review_after, due[-1].repo_id, due[-1].digest)
            run.tell(await self._review(run, due))
            await run.rest()

    async def _untagged(self, run: _Run) -> None:
        before, after = to_micros(self._clock.now() - run.grace), 0
        while not run.is_stopped():
            run.pace.begin()
            async with self._database.read() as reader:
                rows = await collection.untagged_manifests(reader, (after, before, run.until), _MANIFESTS)
            if not rows:
                return
            after = rows[-1][0]
            due = [collection.DueManifest(repo_id, digest, 0, "untagged") for _, repo_id, digest in rows]
            run.tell(await self._review(run, due))
            await run.rest()

    async def _review(self, run: _Run, due: Sequence[collection.DueManifest]) -> list[Collected]:
        if run.is_dry:
            async with self._database.read() as reader:
                seen = [
                    await _would_fall(
                        reader, item, await collection.stored_manifest(reader, item.repo_id, item.digest)
                    )
                    for item in due
                ]
        else:
            seen = [await self._review_one(run, item) for item in due]
        return [item for item in seen if item is not None]

    async def _review_one(self, run: _Run, due: collection.DueManifest) -> Collected | None:
        queue, gone = QueueChanges(), None
        async with run.pace.write(self._database) as work:
            await repositories.lock_by_id(work, due.repo_id)
            found = await collection.lock_manifest(work, due.repo_id, due.digest)
            if found is not None:
                gone = await _would_fall(work, due, found)
                if gone is not None:
                    await self._take_out(run, work, due, queue)
                    _announce(work, due, found)
            elif await collection.stored_manifest(work, due.repo_id, due.digest) is not None:
                return None  # somebody is just using it: it stays in the queue
            queue.settle_manifest(due.repo_id, due.digest, run.until)
            await queue.write(work)
        return gone

    async def _take_out(
        self, run: _Run, work: Work, due: collection.DueManifest, queue: QueueChanges
    ) -> None:
        """Delete the manifest; what it held gets a grace period of its own."""
        digest = Digest.parse(due.digest)
        review = to_micros(self._clock.now() + run.grace)
        referrers = await manifests.referrer_digests(work, due.repo_id, digest)
        children = await departures.delete_manifest(work, queue, due.repo_id, digest, review)
        assert children is not None  # it is locked
        queue.review_manifests(due.repo_id, referrers, review, "subject deleted")
        await repositories.note_change(work, due.repo_id)
        await facts.relist(work, due.repo_id, children)
        await facts.relist_accessories(work, due.repo_id, [due.digest])


async def _would_fall(
    reader: Reader, due: collection.DueManifest, found: collection.StoredManifest | None
) -> Collected | None:
    if found is None or due.reason not in _ORPHANED:
        return None
    if await collection.what_holds(reader, due.repo_id, due.digest) is not None:
        return None
    return Collected("manifest", due.digest, found.size, due.reason, found.repository)


def _announce(work: Work, due: collection.DueManifest, found: collection.StoredManifest) -> None:
    work.announce(
        ManifestCollected(
            actor=system("collection"),
            resource=f"{found.repository}@{due.digest}",
            project_id=found.project_id,
            repository=found.repository,
            digest=due.digest,
            reason=due.reason,
        )
    )
