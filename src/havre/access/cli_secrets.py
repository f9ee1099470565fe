"""Secrets for tools of people who sign in at a provider: `docker login` cannot go to a web page.

Wrapped at rest, because their owner may read them again; they do not end with the provider's session, and
fall with the account.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime

from havre.access import oidc_store, store
from havre.access.actors import actor_of
from havre.access.decide import require_self_or_system
from havre.access.errors import OidcOnly, UserUnknown
from havre.access.events import CliSecretChanged
from havre.access.model import AccountOrigin, User
from havre.access.passwords import check_rule, generate
from havre.access.ports import KeyWrapper, Proof
from havre.kernel.actor import Actor, Origin
from havre.kernel.clock import Clock
from havre.kernel.secret import Secret
from havre.kernel.work import Database


@dataclass(frozen=True, slots=True)
class OidcAccount:
    """What is told about an account of a provider; the secret to its owner alone."""

    id: int
    user_id: int
    subject: str
    secret: Secret | None
    created_at: datetime
    updated_at: datetime


class CliSecrets:
    """Makes, checks, changes and shows secrets for tools; a PasswordProvider."""

    def __init__(self, database: Database, wrapper: KeyWrapper, clock: Clock) -> None:
        self._database = database
        self._wrapper = wrapper
        self._clock = clock

    async def prove(self, username: str, password: str, origin: Origin) -> Proof | None:
        """Compare the secret of an account of a provider."""
        async with self._database.read() as reader:
            found = await oidc_store.owner_of_secret(reader, username)
        if found is None:
            return None
        user, wrapped = found
        if not hmac.compare_digest(self._wrapper.unwrap(wrapped), password.encode()):
            return None
        return Proof(actor_of(user, origin), wrapped.hex())

    async def still(self, proof: Proof) -> Proof | None:
        """Read the account again: the same wrapping means the same secret."""
        async with self._database.read() as reader:
            found = await oidc_store.owner_of_secret(reader, proof.actor.name)
        if found is None or found[1].hex() != proof.seal:
            return None
        return Proof(actor_of(found[0]), proof.seal)

    async def ensure(self, user_id: int) -> None:
        """Make a secret for an account that has none yet."""
        async with self._database.read() as reader:
            if await oidc_store.secret_of(reader, user_id) is not None:
                return
        wrapped = self._wrapper.wrap(generate().encode())
        async with self._database.write() as work:
            await oidc_store.add_secret(work, user_id, wrapped, self._clock.now())

    async def change(self, actor: Actor, user_id: int, secret: str) -> None:
        """Write a new secret; an empty one is made up. The old one ends at once.

        Raises: UserUnknown, OidcOnly, PasswordRefused, Unauthenticated, Denied.
        """
        require_self_or_system(actor, user_id, "update", f"change the CLI secret of user {user_id}")
        if secret:
            check_rule(secret)
        wrapped = self._wrapper.wrap((secret or generate()).encode())
        async with self._database.write() as work:
            user = await store.lock_user(work, user_id)
            if user is None:
                raise UserUnknown(user_id)
            if user.origin is not AccountOrigin.OIDC:
                raise OidcOnly(user.username)
            await oidc_store.set_secret(work, user_id, wrapped, self._clock.now())
            await store.raise_epoch(work)
            work.announce(CliSecretChanged(actor=actor, resource=user.username))

    async def account(self, actor: Actor, user: User) -> OidcAccount | None:
        """Tell about an account that the caller may see; None for one of another origin."""
        if user.origin is not AccountOrigin.OIDC:
            return None
        async with self._database.read() as reader:
            found = await oidc_store.secret_of(reader, user.id)
        if found is None:
            return None
        is_own = actor.user_id == user.id and actor.grants is None
        secret = Secret(self._wrapper.unwrap(found.wrapped).decode()) if is_own else None
        return OidcAccount(found.id, user.id, user.subject or "", secret, found.created_at, found.updated_at)
