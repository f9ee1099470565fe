"""The one HTTP client that asks other systems: guarded addresses, no redirects, limits of size and time.

A name is resolved here, every address checked (kernel/addresses), and the connection made to the address that
was checked: a name that changes its mind in between (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpcore
import httpx

from havre.kernel.addresses import refusal_of
from havre.kernel.errors import HavreError

_TIME_S: Final = 10.0  # all in all; people wait for the answer
# ValueError: a name that is no IDN
_FAILURES: Final = (
    *(httpx.HTTPError, httpx.InvalidURL, httpcore.ConnectError, httpcore.ConnectTimeout),
    *(OSError, TimeoutError, ValueError),
)
_LARGEST: Final = 1 << 20  # 1 MiB: key sets and discovery documents are some KiB


class OutgoingFailed(HavreError):
    """Another system could not be asked, or answered what nobody can use."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects to addresses that may be asked."""

    def __init__(self, *, may_be_private: bool) -> None:
        self._may_be_private = may_be_private
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
            why = refusal_of(address, may_be_private=self._may_be_private)
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


class Outgoing:
    """Asks other systems."""

    def __init__(self, *, may_be_private: bool = True) -> None:
        self._may_be_private = may_be_private

    async def get(
        self, url: str, headers: Mapping[str, str] | None = None, *, verifies: bool = True
    ) -> Reply:
        """Ask for a document.

        Raises: OutgoingFailed.
        """
        return await self._send("GET", url, headers or {}, None, verifies=verifies)

    async def post_form(
        self,
        url: str,
        form: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        *,
        verifies: bool = True,
    ) -> Reply:
        """Send a form.

        Raises: OutgoingFailed.
        """
        return await self._send("POST", url, headers or {}, form, verifies=verifies)

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
        *,
        verifies: bool,
    ) -> Reply:
        try:
            async with asyncio.timeout(_TIME_S), self._client(verifies=verifies) as client:
                async with client.stream(method, url, headers=dict(headers), data=form) as response:
                    body = await _read(response)
                return Reply(response.status_code, dict(response.headers), body)
        except _FAILURES as error:
            raise OutgoingFailed(f"{_shown(url)} does not answer: {error or type(error).__name__}") from error

    @asynccontextmanager
    async def _client(self, *, verifies: bool) -> AsyncIterator[httpx.AsyncClient]:
        context = ssl.create_default_context()
        if not verifies:  # an administrator said so, for a certificate of their own
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        transport = httpx.AsyncHTTPTransport(verify=context)
        # httpx has no way to hand a network backend down to its pool; drop this line when it has one.
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, network_backend=_Guard(may_be_private=self._may_be_private)
        )
        # trust_env off: a proxy of the environment would see the address, not the guard.
        async with httpx.AsyncClient(
            transport=transport, timeout=_TIME_S, follow_redirects=False, trust_env=False
        ) as client:
            yield client


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > _LARGEST:
            raise OutgoingFailed(f"{_shown(str(response.url))} answers more than {_LARGEST} bytes")
    return bytes(body)


def _shown(url: str) -> str:
    return url.partition("?")[0][:200]  # what follows may be secret
