"""Syslog messages over TCP or TLS, each led by its length.

    123 <110>1 2026-01-31T12:00:00.000000Z host havre 42 manifest.pushed - {"id":7,…}

Syslog answers nothing, so a batch counts as taken when the other side's machine has acknowledged every byte.
Source: RFC 5424 (the message), RFC 6587 section 3.4.1 and RFC 5425 section 4.3 (octet counting).
"""

import asyncio
import fcntl
import os
import ssl
import struct
import termios
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from havre.audit import AuditRecord, line_of
from havre.audit.errors import ReceiverAway

_TIMEOUT_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.005
_FACILITY: Final = 13  # log audit
_INFORMATIONAL, _WARNING = 6, 4


class SyslogReceiver:
    """One connection, made when it is needed and made again when it broke."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, sender: str) -> None:
        self._host = host
        self._port = port
        self._context = context
        self._sender = _printable(sender, 255)
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def target(self) -> str:
        """Name the receiver."""
        return f"syslog+{'tcp' if self._context is None else 'tls'}://{self._host}:{self._port}"

    async def send(self, records: Sequence[AuditRecord]) -> None:
        """Send a message for each record and wait until the other machine has them."""
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                reader, writer = self._open or await self._connect()
                writer.write(b"".join(_framed(message_of(record, self._sender)) for record in records))
                await writer.drain()
                await _acknowledged(reader, writer)
        except (OSError, TimeoutError, ssl.SSLError) as error:
            await self.close()
            raise ReceiverAway(f"{self._host}:{self._port}: {error or 'no answer in time'}") from error

    async def close(self) -> None:
        """Let the connection go."""
        opened, self._open = self._open, None
        if opened is not None:
            opened[1].close()
            with suppress(OSError, TimeoutError, ssl.SSLError):
                async with asyncio.timeout(1):
                    await opened[1].wait_closed()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        server = self._host if self._context is not None else None
        self._open = await asyncio.open_connection(
            self._host, self._port, ssl=self._context, server_hostname=server
        )
        return self._open


def message_of(record: AuditRecord, sender: str) -> bytes:
    """Write a record as a syslog message; the text is the line of JSON."""
    severity = _INFORMATIONAL if record.succeeded else _WARNING
    moment = record.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    priority, kind = _FACILITY * 8 + severity, _printable(record.name, 32)
    head = f"<{priority}>1 {moment} {sender} havre {os.getpid()} {kind} - "
    return head.encode("ascii") + line_of(record)


def _framed(message: bytes) -> bytes:
    return b"%d %b" % (len(message), message)


def _printable(text: str, longest: int) -> str:
    kept = "".join(letter for letter in text if "!" <= letter <= "~")[:longest]
    return kept or "-"


async def _acknowledged(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    socket = writer.get_extra_info("socket")
    while writer.transport.get_write_buffer_size() or _unacknowledged(socket.fileno()):
        if reader.at_eof() or writer.is_closing():
            break
        await asyncio.sleep(_LOOK_EVERY_S)
    if reader.at_eof() or writer.is_closing():
        raise ConnectionResetError("the receiver closed the connection")


def _unacknowledged(descriptor: int) -> int:
    """Count the bytes that the other machine has not acknowledged (Linux: SIOCOUTQ)."""
    raw = fcntl.ioctl(descriptor, termios.TIOCOUTQ, b"\0\0\0\0")
    count: int = struct.unpack("i", raw)[0]
    return count
