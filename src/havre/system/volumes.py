"""Tells administrators how much room the data directory's volume has."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from havre.access import require_system
from havre.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Volume:
    """One place where bytes are kept."""

    total_bytes: int
    free_bytes: int


class Volumes:
    """Asks the file system."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def report(self, actor: Actor) -> Sequence[Volume]:
        """List the places.

        Raises: Unauthenticated, Denied.
        """
        require_system(actor, "system-volumes", "read")
        usage = await asyncio.to_thread(shutil.disk_usage, self._directory)
        return [Volume(usage.total, usage.free)]
