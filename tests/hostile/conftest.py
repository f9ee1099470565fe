"""A registry under attack, over both engines: alive, without a traceback and clean at the end."""

from collections.abc import Iterator

import pytest

from kit.exchange import Exchange
from kit.postgres import Postgres, running_postgres
from kit.server import HAVRE, Server, Settings
from kit.tools import run


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two workers that must survive the module."""
    environment = {}
    if request.param == "postgres":
        engine: Postgres = request.getfixturevalue("postgres")
        environment["HAVRE_DATABASE_URL"] = engine.fresh()
    data = tmp_path_factory.mktemp(request.param) / "data"
    with Server(data, Settings(workers=2, environment=environment)) as running:
        pid = running.pid
        yield running
        assert running.api.http.get("/health").status_code == 200
        assert running.pid == pid
        log = running.log.read_text("utf-8", "replace")
        assert "Traceback" not in log, running.log_tail()
        assert "worker" not in log.lower() or "died" not in log.lower(), running.log_tail()
        run([HAVRE, "check", "--data", running.data, "--deep"], environment)


@pytest.fixture
def wire(server: Server) -> Iterator[Exchange]:
    """A connection as the administrator."""
    with Exchange.with_server(server) as exchange:
        yield exchange
