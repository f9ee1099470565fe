"""Export: read the journal of a time as a stream. Not for what is forwarded as it happens."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from havre.audit.model import AuditRecord
from havre.audit.store import events as store
from havre.kernel.clock import to_micros
from havre.kernel.work import Database

_PIECE: Final = 1000
_ALWAYS: Final = 2**62
COLUMNS: Final = (
    "id", "at", "name", "operation", "resource_type", "resource", "project_id", "succeeded", "actor_kind",
    "actor", "address", "client", "request_id", "description", "facts",
)  # fmt: skip


class Export:
    """Reads piece by piece, so that neither memory nor a long transaction is needed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pieces(
        self, since: datetime | None, until: datetime | None
    ) -> AsyncIterator[Sequence[AuditRecord]]:
        """Give the rows from `since` on and before `until`, oldest first."""
        start = 0 if since is None else to_micros(since)
        end = _ALWAYS if until is None else to_micros(until)
        after = (-1, 0)
        while True:
            async with self._database.read() as reader:
                found = await store.events_between(reader, start, end, after, _PIECE)
            if found:
                yield found
                after = to_micros(found[-1].at), found[-1].record_id
            if len(found) < _PIECE:
                return
