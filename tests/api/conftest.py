"""One event loop and one house for the session: the scene is put back between the tests."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.house import House, make_scene, template_directory
from kit.postgres import Postgres, running_postgres


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.Runner]:
    """The loop that everything in process runs in."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="session")
def house(loop: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The application on the scene."""
    data: Path = tmp_path_factory.mktemp("house")

    async def build() -> House:
        scene = await make_scene()
        return House(template_directory(), scene, data)

    return loop.run(build())


@pytest.fixture
def own_house(loop: asyncio.Runner, house: House, tmp_path: Path) -> House:
    """An application of the test's own: it remembers nothing of rows that `restore` took back."""

    async def build() -> House:
        return House(template_directory(), house.scene, tmp_path)

    return loop.run(build())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for the session."""
    with running_postgres() as server:
        yield server
