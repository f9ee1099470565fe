"""How far the journal is settled: below which id no row can appear any more. Implements audit's Horizon.

SQLite has one writer at a time, so what a view sees is all there is below it. On PostgreSQL an id is drawn
from the sequence before its transaction commits, so that a lower one may become visible later. A transaction
takes its lock on `event` before it draws an id; so: look at the sequence, then at who holds that lock, and
wait until each of them has let go.
"""

import asyncio
import time
from typing import Final

from havre.kernel.work import Database, Reader

_LOOK_EVERY_S: Final = 0.05
_LONGEST_WAIT_S: Final = 10.0  # then it is tried again later: a transaction may be as old as 60 s
_HOLDERS: Final = """
SELECT virtualtransaction AS name FROM pg_locks
WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND relation = CAST('event' AS regclass)
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class SqliteHorizon:
    """The last row that is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def settled_id(self) -> int:
        """Find the last id."""
        async with self._database.read() as reader:
            row = await reader.first("SELECT COALESCE(MAX(id), 0) AS last FROM event")
        return 0 if row is None else int(row.last)


class PostgresHorizon:
    """The sequence, once everybody is through who may have drawn from it."""

    def __init__(self, database: Database, longest_wait_s: float = _LONGEST_WAIT_S) -> None:
        self._database = database
        self._longest_wait_s = longest_wait_s
        self._known = 0

    async def settled_id(self) -> int:
        """Find the last id below which nobody writes; the one known before when somebody takes too long."""
        async with self._database.read() as reader:
            row = await reader.first(
                "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM event_id_seq"
            )
            waited_for = await _holders(reader)
        drawn = 0 if row is None else int(row.last)
        until = time.monotonic() + self._longest_wait_s
        while waited_for:
            if time.monotonic() > until:
                return self._known
            await asyncio.sleep(_LOOK_EVERY_S)
            async with self._database.read() as reader:
                waited_for &= await _holders(reader)
        self._known = max(self._known, drawn)
        return self._known


def open_horizon(url: str, database: Database) -> SqliteHorizon | PostgresHorizon:
    """Make the horizon of the database that was opened at `url`."""
    return SqliteHorizon(database) if url.startswith("sqlite:") else PostgresHorizon(database)


async def _holders(reader: Reader) -> set[str]:
    return {str(row.name) for row in await reader.all(_HOLDERS)}
