"""The registry's own tests (tests/unit/registry) once more, over PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kit.house import RegistryHouse, open_registry
from kit.postgres import Postgres
from unit.registry.test_artifacts import *  # noqa: F403
from unit.registry.test_listings import *  # noqa: F403 - every test of the module runs here again
from unit.registry.test_manifests import *  # noqa: F403
from unit.registry.test_storage import *  # noqa: F403
from unit.registry.test_uploads import *  # noqa: F403
from unit.registry.test_whole_artifacts import *  # noqa: F403


@pytest.fixture
def registry_url(postgres: Postgres) -> str:
    """A fresh database of the shared server."""
    return postgres.fresh()


@pytest.fixture
async def house(tmp_path: Path, registry_url: str) -> AsyncIterator[RegistryHouse]:
    """A registry over PostgreSQL."""
    async with open_registry(tmp_path, registry_url) as opened:
        yield opened
