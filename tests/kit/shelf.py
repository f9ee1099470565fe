"""Repositories on paper, for what judges them: artifacts with tags, moments in days ago."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from havre.registry.model import CensusArtifact, CensusTag
from havre.retention.judge import Judgement, Locked, items_of, judge
from havre.retention.policy import Rule, compile_rules
from havre.retention.selectors import Selector

DAY: Final = 86_400_000_000
NOW: Final = 20_000 * DAY
EVERYWHERE: Final = (Selector("doublestar", "repoMatches", "**"),)
EVERYTHING: Final = (Selector("doublestar", "matches", "**"),)


def rule(template: str, number: int | None = None, tags: Sequence[Selector] = EVERYTHING) -> Rule:
    """Make a rule about every repository."""
    params = {} if number is None else {template: number}
    return Rule(template, params, tuple(tags), EVERYWHERE)


def matching(pattern: str, extras: str = "") -> tuple[Selector, ...]:
    """Select artifacts with a tag that fits a glob."""
    return (Selector("doublestar", "matches", pattern, extras),)


@dataclass
class Shelf:
    """A repository; artifacts are called by letters."""

    artifacts: list[CensusArtifact] = field(default_factory=list)

    def put(
        self,
        name: str,
        *tags: str,
        pushed: int = 0,
        pulled: int | None = None,
        labels: Sequence[str] = (),
        parents: Sequence[str] = (),
    ) -> "Shelf":
        """Put an artifact there, pushed and pulled so many days ago; tags were set when it was pushed."""
        number, moment = len(self.artifacts) + 1, NOW - pushed * DAY
        self.artifacts.append(
            CensusArtifact(
                number,
                f"sha256:{name}",
                "IMAGE",
                moment,
                None if pulled is None else NOW - pulled * DAY,
                tuple(CensusTag(number * 1000 + at, tag, moment, None) for at, tag in enumerate(tags)),
                frozenset(labels),
                tuple(f"sha256:{parent}" for parent in parents),
            )
        )
        return self

    def judged(self, *rules: Rule, per_tag: bool = False, locked: Locked = lambda _: None) -> Judgement:
        """Judge it."""
        items = list(items_of("app", self.artifacts, per_tag=per_tag))
        return judge(compile_rules(rules), items, locked, NOW)


def staying(judgement: Judgement) -> list[str]:
    """Name what stays: the letter of an artifact, or a tag judged by itself."""
    return [_name(judgement, at) for at in range(len(judgement.items)) if judgement.fates[at] != "doomed"]


def reasons(judgement: Judgement) -> dict[str, str]:
    """Tell every reason by name."""
    return {_name(judgement, at): judgement.reason(at) for at in range(len(judgement.items))}


def _name(judgement: Judgement, at: int) -> str:
    item = judgement.items[at]
    return item.artifact.digest.removeprefix("sha256:") if item.tag is None else item.tag.name
