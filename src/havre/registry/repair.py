"""Repair: put right what `havre check` found, where nothing can be lost by it. Each repair is said.

forgotten    gets its review: the collector looks at it a grace period later
stranger     goes to the trash, its bytes a day later at the earliest: until then it can be taken out
mislisted    is listed as its tags, indexes and subjects say
overdue      rows of the trash whose bytes are gone long since are forgotten

What lost bytes stays as it is: only a backup or a new push can help.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database
from havre.registry.check import CheckReport, Finding
from havre.registry.ports import BlobStore
from havre.registry.settings import RegistrySettings
from havre.registry.store import blobs, facts, inventory, repositories

REPAIRABLE: Final = frozenset({"forgotten", "stranger", "mislisted"})
_BATCH: Final = 500
_SHORTEST_GRACE: Final = timedelta(days=1)  # for bytes that nobody knows, however short the registry's is
_OVERDUE: Final = timedelta(hours=1)  # the sweep runs each minute: what it left so long it will not need


class Repair:
    """Repairs beside a serving instance: each step looks again, in the transaction that changes something."""

    def __init__(
        self, database: Database, blob_store: BlobStore, clock: Clock, settings: RegistrySettings
    ) -> None:
        self._database = database
        self._blobs = blob_store
        self._clock = clock
        self._grace = timedelta(seconds=settings.grace_s)

    async def run(self, report: CheckReport) -> Sequence[Finding]:
        """Repair what can be; returns what was done, in the words of the findings.

        What somebody else put right meanwhile is not among it.
        """
        return [
            *await self._queue_forgotten(_of(report, "forgotten")),
            *await self._discard_strangers(_of(report, "stranger")),
            *await self._list_again(_of(report, "mislisted")),
            *await self._forget_overdue(),
        ]

    async def _queue_forgotten(self, findings: Sequence[Finding]) -> list[Finding]:
        review = to_micros(self._clock.now() + self._grace)
        done = []
        for batch in _batches(findings):
            digests = [finding.subject for finding in batch]
            async with self._database.write() as work:
                await inventory.queue_forgotten(work, digests, review)
            done += [Finding("forgotten", f"blob {digest}: queued for review", digest) for digest in digests]
        return done

    async def _discard_strangers(self, findings: Sequence[Finding]) -> list[Finding]:
        due = self._clock.now() + max(self._grace, _SHORTEST_GRACE)
        done = []
        for batch in _batches(findings):
            keys = [finding.subject for finding in batch]
            async with self._database.write() as work:
                known = await inventory.known_keys(work, keys)
                strangers = [key for key in keys if key not in known]
                for key in strangers:
                    await blobs.intend(work, key, to_micros(due))
            moment = due.isoformat(timespec="minutes")
            done += [
                Finding("stranger", f"{key}: in the trash, deleted after {moment}", key) for key in strangers
            ]
        return done

    async def _list_again(self, findings: Sequence[Finding]) -> list[Finding]:
        done = []
        for finding in findings:
            number, _, digest = finding.subject.partition(" ")
            async with self._database.write() as work:
                await repositories.note_change(work, int(number))
                await facts.relist(work, int(number), [digest])
            done.append(Finding("mislisted", f"manifest {digest}: listed anew", finding.subject))
        return done

    async def _forget_overdue(self) -> list[Finding]:
        before = to_micros(self._clock.now() - _OVERDUE)
        done, place = list[Finding](), (-1, "")
        while True:
            async with self._database.read() as reader:
                rows = await blobs.due_trash(reader, before, place, _BATCH)
            if not rows:
                return done
            place = rows[-1]
            gone = [key for _, key in rows if await self._blobs.size_of(key) is None]
            async with self._database.write() as work:
                await blobs.forget_trash(work, gone)
            done += [Finding("overdue", f"{key}: forgotten, its bytes are gone", key) for key in gone]


def _of(report: CheckReport, kind: str) -> Sequence[Finding]:
    return [finding for finding in report.findings if finding.kind == kind]


def _batches(findings: Sequence[Finding]) -> list[Sequence[Finding]]:
    return [findings[start : start + _BATCH] for start in range(0, len(findings), _BATCH)]
