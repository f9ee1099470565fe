"""What an operator may choose about jobs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobsSettings:
    """How jobs run. `limits` is KIND=number, joined by commas: at most so many at a time, all processes."""

    in_process: bool = True
    workers: int = 4
    limits: str | None = None
    poll_s: int = 1
    lease_s: int = 30
    stop_s: int = 10
    keep_days: int = 30
