"""Instances that may reach each other on this machine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kit.network import Network, Station
from kit.server import Server, Settings
from replication.site import Site

OPEN = {"HAVRE_OUTGOING_ALLOW": "127.0.0.0/8", "HAVRE_REPLICATION_RECONCILE_EVERY_S": "86400"}
MakeSite = Callable[..., Site]


@pytest.fixture
def network() -> Iterator[Network]:
    """A network to put instances in."""
    with Network() as made:
        yield made


@pytest.fixture
def site(tmp_path: Path) -> Iterator[MakeSite]:
    """Start instances; each ends with a check."""
    with ExitStack() as stack:
        made: list[Site] = []

        def make(name: str, host: Station | None = None, **environment: str) -> Site:
            settings = Settings(environment={**OPEN, **environment}, host=host)
            server = stack.enter_context(Server(tmp_path / name, settings))
            found = Site(server.url, server)
            stack.callback(found.http.close)
            made.append(found)
            return found

        yield make
        for one in made:
            one.check()
