"""Sweep: drop expired uploads, delete the bytes of keys in the trash. Runs on a schedule, safe to repeat."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from havre.kernel.clock import Clock, to_micros
from havre.kernel.errors import Unavailable
from havre.kernel.work import Database
from havre.registry.ports import BlobStore
from havre.registry.store import blobs, uploads

BATCH: Final = 100
_LOOK: Final = 20_000  # some MiB; so many keys of a store of files give a batch to each directory
_PAGE: Final = 500  # some milliseconds to read
_REST: Final = 3.0  # times as long as a batch took; the disk is the pushes' too
_LONGEST_REST_S: Final = 1.0
_RETRY: Final = timedelta(minutes=5)


class Sweep:
    """Deletes what nothing can ever refer to again: keys are never reused."""

    def __init__(self, database: Database, blob_store: BlobStore, clock: Clock) -> None:
        self._database = database
        self._blobs = blob_store
        self._clock = clock

    async def run(self, workers: int = 1, is_stopped: Callable[[], bool] = lambda: False) -> int:
        """Sweep everything that is due, `workers` batches at once; returns how many keys were deleted.

        A key whose bytes cannot be deleted now is tried again in five minutes.
        Raises: Unavailable; what was done stays done.
        """
        await self._expire_uploads()
        swept = 0
        while keys := await self._due():
            # Neighbours together: a store of files flushes each directory of a batch once.
            keys.sort()
            for start in range(0, len(keys), workers * BATCH):
                if is_stopped():
                    return swept
                swept += await self._delete_at_once(keys[start : start + workers * BATCH])
        return swept

    async def _delete_at_once(self, keys: list[str]) -> int:
        started = time.monotonic()
        batches = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
        results = await asyncio.gather(*map(self._delete, batches), return_exceptions=True)
        for result in results:  # every batch has ended: none goes on behind an error
            if isinstance(result, BaseException):
                raise result
        await asyncio.sleep(min((time.monotonic() - started) * _REST, _LONGEST_REST_S))
        return len(keys)

    async def _delete(self, keys: list[str]) -> None:
        try:
            await self._blobs.delete(keys)
        except Unavailable:
            async with self._database.write() as work:
                await blobs.postpone_trash(work, keys, to_micros(self._clock.now() + _RETRY))
            raise
        async with self._database.write() as work:
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
