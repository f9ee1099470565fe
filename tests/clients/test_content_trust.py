"""Docker Content Trust: docker signs and checks at the registry's own address, and nothing is set up."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.client import REPOSITORY, Images, Registry
from clients.dockerd import Dockerd
from clients.engine import Engine
from kit.server import DEVELOPER, GUEST
from kit.tools import CommandError, require

_PASSPHRASES = {
    "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE": "Harbour-Test-1",
    "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE": "Harbour-Test-1",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dockerd]:
    with Dockerd(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


class Signer(Engine):
    """A docker whose home holds the keys of one person; `trusting` is the same with content trust on."""

    def trusting(self, *words: str) -> str:
        """Run a command that checks or makes signatures."""
        self.environment["DOCKER_CONTENT_TRUST"] = "1"
        try:
            return self.run(*words)
        finally:
            self.environment["DOCKER_CONTENT_TRUST"] = "0"

    def inspect(self, reference: str) -> dict[str, list[str]]:
        """Tell who signed which tag."""
        [found] = json.loads(self.run("trust", "inspect", reference))
        return {tag["SignedTag"]: tag["Signers"] for tag in found["SignedTags"]}


@pytest.fixture(params=["docker-20", "docker-28"])
def signers(
    request: pytest.FixtureRequest, tls: Registry, engine: Dockerd, images: Images, tmp_path: Path
) -> Iterator[tuple[Signer, Signer]]:
    """Two people at two machines."""
    assert tls.authority is not None
    engine.trust(tls.address, tls.authority)
    found = []
    for name in ("one", "other"):
        home = tmp_path / name
        trusted = home / "tls" / tls.address
        trusted.mkdir(parents=True)
        (trusted / "ca.crt").write_bytes(tls.authority.read_bytes())
        environment = {"DOCKER_HOST": engine.address, "DOCKER_CONFIG": str(home), "DOCKER_CONTENT_TRUST": "0"}
        command = [require(request.param)]
        found.append(Signer(tls, images.busybox, command, {**environment, **_PASSPHRASES}))
    yield found[0], found[1]
    tls.server.check(deep=True)


def test_an_image_is_signed_checked_and_revoked(signers: tuple[Signer, Signer], tls: Registry) -> None:
    signer, reader = signers
    project = tls.project()
    developer, guest = tls.member(project, DEVELOPER), tls.member(project, GUEST)
    name = f"{tls.address}/{project}/{REPOSITORY}"
    signer.login(developer)
    signer.run("import", str(signer.image.root), f"{name}:1")
    signed = signer.identity(f"{name}:1")

    signer.run("trust", "sign", f"{name}:1")
    signer.run("rmi", f"{name}:1")

    assert signer.inspect(name) == {"1": [developer.name]}
    reader.login(guest)
    assert reader.inspect(name) == {"1": [developer.name]}
    reader.trusting("pull", f"{name}:1")
    assert reader.identity(f"{name}:1") == signed
    reader.run("rmi", f"{name}:1")

    # Another image under the signed tag: who checks gets the one that was signed.
    signer.run("import", "--change", "CMD other", str(signer.image.root), f"{name}:1")
    signer.run("push", f"{name}:1")
    signer.run("rmi", f"{name}:1")
    reader.trusting("pull", f"{name}:1")
    assert reader.identity(f"{name}:1") == signed
    reader.run("rmi", f"{name}:1")

    signer.run("trust", "revoke", "--yes", f"{name}:1")
    with pytest.raises(CommandError, match=r"(?i)trust data"):
        reader.trusting("pull", f"{name}:1")


def test_a_push_signs_and_what_nobody_signed_is_refused(
    signers: tuple[Signer, Signer], tls: Registry
) -> None:
    signer, reader = signers
    project = tls.project()
    developer = tls.member(project, DEVELOPER)
    name = f"{tls.address}/{project}/{REPOSITORY}"
    for one in signers:
        one.login(developer)
    for tag in ("2", "3"):
        signer.run("import", str(signer.image.root), f"{name}:{tag}")
    signer.run("push", f"{name}:3")

    printed = signer.trusting("push", f"{name}:2")

    signer.run("rmi", f"{name}:2", f"{name}:3")
    assert "Successfully signed" in printed or "Finished initializing" in printed
    reader.trusting("pull", f"{name}:2")
    reader.run("rmi", f"{name}:2")
    with pytest.raises(CommandError, match="No valid trust data for 3"):
        reader.trusting("pull", f"{name}:3")


def test_a_guest_cannot_sign(signers: tuple[Signer, Signer], tls: Registry) -> None:
    signer, stranger = signers
    project = tls.project()
    developer, guest = tls.member(project, DEVELOPER), tls.member(project, GUEST)
    name = f"{tls.address}/{project}/{REPOSITORY}"
    signer.login(developer)
    signer.run("import", str(signer.image.root), f"{name}:1")
    signer.run("push", f"{name}:1")
    stranger.login(guest)

    with pytest.raises(CommandError, match=r"(?i)denied|unauthorized|not authorized"):
        stranger.run("trust", "sign", f"{name}:1")

    signer.run("rmi", f"{name}:1")
