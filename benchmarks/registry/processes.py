"""What a tree of processes costs, read from /proc (Linux only)."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# `echo 5 > clear_refs` sets the peak (VmHWM) back to the present size: proc(5).
_RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident megabytes (10^6 bytes) of a tree; pages shared by forks count for each process."""

    resident_mb: float
    peak_mb: float


def tree(root: int) -> list[int]:
    """Return `root` and every living descendant."""
    found: list[int] = []
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        try:
            threads = list(Path(f"/proc/{pid}/task").iterdir())
            for thread in threads:
                waiting += [int(child) for child in (thread / "children").read_text().split()]
        except OSError:  # it ended while we looked
            continue
    return found


def cpu_s(root: int) -> float:
    """Return the CPU seconds (user and system) that the living tree has used."""
    ticks = 0
    for pid in tree(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])  # utime, stime: proc(5) fields 14 and 15
    return ticks / _TICKS_PER_S


def memory(root: int) -> Memory:
    """Return the resident size of the tree now, and the sum of each process's peak."""
    totals = {"VmRSS": 0, "VmHWM": 0}
    for pid in tree(root):
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            key, _, value = line.partition(":")
            if key in totals:
                totals[key] += int(value.split()[0]) * 1024
    return Memory(totals["VmRSS"] / 1e6, totals["VmHWM"] / 1e6)


def forget_peak(root: int) -> None:
    """Make the next peak count from the present size."""
    for pid in tree(root):
        Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)
