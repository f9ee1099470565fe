"""A registry for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.house import RegistryHouse, open_registry


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RegistryHouse]:
    """A registry with its administrator and `library`."""
    async with open_registry(tmp_path) as opened:
        yield opened
