"""Notary's own server of Debian's package, and its command line: the ones that ours is held against."""

import base64
import json
import os
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from kit.peers import ACCOUNT, ISSUER, SERVICE, token_service
from kit.server import free_port
from kit.tls import Authority
from kit.tools import require

_ROLES = ("ROOT", "TARGETS", "SNAPSHOT", "DELEGATION")
_PASSPHRASES = {f"NOTARY_{role}_PASSPHRASE": "Harbour-1" for role in _ROLES}
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_LOG_LINE = re.compile(r'^time="[^"]*" level=\w+ msg=.*$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TrustServer:
    """Where one answers, by which host a name begins, who may publish, and whom its certificate is from."""

    url: str
    host: str
    account: tuple[str, str]
    authority: Path

    def gun(self, name: str) -> str:
        """Make the globally unique name of a repository."""
        return f"{self.host}/{name}"


@contextmanager
def notary_server(directory: Path) -> Iterator[TrustServer]:
    """Run Debian's notary-server with its signer, in memory, over TLS, behind a token service."""
    directory.mkdir(parents=True, exist_ok=True)
    authority = Authority(directory / "authority")
    pair, port, signer_port = authority.issue("127.0.0.1"), free_port(), free_port()
    tls = {"tls_cert_file": str(pair.certificate), "tls_key_file": str(pair.key)}
    with ExitStack() as stack:
        realm, bundle = stack.enter_context(token_service(directory, is_open=True))
        signer = {
            "server": {
                "grpc_addr": f"127.0.0.1:{signer_port}",
                **tls,
                "client_ca_file": str(authority.certificate),
            },
            "storage": {"backend": "memory"},
        }
        server = {
            "server": {"http_addr": f"127.0.0.1:{port}", **tls},
            "trust_service": {
                "type": "remote",
                "hostname": "127.0.0.1",
                "port": str(signer_port),
                "tls_ca_file": str(authority.certificate),
                "key_algorithm": "ecdsa",
                "tls_client_cert": str(pair.certificate),
                "tls_client_key": str(pair.key),
            },
            "storage": {"backend": "memory"},
            "auth": {
                "type": "token",
                "options": {"realm": realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": bundle},
            },
        }
        for name, settings in (("notary-signer", signer), ("notary-server", server)):
            (directory / f"{name}.json").write_text(json.dumps(settings))
            stack.enter_context(_process(name, directory))
        url = f"https://127.0.0.1:{port}"
        _wait(f"{url}/_notary_server/health", authority.certificate)
        yield TrustServer(url, f"127.0.0.1:{port}", ACCOUNT, authority.certificate)


@dataclass(slots=True)
class NotaryCli:
    """The `notary` command line with a trust directory of its own."""

    server: TrustServer
    directory: Path
    _lines: list[str] = field(default_factory=list)

    def run(self, *words: str, stdin: str = "") -> tuple[int, str]:
        """Run it; the exit code, and what it said with names, hashes and addresses taken out."""
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [require("notary"), "-s", self.server.url, "-d", self.directory / "trust"]
        ended = subprocess.run(
            [*map(str, command), "--tlscacert", str(self.server.authority), *words],
            env={**os.environ, **_PASSPHRASES, "NOTARY_AUTH": _encoded(self.server.account)},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return ended.returncode, self.plain(ended.stdout + ended.stderr)

    def plain(self, text: str) -> str:
        """Take out what differs from one server to the other."""
        text = _LOG_LINE.sub("", text)
        text = text.replace(str(self.directory), "DIR").replace(self.server.url, "URL")
        return _HASH.sub("HASH", text.replace(self.server.host, "HOST")).strip()


def _encoded(account: tuple[str, str]) -> str:
    return base64.b64encode(":".join(account).encode()).decode()


@contextmanager
def _process(name: str, directory: Path) -> Iterator[None]:
    with (directory / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [require(name), "-config", directory / f"{name}.json"], stdout=log, stderr=log, cwd=directory
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, authority: Path) -> None:
    deadline, trusted = time.monotonic() + 20, ssl.create_default_context(cafile=authority)
    while True:
        try:
            if httpx.get(url, verify=trusted).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.05)  # between two looks
