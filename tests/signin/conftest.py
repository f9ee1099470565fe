"""One directory server for all tests of this suite that only read it."""

from collections.abc import Iterator

import pytest

from kit.slapd import Slapd, running_slapd


@pytest.fixture(scope="session")
def slapd() -> Iterator[Slapd]:
    with running_slapd() as server:
        yield server
