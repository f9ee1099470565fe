"""Small requests by wrk, and what its report says."""

import re
from dataclasses import dataclass

from benchmarks.registry.servers import run_on

_UNIT_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True, slots=True)
class Report:
    """Requests a second and in all, and the latency of the median and the slowest hundredth."""

    requests_s: float
    requests: int
    p50_ms: float
    p99_ms: float


def run(
    url: str, headers: dict[str, str], *, connections: int, seconds: int, cores: frozenset[int] | None
) -> Report:
    """Load `url` for `seconds`.

    Raises: ValueError when any answer was not a success.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    try:
        text = run_on(cores, [*command, url]).decode()
    except FileNotFoundError as error:
        raise FileNotFoundError("wrk is not installed (Debian: apt-get install wrk)") from error
    if "Non-2xx" in text or "Socket errors" in text:
        raise ValueError(f"wrk met refusals at {url}:\n{text}")
    return Report(
        float(_find(r"Requests/sec:\s+([\d.]+)", text)),
        int(_find(r"(\d+) requests in", text)),
        _milliseconds(_find(r"\n\s+50%\s+(\S+)", text)),
        _milliseconds(_find(r"\n\s+99%\s+(\S+)", text)),
    )


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"wrk said nothing that matches {pattern!r}:\n{text}")
    return found[1]


def _milliseconds(text: str) -> float:
    return float(_find(r"([\d.]+)", text)) * _UNIT_MS[text.lstrip("0123456789.")]
