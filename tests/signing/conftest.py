"""Two servers that ought to be alike: Debian's notary-server and ours, both over TLS with tokens."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kit.notary import TrustServer, notary_server
from kit.server import ADMIN_PASSWORD, Server, Settings
from kit.tls import Authority
from replication.site import Account


@pytest.fixture(scope="session")
def notary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrustServer]:
    """Debian's."""
    with notary_server(tmp_path_factory.mktemp("notary")) as server:
        yield server


@pytest.fixture(scope="session")
def havre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrustServer]:
    """Ours; it ends with a check."""
    directory: Path = tmp_path_factory.mktemp("havre")
    authority = Authority(directory / "authority")
    with Server(directory / "data", Settings(authority=authority)) as server:
        yield TrustServer(server.url, server.registry, ("admin", ADMIN_PASSWORD), authority.certificate)
        server.check()


def client_of(server: TrustServer) -> httpx.Client:
    """Make a client that proves the account as it is asked to."""
    trusted = ssl.create_default_context(cafile=server.authority)
    return httpx.Client(base_url=server.url, auth=Account(*server.account), verify=trusted, timeout=30)
