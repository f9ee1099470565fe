"""An instance with the scene for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from unit.edge.api.rig import Instance, open_instance


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    """A copy of the scene, served in process."""
    async with open_instance(tmp_path) as opened:
        yield opened
