"""The kinds of job that a process knows, and how many of each may run at a time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from havre.jobs.context import JobContext
from havre.kernel.errors import StartRefused

Handler = Callable[[JobContext], Awaitable[None]]
"""Does a job. It may be called again for the same job: a process may die under it at any moment.

Returning is success, an exception a failed attempt; WillNotSucceed fails at once. What must count exactly
once is written inside `job.finish()`.
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: Harbor's vendor type where it has one. `at_most` holds over all processes together."""

    name: str
    handler: Handler
    at_most: int | None = None


def with_limits(kinds: Sequence[Kind], limits: str | None) -> Sequence[Kind]:
    """Put the operator's limits (`KIND=number`, joined by commas) in place of the built-in ones.

    Raises: StartRefused.
    """
    wanted = _read(limits or "")
    known = {kind.name.upper() for kind in kinds}
    unknown = sorted(set(wanted) - known)
    if unknown:
        raise StartRefused(
            f"jobs.limits: there is no job type {unknown[0]!r}; use {', '.join(sorted(known))}"
        )
    return [
        replace(kind, at_most=wanted[kind.name.upper()]) if kind.name.upper() in wanted else kind
        for kind in kinds
    ]


def _read(limits: str) -> Mapping[str, int]:
    wanted = {}
    for part in filter(None, (part.strip() for part in limits.split(","))):
        name, _, number = (word.strip() for word in part.partition("="))
        if not (number.isascii() and number.isdigit() and int(number) >= 1):
            raise StartRefused(f"jobs.limits: {part!r} is not KIND=number, such as REPLICATION=5")
        wanted[name.upper()] = int(number)
    return wanted
