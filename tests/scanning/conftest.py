"""What the tests of scanning stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.postgres import running_postgres
from replication.site import Site
from scanning.images import instance


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Name an empty database; nothing for SQLite in the data directory."""
    if request.param == "sqlite":
        yield ""
        return
    with running_postgres() as server:
        yield server.empty()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An instance on SQLite; it ends with a check."""
    with instance(tmp_path) as found:
        yield found
        found.check()
