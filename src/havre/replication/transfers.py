"""Rows of `transfer`: where the transfer of a blob had come to, so that a next try goes on there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.work import Database

_KEPT: Final = timedelta(days=7)  # registries forget uploads sooner


class Direction(StrEnum):
    """Which way a blob goes."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One blob on its way to one repository of the side that gets it."""

    endpoint_id: int
    direction: Direction
    repository: str
    digest: Digest


class Transfers:
    """Remembers transfers over the end of a process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def place(self, one: Transfer) -> str | None:
        """Tell where a transfer had come to: the other side's upload, or the number of ours."""
        async with self._database.read() as reader:
            row = await reader.first(
                """SELECT location FROM transfer WHERE endpoint_id = :endpoint_id
                   AND direction = :direction AND repository = :repository AND digest = :digest""",
                _key(one),
            )
        return None if row is None else str(row.location)

    async def keep(self, one: Transfer, location: str) -> None:
        """Note where a transfer is."""
        async with self._database.write() as work:
            await work.run(
                """INSERT INTO transfer (endpoint_id, direction, repository, digest, location, updated_at)
                   VALUES (:endpoint_id, :direction, :repository, :digest, :location, :now)
                   ON CONFLICT (endpoint_id, direction, repository, digest) DO UPDATE SET
                       location = excluded.location, updated_at = excluded.updated_at""",
                {**_key(one), "location": location, "now": to_micros(self._clock.now())},
            )

    async def end(self, one: Transfer) -> None:
        """Forget one that is through."""
        async with self._database.write() as work:
            await work.run(
                """DELETE FROM transfer WHERE endpoint_id = :endpoint_id AND direction = :direction
                   AND repository = :repository AND digest = :digest""",
                _key(one),
            )

    async def forget_old(self) -> None:
        """Forget those that nobody went on with (index transfer_updated)."""
        before = to_micros(self._clock.now() - _KEPT)
        async with self._database.write() as work:
            await work.run("DELETE FROM transfer WHERE updated_at < :before", {"before": before})

    def keeper(self, one: Transfer) -> Callable[[str], None]:
        """Make what a pool thread calls with each new place; it waits until the place is kept."""
        loop = asyncio.get_running_loop()

        def keep(location: str) -> None:
            asyncio.run_coroutine_threadsafe(self.keep(one, location), loop).result()

        return keep


def _key(one: Transfer) -> dict[str, str | int]:
    return {
        "endpoint_id": one.endpoint_id,
        "direction": str(one.direction),
        "repository": one.repository,
        "digest": str(one.digest),
    }
