"""What the journal needs from the machine."""

from collections.abc import Sequence
from typing import Protocol

from havre.audit.model import AuditRecord, Head


class Horizon(Protocol):
    """Tells how far the journal is settled."""

    async def settled_id(self) -> int:
        """Find an id such that no row at or below it can still appear; 0 when nothing is known yet."""


class Anchor(Protocol):
    """Keeps the end of the chain outside the database, so that cutting the chain off shows."""

    async def note(self, head: Head) -> None:
        """Keep this head in place of the last one."""

    async def read(self) -> Head | None:
        """Get the last head that was noted."""


class Receiver(Protocol):
    """Where the journal is forwarded to; one connection at a time."""

    @property
    def target(self) -> str:
        """Name the place; the cursor is kept under it."""

    async def send(self, records: Sequence[AuditRecord]) -> None:
        """Hand records over in order, and return when the other side's machine has them.

        Raises: ReceiverAway.
        """

    async def close(self) -> None:
        """Let the connection go."""
