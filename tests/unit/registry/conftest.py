"""A registry for each test, on SQLite. tests/contract/test_registry_api.py runs the same over PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.house import RegistryHouse, open_registry


@pytest.fixture
def registry_url() -> str | None:
    """The database: None is SQLite in the registry's own directory."""
    return None


@pytest.fixture
async def house(tmp_path: Path, registry_url: str | None) -> AsyncIterator[RegistryHouse]:
    """A registry with its administrator and `library`."""
    async with open_registry(tmp_path, registry_url) as opened:
        yield opened
