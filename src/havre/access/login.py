"""Logging in with a name and a password, quickly the second time. Not for tokens."""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

from havre.access import store
from havre.access.errors import CredentialsWrong
from havre.access.events import LoggedIn, LoginFailed
from havre.access.model import User
from havre.access.passwords import Passwords
from havre.access.settings import AccessSettings
from havre.access.throttle import LoginThrottle
from havre.kernel.actor import Actor, ActorKind, Origin
from havre.kernel.work import Database

_MOST_CACHED: Final = 4096
_LONGEST: Final = 255, 128  # the limits of user names and passwords: anything longer fits nobody


def actor_of(user: User, origin: Origin) -> Actor:
    """Make the actor of somebody who proved to be `user`."""
    return Actor(ActorKind.USER, user.username, user.id, user.is_admin, None, origin)


@dataclass(slots=True)
class _Checked:
    """A name and password that fitted a moment ago."""

    user: User
    hashed: str
    epoch: int
    until: float


class Login:
    """Checks passwords: cached under a keyed hash, throttled, written to the journal."""

    def __init__(self, database: Database, passwords: Passwords, settings: AccessSettings) -> None:
        self._database = database
        self._passwords = passwords
        self._cache_s = settings.credential_cache_s
        self._secret = secrets.token_bytes(32)
        self._cache: OrderedDict[bytes, _Checked] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._throttle = LoginThrottle(settings.failures_before_delay, settings.longest_delay_s)

    async def by_password(self, username: str, password: str, origin: Origin) -> Actor:
        """Tell who this is.

        Raises: CredentialsWrong, Throttled.
        """
        key = self._key(username, password)
        user = await self._cached(key)
        if user is None:
            if len(username) > _LONGEST[0] or len(password) > _LONGEST[1] or "\0" in username:
                raise CredentialsWrong
            # One check for each name at a time: twenty requests at once cost one argon2, and twenty
            # guesses at once count one after the other.
            async with self._locks.setdefault(username, asyncio.Lock()):
                user = await self._cached(key) or await self._check(username, password, origin, key)
        return actor_of(user, origin)

    async def _cached(self, key: bytes) -> User | None:
        entry = self._cache.get(key)
        if entry is None:
            return None
        epoch = await store.epoch(self._database)
        if entry.until > time.monotonic():
            if entry.epoch == epoch:
                return entry.user
            async with self._database.read() as reader:
                found = await store.password_hash(reader, entry.user.username)
            # The same hash means the same password: no need for argon2 after each change of a member.
            if found is not None and found[1] == entry.hashed:
                entry.user, entry.epoch = found[0], epoch
                return entry.user
        self._cache.pop(key, None)
        return None

    async def _check(self, username: str, password: str, origin: Origin, key: bytes) -> User:
        self._throttle.check(username, origin.address)
        epoch = await store.epoch(self._database)
        async with self._database.read() as reader:
            found = await store.password_hash(reader, username)
        fits = await self._passwords.fits(password, None if found is None else found[1])
        if found is None or not fits:
            await self._refuse(username, origin)
            raise CredentialsWrong
        user, hashed = found
        self._throttle.succeeded(username, origin.address)
        async with self._database.write() as work:
            work.announce(LoggedIn(actor=actor_of(user, origin), resource=user.username))
        self._keep(key, _Checked(user, hashed, epoch, time.monotonic() + self._cache_s))
        return user

    async def _refuse(self, username: str, origin: Origin) -> None:
        self._throttle.failed(username, origin.address)
        actor = Actor(ActorKind.ANONYMOUS, username, origin=origin)
        async with self._database.write() as work:
            work.announce(LoginFailed(actor=actor, resource=username, succeeded=False))

    def _keep(self, key: bytes, entry: _Checked) -> None:
        self._cache[key] = entry
        if len(self._cache) > _MOST_CACHED:
            self._cache.popitem(last=False)

    def _key(self, username: str, password: str) -> bytes:
        return hmac.digest(self._secret, f"{username}\0{password}".encode(), hashlib.sha256)
