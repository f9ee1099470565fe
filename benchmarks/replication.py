"""How long a rule takes, beside skopeo between the same two: `python -m benchmarks.replication`.

    bulk    one image with layers of --mib each (4, default 256 MiB)
    small   --tags images of two blobs of some hundred bytes (default 10,000) in one repository; `skopeo copy`
            is one process for each tag and is timed over --sample of them, `skopeo sync` over the same

Each brings them to an empty instance of its own. The goals: 0.8 of skopeo's throughput, and 3 times as fast
for small tags.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the kit is the tests'

from kit.server import ADMIN_PASSWORD, Server, Settings
from kit.tools import require
from replication.site import Site

_THREADS: Final = 8
_QUIET: Final = {"HAVRE_OUTGOING_ALLOW": "127.0.0.0/8", "HAVRE_LOG_LEVEL": "warning"}
_CREDENTIALS: Final = f"admin:{ADMIN_PASSWORD}"


@contextmanager
def instance(project: str = "") -> Iterator[Site]:
    """Run an instance, with a project when named."""
    with tempfile.TemporaryDirectory() as data, Server(Path(data), Settings(environment=_QUIET)) as server:
        site = Site(server.url, server)
        if project:
            site.api("POST", "/projects", {"project_name": project})
        yield site
        site.http.close()


def ours(source: Site, repository: str) -> float:
    """Time a rule that pushes, until its run has ended."""
    with instance() as target:
        registry = source.add_registry(target, name=f"r{time.monotonic_ns()}")
        rule = source.push_rule(registry, filters=[{"type": "name", "value": repository}])
        started = time.perf_counter()
        source.run(rule, deadline_s=3600)
        return time.perf_counter() - started


def skopeo(*words: str) -> None:
    """Run skopeo between two that speak HTTP."""
    options = ["--src-tls-verify=false", "--dest-tls-verify=false"]
    options += ["--src-creds", _CREDENTIALS, "--dest-creds", _CREDENTIALS]
    subprocess.run([require("skopeo"), words[0], *options, *words[1:]], check=True, capture_output=True)


def theirs(source: Site, copy: Callable[[str, str], None]) -> float:
    """Time a copy from host to host."""
    with instance("lib") as target:
        started = time.perf_counter()
        copy(source.url.partition("//")[2], target.url.partition("//")[2])
        return time.perf_counter() - started


def copies(repository: str, tags: Sequence[str]) -> Callable[[str, str], None]:
    """Copy tags, a process for each."""

    def run(source: str, target: str) -> None:
        for tag in tags:
            skopeo("copy", f"docker://{source}/{repository}:{tag}", f"docker://{target}/{repository}:{tag}")

    return run


def sync(repository: str) -> Callable[[str, str], None]:
    """Copy a repository in one process."""

    def run(source: str, target: str) -> None:
        skopeo(*("sync", "--src", "docker", "--dest", "docker"), f"{source}/{repository}", f"{target}/lib")

    return run


def bulk(mib: int, rounds: int) -> None:
    """Compare throughput, one after the other in turn."""
    with instance("lib") as source:
        source.push_image("lib/bulk", "v1", [os.urandom(mib << 20) for _ in range(4)])
        for number in range(rounds):
            skopeo_s = theirs(source, copies("lib/bulk", ["v1"]))
            havre_s = ours(source, "lib/bulk")
            rates = [4 * mib / seconds for seconds in (skopeo_s, havre_s)]
            print(
                f"bulk {number + 1}: skopeo copy {skopeo_s:.2f} s ({rates[0]:.0f} MiB/s), "
                f"havre {havre_s:.2f} s ({rates[1]:.0f} MiB/s): {skopeo_s / havre_s:.2f}x",
                flush=True,
            )


def small(tags: int, sample: int) -> None:
    """Compare many small tags."""
    with instance("lib") as source:

        def push(repository: str, number: int) -> None:
            source.push_image(repository, f"t{number:05}", [b"%d" % number])

        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda number: push("lib/many", number), range(tags)))
            list(pool.map(lambda number: push("lib/some", number), range(sample)))
        havre_s = ours(source, "lib/many")
        print(f"small: havre {tags} tags in {havre_s:.1f} s, {tags / havre_s:.0f} a second", flush=True)
        for name, copy in (
            ("copy", copies("lib/some", [f"t{number:05}" for number in range(sample)])),
            ("sync", sync("lib/some")),
        ):
            seconds = theirs(source, copy)
            ratio = (seconds / sample) / (havre_s / tags)
            said = f"small: skopeo {name} {sample} tags in {seconds:.1f} s, {sample / seconds:.0f} a second"
            print(f"{said}: {ratio:.1f}x", flush=True)


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tags", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=300)
    words = parser.parse_args()
    bulk(words.mib, words.rounds)
    small(words.tags, words.sample)


if __name__ == "__main__":
    main()
