"""The servers and images that the client journeys share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.client import Images, Registry
from kit.images import busybox_image, multi_platform_image
from kit.namespaces import Host
from kit.server import Server, Settings
from kit.tls import Authority


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry on loopback without TLS."""
    with Server(tmp_path_factory.mktemp("plain") / "data") as server:
        yield Registry(server, server.registry, None)


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry with a certificate of a private authority, on a host of its own.

    It is not on loopback, for docker trusts whatever is there.
    """
    directory = tmp_path_factory.mktemp("tls")
    authority = Authority(directory / "authority")
    with Host() as host, Server(directory / "data", Settings(authority=authority, host=host)) as server:
        yield Registry(server, server.registry, authority.certificate)


@pytest.fixture(params=["plain", "tls"])
def registry(request: pytest.FixtureRequest) -> Iterator[Registry]:
    """Each journey runs over plain HTTP and over TLS, and leaves a data directory that `check` passes."""
    chosen = request.getfixturevalue(request.param)
    assert isinstance(chosen, Registry)
    yield chosen
    chosen.server.check(deep=True)


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    """The small images; Debian's is made when a test asks for it."""
    directory: Path = tmp_path_factory.mktemp("images")
    return Images(busybox_image(directory / "busybox"), multi_platform_image(directory / "platforms"))
