"""Trust data in this process, over SQLite; tests/contract/test_trust_databases.py has the other engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.house import open_registry
from unit.signing.trust_house import TrustHouse


@pytest.fixture
async def trust(tmp_path: Path) -> AsyncIterator[TrustHouse]:
    """The use cases of Notary around a registry."""
    async with open_registry(tmp_path) as house:
        yield TrustHouse(house)
