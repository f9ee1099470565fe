"""Templates: what a rule keeps of the artifacts that it is about. Pure.

    latestPushedK       those that were pushed last, K of them
    latestPulledN       those that were pulled last, N of them
    nDaysSinceLastPush  those that were pushed in the last N days
    nDaysSinceLastPull  those that were pulled in the last N days
    always              all of them

Source: Harbor's retention rules; the limits of their numbers are Harbor's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from havre.retention.errors import RetentionInvalid

LARGEST: Final = 32_766  # Harbor's: below the largest number of 16 bits
_DAY: Final = 86_400_000_000  # microseconds
NEVER: Final = -(1 << 62)  # the moment of what was never pulled


class Unit(StrEnum):
    """What the number of a template counts."""

    COUNT = "COUNT"
    DAYS = "DAYS"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Template:
    """One template; its parameter has its name. `by_pull` says which moment counts."""

    name: str
    words: str
    unit: Unit
    by_pull: bool = False

    @property
    def act(self) -> str:
        """What somebody did at the moment that counts."""
        return "pull" if self.by_pull else "push"

    def number_of(self, params: Mapping[str, int]) -> int | None:
        """Read the number that a rule gives; None for a template without one.

        Raises: RetentionInvalid.
        """
        unknown = sorted(set(params) - {self.name}) if self.unit else sorted(params)
        if unknown:
            raise RetentionInvalid(f"params.{unknown[0][:40]} does not go with the template {self.name}")
        if not self.unit:
            return None
        number = params.get(self.name)
        if number is None:
            raise RetentionInvalid(f"params.{self.name} is missing: give a number of {self._things}")
        if not 0 <= number <= LARGEST:
            raise RetentionInvalid(f"params.{self.name} must be from 0 to {LARGEST}, not {number}")
        return number

    def keeps(self, number: int, rank: int, moment: int, now: int) -> bool:
        """Decide about the artifact that is `rank`th by its moment, from 1; moments are microseconds."""
        if self.unit is Unit.COUNT:
            return rank <= number
        return self.unit is Unit.NONE or moment >= now - number * _DAY

    def tell(self, rank: int, of: int, moment: int, now: int) -> str:
        """Say where the artifact stands: "3rd of 120 by push", "pushed 12 days ago"."""
        if self.unit is Unit.COUNT:
            return f"{_ordinal(rank)} of {of} by {self.act}"
        if self.unit is Unit.NONE:
            return f"one of {of}"
        if moment == NEVER:
            return f"never {self.act}ed"
        days = max(0, now - moment) // _DAY
        return f"{self.act}ed {days} {'day' if days == 1 else 'days'} ago"

    @property
    def _things(self) -> str:
        return "days" if self.unit is Unit.DAYS else "artifacts"


# The words are Harbor's: its portal shows them.
TEMPLATES: Final = {
    template.name: template
    for template in (
        Template("latestPushedK", "the most recently pushed # artifacts", Unit.COUNT),
        Template("latestPulledN", "the most recently pulled # artifacts", Unit.COUNT, by_pull=True),
        Template("nDaysSinceLastPush", "pushed within the last # days", Unit.DAYS),
        Template("nDaysSinceLastPull", "pulled within the last # days", Unit.DAYS, by_pull=True),
        Template("always", "always", Unit.NONE),
    )
}


def template_named(name: str) -> Template:
    """Find a template.

    Raises: RetentionInvalid.
    """
    found = TEMPLATES.get(name)
    if found is None:
        raise RetentionInvalid(f"template {name[:40]!r} is unknown: use {', '.join(TEMPLATES)}")
    return found


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
