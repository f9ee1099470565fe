"""A syslog receiver over real TCP or TLS that keeps what it gets; RFC 6587 octet counting is held to."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

# RFC 5424, section 6: HEADER SP STRUCTURED-DATA SP MSG, without structured data.
_MESSAGE: Final = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (?P<host>[!-~]{1,255}) "
    r"havre (?P<process>\d+) (?P<kind>[!-~]{1,32}) - (?P<text>\{.*\})\Z",
    re.DOTALL,
)


class Syslog:
    """What a receiver got: the parts of each message, in order."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.connections = 0
        self.port = 0
        self._arrived = asyncio.Condition()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    @property
    def resources(self) -> list[str]:
        """List what the messages are about."""
        return [str(json.loads(message["text"])["resource"]) for message in self.messages]

    async def until(self, count: int) -> None:
        """Wait until there are so many messages."""
        async with asyncio.timeout(20), self._arrived:
            await self._arrived.wait_for(lambda: len(self.messages) >= count)

    async def open(self, context: ssl.SSLContext | None = None) -> None:
        """Listen, on the port of last time if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def die(self) -> None:
        """Close the door and every connection at once."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int(await reader.readuntil(b" "))
                text = (await reader.readexactly(length)).decode()
                match = _MESSAGE.match(text)
                assert match is not None, text
                async with self._arrived:
                    self.messages.append(match.groupdict())
                    self._arrived.notify_all()
        writer.close()


@asynccontextmanager
async def listening(context: ssl.SSLContext | None = None) -> AsyncIterator[Syslog]:
    """Run a receiver."""
    syslog = Syslog()
    await syslog.open(context)
    try:
        yield syslog
    finally:
        await syslog.die()
