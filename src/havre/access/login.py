"""Logging in with a name and a password, quickly the second time. Not for tokens and sessions.

Each way that a password can be proved is a PasswordProvider; the first that proves it has said who it is.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from weakref import WeakValueDictionary

from havre.access import robot_store, store
from havre.access.errors import CredentialsWrong, RobotStopped
from havre.access.events import LoggedIn, LoginFailed
from havre.access.local_passwords import LocalPasswords
from havre.access.passwords import Passwords
from havre.access.ports import PasswordProvider, Proof
from havre.access.settings import AccessSettings
from havre.access.throttle import LoginThrottle
from havre.kernel.actor import Actor, ActorKind, Origin
from havre.kernel.clock import Clock, SystemClock
from havre.kernel.work import Database

_MOST_CACHED: Final = 4096
_CLOCK: Final = SystemClock()
_LONGEST: Final = 255, 128  # the limits of user names and passwords: anything longer fits nobody


@dataclass(slots=True)
class _Checked:
    """A name and password that fitted a moment ago, and who proved it."""

    proof: Proof
    provider: PasswordProvider
    epoch: int
    until: float


class Login:
    """Checks passwords: cached under a keyed hash, throttled, written to the journal.

    Local passwords come first, so that the administrator gets in while another system is away; `others`
    are asked in order. Those `before` look at nothing but the database, and names they do not know cost
    nothing. A robot's login also writes when it was last used: once in the time of the cache.
    """

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        settings: AccessSettings,
        others: Sequence[PasswordProvider] = (),
        *,
        before: Sequence[PasswordProvider] = (),
        clock: Clock = _CLOCK,
    ) -> None:
        self._database = database
        self._clock = clock
        self._providers: Sequence[PasswordProvider] = (*before, LocalPasswords(database, passwords), *others)
        self._cache_s = settings.credential_cache_s
        self._secret = secrets.token_bytes(32)
        self._cache: OrderedDict[bytes, _Checked] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._throttle = LoginThrottle(settings.failures_before_delay, settings.longest_delay_s)

    async def by_password(self, username: str, password: str, origin: Origin) -> Actor:
        """Tell who this is.

        Raises: CredentialsWrong, RobotStopped, Throttled, and what a provider raises that cannot be asked.
        """
        key = self._key(username, password)
        actor = await self._cached(key)
        if actor is None:
            _check_length(username, password)
            # One check for each name at a time: twenty requests at once cost one argon2, and twenty
            # guesses at once count one after the other.
            async with self._locks.setdefault(username, asyncio.Lock()):
                actor = await self._cached(key) or await self._check(username, password, origin, key)
        return replace(actor, origin=origin)

    async def anew(self, username: str, password: str, origin: Origin) -> Actor:
        """Tell who this is without the cache: a person signs in, and the journal shows it.

        Raises: as `by_password`.
        """
        _check_length(username, password)
        async with self._locks.setdefault(username, asyncio.Lock()):
            actor = await self._check(username, password, origin, self._key(username, password))
        return replace(actor, origin=origin)

    async def _cached(self, key: bytes) -> Actor | None:
        entry = self._cache.get(key)
        if entry is None:
            return None
        epoch = await store.epoch(self._database)
        if entry.until > time.monotonic() and not self._is_over(entry.proof):
            if entry.epoch == epoch:
                return entry.proof.actor
            proof = await entry.provider.still(entry.proof)
            if proof is not None:
                entry.proof, entry.epoch = proof, epoch
                return proof.actor
        self._cache.pop(key, None)
        return None

    async def _check(self, username: str, password: str, origin: Origin, key: bytes) -> Actor:
        self._throttle.check(username, origin.address)
        epoch = await store.epoch(self._database)
        proof, provider = await self._prove(username, password, origin)
        self._throttle.succeeded(username, origin.address)
        actor = replace(proof.actor, origin=origin)
        async with self._database.write() as work:
            if actor.robot is not None:
                await robot_store.mark_used(work, actor.robot.robot_id, self._clock.now())
            work.announce(LoggedIn(actor=actor, resource=actor.name))
        self._keep(key, _Checked(proof, provider, epoch, time.monotonic() + self._cache_s))
        return actor

    async def _prove(self, username: str, password: str, origin: Origin) -> tuple[Proof, PasswordProvider]:
        try:
            for provider in self._providers:
                proof = await provider.prove(username, password, origin)
                if proof is not None:
                    return proof, provider
        except RobotStopped:
            await self._refuse(username, origin)
            raise
        await self._refuse(username, origin)
        raise CredentialsWrong

    def _is_over(self, proof: Proof) -> bool:
        return proof.ends_at is not None and proof.ends_at <= self._clock.now()

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


def _check_length(username: str, password: str) -> None:
    if len(username) > _LONGEST[0] or len(password) > _LONGEST[1] or "\0" in username:
        raise CredentialsWrong
