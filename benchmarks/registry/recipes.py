"""What havre, distribution and nginx each want: command, configuration, credentials."""

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.registry import content
from benchmarks.registry.content import Image
from benchmarks.registry.tokens import ISSUER, SERVICE, Signer
from benchmarks.registry.wire import Connection

PEER_VARIABLE = "HAVRE_BENCH_PEER"
_FALLBACK_PEER = "docker-registry"
_PING = "/api/v2.0/ping"


@dataclass(frozen=True, slots=True)
class Havre:
    """This project's server, as an operator starts it; the audit journal is on, which is the default."""

    workers: int = 1
    name: str = "havre"
    ready_path: str = _PING
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    database_url: str | None = None  # None: SQLite in the data directory

    def command(self, directory: Path, port: int) -> list[str]:
        """Serve a data directory of its own."""
        program = str(Path(sys.executable).parent / "havre")
        address = ["--host", "127.0.0.1", "--port", str(port)]
        return [program, "serve", "--data", str(directory / "data"), *address, "--workers", str(self.workers)]

    def environment(self) -> dict[str, str]:
        """Set the password of `admin`, and the database when it is another."""
        database = {} if self.database_url is None else {"HAVRE_DATABASE_URL": self.database_url}
        return {"HAVRE_ADMIN_PASSWORD": self.password, **database}

    def authorization(self, port: int, repository: str) -> str:
        """Ask the token service, as clients do."""
        scope = f"repository:{repository}:pull,push"
        with Connection(port, self.basic()) as link:
            path = f"/service/token?service=harbor-registry&scope={scope}"
            answer = link.request("GET", path).expect(200)
        return f"Bearer {json.loads(answer.body)['token']}"

    def basic(self) -> str:
        """Return the administrator's own credentials, for the REST API."""
        return "Basic " + base64.b64encode(f"admin:{self.password}".encode()).decode()

    def publish(self, directory: Path, port: int, repository: str, tag: str, image: Image) -> None:
        """Push the image."""
        _push(port, self.authorization(port, repository), repository, tag, image)


@dataclass(frozen=True, slots=True)
class Distribution:
    """The peer: filesystem driver, descriptor cache in memory, errors only in the log, ES256 token auth."""

    program: str
    name: str
    key_id: Callable[[Signer], str]
    ready_path: str = "/v2/"
    _signer: Signer = field(default_factory=Signer)

    def command(self, directory: Path, port: int) -> list[str]:
        """Serve by a configuration written here."""
        certificate = directory / "root.crt"
        self._signer.write_certificate(certificate)
        storage = {
            "filesystem": {"rootdirectory": str(directory / "storage")},
            "cache": {"blobdescriptor": "inmemory"},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}},
        }
        trust = {"service": SERVICE, "issuer": ISSUER, "rootcertbundle": str(certificate)}
        configuration = {
            "version": 0.1,
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": storage,
            "http": {"addr": f"127.0.0.1:{port}", "secret": secrets.token_hex(16)},
            "auth": {"token": {"realm": "http://127.0.0.1/token", **trust}},
        }
        path = directory / "configuration.yml"
        path.write_text(json.dumps(configuration))  # JSON is YAML
        return [self.program, "serve", str(path)]

    def environment(self) -> dict[str, str]:
        """Switch off tracing, which would look for a collector."""
        return {"OTEL_TRACES_EXPORTER": "none"}

    def authorization(self, port: int, repository: str) -> str:
        """Sign a token: distribution has no token service of its own."""
        return f"Bearer {self._signer.token(repository, self.key_id(self._signer))}"

    def publish(self, directory: Path, port: int, repository: str, tag: str, image: Image) -> None:
        """Push the image."""
        _push(port, self.authorization(port, repository), repository, tag, image)


@dataclass(frozen=True, slots=True)
class Nginx:
    """The limit of the machine for reads: static files by sendfile, no question asked."""

    workers: int = 1
    name: str = "nginx"
    ready_path: str = "/ready"

    def command(self, directory: Path, port: int) -> list[str]:
        """Serve `directory`/files by a configuration written here."""
        files = directory / "files"
        files.mkdir(exist_ok=True)
        (files / "ready").touch()
        path = directory / "nginx.conf"
        path.write_text(
            f"""daemon off; worker_processes {self.workers}; {"user root;" if os.geteuid() == 0 else ""}
pid {directory}/nginx.pid; error_log {directory}/error.log error;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
  server {{ listen 127.0.0.1:{port}; root {files}; }}
}}
"""
        )
        return [_found("nginx"), "-p", str(directory), "-c", str(path), "-e", str(directory / "error.log")]

    def environment(self) -> dict[str, str]:
        """Add nothing."""
        return {}

    def authorization(self, port: int, repository: str) -> str:
        """Want none."""
        return ""

    def publish(self, directory: Path, port: int, repository: str, tag: str, image: Image) -> None:
        """Lay the bytes out where the same paths find them."""
        home = directory / "files" / "v2" / repository
        for folder in ("blobs", "manifests"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        for blob in image.blobs:
            (home / "blobs" / blob.digest).write_bytes(blob.content)
        (home / "manifests" / tag).write_bytes(image.manifest)


def find_peer() -> tuple[Distribution, list[str]]:
    """Return the peer named by the variable, else Debian's, with the remarks that the report must carry."""
    named = os.environ.get(PEER_VARIABLE)
    program = _found(named or _FALLBACK_PEER)
    text = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    version = text.split()[-1].lstrip("v")
    is_modern = not version.startswith(("2.", "1."))
    key_id = Signer.thumbprint if is_modern else Signer.libtrust_id
    peer = Distribution(program, f"distribution {version.partition('+')[0]}", key_id)
    if is_modern:
        return peer, []
    remark = (
        f"NO FAIR PEER: {text}. It hashes without the processor's SHA instructions, which flatters us on "
        f"every push. Name a distribution 3 binary by {PEER_VARIABLE}."
    )
    return peer, [remark]


def _push(port: int, authorization: str, repository: str, tag: str, image: Image) -> None:
    with Connection(port, authorization) as link:
        content.push_image(link, repository, tag, image)


def _found(program: str) -> str:
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise FileNotFoundError(f"{program} is not installed, and this benchmark cannot go on without it")
    return path
