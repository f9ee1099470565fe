"""Keeps the end of the audit chain as a small file in the data directory. Implements audit's Anchor.

audit.head = the seal's number, a colon, its mac in hex. A crash between the seal and this file leaves the
head before: it is in the chain as well.
"""

import asyncio
import logging
import os
from pathlib import Path
from typing import Final

from havre.audit.model import Head

_NAME: Final = "audit.head"
_LONGEST: Final = 4096
_log: Final = logging.getLogger("havre.audit")


class FileAnchor:
    """One file, replaced as a whole."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / _NAME

    async def note(self, head: Head) -> None:
        """Keep this head; a disk that is full costs the note, not the seal."""
        try:
            await asyncio.to_thread(self._write, f"{head}\n")
        except OSError as error:
            _log.warning("head of the journal not noted path=%s error=%s", self._path, error.strerror)

    async def read(self) -> Head | None:
        """Get the last head; None where there is none that can be read."""
        return Head.parse(await asyncio.to_thread(self._read))

    def _write(self, text: str) -> None:
        draft = self._path.with_name(f".{_NAME}.{os.getpid()}")
        draft.write_text(text, "ascii")
        draft.replace(self._path)

    def _read(self) -> str:
        try:
            with self._path.open("rb") as file:
                return file.read(_LONGEST).decode("ascii", "replace")
        except FileNotFoundError:
            return ""
