"""The command line: choose scenarios, run them, print tables, write JSON."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.registry import report
from benchmarks.registry.recipes import Havre, Nginx, find_peer
from benchmarks.registry.rounds import Outcome, Role, Size, measure
from benchmarks.registry.scenarios import SCENARIOS
from benchmarks.registry.servers import Recipe

_NAMES = [scenario.name for scenario in SCENARIOS]


def main() -> int:
    """Run the chosen scenarios; return 1 when one could not be measured. A missed goal is no failure."""
    chosen = _parse()
    size = Size(rounds=1, wrk_s=2, transfers=4) if chosen.quick else Size(rounds=5, wrk_s=4, transfers=8)
    if chosen.rounds:
        size = Size(chosen.rounds, size.wrk_s, size.transfers)
    peer, remarks = find_peer()
    every: dict[Role, Recipe] = {"ours": Havre(chosen.workers), "peer": peer, "nginx": Nginx(chosen.workers)}
    recipes = {role: recipe for role, recipe in every.items() if role in chosen.servers}
    names = {role: recipe.name for role, recipe in recipes.items()}
    load = report.load_average()
    print(f"# {report.machine()}; load {load}; {size.rounds} rounds; {chosen.workers} worker(s)\n")
    for remark in remarks:
        print(f"**{remark}**\n")
    done: list[tuple[Outcome, list[report.Verdict]]] = []
    has_failed = False
    for scenario in SCENARIOS:
        if scenario.name not in (chosen.scenario or _NAMES):
            continue
        try:
            with tempfile.TemporaryDirectory(prefix="havre-bench-", dir=chosen.directory) as home:
                outcome = measure(scenario, recipes, size, Path(home))
        except Exception as error:  # noqa: BLE001 - one scenario that cannot run must not lose the others
            print(f"### {scenario.name}: NOT MEASURED: {error}\n", flush=True)
            has_failed = True
            continue
        done.append((outcome, report.judge(outcome, scenario.goals)))
        print(report.as_table(*done[-1], names) + "\n", flush=True)
    if chosen.json:
        chosen.json.write_bytes(report.as_json(done, names, remarks, load))
    return 1 if has_failed else 0


class _Chosen(argparse.Namespace):
    scenario: list[str]
    rounds: int
    quick: bool
    workers: int
    servers: list[Role]
    directory: Path | None
    json: Path | None


def _parse() -> _Chosen:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registry", description=__doc__)
    parser.add_argument("scenario", nargs="*", help=f"all by default: {' '.join(_NAMES)}")
    parser.add_argument("--rounds", type=int, default=0, help="counted rounds (5; 1 with --quick)")
    parser.add_argument("--quick", action="store_true", help="one short round: to try, not to quote")
    parser.add_argument("--workers", type=int, default=1, help="workers of havre and of nginx")
    parser.add_argument(
        "--servers", nargs="+", choices=["ours", "peer", "nginx"], default=["ours", "peer", "nginx"]
    )
    parser.add_argument("--directory", type=Path, help="where the servers keep their files")
    parser.add_argument("--json", type=Path, help="where to write the run as JSON")
    chosen = parser.parse_args(namespace=_Chosen())
    if unknown := set(chosen.scenario) - set(_NAMES):
        parser.error(f"no such scenario: {' '.join(sorted(unknown))}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
