"""What every registry client is asked to do in the journeys, and what it works with."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from kit.images import Image
from kit.server import Server
from kit.tools import CommandError

REPOSITORY = "sample"
PASSWORD = "Sailor-Test-2"
# What the clients print for 401 and 403; a connection that fails prints none of it.
_REFUSAL = re.compile(
    r"unauthori[sz]ed|denied|forbidden|authentication required|invalid username"
    r"|basic (auth )?credential|\b40[13]\b",
    re.IGNORECASE,
)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a password."""

    name: str
    password: str = PASSWORD


@dataclass(frozen=True, slots=True)
class Images:
    """The real images that the journeys push."""

    busybox: Image
    platforms: Image


@dataclass(frozen=True, slots=True)
class Registry:
    """The server of a journey, reached over plain HTTP or over TLS with a private authority."""

    server: Server
    address: str
    authority: Path | None

    @property
    def is_plain(self) -> bool:
        """Whether clients must be told that this is no TLS."""
        return self.authority is None

    def project(self, *, is_public: bool = False) -> str:
        """Create a project that no other journey uses, and return its name."""
        name = f"project-{next(_numbers)}"
        self.server.api.create_project(name, is_public=is_public)
        return name

    def member(self, project: str, role: int) -> User:
        """Create a user with `role` in `project`."""
        user = User(f"user{next(_numbers)}")
        self.server.api.create_user(user.name, user.password)
        self.server.api.add_member(project, user.name, role)
        return user


class Client(Protocol):
    """A registry client with a home of its own. References are `host:port/project/sample:1.0.0`.

    `push` and `pull` return the same text exactly when what came back is what was sent.
    """

    def login(self, user: User) -> None:
        """Log in; raises CommandError when the registry refuses."""

    def logout(self) -> None:
        """Forget the login."""

    def push(self, reference: str) -> str:
        """Push the client's sample and return what identifies its content."""

    def pull(self, reference: str) -> str:
        """Pull into a place that is empty and return what identifies the content."""


class Lister(Client, Protocol):
    """A client that can list tags."""

    def tags(self, repository: str) -> list[str]:
        """Return the tags of `host:port/project/sample`."""


class Deleter(Client, Protocol):
    """A client that can delete."""

    def delete(self, reference: str) -> None:
        """Delete what `reference` names."""


@contextmanager
def refused() -> Iterator[None]:
    """Expect the registry, and not the wire or the command line, to refuse."""
    with pytest.raises(CommandError) as caught:
        yield
    assert _REFUSAL.search(str(caught.value)), f"failed, but was not refused: {caught.value}"
