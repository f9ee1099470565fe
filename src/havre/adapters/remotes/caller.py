"""Calls to one registry as one account: the account proved, refusals told in our words, off the loop."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar
from urllib.parse import urljoin

from havre.adapters.remotes.sockets import Cut, Sockets
from havre.adapters.remotes.tokens import Account, Tokens, basic
from havre.adapters.remotes.transport import Answer, Request, Transport, place_of, shown
from havre.kernel.addresses import Reach
from havre.kernel.clock import Clock
from havre.replication.errors import (
    RemoteBusy,
    RemoteDenied,
    RemoteMissing,
    RemoteRefused,
    RemoteUnreachable,
    RemoteWrong,
)

VIA_HEADER: Final = "Havre-Via"
_ERROR_BYTES: Final = 64 << 10
_SAID_CHARS: Final = 300
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A registry: its base URL without /v2, and how far it is trusted."""

    url: str
    account: Account = field(default_factory=Account)
    verifies: bool = True
    ca_pem: str | None = None
    via: str = ""  # the id of the instance that asks, told to the other side


class Caller:
    """Sends requests to one registry from pool threads."""

    def __init__(self, endpoint: Endpoint, reach: Reach, pool: ThreadPoolExecutor, clock: Clock) -> None:
        """Raises: RemoteUnreachable for a CA certificate that cannot be read, RemoteWrong for no URL."""
        self._base = endpoint.url.rstrip("/") + "/"
        self._pool = pool
        self._clock = clock
        self._sockets = Sockets(reach, verifies=endpoint.verifies, ca_pem=endpoint.ca_pem)
        self._transport = Transport(self._sockets)
        self._place = place_of(self._base)
        self._via = {VIA_HEADER: endpoint.via} if endpoint.via else {}
        self.account = endpoint.account
        self._tokens = Tokens(self._transport, endpoint.account, self._place)

    def close(self) -> None:
        """Close the idle connections."""
        self._sockets.close()

    def aim(self, url: str, account: Account) -> None:
        """Send what follows to another address as another account: where a service tells both."""
        place = place_of(url)
        self._base, self._place, self.account = url.rstrip("/") + "/", place, account
        self._tokens = Tokens(self._transport, account, place)

    @property
    def realm(self) -> str:
        """Where tokens come from, once the registry has said it."""
        return self._tokens.realm

    @property
    def is_tls(self) -> bool:
        """Whether the registry is asked over TLS."""
        return self._place.is_tls

    def url(self, path: str) -> str:
        """Make an address below the registry's."""
        return urljoin(self._base, path)

    async def run(self, call: Callable[[Cut], Result]) -> Result:
        """Run a blocking call in the pool; it has ended when this returns, also for a cancelled caller."""
        cut = Cut()
        pending = asyncio.get_running_loop().run_in_executor(self._pool, call, cut)
        try:
            return await asyncio.shield(pending)
        except asyncio.CancelledError:
            cut.now()
            await _ended(pending)
            raise

    @contextmanager
    def ask(self, request: Request, scope: str, cut: Cut) -> Iterator[Answer]:
        """Send a request with the account's proof, and again when the registry asks for another one.

        Raises: RemoteDenied, RemoteBusy, and the failures of Transport; other statuses are the caller's.
        """
        for is_last in (False, True):
            headers = {**self._via, **request.headers}
            if place_of(request.url) == self._place:  # the account is nobody else's business
                headers |= self._tokens.header(scope, cut)
            with self._transport.ask(replace(request, headers=headers), cut) as answer:
                if answer.status == 401 and not is_last:
                    challenge = ", ".join(answer.headers.get_all("WWW-Authenticate") or ())
                    if self._tokens.challenged(challenge, scope, headers.get("Authorization")):
                        answer.read(_ERROR_BYTES)
                        continue
                _check(answer, self._clock)
                yield answer
                return

    @contextmanager
    def ask_api(self, request: Request, cut: Cut) -> Iterator[Answer]:
        """Send a request to what stands beside the registry, where a token of the registry opens nothing.

        The account is proved by Basic unless the request brings its own proof; an empty one is none.
        Raises: as `ask`.
        """
        proof = basic(self.account) if self.account.name else {}
        headers = {**self._via, "Accept": "application/json", **proof, **request.headers}
        if not headers.get("Authorization"):
            headers.pop("Authorization", None)
        with self._transport.ask(replace(request, headers=headers), cut) as answer:
            _check(answer, self._clock)
            yield answer


def expect(answer: Answer, *statuses: int) -> None:
    """Refuse an answer of another status.

    Raises: RemoteMissing, RemoteRefused, RemoteUnreachable for a 5xx.
    """
    if answer.status in statuses:
        return
    text = f"{shown(answer.url)} answers {answer.status}{_said(answer)}"
    if answer.status == 404:
        raise RemoteMissing(text)
    if answer.status >= 500:
        raise RemoteUnreachable(text)
    raise RemoteRefused(text, answer.status)


def _check(answer: Answer, clock: Clock) -> None:
    if answer.status in (401, 403):
        raise RemoteDenied(f"{shown(answer.url)} refuses the account with {answer.status}{_said(answer)}")
    if answer.status in (429, 503):
        wait_s = _retry_after(answer.headers.get("Retry-After"), clock)
        raise RemoteBusy(f"{shown(answer.url)} asks for patience with {answer.status}{_said(answer)}", wait_s)


def _said(answer: Answer) -> str:
    """Quote what the registry says."""
    try:
        said = _message_of(json.loads(answer.read(_ERROR_BYTES)))
    except (ValueError, KeyError, TypeError, AttributeError, RemoteWrong, RemoteUnreachable):
        return ""
    printable = "".join(char if char.isprintable() else " " for char in said[:_SAID_CHARS])
    return f": {printable}" if printable else ""


def _message_of(document: dict[str, object]) -> str:
    errors = document.get("errors")
    if isinstance(errors, list):  # the OCI error document, and Harbor's
        return "; ".join(f"{one.get('code', '')} {one.get('message', '')}".strip() for one in errors)
    said = (document.get(name) for name in ("message", "detail", "error_message", "error"))
    return next(text for text in (*said, "") if isinstance(text, str))


def _retry_after(header: str | None, clock: Clock) -> float | None:
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - clock.now()).total_seconds())
    except (ValueError, TypeError):
        return None


async def _ended(pending: "asyncio.Future[Result]") -> None:
    try:
        await asyncio.wait({pending})
    except asyncio.CancelledError:
        await _ended(pending)  # the thread still writes: nobody may close its file yet
        raise
    pending.exception()  # that it was stopped is no news
