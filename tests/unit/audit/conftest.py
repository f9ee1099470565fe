"""A prepared SQLite database whose journal is the real one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from havre.adapters.database import prepare_database
from havre.adapters.database.sqlite import SqliteDatabase
from kit.clock import WoundClock
from unit.audit.desk import Desk


@pytest.fixture
def clock() -> WoundClock:
    return WoundClock()


@pytest.fixture
async def desk(tmp_path: Path, clock: WoundClock) -> AsyncIterator[Desk]:
    prepare_database(f"sqlite:///{tmp_path / 'havre.db'}")
    desk = Desk(clock)
    desk.database_path = tmp_path / "havre.db"
    desk.database = SqliteDatabase(desk.database_path, desk.journal, is_strict=True)
    yield desk
    await desk.database.close()
