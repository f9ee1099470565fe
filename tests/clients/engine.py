"""Clients with an image store of their own: they import, push, forget, and pull again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from clients.client import Registry, User
from kit.images import Image
from kit.tools import run


class Flags(Protocol):
    """How an engine is told about the registry's transport."""

    def __call__(self, verb: str, registry: Registry) -> list[str]:
        """Return the options of `verb`."""


def no_flags(verb: str, registry: Registry) -> list[str]:
    """Return nothing: docker's engine is told by its own directories."""
    del verb, registry
    return []


@dataclass
class Engine:
    """docker or podman: the same words, told about the transport in different ways."""

    registry: Registry
    image: Image
    command: Sequence[str | Path]
    environment: dict[str, str]
    flags: Flags = field(default=no_flags)

    def login(self, user: User) -> None:
        """Log in."""
        account = ["--username", user.name, "--password-stdin"]
        self._ask("login", *account, self.registry.address, stdin=user.password)

    def logout(self) -> None:
        """Forget the login."""
        self.run("logout", self.registry.address)

    def push(self, reference: str) -> str:
        """Import the root file system, push it, and forget it; the identity is the configuration's digest."""
        self.run("import", str(self.image.root), reference)
        identity = self.identity(reference)
        try:
            self._ask("push", reference)
        finally:
            self.run("rmi", reference)
        return identity

    def pull(self, reference: str) -> str:
        """Pull, and forget it again."""
        self._ask("pull", reference)
        identity = self.identity(reference)
        self.run("rmi", reference)
        return identity

    def identity(self, reference: str) -> str:
        """Return the digest of the image's configuration, which names every layer's content."""
        printed = self.run("image", "inspect", "--format", "{{.Id}}", reference)
        return printed.strip().removeprefix("sha256:")

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run one of the engine's own commands."""
        return run([*self.command, *arguments], environment=self.environment, stdin=stdin)

    def _ask(self, verb: str, *arguments: str, stdin: str | None = None) -> str:
        return self.run(verb, *self.flags(verb, self.registry), *arguments, stdin=stdin)
