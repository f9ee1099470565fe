"""Sessions and the run-time configuration, over each engine: the unit tests again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from unit.access.house import House, open_house
from unit.access.test_sessions import *  # noqa: F403 - the same tests, on this house
from unit.system.test_configuration import *  # noqa: F403

del test_a_change_is_in_force_at_once_in_every_process  # noqa: F821 - it opens a second process on SQLite


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house on a database that holds the schema."""
    async with open_house(tmp_path / "unused.db", url=url) as opened:
        yield opened
