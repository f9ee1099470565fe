"""The registry as a process, started as a person starts it, with an administrator's client to prepare it."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from kit.namespaces import Host
from kit.network import Station
from kit.tls import Authority, Certificate
from kit.tools import run

ADMIN_PASSWORD = "Harbour-Test-1"
PROJECT_ADMIN, DEVELOPER, GUEST, MAINTAINER = 1, 2, 3, 4
HAVRE = Path(sys.executable).with_name("havre")
# A cold start takes under 2 s; a busy machine of two cores gets its time.
_START_DEADLINE_S = 30
_STOP_DEADLINE_S = 15


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server is started: TLS when it has an `authority`, in a namespace when it has a `host`."""

    workers: int = 1
    authority: Authority | None = None
    host: Host | Station | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


class Api:
    """The administrator's view of the Harbor API: what a test needs to be prepared."""

    def __init__(self, url: str, verify: ssl.SSLContext | bool) -> None:
        """Talk to the server at `url` as its first administrator."""
        self.http = httpx.Client(
            base_url=f"{url}/api/v2.0", auth=("admin", ADMIN_PASSWORD), verify=verify, timeout=30
        )

    def create_project(self, name: str, *, is_public: bool = False) -> None:
        """Create the project `name`."""
        metadata = {"public": "true" if is_public else "false"}
        self._post("/projects", {"project_name": name, "metadata": metadata})

    def create_user(self, name: str, password: str) -> None:
        """Create the local user `name`."""
        person = {"username": name, "realname": name, "email": f"{name}@example.test", "password": password}
        self._post("/users", person)

    def add_member(self, project: str, user: str, role: int) -> None:
        """Give `user` the Harbor role `role` in `project`."""
        self._post(f"/projects/{project}/members", {"role_id": role, "member_user": {"username": user}})

    def keep_tags(self, project: str, pattern: str) -> None:
        """Make the tags of `project` that match immutable."""
        tags = {"kind": "doublestar", "decoration": "matches", "pattern": pattern}
        repositories = {"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}
        rule = {"tag_selectors": [tags], "scope_selectors": {"repository": [repositories]}}
        self._post(f"/projects/{project}/immutabletagrules", rule)

    def _post(self, path: str, body: Mapping[str, object]) -> None:
        answer = self.http.post(path, json=body)
        assert answer.status_code == 201, f"POST {path}: {answer.status_code} {answer.text}"


class Server:
    """One `havre serve` on its own data directory; a context manager that stops it.

    `url` is its address, `registry` the `host:port` that clients put before a repository's name.
    """

    def __init__(self, data: Path, settings: Settings | None = None) -> None:
        """Prepare a server on the data directory `data`; it starts with `start` or `with`."""
        self.data = data
        self.settings = settings or Settings()
        self.log = data.parent / f"{data.name}.log"
        self.address = self.settings.host.address if self.settings.host else "127.0.0.1"
        self.port = free_port()
        self.registry = f"{self.address}:{self.port}"
        authority = self.settings.authority
        self.url = f"{'https' if authority else 'http'}://{self.registry}"
        self._certificate = authority.issue(self.address) if authority else None
        verify = ssl.create_default_context(cafile=authority.certificate) if authority else True
        self.api = Api(self.url, verify)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start and wait until it answers."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it, whatever state it is in."""
        self.api.http.close()
        if self._process is not None:
            self.stop()

    @property
    def pid(self) -> int:
        """The main process's number."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def start(self) -> None:
        """Start the server and return when `ping` answers."""
        assert self._process is None, "the server runs already"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "HAVRE_ADMIN_PASSWORD": ADMIN_PASSWORD, **self.settings.environment},
                start_new_session=True,
            )
        self._wait_until_ready()

    def stop(self) -> float:
        """End it with SIGTERM, as a service manager does, and return the seconds that it took."""
        assert self._process is not None, "the server is not running"
        started = time.monotonic()
        self._process.terminate()
        try:
            self._process.wait(_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM did not end the server; its log:\n{self.log_tail()}") from None
        self._process = None
        return time.monotonic() - started

    def kill(self) -> None:
        """End the server and all its workers at once with SIGKILL, as a power cut does."""
        assert self._process is not None, "the server is not running"
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop and start again, on the same port and data."""
        self.stop()
        self.start()

    def check(self, *, deep: bool = True) -> str:
        """Assert that `havre check` finds the data directory clean, and return its report."""
        return run([HAVRE, "check", "--data", self.data, *(["--deep"] if deep else [])])

    def log_tail(self) -> str:
        """Return the last 8 KB of what the server printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-8192:]

    def _command(self) -> list[str]:
        listen = ["--host", self.address, "--port", str(self.port)]
        command = [str(HAVRE), "serve", "--data", str(self.data), *listen]
        if self.settings.workers > 1:
            command += ["--workers", str(self.settings.workers)]
        if self._certificate:
            command += _tls_flags(self._certificate)
        return self.settings.host.command(command) if self.settings.host else command

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_DEADLINE_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                if self.api.http.get("/ping", timeout=2).text.strip().strip('"') == "Pong":
                    return
            except httpx.TransportError:
                time.sleep(0.02)  # the wait between two looks at the condition, not for it
        if self._process.poll() is None:
            self.kill()
        self._process = None
        raise AssertionError(f"the server did not become ready; its log:\n{self.log_tail()}")


def free_port() -> int:
    """Return a port that the kernel holds for free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tls_flags(pair: Certificate) -> list[str]:
    return ["--tls-cert", str(pair.certificate), "--tls-key", str(pair.key)]
