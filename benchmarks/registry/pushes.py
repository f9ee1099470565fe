"""Pushes: throughput, patience with slow clients, memory, and the price of many tags."""

import statistics
import time
from functools import partial
from pathlib import Path

from benchmarks.registry import content, load, processes, slow
from benchmarks.registry.reads import LARGE_BYTES, REPOSITORY, costed_load
from benchmarks.registry.rounds import Sample, Size
from benchmarks.registry.servers import Server

_CONNECTIONS = 4
_SLOW_UPLOADERS = 64
_FAST_PUSHES = 3
_AT_ONCE = 32
_SETTLE_S = 1.0
_MANY_TAGS = 1000
_MANY = "library/many"
_PUSHES_EACH = 20
_BLOCK = bytes(1 << 20)


def put(server: Server, size: Size) -> Sample:
    """Push 100 MiB as one PUT, over four connections."""
    return _push(server, "put", size.transfers, _CONNECTIONS)


def chunked(server: Server, size: Size) -> Sample:
    """Push 100 MiB as docker does, over four connections."""
    return _push(server, "chunked", size.transfers, _CONNECTIONS)


def beside_slow(server: Server, size: Size) -> Sample:
    """Push 100 MiB alone, then again beside 64 uploads that trickle."""
    alone_s = _one_push_s(server)
    with slow.uploaders(server, REPOSITORY, _SLOW_UPLOADERS):
        beside_s = _one_push_s(server)
    return {"alone_s": alone_s, "beside_s": beside_s, "beside_alone_ratio": beside_s / alone_s}


def memory(server: Server, size: Size) -> Sample:
    """Push 32 blobs of 100 MiB at once to a server just started; return how much it grew."""
    server.restart()
    time.sleep(_SETTLE_S)
    idle_mb = processes.memory(server.pid).resident_mb
    processes.forget_peak(server.pid)
    pushed = _push(server, "chunked", _AT_ONCE, _AT_ONCE)
    peak_mb = processes.memory(server.pid).peak_mb
    return {
        "idle_mb": idle_mb,
        "peak_mb": peak_mb,
        "growth_mb": peak_mb - idle_mb,
        "mib_s": pushed["mib_s"],
        "slowest_s": pushed["slowest_s"],
    }


def start(server: Server, size: Size) -> Sample:
    """Start on an empty directory, then again on the one it made."""
    server.restart(empties=True)
    first_s = server.ready_after_s
    server.restart()
    return {"first_s": first_s, "again_s": server.ready_after_s}


def publish_nothing(server: Server) -> None:
    """Lay nothing out."""


def publish_many_tags(server: Server) -> None:
    """Fill a repository with a thousand tags."""
    image = content.make_image(layer_count=1, layer_bytes=1024)
    with server.connect(_MANY) as link:
        content.push_image(link, _MANY, "t0", image)
        for number in range(1, _MANY_TAGS):
            content.tag_manifest(link, _MANY, f"t{number}", image.manifest)


def push_among_tags(server: Server, size: Size) -> Sample:
    """Push small images in turn into new repositories and into the one with a thousand tags."""
    first_ms: list[float] = []
    many_ms: list[float] = []
    spent = {"first": 0.0, "many": 0.0}
    for _ in range(_PUSHES_EACH):
        fresh = f"library/few-{time.monotonic_ns()}"
        for kind, repository, times in (("first", fresh, first_ms), ("many", _MANY, many_ms)):
            before = processes.cpu_s(server.pid)
            times.append(_small_push_ms(server, repository))
            spent[kind] += processes.cpu_s(server.pid) - before
    first, many = statistics.median(first_ms), statistics.median(many_ms)
    return {"first_push_ms": first, "many_push_ms": many, "many_first_ratio": many / first} | {
        f"{kind}_cpu_ms": used * 1000 / _PUSHES_EACH for kind, used in spent.items()
    }


def _small_push_ms(server: Server, repository: str) -> float:
    image = content.make_image(layer_count=2, layer_bytes=4096)
    with server.connect(repository) as link:
        began = time.perf_counter()
        content.push_image(link, repository, f"new-{time.monotonic_ns()}", image)
        return (time.perf_counter() - began) * 1000


def _push(server: Server, kind: load.Kind, count: int, connections: int) -> Sample:
    job = load.Job(
        kind=kind,
        port=server.port,
        repository=REPOSITORY,
        authorization=server.authorization(REPOSITORY),
        connections=connections,
        count=count,
        size_bytes=LARGE_BYTES,
    )
    _warm_pages(server.directory, count * LARGE_BYTES)
    sample = costed_load(server, job)
    server.drop_bytes(above_bytes=LARGE_BYTES // 2)
    return sample


def _one_push_s(server: Server) -> float:
    push = partial(_push, server, "chunked", 1, 1)
    return statistics.median(push()["slowest_s"] for _ in range(_FAST_PUSHES))


def _warm_pages(directory: Path, size_bytes: int) -> None:
    """Write and delete as many bytes as the push will.

    On a virtual machine with free-page reporting, the first touch of a page that the host took back costs
    up to 2 CPU seconds per GiB, which would fall on whoever pushes first.
    """
    path = directory / "warm"
    with path.open("wb", buffering=0) as file:
        for _ in range(size_bytes // len(_BLOCK)):
            file.write(_BLOCK)
    path.unlink()
