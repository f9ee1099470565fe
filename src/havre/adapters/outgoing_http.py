"""What Outgoing does with httpx; imported at the first question, so that a start does not wait for it."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpcore
import httpx

from havre.adapters.outgoing import USUAL, OutgoingFailed, Question, Reply
from havre.kernel.addresses import Reach, refusal_of

# ValueError: a name that is no IDN
_REDIRECTIONS: Final = 6
_FAILURES: Final = (
    *(httpx.HTTPError, httpx.InvalidURL, httpcore.ConnectError, httpcore.ConnectTimeout),
    *(OSError, TimeoutError, ValueError),
)


async def send(question: Question, *, verifies: bool, reach: Reach) -> Reply:
    """Ask, and read the whole answer.

    Raises: OutgoingFailed.
    """
    try:
        async with (
            asyncio.timeout(question.limits.time_s),
            _client(verifies=verifies, reach=reach) as client,
        ):
            async with client.stream(
                question.method,
                question.url,
                headers=dict(question.headers),
                data=question.form,
                content=question.body,
            ) as response:
                body = await _read(response, question.limits.largest)
            return Reply(response.status_code, dict(response.headers), body)
    except _FAILURES as error:
        why = error or type(error).__name__
        raise OutgoingFailed(f"{_shown(question.url)} does not answer: {why}") from error


async def save(question: Question, target: Path, *, reach: Reach) -> Reply:
    """Ask, follow redirections, and put what comes into a file; the reply has no body.

    Raises: OutgoingFailed.
    """
    url, limits = question.url, question.limits
    try:
        async with asyncio.timeout(limits.time_s), _client(verifies=True, reach=reach) as client:
            for _ in range(_REDIRECTIONS):
                # what is packed has its name for it; nobody is to pack it once more on the way
                headers = {**question.headers, "Accept-Encoding": "identity"}
                async with client.stream("GET", url, headers=headers) as response:
                    if not response.has_redirect_location:
                        await _keep(response, target, limits.largest)
                        return Reply(response.status_code, dict(response.headers), b"")
                    url = str(response.url.join(response.headers["location"]))
                    if response.url.scheme == "https" and not url.startswith("https:"):
                        raise OutgoingFailed(f"{_shown(question.url)} leads to a place without TLS")
    except _FAILURES as error:
        why = error or type(error).__name__
        raise OutgoingFailed(f"{_shown(url)} does not answer: {why}") from error
    raise OutgoingFailed(f"{_shown(question.url)} leads on and on")


async def _keep(response: httpx.Response, target: Path, largest: int) -> None:
    left = largest
    with target.open("wb") as stream:
        async for piece in response.aiter_raw():  # packed files stay packed
            left -= len(piece)
            if left < 0:
                raise OutgoingFailed(f"{_shown(str(response.url))} answers more than {largest} bytes")
            await asyncio.to_thread(stream.write, piece)


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects to addresses that may be asked."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if not 0 < port < 65_536:
            raise OutgoingFailed(f"{port} is no port")
        last: Exception = OutgoingFailed(f"{host} has no address")
        for address in await _resolve(host, port):
            why = refusal_of(address, self._reach)
            if why is not None:
                raise OutgoingFailed(f"{host} ({address}) may not be asked: {why}")
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise OutgoingFailed("no socket of this machine may be asked")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _resolve(host: str, port: int) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutgoingFailed(f"the name {host} is not known: {error}") from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@asynccontextmanager
async def _client(*, verifies: bool, reach: Reach) -> AsyncIterator[httpx.AsyncClient]:
    context = ssl.create_default_context()
    if not verifies:  # an administrator said so, for a certificate of their own
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    transport = httpx.AsyncHTTPTransport(verify=context)
    # httpx has no way to hand a network backend down to its pool; drop this line when it has one.
    transport._pool = httpcore.AsyncConnectionPool(ssl_context=context, network_backend=_Guard(reach))
    # trust_env off: a proxy of the environment would see the address, not the guard.
    async with httpx.AsyncClient(
        transport=transport, timeout=USUAL.time_s, follow_redirects=False, trust_env=False
    ) as client:
        yield client


async def _read(response: httpx.Response, largest: int) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > largest:
            raise OutgoingFailed(f"{_shown(str(response.url))} answers more than {largest} bytes")
    return bytes(body)


def _shown(url: str) -> str:
    return url.partition("?")[0][:200]  # what follows may be secret
