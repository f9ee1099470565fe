"""The two engines, each with a fresh database."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from contract.notes import NoteTaker
from havre.adapters.database import open_database, prepare_database
from havre.kernel.work import Database
from kit.postgres import Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name a database that holds the schema."""
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        return server.fresh()
    address = f"sqlite:///{tmp_path / 'havre.db'}"
    prepare_database(address)
    return address


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = open_database(url, NoteTaker())
    yield opened
    await opened.close()
