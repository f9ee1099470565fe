"""What the log of a task says: a table of what goes and what stays, each with its reason. Pure."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from havre.kernel.clock import from_micros
from havre.registry.model import RetireOutcome
from havre.retention.judge import Fate, Judgement, Leaving
from havre.retention.templates import NEVER

HEADER: Final = "| action | tag | digest | pushed | pulled | reason |"
_MOST_LINES: Final = 2000  # of what stays; a log is limited, and a simulation tells everything
_TAGS: Final = 20  # of one artifact, in one line
_KEPT: Final = (RetireOutcome.CHANGED, RetireOutcome.HELD, RetireOutcome.IMMUTABLE)
_SAID: Final = {
    RetireOutcome.CHANGED: "it was pushed or tagged meanwhile: judged next time",
    RetireOutcome.IMMUTABLE: "a rule keeps its tags as they are since then",
    RetireOutcome.HELD: "an index lists it, or too much hangs on it",
    RetireOutcome.GONE: "somebody else deleted it meanwhile",
}


def leaving_lines(judgement: Judgement, one: Leaving, outcome: RetireOutcome) -> Iterator[str]:
    """Tell what came of something that was to go."""
    action = "RETAIN" if outcome in _KEPT else "DEL"
    for position in one.positions:
        yield _line(action, judgement, position, _SAID.get(outcome) or judgement.reason(position))


def staying_lines(judgement: Judgement) -> Iterator[str]:
    """Tell what stays, the first ones."""
    staying = (position for position, fate in enumerate(judgement.fates) if fate is not Fate.DOOMED)
    for position in islice(staying, _MOST_LINES):
        yield _line("RETAIN", judgement, position, judgement.reason(position))
    left = judgement.retained - _MOST_LINES
    if left > 0:
        yield f"and {left} more that stay: a simulation tells each"


def _line(action: str, judgement: Judgement, position: int, reason: str) -> str:
    item = judgement.items[position]
    name = _tags([tag.name for tag in item.tags])
    pushed, pulled = (_told(moment) for moment in (item.pushed_at, item.pulled_at))
    return f"| {action} | {name} | {item.artifact.digest} | {pushed} | {pulled} | {reason} |"


def _tags(names: list[str]) -> str:
    more = f" and {len(names) - _TAGS} more" if len(names) > _TAGS else ""
    return ", ".join(names[:_TAGS]) + more if names else "(untagged)"


def _told(moment: int) -> str:
    if moment == NEVER:
        return "never"
    return from_micros(moment).isoformat(timespec="seconds").replace("+00:00", "Z")
