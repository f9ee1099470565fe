"""oras pushes files that are no image, and attaches one artifact to another."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clients.client import Registry, User
from clients.immutable import ImmutableJourneys
from clients.journeys import DeletingJourneys, Journeys, ListingJourneys, reference_in
from kit.server import DEVELOPER
from kit.tools import require, run

_KIND = "application/vnd.example.letter"


@dataclass
class Oras:
    """oras with a login file of its own; its sample is a letter, not an image."""

    registry: Registry
    home: Path
    letter: str = "ashore on Tuesday"
    programme: Path = field(default_factory=lambda: require("oras"))

    def login(self, user: User) -> None:
        """Log in."""
        account = ["--username", user.name, "--password-stdin"]
        self.run("login", *account, self.registry.address, stdin=user.password)

    def logout(self) -> None:
        """Forget the login."""
        self.run("logout", self.registry.address, is_remote=False)

    def push(self, reference: str) -> str:
        """Push the letter."""
        self._write("letter.txt", self.letter)
        self.run("push", "--artifact-type", _KIND, reference, "letter.txt:text/plain")
        return self.letter

    def pull(self, reference: str) -> str:
        """Pull into an empty directory."""
        target = self.home / "pulled"
        shutil.rmtree(target, ignore_errors=True)
        self.run("pull", "--output", str(target), reference)
        return (target / "letter.txt").read_text()

    def attach(self, reference: str, kind: str) -> None:
        """Attach a stamp of the artifact type `kind` to what `reference` names."""
        self._write("stamp.txt", "seen")
        self.run("attach", "--artifact-type", kind, reference, "stamp.txt:text/plain")

    def referrers(self, reference: str, kind: str) -> list[str]:
        """Return the artifact types of what is attached, those of `kind` alone."""
        options = ["--format", "json", "--artifact-type", kind]
        found = json.loads(self.run("discover", *options, reference))
        return [str(entry["artifactType"]) for entry in found.get("referrers") or []]

    def tags(self, repository: str) -> list[str]:
        """List tags."""
        return self.run("repo", "tags", repository).split()

    def delete(self, reference: str) -> None:
        """Delete the manifest that the tag names."""
        self.run("manifest", "delete", "--force", reference)

    def run(self, *arguments: str, stdin: str | None = None, is_remote: bool = True) -> str:
        """Run one of oras's commands, in the directory of its files."""
        transport = self._transport() if is_remote else []
        environment = {"DOCKER_CONFIG": str(self.home), "ORAS_CACHE": ""}
        command = [
            str(self.programme),
            *arguments,
            *transport,
            "--registry-config",
            str(self.home / "config.json"),
        ]
        return run(command, environment=environment, stdin=stdin, directory=self.home)

    def _write(self, name: str, content: str) -> None:
        (self.home / name).write_text(content)

    def _transport(self) -> list[str]:
        if self.registry.authority is None:
            return ["--plain-http"]
        return ["--ca-file", str(self.registry.authority)]


@pytest.fixture
def client(registry: Registry, tmp_path: Path) -> Oras:
    return Oras(registry, tmp_path)


class TestOras(Journeys, ImmutableJourneys, ListingJourneys, DeletingJourneys):
    """oras makes every journey."""

    def test_what_is_attached_is_found_by_its_type(self, client: Oras, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        client.push(reference_in(registry, project))

        client.attach(reference_in(registry, project), "application/vnd.example.stamp")
        client.attach(reference_in(registry, project), "application/vnd.example.seal")

        found = client.referrers(reference_in(registry, project), "application/vnd.example.seal")
        assert found == ["application/vnd.example.seal"]
