"""What groups decide, over each engine: the unit tests of access/groups again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from unit.access.house import House, open_house
from unit.access.test_groups import *  # noqa: F403 - the same tests, on this house


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house on a database that holds the schema."""
    async with open_house(tmp_path / "unused.db", url=url) as opened:
        yield opened
