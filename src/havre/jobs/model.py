"""The jobs' nouns.

waiting ──claim──▶ running ──▶ succeeded
   ▲                  │
   └──retry, lease────┴──▶ failed (after max_attempts)
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

Payload = Mapping[str, str | int | bool | None]
Handler = Callable[[Payload], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job."""

    job_id: int
    kind: str
    payload: Payload
    attempts: int
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something that runs every so often on one of the processes."""

    kind: str
    every_s: int
    run: Callable[[], Awaitable[object]]
