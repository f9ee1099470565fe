"""What a collection costs those who push and pull meanwhile: `python -m benchmarks.collection [BLOBS]`.

    seed     BLOBS dead blobs (default 100,000): files, rows, reviews that are due in no particular order
    idle     a paced load of pushes and pulls, alone
    rows     the same load while a collection takes the rows (Harbor's operation, in the serving process)
    bytes    the same load while the sweep deletes the bytes (five workers)

The goals: p99 under twice that of idle, nothing refused, minutes for 100,000, and flat memory.
Options: --seconds of the idle load, --rates of pushes and pulls a second.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the kit is the tests'

from crash.client import MANIFEST_TYPE, Answer, Broken, Client, digest_of, image_of
from kit.server import Server, Settings

Samples = dict[str, list[float]]
_REPOSITORY: Final = "library/bench"
_SIZE: Final = 16_384
_IMAGES: Final = 20
_THREADS: Final = 2  # each of pushes and of pulls
_LATER: Final = {
    "HAVRE_REGISTRY_COLLECT_EVERY_S": "86400",  # the operation alone collects
    "HAVRE_REGISTRY_SWEEP_EVERY_S": "86400",
    "HAVRE_LOG_LEVEL": "warning",
}


class Seconds:
    """Times requests and counts what was refused."""

    def __init__(self) -> None:
        self.samples: Samples = defaultdict(list)
        self.refusals = 0

    def time(self, name: str, ask: Callable[[], Answer]) -> None:
        """Do one thing and note how long it took, in milliseconds."""
        started = time.perf_counter()
        try:
            answer = ask()
        except Broken:
            self.refusals += 1
            return
        self.samples[name].append((time.perf_counter() - started) * 1000)
        self.refusals += answer.status >= 300


def seed(data: Path, count: int) -> None:
    """Make dead blobs: bytes first, then rows."""
    dice = random.Random(4)
    rows = []
    for number in range(count):
        hexadecimal = hashlib.sha256(b"%d" % number).hexdigest()
        key = f"blobs/{hexadecimal[:2]}/{hexadecimal}.{number:026d}"
        path = data / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % number)
        rows.append((f"sha256:{hexadecimal}", key, len(b"%d" % number), dice.randrange(1, 1 << 40)))
    os.sync()
    with closing(sqlite3.connect(data / "havre.db", timeout=60)) as connection, connection:
        connection.executemany(
            "INSERT INTO blob (digest, key, size, created_at) VALUES (?, ?, ?, 0)", [row[:3] for row in rows]
        )
        connection.executemany(
            """INSERT INTO gc_queue (kind, repo_id, digest, review_after, reason)
               VALUES ('blob', 0, ?, ?, 'manifest deleted')""",
            [(row[0], row[3]) for row in rows],
        )


def push_some(port: int) -> None:
    """Push the images that are pulled."""
    with Client(port) as client:
        for number in range(_IMAGES):
            _push(client, Seconds(), random.Random(number).randbytes(_SIZE), f"v{number}")


def _push(client: Client, seconds: Seconds, layer: bytes, tag: str) -> None:
    config = b"{}"
    if tag == "v0":
        client.push(_REPOSITORY, config)
    manifest = image_of(config, [layer])
    path = f"/v2/{_REPOSITORY}/manifests/{tag}"
    seconds.time("push blob", lambda: client.push(_REPOSITORY, layer))
    seconds.time("push manifest", lambda: client.ask("PUT", path, manifest, Content_Type=MANIFEST_TYPE))


def _pusher(client: Client, seconds: Seconds, dice: random.Random) -> None:
    _push(client, seconds, dice.randbytes(_SIZE), f"p{dice.randrange(50)}")


def _puller(client: Client, seconds: Seconds, dice: random.Random) -> None:
    number = dice.randrange(_IMAGES)
    layer = digest_of(random.Random(number).randbytes(_SIZE))
    seconds.time("pull manifest", lambda: client.manifest(_REPOSITORY, f"v{number}"))
    seconds.time("pull blob", lambda: client.blob(_REPOSITORY, layer))


def _drive(port: int, stop: Event, rates: tuple[float, float], out: "multiprocessing.Queue[object]") -> None:
    """Run the paced load in a process of its own until it is told to stop."""
    seconds = [Seconds() for _ in range(2 * _THREADS)]

    def run(number: int) -> None:
        is_push = number < _THREADS
        wait_s = _THREADS / rates[0 if is_push else 1]
        dice, step = random.Random(time.time_ns() + number), _pusher if is_push else _puller
        with Client(port) as client:
            due = time.perf_counter() + dice.random() * wait_s
            while not stop.is_set():
                time.sleep(max(0.0, due - time.perf_counter()))
                step(client, seconds[number], dice)
                due = max(due + wait_s, time.perf_counter())

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2 * _THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    samples: Samples = defaultdict(list)
    for one in seconds:
        for name, times in one.samples.items():
            samples[name] += times
    out.put((dict(samples), sum(one.refusals for one in seconds)))


@contextmanager
def load(port: int, rates: tuple[float, float]) -> Iterator[Callable[[], tuple[Samples, int]]]:
    """Run the load beside the block; what is yielded ends it and gives the times and the refusals."""
    stop = multiprocessing.Event()
    out: multiprocessing.Queue[object] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_drive, args=(port, stop, rates, out))
    process.start()

    def end() -> tuple[Samples, int]:
        stop.set()
        found = out.get(timeout=60)
        process.join()
        assert isinstance(found, tuple)
        return found

    try:
        yield end
    finally:
        stop.set()
        process.join(60)


def collect(server: Server, workers: int) -> tuple[float, dict[str, object], int]:
    """Run a collection by the API; returns its seconds, its figures, and the largest RSS meanwhile in KiB."""
    body = {"schedule": {"type": "Manual"}, "parameters": {"workers": workers}}
    started = time.perf_counter()
    answer = server.api.http.post("/system/gc/schedule", json=body)
    assert answer.status_code == 201, answer.text
    number, largest = answer.headers["location"].rsplit("/", 1)[1], 0
    while True:
        shown = server.api.http.get(f"/system/gc/{number}").json()
        largest = max(largest, rss_kib(server.pid))
        if shown["job_status"] not in ("Pending", "Running"):
            assert shown["job_status"] == "Success", shown
            return time.perf_counter() - started, json.loads(shown["job_parameters"]), largest
        time.sleep(0.5)


def rss_kib(pid: int) -> int:
    """Tell how much memory a process holds."""
    text = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS:"))


def compare(name: str, idle: Samples, busy: Samples) -> None:
    """Print the median and the 99th percentile of both."""
    for what in sorted(idle):
        before, after = _percentiles(idle[what]), _percentiles(busy.get(what, []))
        ratio = after[1] / before[1] if before[1] else 0.0
        print(
            f"| {name} | {what} | {before[0]:.1f} / {before[1]:.1f} | {after[0]:.1f} / {after[1]:.1f} "
            f"| {ratio:.2f} | {len(busy.get(what, [])):,} |"
        )


def _percentiles(times: list[float]) -> tuple[float, float]:
    if len(times) < 100:
        return (0.0, 0.0) if not times else (statistics.median(times), max(times))
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def _measure(server: Server, count: int, seconds: float, rates: tuple[float, float]) -> None:
    push_some(server.port)
    started = time.perf_counter()
    seed(server.data, count)
    print(f"{count:,} dead blobs made in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    with load(server.port, rates) as end:
        time.sleep(seconds)
        idle, idle_refusals = end()
    before_kib = rss_kib(server.pid)
    print("| while | request | idle p50 / p99 ms | then p50 / p99 ms | ratio of p99 (goal 2) | requests |")
    print("|---|---|---|---|---|---|")
    told = [f"idle: {idle_refusals} refused"]
    for name in ("rows", "bytes"):
        if name == "bytes":  # what the rows left is due five minutes later: not here
            with closing(sqlite3.connect(server.data / "havre.db", timeout=60)) as connection, connection:
                connection.execute("UPDATE trash SET delete_after = 1 WHERE key LIKE 'blobs/%'")
        with load(server.port, rates) as end:
            took_s, figures, largest_kib = collect(server, 5)
            busy, refusals = end()
        compare(name, idle, busy)
        told.append(
            f"{name}: {took_s:.1f} s, {figures['purged_blobs']} blobs, {refusals} refused, "
            f"RSS {before_kib / 1024:.0f} -> {largest_kib / 1024:.0f} MiB"
        )
    print("\n" + "\n".join(told))
    left = sum(1 for path in (server.data / "blobs").rglob("*") if path.is_file())
    print(f"files left: {left:,}; {server.check(deep=False).strip()}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("blobs", nargs="?", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rates", type=float, nargs=2, default=(10, 60), metavar=("PUSHES", "PULLS"))
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="havre-collection-") as directory,
        Server(Path(directory) / "data", Settings(environment=_LATER)) as server,
    ):
        _measure(server, wanted.blobs, wanted.seconds, tuple(wanted.rates))


if __name__ == "__main__":
    main()
