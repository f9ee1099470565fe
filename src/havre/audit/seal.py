"""Seal: sign the settled rows of the journal, behind its writers, so that nobody waits for it."""

import asyncio
import logging
from dataclasses import replace
from typing import Final

from havre.audit import chain
from havre.audit.keys import SealKeys
from havre.audit.model import Head, Seal
from havre.audit.ports import Anchor, Horizon
from havre.audit.store import seals as store
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database, Work

_log: Final = logging.getLogger("havre.audit")
_ROWS: Final = 5000  # a seal's: what is verified or purged at a time
_PIECE: Final = 250  # rows read and hashed in one turn of the event loop, some 5 ms


class SealRows:
    """Adds seals to the chain until every settled row is under one."""

    def __init__(
        self, database: Database, horizon: Horizon, anchor: Anchor, keys: SealKeys, clock: Clock
    ) -> None:
        self._database = database
        self._horizon = horizon
        self._anchor = anchor
        self._keys = keys
        self._clock = clock

    async def run(self) -> int:
        """Seal what is settled; returns how many rows. Safe to run anywhere and at any time."""
        settled, total = await self._horizon.settled_id(), 0
        while True:
            async with self._database.read() as reader:
                after = await store.sealed_to(reader)
            entries = await self._gather(after, settled)
            if not entries:
                return total
            head = await self._add(after, entries)
            if head is None:  # another process sealed these rows: look again
                continue
            total += len(entries) // chain.ENTRY_SIZE
            await self.note(head)
            _log.info("journal sealed seal=%d to=%d mac=%s", head.seal_id, settled, head.mac.hex())

    async def note(self, head: Head) -> None:
        """Keep the head outside the database, but never in place of one that the chain does not hold."""
        noted = await self._anchor.read()
        if noted is not None:
            async with self._database.read() as reader:
                is_held = await store.holds(reader, noted)
            if not is_held:
                _log.error("journal's chain does not hold the head noted before head=%s", noted)
                return
        await self._anchor.note(head)

    async def _gather(self, after: int, settled: int) -> bytes:
        """Hash the rows of one seal, in pieces that leave the event loop to others."""
        entries = bytearray()
        while len(entries) < _ROWS * chain.ENTRY_SIZE:
            async with self._database.read() as reader:
                rows = await store.rows_between(reader, after, settled, _PIECE)
            for row in rows:
                entries += chain.entry_of(row)
            if len(rows) < _PIECE:
                break
            after = int(rows[-1].id)
            await asyncio.sleep(0)
        return bytes(entries)

    async def _add(self, after: int, entries: bytes) -> Head | None:
        key_id, key = await self._keys.current()
        ids = chain.ids_of(entries)
        draft = Seal(
            seal_id=0,
            kind="rows",
            first_id=after + 1,
            last_id=ids[-1],
            row_count=len(ids),
            digest=chain.digest_of(entries),
            detail="{}",
            sealed_at=to_micros(self._clock.now()),
            key_id=key_id,
            entries=entries,
        )
        async with self._database.write() as work:
            head = await store.lock_head(work)
            if await store.sealed_to(work) != after:
                return None
            return await append(work, draft, head, key)


async def append(work: Work, draft: Seal, head: Head | None, key: bytes) -> Head:
    """Sign a link behind `head`, which the caller has locked, and insert it; returns the new head."""
    numbered = replace(draft, seal_id=1 if head is None else head.seal_id + 1)
    mac = chain.mac_of(numbered, chain.NO_MAC if head is None else head.mac, key)
    await store.add_seal(work, replace(numbered, mac=mac))
    return Head(numbered.seal_id, mac)
