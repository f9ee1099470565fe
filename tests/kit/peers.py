"""Registries of another make, as processes: Debian's distribution with Basic or tokens, and crane's."""

import base64
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import ECKey

from kit.server import free_port
from kit.tools import require

ACCOUNT = ("porter", "Porter-Test-1")
# The same, for htpasswd; bcrypt at its lowest cost.
_HTPASSWD = "porter:$2y$05$abcdefghijklmnopqrstuuXq53Is4bshC3YcnXj75e/wH3JWtBs3S\n"
SERVICE, ISSUER = "peer", "kit"


@dataclass(frozen=True, slots=True)
class Peer:
    """Where one answers, and the account that it takes."""

    url: str
    account: tuple[str, str] = ("", "")


@contextmanager
def distribution(directory: Path, *, tokens: bool = False) -> Iterator[Peer]:
    """Run Debian's docker-registry, behind Basic or behind a token service of its own."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with ExitStack() as stack:
        if tokens:
            realm, bundle = stack.enter_context(token_service(directory))
            auth = {"token": {"realm": realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": bundle}}
        else:
            (directory / "htpasswd").write_text(_HTPASSWD)
            auth = {"htpasswd": {"realm": "peer", "path": str(directory / "htpasswd")}}
        settings = {
            "version": 0.1,
            "log": {"level": "error"},
            "storage": {
                "filesystem": {"rootdirectory": str(directory / "data")},
                "delete": {"enabled": True},
            },
            "http": {"addr": f"127.0.0.1:{port}"},
            "auth": auth,
        }
        (directory / "config.yml").write_text(json.dumps(settings))  # JSON is YAML
        command = [require("docker-registry"), "serve", directory / "config.yml"]
        stack.enter_context(running(command, port))
        yield Peer(f"http://127.0.0.1:{port}", ACCOUNT)


@contextmanager
def crane_registry(directory: Path) -> Iterator[Peer]:
    """Run the registry that crane brings, which asks nobody who they are."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [require("crane"), "registry", "serve", "--address", f"127.0.0.1:{port}", "--disk", directory]
    with running(command, port):
        yield Peer(f"http://127.0.0.1:{port}")


@contextmanager
def running(command: Sequence[object], port: int) -> Iterator[None]:
    process = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/v2/")
                break
            except httpx.TransportError:
                assert process.poll() is None, f"{command[0]} does not start"
                assert time.monotonic() < deadline, f"{command[0]} does not answer"
                time.sleep(0.05)  # between two looks
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def token_service(directory: Path, *, is_open: bool = False) -> Iterator[tuple[str, str]]:
    """Serve tokens for the account as Docker's specification has it; tell the realm and its certificate.

    `is_open` lets everybody pull.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kit")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    bundle = directory / "tokens.pem"
    bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Tokens, ECKey.import_key(pem), chain, is_open))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/token", str(bundle)
    finally:
        server.shutdown()
        server.server_close()


class _Tokens(BaseHTTPRequestHandler):
    """Gives whoever proves to be the account what they ask for."""

    def __init__(self, key: ECKey, chain: str, is_open: bool, *more: object) -> None:
        self._key = key
        self._chain = chain
        self._is_open = is_open
        super().__init__(*more)  # type: ignore[arg-type]  # what the server hands on

    def do_GET(self) -> None:
        """Answer a request for a token."""
        expected = base64.b64encode(":".join(ACCOUNT).encode()).decode()
        given = self.headers.get("Authorization")
        is_anonymous = self._is_open and given is None
        if given != f"Basic {expected}" and not is_anonymous:
            self._answer(401, {"details": "who are you?"})
            return
        now = int(time.time())
        access = []
        for scope in parse_qs(urlsplit(self.path).query).get("scope", []):
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            access.append({"type": kind, "name": name, "actions": _granted(actions, is_anonymous)})
        claims = {
            "iss": ISSUER,
            "sub": ACCOUNT[0],
            "aud": SERVICE,
            "jti": str(now),
            "exp": now + 60,
            "nbf": now - 5,
            "iat": now,
            "access": access,
        }
        header = {"alg": "ES256", "typ": "JWT", "x5c": [self._chain]}
        self._answer(200, {"token": jwt.encode(header, claims, self._key), "expires_in": 60})

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def _granted(actions: str, is_anonymous: bool) -> Sequence[str]:
    return [action for action in actions.split(",") if action == "pull" or not is_anonymous]
