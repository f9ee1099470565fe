"""A prepared SQLite database and a clock that stands."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from havre.adapters.database import prepare_database
from havre.adapters.database.sqlite import SqliteDatabase
from havre.kernel.events import Event
from havre.kernel.work import Database, Work
from kit.bench import Bench
from kit.clock import WoundClock


class _Silent:
    async def record(self, work: Work, events: Sequence[Event]) -> None:
        """Keep nothing."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    prepare_database(f"sqlite:///{tmp_path / 'havre.db'}")
    opened = SqliteDatabase(tmp_path / "havre.db", _Silent(), is_strict=True)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> WoundClock:
    return WoundClock()


@pytest.fixture
def bench(database: Database, clock: WoundClock) -> Bench:
    return Bench(database, clock)
