"""How fast the REST API lists on a large instance: `python -m benchmarks.platform [--database-url URL]`.

    100,000 artifacts, 1,000 projects of ten repositories, 1,000,000 rows of the journal (benchmarks/seed.py)

Each list: page 1 and page 1,000 in turns, one request at a time; the goal is a ratio of 2 at most. Then
the list of artifacts with tags, labels and scan overviews under 64 connections; the goal is 300 requests a
second, beside Harbor's published best of 112.
"""

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.registry import report, wrk
from benchmarks.registry.recipes import Havre
from benchmarks.registry.servers import FREE, Server
from benchmarks.registry.wire import Connection
from benchmarks.seed import basic, seed

_API: Final = "/api/v2.0"
_ARTIFACTS: Final = f"{_API}/projects/big/repositories/app/artifacts"
_WITH: Final = "with_tag=true&with_label=true&with_scan_overview=true"
_MIME: Final = "application/vnd.security.vulnerability.report; version=1.1"
_PAGE: Final = 1000
_ROUNDS: Final = 60
_RATIO: Final = 2.0
_CLIENTS: Final = 64
_GOAL_REQUESTS_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class List:
    """A list and how many of it make a page, so that there is a page 1,000."""

    name: str
    path: str
    page_size: int = 10


LISTS: Final = (
    List("artifacts", f"{_ARTIFACTS}?{_WITH}"),
    List("artifacts, 100 a page", f"{_ARTIFACTS}?{_WITH}", 100),
    List("artifacts of the project", f"{_API}/projects/big/artifacts?{_WITH}"),
    List("projects", f"{_API}/projects?", 1),
    List("quotas", f"{_API}/quotas?", 1),
    List("repositories", f"{_API}/repositories?"),
    List("audit", f"{_API}/auditlog-exts?"),
    List("audit of one operation", f"{_API}/auditlog-exts?q=operation%3Dpull&"),
    List("audit, 100 a page", f"{_API}/auditlog-exts?", 100),
    List("audit of one operation, 100 a page", f"{_API}/auditlog-exts?q=operation%3Dpull&", 100),
)
LOADS: Final = (
    ("artifacts with tags, labels, scan overview", f"{_ARTIFACTS}?{_WITH}&page_size=10", _GOAL_REQUESTS_S),
    ("the same, page 1,000", f"{_ARTIFACTS}?{_WITH}&page_size=10&page={_PAGE}", _GOAL_REQUESTS_S),
    ("artifacts with tags", f"{_ARTIFACTS}?with_tag=true&page_size=10", 0.0),
    ("repositories", f"{_API}/repositories?page_size=10", 0.0),
    ("projects", f"{_API}/projects?page_size=10", 0.0),
)


def main() -> int:
    """Seed, measure and print; 1 when a goal is missed."""
    chosen = _parse()
    print(f"# {report.machine()}; load {report.load_average()}; {chosen.workers} worker(s)\n")
    with tempfile.TemporaryDirectory(prefix="havre-platform-", dir=chosen.directory) as home:
        data, started = Path(home) / "havre", time.monotonic()
        url = chosen.database_url
        recipe = seed(data, chosen.artifacts, chosen.projects, chosen.audit, url)
        print(f"seeded in {time.monotonic() - started:.0f} s\n", flush=True)
        missed = 0
        serving = Havre(chosen.workers, password=recipe.password, database_url=url)
        with Server(serving, data, FREE) as server:
            missed += _measure_pages(server)
            if chosen.seconds:
                missed += _measure_loads(server, chosen.seconds)
    return 1 if missed else 0


def _measure_pages(server: Server) -> int:
    """Print page 1 against page 1,000 of each list; tell how many miss the goal."""
    print(
        f"| list | page 1 ms | page {_PAGE:,} ms | ratio | first request ms | first of page {_PAGE:,} ms |\n"
        "|---|---|---|---|---|---|"
    )
    missed = 0
    with Connection(server.port, basic(server.recipe)) as link:
        for one in LISTS:
            path = f"{one.path}{'' if one.path[-1] in '?&' else '&'}page_size={one.page_size}"
            first = _time(link, path, 1)
            first_far = _time(link, f"{path}&page={_PAGE}", 1)
            # In turns, so that other work on the machine falls on both.
            pairs = [(_time(link, path, 1), _time(link, f"{path}&page={_PAGE}", 1)) for _ in range(_ROUNDS)]
            near, far = (statistics.median(times) for times in zip(*pairs, strict=True))
            ratio = far / near
            missed += ratio > _RATIO
            times = f"{near:.2f} | {far:.2f} | {ratio:.2f} | {first:.1f} | {first_far:.1f}"
            print(f"| {one.name} | {times} |", flush=True)
    return missed


def _time(link: Connection, path: str, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        link.request("GET", path, {"X-Accept-Vulnerabilities": _MIME}).expect(200)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def _measure_loads(server: Server, seconds: int) -> int:
    """Print requests a second under 64 connections; tell how many miss the goal."""
    print(f"\n| {_CLIENTS} connections | requests/s | p50 ms | p99 ms | goal |\n|---|---|---|---|---|")
    headers = {"Authorization": basic(server.recipe), "X-Accept-Vulnerabilities": _MIME}
    missed = 0
    for name, path, goal in LOADS:
        url = f"http://127.0.0.1:{server.port}{path}"
        found = wrk.run(url, headers, connections=_CLIENTS, seconds=seconds, cores=None)
        missed += found.requests_s < goal
        wanted = f"{goal:.0f}" if goal else "-"
        print(
            f"| {name} | {found.requests_s:.0f} | {found.p50_ms:.1f} | {found.p99_ms:.1f} | {wanted} |",
            flush=True,
        )
    return missed


class _Chosen(argparse.Namespace):
    artifacts: int
    projects: int
    audit: int
    workers: int
    seconds: int
    directory: Path | None
    database_url: str | None


def _parse() -> _Chosen:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.platform", description=__doc__)
    parser.add_argument("--artifacts", type=int, default=100_000)
    parser.add_argument("--projects", type=int, default=1_000)
    parser.add_argument("--audit", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2, help="processes that serve (2: one a core)")
    parser.add_argument("--seconds", type=int, default=8, help="of each load; 0 for none")
    parser.add_argument("--directory", type=Path, help="where the instance is made")
    parser.add_argument("--database-url", help="an empty PostgreSQL database; SQLite without it")
    return parser.parse_args(namespace=_Chosen())


if __name__ == "__main__":
    sys.exit(main())
