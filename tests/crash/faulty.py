"""A disk that fails under a running server: strace makes its calls fail, or kill it, until told to stop."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from kit.server import HAVRE, Server, Settings
from kit.tools import require, run

_DEADLINE_S = 20


class Injection:
    """`calls` of the process `pid` go wrong as `how` says (strace's syntax) while the context is open."""

    def __init__(self, pid: int, calls: str, how: str) -> None:
        self._pid = pid
        self._command = [str(require("strace")), "-f", "-qq", "-o", "/dev/null", "-p", str(pid)]
        self._command += ["-e", f"trace={calls}", "-e", f"inject={calls}:{how}"]
        self._strace: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Attach to every thread; new ones are followed."""
        self._strace = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )
        self._await(is_traced=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Let go; the process runs on, if it lives."""
        assert self._strace is not None
        self._strace.terminate()
        try:
            self._strace.communicate(timeout=_DEADLINE_S)
        except subprocess.TimeoutExpired:  # it waits for a thread of the process that it killed, for ever
            self._strace.kill()
            self._strace.communicate()
        self._await(is_traced=False)

    def _await(self, *, is_traced: bool) -> None:
        deadline = time.monotonic() + _DEADLINE_S
        while any((tracer != "0") != is_traced for tracer in _tracers(self._pid)):
            assert self._strace is not None
            assert not is_traced or self._strace.poll() is None, self._strace.communicate()[1].decode()
            assert time.monotonic() < deadline, "strace does not attach or let go"
            time.sleep(0.01)  # between two looks at the condition


def _tracers(pid: int) -> list[str]:
    found = []
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        try:
            lines = status.read_text().splitlines()
        except OSError:  # the thread ended while we look
            continue
        found += [line.split()[1] for line in lines if line.startswith("TracerPid:")]
    return found


class SmallDisk(Server):
    """A server whose data directory is a tmpfs in a mount namespace of its own; it goes with the server."""

    def __init__(self, data: Path, size_kib: int, settings: Settings | None = None) -> None:
        data.mkdir()
        super().__init__(data, settings)
        self._size_kib = size_kib

    def fill(self) -> None:
        """Leave no byte free."""
        with (self._inside / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while ballast.write(b"\0" * 65_536):
                pass  # the last piece is written in part, the next one not at all

    def empty(self) -> None:
        """Give the room back."""
        (self._inside / "ballast").unlink()

    def check(self, *, deep: bool = True) -> str:
        """Run `havre check` where the data is."""
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--user", "--preserve-credentials"]
        return run([*enter, HAVRE, "check", "--data", self.data, *(["--deep"] if deep else [])])

    @property
    def _inside(self) -> Path:
        return Path(f"/proc/{self.pid}/root{self.data}")

    def _command(self) -> list[str]:
        script = 'mount -t tmpfs -o size="$1"k tmpfs "$2" && shift 2 && exec "$@"'
        own = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
        return [*own, str(self._size_kib), str(self.data), *super()._command()]
