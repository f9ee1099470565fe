"""The tests of trust data (tests/unit/signing) once more, over PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.house import open_registry
from kit.postgres import Postgres
from unit.signing.test_trust import *  # noqa: F403 - every test of the module runs here again
from unit.signing.trust_house import TrustHouse


@pytest.fixture
async def trust(tmp_path: Path, postgres: Postgres) -> AsyncIterator[TrustHouse]:
    """The use cases of Notary around a registry over PostgreSQL."""
    async with open_registry(tmp_path, postgres.fresh()) as house:
        yield TrustHouse(house)
