"""Signing in at an OIDC provider: begin, come back, choose a user name where one has to be chosen.

begin    the browser goes to the provider; what must come back is sealed in a cookie
finish   the code becomes verified claims: a known account is let in, a new one is made or stays pending
onboard  somebody pending has chosen a user name
"""

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import msgspec

from havre.access import oidc_store, store
from havre.access.actors import actor_of
from havre.access.cli_secrets import CliSecrets
from havre.access.errors import OidcOff, SignInRefused, UserExists
from havre.access.external import ExternalPerson
from havre.access.model import AccountOrigin
from havre.access.oidc_model import OidcNow, OidcProvider, OidcRules, SignInAttempt, person_of
from havre.access.onboard import Onboard
from havre.access.ports import KeyWrapper
from havre.access.sessions import hash_token
from havre.kernel.actor import Actor, Origin
from havre.kernel.clock import Clock
from havre.kernel.errors import StartRefused
from havre.kernel.names import NameInvalid
from havre.kernel.work import Database

ATTEMPT_S: Final = 600  # how long somebody may take at the provider, or over the choice of a name
_LONGEST: Final = 128


class _Pending(msgspec.Struct):
    person: ExternalPerson
    id_token: str
    then: str


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody is in; `then` is where they wanted to go."""

    actor: Actor
    id_token: str
    then: str


@dataclass(frozen=True, slots=True)
class ChooseName:
    """The provider vouched for somebody new, who has to choose a user name first."""

    token: str
    suggestion: str
    then: str


class OidcSignIn:
    """Lets people in whom the provider vouches for."""

    def __init__(  # noqa: PLR0913 - the parts of one procedure
        self,
        database: Database,
        provider: OidcProvider,
        onboard: Onboard,
        secrets_of_tools: CliSecrets,
        wrapper: KeyWrapper,
        clock: Clock,
        rules: OidcNow,
    ) -> None:
        self._database = database
        self._provider = provider
        self._onboard = onboard
        self._cli_secrets = secrets_of_tools
        self._wrapper = wrapper
        self._clock = clock
        self._rules = rules

    async def elsewhere(self, username: str) -> bool:
        """Tell whether somebody of that name has to sign in at the provider: all but local accounts."""
        if await self._rules() is None:
            return False
        async with self._database.read() as reader:
            user = await store.user_by_name(reader, username)
        return user is None or user.origin is not AccountOrigin.LOCAL

    async def begin(self, redirect_uri: str, then: str) -> tuple[str, bytes]:
        """Give the address to go to, and what the browser keeps until it comes back.

        Raises: OidcOff, Unavailable.
        """
        rules = await self._required()
        attempt = SignInAttempt(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=redirect_uri,
            then=then,
            expires_at=int(self._clock.now().timestamp()) + ATTEMPT_S,
        )
        url = await self._provider.authorization_url(rules, attempt)
        return url, self._wrapper.wrap(msgspec.json.encode(attempt))

    async def finish(self, kept: bytes, state: str, code: str, origin: Origin) -> Entered | ChooseName:
        """Let somebody in who came back with a code.

        Raises: SignInRefused, OidcOff, UserExists, Unavailable.
        """
        rules = await self._required()
        attempt = self._open(kept)
        if not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise SignInRefused("the answer is not to this sign-in: begin again")
        vouched = await self._provider.exchange(rules, attempt, code)
        person = person_of(vouched.claims, rules)
        pending = _Pending(person, vouched.id_token, attempt.then)
        if await self._onboard.find(person) is not None:
            return await self._enter(pending, origin)
        if rules.onboards:
            try:
                return await self._enter(pending, origin)
            except (NameInvalid, UserExists):
                pass  # the claim is no name here, or somebody else has it: let them choose
        return await self._keep(pending)

    async def onboard(self, token: str, username: str, origin: Origin) -> Entered:
        """Make the account of somebody pending under the name they chose.

        Raises: SignInRefused, OidcOff, UserExists, NameInvalid.
        """
        await self._required()
        pending = await self._recall(token)
        entered = await self._enter(
            _Pending(replace(pending.person, username=username), pending.id_token, pending.then), origin
        )
        async with self._database.write() as work:
            await oidc_store.forget_pending(work, hash_token(token))
        return entered

    async def end_session_url(self, id_token: str | None, back_to: str) -> str | None:
        """Make the address that ends the provider's session; None where none is to be ended."""
        rules = await self._rules()
        if rules is None or not rules.ends_provider_session:
            return None
        return await self._provider.end_session_url(rules, id_token, back_to)

    async def _required(self) -> OidcRules:
        rules = await self._rules()
        if rules is None:
            raise OidcOff
        return rules

    async def _enter(self, pending: _Pending, origin: Origin) -> Entered:
        user = await self._onboard.enter(pending.person, origin)
        await self._cli_secrets.ensure(user.id)
        return Entered(actor_of(user, origin), pending.id_token, pending.then)

    async def _keep(self, pending: _Pending) -> ChooseName:
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        wrapped = self._wrapper.wrap(msgspec.json.encode(pending))
        async with self._database.write() as work:
            await oidc_store.forget_expired(work, now)
            expires_at = now + timedelta(seconds=ATTEMPT_S)
            await oidc_store.keep_pending(work, hash_token(token), wrapped, expires_at)
        return ChooseName(token, pending.person.username, pending.then)

    async def _recall(self, token: str) -> _Pending:
        wrapped = None
        if len(token) <= _LONGEST:
            async with self._database.read() as reader:
                wrapped = await oidc_store.pending(reader, hash_token(token), self._clock.now())
        if wrapped is None:
            raise SignInRefused("the choice of a name took too long: sign in again")
        return msgspec.json.decode(self._wrapper.unwrap(wrapped), type=_Pending)

    def _open(self, kept: bytes) -> SignInAttempt:
        try:
            attempt = msgspec.json.decode(self._wrapper.unwrap(kept), type=SignInAttempt)
        except (StartRefused, msgspec.MsgspecError):
            raise SignInRefused("the browser kept no sign-in: begin again, with cookies on") from None
        if attempt.expires_at < self._clock.now().timestamp():
            raise SignInRefused("the sign-in took too long: begin again")
        return attempt
