"""JSON lines to a file or to standard output."""

import asyncio
import os
import select
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from havre.audit import AuditRecord, line_of
from havre.audit.errors import ReceiverAway

_PIECE: Final = 4096  # a pipe that is ready takes that much without blocking (POSIX, PIPE_BUF)
_WAIT_S: Final = 10.0


class FileReceiver:
    """Appends to a file, which is opened for each batch: it may be rotated by renaming."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def target(self) -> str:
        """Name the file."""
        return f"file://{self._path}"

    async def send(self, records: Sequence[AuditRecord]) -> None:
        """Append a line for each record; they are on the disk afterwards."""
        text = b"".join(line_of(record) + b"\n" for record in records)
        try:
            await asyncio.to_thread(self._append, text)
        except OSError as error:
            raise ReceiverAway(f"{self._path} cannot be written: {error.strerror}") from error

    async def close(self) -> None:
        """Nothing is open between two batches."""

    def _append(self, text: bytes) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            if end and os.pread(file.fileno(), 1, end - 1) != b"\n":  # a crash cut the last line off
                text = b"\n" + text
            rest = memoryview(text)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())


class OutputReceiver:
    """Writes to standard output; a reader that stands still is away."""

    @property
    def target(self) -> str:
        """Name the place."""
        return "stdout:"

    async def send(self, records: Sequence[AuditRecord]) -> None:
        """Write a line for each record."""
        text = b"".join(line_of(record) + b"\n" for record in records)
        try:
            await asyncio.to_thread(_write_out, text)
        except OSError as error:
            raise ReceiverAway(f"standard output cannot be written: {error}") from error

    async def close(self) -> None:
        """Standard output is not ours to close."""


def _write_out(text: bytes) -> None:
    descriptor, rest = sys.stdout.fileno(), memoryview(text)
    while rest:
        if not select.select([], [descriptor], [], _WAIT_S)[1]:
            raise TimeoutError("its reader stands still")
        rest = rest[os.write(descriptor, rest[:_PIECE]) :]
