"""The two engines that processes are killed on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.postgres import running_postgres


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Name an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'rows.db'}"
        return
    with running_postgres() as server:
        yield server.empty()
