"""Slow uploaders, in a process of their own: open uploads that get one small chunk now and then.

    python -m benchmarks.registry.slow PORT REPOSITORY AUTHORIZATION COUNT

Prints a line when all are under way, ends when its input closes, and fails when the server gave one up.
"""

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.registry import content
from benchmarks.registry.servers import Server
from benchmarks.registry.wire import Connection

_PAUSE_S = 0.2
_CHUNK = b"400\r\n" + bytes(0x400) + b"\r\n"


@contextmanager
def uploaders(server: Server, repository: str, count: int) -> Iterator[None]:
    """Keep `count` slow uploads going while the block runs."""
    arguments = [str(server.port), repository, server.authorization(repository), str(count)]
    command = [sys.executable, "-m", "benchmarks.registry.slow", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout is None or process.stdin is None:
            raise RuntimeError("the pipes asked for are missing")
        try:
            if not process.stdout.readline():
                raise RuntimeError("the slow uploaders did not get under way")
            yield
        finally:
            process.stdin.close()
            process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"{server.name} gave up on a slow uploader")


def _trickle(port: int, repository: str, authorization: str, count: int) -> None:
    links = [_under_way(port, repository, authorization) for _ in range(count)]
    sys.stdout.write("under way\n")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], _PAUSE_S)[0]:
        for link in links:
            link.send(_CHUNK)


def _under_way(port: int, repository: str, authorization: str) -> Connection:
    link = Connection(port, authorization)
    path = content.upload_path(content.open_upload(link, repository))
    octets = {"Content-Type": "application/octet-stream", "Transfer-Encoding": "chunked"}
    link.begin("PATCH", path, octets)
    link.send(_CHUNK)
    return link


if __name__ == "__main__":
    _trickle(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
