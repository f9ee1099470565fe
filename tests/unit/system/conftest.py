"""A house for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from unit.access.house import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A house with its first administrator."""
    async with open_house(tmp_path / "havre.db") as opened:
        yield opened
