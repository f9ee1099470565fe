"""Servers shared by the tests of the wire."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from havre.edge.wire import WireProtocol
from unit.edge.wire.rig import PROTOCOLS, Client, Rig, running


@pytest.fixture(scope="session")
def blob(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wire") / "blob"
    path.write_bytes(os.urandom(1 << 20) * 9)
    return path


@pytest.fixture(scope="session", params=PROTOCOLS)
def rig(request: pytest.FixtureRequest, blob: Path) -> Iterator[Rig]:
    protocol: type[HttpToolsProtocol] = request.param
    with running(protocol, blob) as rig:
        yield rig


@pytest.fixture(scope="session")
def wire(blob: Path) -> Iterator[Rig]:
    with running(WireProtocol, blob) as rig:
        yield rig


@pytest.fixture
def client(rig: Rig) -> Iterator[Client]:
    client = Client(rig.port)
    yield client
    client.socket.close()
