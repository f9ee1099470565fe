"""The client for large blobs, in a process of its own: threads that spend their time inside the kernel.

    python -m benchmarks.registry.load '{"kind": "get", ...}'      prints one Took as JSON

Bodies and digests are made before the clock starts. Each thread has one connection.
"""

import hashlib
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from benchmarks.registry import content
from benchmarks.registry.servers import run_on
from benchmarks.registry.wire import Connection, Part

_CHUNK_BYTES = 32 * 1024  # what Go's io.Copy, and so docker, sends as one chunk of a PATCH
_TAIL_BYTES = 32

Kind = Literal["get", "put", "chunked"]


class Job(msgspec.Struct, frozen=True):
    """What to do: `count` transfers over `connections` connections."""

    kind: Kind
    port: int
    repository: str
    authorization: str
    connections: int
    count: int
    size_bytes: int = 0
    digest: str = ""


class Took(msgspec.Struct, frozen=True):
    """What it took: seconds of the whole, bytes moved, the slowest transfer, the client's own CPU."""

    seconds: float
    size_bytes: int
    slowest_s: float
    client_cpu_s: float


def run(job: Job, cores: frozenset[int] | None) -> Took:
    """Run the job in a process of its own on `cores`."""
    command = [sys.executable, "-m", "benchmarks.registry.load", msgspec.json.encode(job).decode()]
    return msgspec.json.decode(run_on(cores, command), type=Took)


class _Bodies:
    """Bodies that differ in their last 32 bytes only: own digests, and cheap to make."""

    def __init__(self, size_bytes: int) -> None:
        self._shared = content.make_blob(size_bytes - _TAIL_BYTES).content
        self._hash = hashlib.sha256(self._shared)
        self._framed = b"".join(_frames(self._shared))

    def whole(self) -> tuple[str, list[Part]]:
        tail, digest = self._tail()
        return digest, [self._shared, tail]

    def chunked(self) -> tuple[str, list[Part]]:
        tail, digest = self._tail()
        return digest, [self._framed, b"%x\r\n%b\r\n0\r\n\r\n" % (len(tail), tail)]

    def _tail(self) -> tuple[bytes, str]:
        tail = os.urandom(_TAIL_BYTES)
        hashed = self._hash.copy()
        hashed.update(tail)
        return tail, f"sha256:{hashed.hexdigest()}"


def _frames(body: bytes) -> Iterator[bytes]:
    for at in range(0, len(body), _CHUNK_BYTES):
        piece = body[at : at + _CHUNK_BYTES]
        yield b"%x\r\n%b\r\n" % (len(piece), piece)


def _transfers(job: Job) -> list[Callable[[Connection], None]]:
    if job.kind == "get":
        path = f"/v2/{job.repository}/blobs/{job.digest}"
        return [lambda link: _get(link, path, job.size_bytes)] * job.count
    bodies = _Bodies(job.size_bytes)
    if job.kind == "put":
        return [_put(job.repository, *bodies.whole()) for _ in range(job.count)]
    return [_patch(job.repository, *bodies.chunked()) for _ in range(job.count)]


def _get(link: Connection, path: str, size_bytes: int) -> None:
    answer = link.drain(path).expect(200)
    if answer.size_bytes != size_bytes:
        raise ValueError(f"{path}: {answer.size_bytes} bytes instead of {size_bytes}")


def _put(repository: str, digest: str, body: list[Part]) -> Callable[[Connection], None]:
    return lambda link: content.push_blob(link, repository, digest, body)


def _patch(repository: str, digest: str, body: list[Part]) -> Callable[[Connection], None]:
    def push(link: Connection) -> None:
        opened = content.open_upload(link, repository)
        octets = {"Content-Type": "application/octet-stream", "Transfer-Encoding": "chunked"}
        link.begin("PATCH", content.upload_path(opened), octets)
        for part in body:
            link.send(part)
        patched = link.answer().expect(202)
        link.request("PUT", content.upload_path(patched, digest)).expect(201)

    return push


def _perform(job: Job) -> Took:
    waiting = _transfers(job)
    links = [Connection(job.port, job.authorization) for _ in range(job.connections)]
    times: list[float] = []
    failures: list[BaseException] = []

    def work(link: Connection) -> None:
        while waiting and not failures:
            transfer = waiting.pop()
            began = time.perf_counter()
            try:
                transfer(link)
            except Exception as error:  # noqa: BLE001 - raised again below, in the thread that reports
                failures.append(error)
            times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=work, args=(link,)) for link in links]
    began = time.perf_counter()
    spent = _own_cpu_s()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if failures:
        raise failures[0]
    return Took(seconds, job.count * job.size_bytes, max(times), _own_cpu_s() - spent)


def _own_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_perform(msgspec.json.decode(sys.argv[1], type=Job))))
