"""One running server: started on chosen cores, waited for, costed, stopped.

What a program wants for that (command, configuration, credentials) is a Recipe; see recipes.py.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from benchmarks.registry import processes
from benchmarks.registry.content import Image
from benchmarks.registry.wire import Connection

_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 10.0
_POLL_S = 0.002


class Recipe(Protocol):
    """What one program wants; the only place that knows it."""

    @property
    def name(self) -> str:
        """How tables name the program."""
        ...

    @property
    def ready_path(self) -> str:
        """A path that answers 200 or 401 as soon as requests are served."""
        ...

    def command(self, directory: Path, port: int) -> list[str]:
        """Write what the program reads below `directory`, and return its command line."""
        ...

    def environment(self) -> dict[str, str]:
        """Return the variables that the program adds to ours."""
        ...

    def authorization(self, port: int, repository: str) -> str:
        """Return the Authorization header's value to pull from and push to `repository`; empty for none."""
        ...

    def publish(self, directory: Path, port: int, repository: str, tag: str, image: Image) -> None:
        """Make `image` available under `tag`."""
        ...


@dataclass(frozen=True, slots=True)
class Cores:
    """Where the server and its client run; None lets the scheduler choose."""

    server: frozenset[int] | None
    client: frozenset[int] | None


FREE = Cores(None, None)
PINNED = Cores(frozenset({0}), frozenset({1}))


class Server:
    """A program that runs from `with` to its end, on a port and in a directory of its own."""

    def __init__(self, recipe: Recipe, directory: Path, cores: Cores) -> None:
        self.recipe = recipe
        self.name = recipe.name
        self.directory = directory
        self.cores = cores
        self.port = _free_port()
        self.ready_after_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Start, and return when the first request is answered; `ready_after_s` tells how long that took."""
        self.directory.mkdir(parents=True, exist_ok=True)
        command = self.recipe.command(self.directory, self.port)
        environment = os.environ | self.recipe.environment()
        with (self.directory.parent / f"{self.directory.name}.log").open("ab") as log:
            began = time.perf_counter()
            self._process = subprocess.Popen(
                _on_cores(self.cores.server, command),
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait_until_ready(began)
        except BaseException:
            self.stop()
            raise
        self.ready_after_s = time.perf_counter() - began

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The root of the process tree."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    def stop(self) -> None:
        """Ask the tree to end; kill what is left after a while."""
        if self._process is None:
            return
        group = processes.tree(self._process.pid)
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            for pid in group:
                _kill(pid)
            self._process.wait()
        self._process = None

    def restart(self, *, empties: bool = False) -> None:
        """Stop and start again, on the same directory or on an empty one."""
        self.stop()
        if empties:
            shutil.rmtree(self.directory)
        self.start()

    def connect(self, repository: str) -> Connection:
        """Open a connection that may pull from and push to `repository`."""
        return Connection(self.port, self.authorization(repository))

    def authorization(self, repository: str) -> str:
        """Return the value of the Authorization header for `repository`."""
        return self.recipe.authorization(self.port, repository)

    def publish(self, repository: str, tag: str, image: Image) -> None:
        """Make `image` available under `tag`."""
        self.recipe.publish(self.directory, self.port, repository, tag, image)

    def drop_bytes(self, above_bytes: int) -> None:
        """Give the disk and the page cache back what was pushed, keeping every name.

        Any layout will do: large files are cut to nothing. What was pushed is never read again.
        """
        for path in self.directory.rglob("*"):
            if path.is_file() and path.stat().st_size >= above_bytes:
                os.truncate(path, 0)

    def _wait_until_ready(self, began: float) -> None:
        while time.perf_counter() - began < _START_LIMIT_S:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                with Connection(self.port) as link:
                    if link.request("GET", self.recipe.ready_path).status in {200, 401}:
                        return
            except OSError:
                time.sleep(_POLL_S)
        log = (self.directory.parent / f"{self.directory.name}.log").read_text(errors="replace")
        raise RuntimeError(f"{self.name} did not start; the end of its log:\n{log[-1500:]}")


def _on_cores(cores: frozenset[int] | None, command: list[str]) -> list[str]:
    if cores is None:
        return command
    return ["taskset", "-c", ",".join(str(core) for core in sorted(cores)), *command]


def run_on(cores: frozenset[int] | None, command: list[str]) -> bytes:
    """Run a client to its end on `cores` and return what it prints.

    Raises: subprocess.CalledProcessError when it fails.
    """
    return subprocess.run(_on_cores(cores, command), check=True, stdout=subprocess.PIPE).stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
