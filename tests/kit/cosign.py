"""cosign with a key pair, at one registry, without anything in the open."""

from pathlib import Path

from kit.tools import require, run

_OFFLINE = ("--tlog-upload=false", "--use-signing-config=false", "--yes")


class Cosign:
    """Somebody who signs; the home holds the keys and the login."""

    def __init__(self, registry: str, home: Path, account: tuple[str, str]) -> None:
        """Make a key pair and log in."""
        home.mkdir(parents=True, exist_ok=True)
        self._home = home
        self._run("generate-key-pair")
        self._run("login", registry, "-u", account[0], "-p", account[1])

    @property
    def public_key(self) -> str:
        """The public half, in PEM."""
        return (self._home / "cosign.pub").read_text()

    def sign(self, name: str, *flags: str) -> None:
        """Sign an image, named by its digest."""
        self._run("sign", *_OFFLINE, *flags, "--key", "cosign.key", name)

    def attest(self, name: str, *flags: str) -> None:
        """State something of an image."""
        (self._home / "statement.json").write_text('{"tested": true}')
        words = ["--predicate", "statement.json", "--type", "custom", "--key", "cosign.key"]
        self._run("attest", *_OFFLINE, *flags, *words, name)

    def verify(self, name: str, *flags: str) -> str:
        """Check a signature as others would."""
        words = ["--key", "cosign.pub", "--insecure-ignore-tlog=true"]
        return self._run("verify", *words, *flags, name)

    def copy(self, source: str, target: str) -> None:
        """Copy an image with its signatures."""
        self._run("copy", source, target)

    def _run(self, *words: str) -> str:
        environment = {"COSIGN_PASSWORD": "Harbour-1", "DOCKER_CONFIG": str(self._home)}
        return run([require("cosign"), *words], environment, directory=self._home)
