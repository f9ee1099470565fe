"""Outcomes as tables for people and as JSON for programs."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.registry.rounds import Goal, Outcome, Role


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal and what came of it."""

    goal: str
    value: float
    is_met: bool


def judge(outcome: Outcome, goals: tuple[Goal, ...]) -> list[Verdict]:
    """Return a verdict for each goal whose two sides were measured."""
    verdicts: list[Verdict] = []
    for goal in goals:
        if "ours" not in outcome.figures or goal.against not in outcome.figures:
            continue
        value = outcome.figures["ours"][goal.measure].median
        subject = goal.measure
        if goal.against != "ours":
            value /= outcome.figures[goal.against][goal.measure].median
            subject = f"{goal.measure} ours/{goal.against}"
        is_met = value >= goal.limit if goal.is_floor else value <= goal.limit
        sign = ">=" if goal.is_floor else "<="
        verdicts.append(Verdict(f"{subject} {sign} {goal.limit:g}", value, is_met))
    return verdicts


def as_table(outcome: Outcome, verdicts: list[Verdict], names: dict[Role, str]) -> str:
    """Return a Markdown table of medians and ranges, with the verdicts below it."""
    measures = list(dict.fromkeys(key for row in outcome.figures.values() for key in row))
    lines = [f"### {outcome.scenario}: {outcome.title}", ""]
    lines += [f"| server | {' | '.join(measures)} |", "|---" * (len(measures) + 1) + "|"]
    for role, figures in outcome.figures.items():
        cells = [f"{at.median:.4g} [{at.low:.4g}-{at.high:.4g}]" for at in map(figures.__getitem__, measures)]
        lines.append(f"| {names[role]} | {' | '.join(cells)} |")
    lines.append("")
    lines += [f"- {'met' if at.is_met else 'MISSED'}: {at.goal}: {at.value:.3g}" for at in verdicts]
    return "\n".join(lines)


def as_json(
    outcomes: list[tuple[Outcome, list[Verdict]]], names: dict[Role, str], remarks: list[str], load: str
) -> bytes:
    """Return the whole run, indented."""
    scenarios = [
        {"scenario": outcome.scenario, "figures": outcome.figures, "verdicts": verdicts}
        for outcome, verdicts in outcomes
    ]
    run = {"machine": machine(), "load_before": load, "servers": names, "remarks": remarks}
    return msgspec.json.format(msgspec.json.encode(run | {"scenarios": scenarios}), indent=1)


def machine() -> str:
    """Return processor, cores, memory and kernel in one line."""
    processor = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return f"{processor}, {os.cpu_count()} cores, {gib:.0f} GiB, Linux {platform.release()}"


def load_average() -> str:
    """Return the machine's load over one, five and fifteen minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())
