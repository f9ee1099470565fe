"""The keys that sign seals: random, wrapped under the master key, so that the database alone forges none."""

import hashlib
import secrets
from typing import Final

from havre.access.ports import KeyWrapper
from havre.audit.store import seals as store
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database

_KEY_SIZE: Final = 32


class SealKeys:
    """Makes the key at the first seal, and finds any key by its id."""

    def __init__(self, database: Database, wrapper: KeyWrapper, clock: Clock) -> None:
        self._database = database
        self._wrapper = wrapper
        self._clock = clock

    async def current(self) -> tuple[str, bytes]:
        """Get the id and the bytes of the key that signs now."""
        found = await self._newest()
        if found is None:
            key = secrets.token_bytes(_KEY_SIZE)
            made = hashlib.sha256(key).hexdigest()[:16], self._wrapper.wrap(key)
            async with self._database.write() as work:
                await store.add_first_key(work, *made, to_micros(self._clock.now()))
            found = await self._newest()
        if found is None:
            raise AssertionError("a key that was just inserted is not there")
        return found[0], self._wrapper.unwrap(found[1])

    async def all(self) -> dict[str, bytes]:
        """Get every key by its id.

        Raises: StartRefused when one is damaged or of another master key.
        """
        async with self._database.read() as reader:
            wrapped = await store.keys(reader)
        return {key_id: self._wrapper.unwrap(text) for key_id, text in wrapped}

    async def _newest(self) -> tuple[str, bytes] | None:
        async with self._database.read() as reader:
            found = await store.keys(reader)
        return found[-1] if found else None
