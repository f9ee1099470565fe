"""Interleaved rounds: every server in turn, in rotated order, so that none keeps the best place."""

import statistics
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.registry.servers import Cores, Recipe, Server

Sample = dict[str, float]
Role = Literal["ours", "peer", "nginx"]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: `--quick` shrinks it."""

    rounds: int
    wrk_s: int
    transfers: int


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a measure of ours: on its ratio to another server's, or on itself when `against` is ours."""

    measure: str
    against: Role
    limit: float
    is_floor: bool


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing to measure: what is laid out first, what one sample is, what we want of it."""

    name: str
    title: str
    cores: Cores
    roles: tuple[Role, ...]
    prepare: Callable[[Server], None]
    sample: Callable[[Server, Size], Sample]
    goals: tuple[Goal, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of a measure over the rounds, with its range."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario gave: for each role that ran, each measure's figure."""

    scenario: str
    title: str
    figures: dict[Role, dict[str, Figure]]


def measure(scenario: Scenario, recipes: dict[Role, Recipe], size: Size, directory: Path) -> Outcome:
    """Start the scenario's servers together, visit each in every round, and return the medians.

    Round 0 warms up and is not counted.
    """
    present = [role for role in scenario.roles if role in recipes]
    samples: dict[Role, list[Sample]] = {role: [] for role in present}
    with ExitStack() as stack:
        servers: dict[Role, Server] = {}
        for role in present:
            server = Server(recipes[role], directory / scenario.name / role, scenario.cores)
            servers[role] = stack.enter_context(server)
            scenario.prepare(servers[role])
        for turn in range(size.rounds + 1):
            for role in _rotated(present, turn):
                taken = scenario.sample(servers[role], size)
                _say(scenario, turn, servers[role].name, taken)
                if turn > 0:
                    samples[role].append(taken)
    return Outcome(scenario.name, scenario.title, {role: _figures(taken) for role, taken in samples.items()})


def _rotated(roles: Sequence[Role], turn: int) -> list[Role]:
    at = turn % len(roles)
    return [*roles[at:], *roles[:at]]


def _figures(samples: list[Sample]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for measure_name in samples[0]:
        values = [sample[measure_name] for sample in samples]
        figures[measure_name] = Figure(statistics.median(values), min(values), max(values))
    return figures


def _say(scenario: Scenario, turn: int, name: str, sample: Sample) -> None:
    figures = " ".join(f"{key}={value:.4g}" for key, value in sample.items())
    label = "warm-up" if turn == 0 else f"round {turn}"
    print(f"  {scenario.name} {label} {name}: {figures}", file=sys.stderr, flush=True)
