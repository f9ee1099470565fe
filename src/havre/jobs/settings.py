"""What an operator may choose about jobs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobsSettings:
    """How the runner works."""

    poll_s: int = 1
    lease_s: int = 30
    keep_days: int = 30
