"""The keys that sign registry tokens: made, shared through the database, rotated. Not the tokens.

newest key, younger than `signing_key_days`     signs and verifies
retired key, until its last token is over       verifies only
older                                           removed at the next rotation
"""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc.jwk import ECKey

from havre.access import token_store
from havre.access.ports import KeyWrapper
from havre.access.settings import AccessSettings
from havre.access.token_store import StoredKey
from havre.kernel.clock import Clock
from havre.kernel.work import Database

ALGORITHM: Final = "ES256"
LONGEST_TOKEN_S: Final = 30 * 86_400  # no token lives longer than a month
LEEWAY_S: Final = 60  # clocks of machines differ; Harbor and distribution allow a minute
_KEY_ID_LENGTH: Final = 22


class KeyRing:
    """The signing keys of the instance, as this process knows them."""

    def __init__(
        self, database: Database, wrapper: KeyWrapper, clock: Clock, settings: AccessSettings
    ) -> None:
        self._database = database
        self._wrapper = wrapper
        self._clock = clock
        self._age = timedelta(days=settings.signing_key_days)
        self._tail = timedelta(seconds=LONGEST_TOKEN_S + LEEWAY_S)
        self._public: dict[str, tuple[ECKey, datetime | None]] = {}
        self._current: tuple[str, ECKey, datetime] | None = None
        self._turn = asyncio.Lock()

    async def current(self) -> tuple[str, ECKey]:
        """Give the id and the private key to sign with now, making one when there is none fresh."""
        now = self._clock.now()
        if self._current is None or self._current[2] + self._age <= now:
            async with self._turn:
                if self._current is None or self._current[2] + self._age <= now:
                    self._current = await self._choose(now)
        key_id, key, _ = self._current
        return key_id, key

    async def public(self, key_id: str) -> ECKey | None:
        """Give the key to verify with; one that is unknown here is looked for in the database."""
        if key_id not in self._public:
            if len(key_id) != _KEY_ID_LENGTH:
                return None
            async with self._database.read() as reader:
                self._remember(await token_store.signing_keys(reader))
        key, retired_at = self._public.get(key_id, (None, None))
        if retired_at is not None and retired_at + self._tail < self._clock.now():
            return None
        return key

    async def _choose(self, now: datetime) -> tuple[str, ECKey, datetime]:
        async with self._database.read() as reader:
            stored = await token_store.signing_keys(reader)
        newest = self._fresh(stored, now)
        if newest is None:
            made = self._make(now)
            async with self._database.write() as work:
                stored = await token_store.signing_keys(work)
                newest = self._fresh(stored, now)  # another process may have been faster
                if newest is None:
                    await token_store.add_signing_key(work, made)
                    await token_store.retire_signing_keys(work, made.key_id, now)
                    await token_store.drop_signing_keys(work, now - self._tail)
                    stored = await token_store.signing_keys(work)
                    newest = made
        self._remember(stored)
        private = ECKey.import_key(self._wrapper.unwrap(newest.wrapped_private))
        return newest.key_id, private, newest.created_at

    def _fresh(self, stored: Sequence[StoredKey], now: datetime) -> StoredKey | None:
        for key in stored:
            if key.retired_at is None and key.created_at + self._age > now:
                return key
        return None

    def _make(self, now: datetime) -> StoredKey:
        private = ec.generate_private_key(ec.SECP256R1())
        public_pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        private_pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key_id = secrets.token_urlsafe(16)
        return StoredKey(key_id, public_pem.decode(), self._wrapper.wrap(private_pem), now, None)

    def _remember(self, stored: Sequence[StoredKey]) -> None:
        self._public = {key.key_id: (ECKey.import_key(key.public_pem), key.retired_at) for key in stored}
