"""Sweep: drop expired uploads, delete the bytes of keys in the trash. Runs on a schedule, safe to repeat."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from havre.kernel.clock import Clock, to_micros
from havre.kernel.errors import Unavailable
from havre.kernel.traffic import Traffic
from havre.kernel.work import Database
from havre.registry.pace import Pace
from havre.registry.ports import BlobStore
from havre.registry.store import blobs, uploads

BATCH: Final = 100
_LOOK: Final = 20_000  # some MiB; so many keys of a store of files give a batch to each directory
_PAGE: Final = 200  # a millisecond to read
_RETRY: Final = timedelta(minutes=5)


class Sweep:
    """Deletes what nothing can ever refer to again: keys are never reused."""

    def __init__(
        self, database: Database, blob_store: BlobStore, clock: Clock, traffic: Traffic | None = None
    ) -> None:
        self._database = database
        self._blobs = blob_store
        self._clock = clock
        self._traffic = traffic or Traffic()  # nobody's, in a process that serves nobody

    async def run(self, workers: int = 1, is_stopped: Callable[[], bool] = lambda: False) -> int:
        """Sweep everything that is due, `workers` batches at once; returns how many keys were deleted.

        A key whose bytes cannot be deleted now is tried again in five minutes.
        Raises: Unavailable; what was done stays done.
        """
        await self._expire_uploads()
        pace, swept = Pace(self._traffic), 0
        while keys := await self._due():
            # Neighbours together: a store of files flushes each directory of a batch once.
            keys.sort()
            for start in range(0, len(keys), workers * BATCH):
                if is_stopped():
                    return swept
                swept += await self._delete_at_once(pace, keys[start : start + workers * BATCH])
        return swept

    async def _delete_at_once(self, pace: Pace, keys: list[str]) -> int:
        pace.begin()
        batches = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
        results = await asyncio.gather(
            *(self._delete(pace, batch) for batch in batches), return_exceptions=True
        )
        for result in results:  # every batch has ended: none goes on behind an error
            if isinstance(result, BaseException):
                raise result
        await pace.rest()
        return len(keys)

    async def _delete(self, pace: Pace, keys: list[str]) -> None:
        try:
            await self._blobs.delete(keys)
        except Unavailable:
            async with self._database.write() as work:
                await blobs.postpone_trash(work, keys, to_micros(self._clock.now() + _RETRY))
            raise
        async with pace.write(self._database) as work:
            await blobs.forget_trash(work, keys)

    async def _due(self) -> list[str]:
        now, after, keys = to_micros(self._clock.now()), (-1, ""), list[str]()
        while len(keys) < _LOOK:
            async with self._database.read() as reader:
                rows = await blobs.due_trash(reader, now, after, _PAGE)
            keys += [key for _, key in rows]
            if len(rows) < _PAGE:
                break
            after = rows[-1]
            await asyncio.sleep(0)
        return keys

    async def _expire_uploads(self) -> None:
        now = to_micros(self._clock.now())
        while True:
            async with self._database.write() as work:
                expired = await uploads.expired_uploads(work, now, BATCH)
                for upload_id, key in expired:
                    if await uploads.drop_upload(work, upload_id) and await blobs.is_in_trash(work, key):
                        await blobs.intend(work, key, now)
            if len(expired) < BATCH:
                return
