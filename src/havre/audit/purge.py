"""Purge: delete sealed rows by age and type, and leave a signed record of each piece.

A piece is one transaction: the rows go and their record joins the chain, or neither. Rows that are not
sealed yet stay, and so does the newest row of all: it keeps its id from being given again.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from havre.audit import chain
from havre.audit.keys import SealKeys
from havre.audit.model import EVERY_ID, PurgeDetail, PurgeReport, PurgeWish, Seal
from havre.audit.seal import SealRows, append
from havre.audit.store import seals as store
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database, Work

_SEALS: Final = 50
_PIECE: Final = 500  # rows a transaction: other writers get their turn in between

Progress = Callable[[str], None]


class Purge:
    """Removes old rows so that what stays still verifies."""

    def __init__(self, database: Database, seal: SealRows, keys: SealKeys, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._keys = keys
        self._clock = clock

    async def run(self, wish: PurgeWish, progress: Progress = lambda line: None) -> PurgeReport:
        """Remove what the wish names; may be stopped between two pieces and run again."""
        await self._seal.run()
        purged, after, looked_at = 0, 0, 0
        while seals := await self._next(after):
            for seal in seals:
                async with self._database.read() as reader:
                    oldest = await store.oldest_in(reader, seal)
                    ids = await store.ids_to_purge(reader, seal, wish)
                # Seals follow time but for pulls that were buffered: those wait for the next run.
                if oldest is not None and oldest >= to_micros(wish.before):
                    return await self._report(wish, purged, looked_at)
                looked_at += seal.row_count
                if ids and not wish.is_dry_run:
                    await self._remove(seal, ids, wish)
                if ids:
                    purged += len(ids)
                    progress(f"seal {seal.seal_id}: {len(ids)} of {seal.row_count} rows")
                after = seal.seal_id
                await asyncio.sleep(0)
        return await self._report(wish, purged, looked_at)

    async def _report(self, wish: PurgeWish, purged: int, looked_at: int) -> PurgeReport:
        if wish.up_to_id == EVERY_ID:
            return PurgeReport(purged, looked_at, wish.is_dry_run)
        async with self._database.read() as reader:
            waiting = await store.count_held(reader, wish)
        return PurgeReport(purged, looked_at, wish.is_dry_run, waiting)

    async def _next(self, after: int) -> Sequence[Seal]:
        async with self._database.read() as reader:
            return await store.purgeable(reader, after, _SEALS)

    async def _remove(self, seal: Seal, ids: Sequence[int], wish: PurgeWish) -> None:
        async with self._database.read() as reader:
            entries = await store.entries(reader, seal.seal_id)
        if entries is None:
            return  # another purge has finished it
        positions = {number: position for position, number in enumerate(chain.ids_of(entries))}
        sealed = [
            number for number in ids if number in positions
        ]  # a row that was slipped in stays: it shows
        key_id, key = await self._keys.current()
        for start in range(0, len(sealed), _PIECE):
            piece = sealed[start : start + _PIECE]
            async with self._database.write() as work:
                head = await store.lock_head(work)
                gone = await store.existing(work, piece)
                if not gone:
                    continue
                await store.delete_rows(work, gone)
                bitmap = chain.bitmap_of([positions[number] for number in gone])
                draft = self._record(seal, gone, wish, bitmap, key_id)
                new_head = await append(work, draft, head, key)
                await _drop_list(work, seal)
            await self._seal.note(new_head)

    def _record(self, seal: Seal, gone: Sequence[int], wish: PurgeWish, bitmap: bytes, key_id: str) -> Seal:
        detail = PurgeDetail(seal.seal_id, to_micros(wish.before), wish.event_types, wish.operations)
        return Seal(
            seal_id=0,
            kind="purge",
            first_id=gone[0],
            last_id=gone[-1],
            row_count=len(gone),
            digest=chain.digest_of(bitmap),
            detail=msgspec.json.encode(detail).decode(),
            sealed_at=to_micros(self._clock.now()),
            key_id=key_id,
            entries=bitmap,
        )


async def _drop_list(work: Work, seal: Seal) -> None:
    """Let the list of rows go with the last of them, when nothing strange is left behind."""
    if not await store.count_in(work, seal):
        await store.drop_entries(work, seal.seal_id)
