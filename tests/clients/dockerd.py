"""A Docker engine started by hand, with directories of its own; the machine's own is not touched."""

import json
import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from kit.tools import CommandError, require, run

_START_DEADLINE_S = 60
_STOP_DEADLINE_S = 30


class Dockerd:
    """An engine without networks. It lives in a mount namespace where /etc/docker is its own directory."""

    def __init__(self, home: Path) -> None:
        """Prepare an engine that keeps everything in `home`."""
        self._home = home
        self._log = home / "dockerd.log"
        self._etc = home / "etc"
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"unix://{home}/docker.sock"

    def __enter__(self) -> Self:
        """Start the engine and wait until it answers."""
        dockerd, client = require("dockerd"), require("docker-20")
        self._etc.mkdir(parents=True)
        (self._home / "daemon.json").write_text(json.dumps(self._configuration()))
        # The mounts of the engine and of its containers vanish with the mount namespace.
        script = 'mkdir -p /etc/docker && mount --bind "$1" /etc/docker && exec "$2" --config-file "$3"'
        words = ["sh", "-c", script, "sh", str(self._etc), str(dockerd), f"{self._home}/daemon.json"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
                start_new_session=True,
            )
        self._wait_until_ready(client)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the engine; it stops its containerd itself."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def trust(self, registry: str, authority: Path) -> None:
        """Let the engine trust `registry` by the certificate `authority`; it needs no restart."""
        directory = self._etc / "certs.d" / registry
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "ca.crt").write_bytes(authority.read_bytes())

    def distrust(self, registry: str) -> None:
        """Take back what `trust` gave."""
        (self._etc / "certs.d" / registry / "ca.crt").unlink()

    def _configuration(self) -> dict[str, object]:
        return {
            "data-root": f"{self._home}/root",
            "exec-root": f"{self._home}/exec",
            "pidfile": f"{self._home}/docker.pid",
            "hosts": [self.address],
            "storage-driver": "overlay2",
            "bridge": "none",
            "iptables": False,
            "ip6tables": False,
            "ip-forward": False,
            "ip-masq": False,
        }

    def _wait_until_ready(self, client: Path) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_DEADLINE_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                run([client, "--host", self.address, "version"])
            except CommandError:
                time.sleep(0.1)  # the wait between two looks at the condition, not for it
            else:
                return
        self._process.kill()
        tail = self._log.read_text(encoding="utf-8", errors="replace")[-4096:]
        raise AssertionError(f"the Docker engine did not become ready; its log:\n{tail}")
