"""Judge: which artifacts or tags of one repository the rules of a policy keep, and why. Pure.

    items ──▶ each rule: is it about it? which rank has it? ──▶ a rule keeps it
                 └─ no rule keeps it: immutable, or child of an index that stays? ──▶ no: it goes

Ranks are kept as numbers and told in words only when asked: a repository may have 50,000 tags and 15 rules.
What a rule keeps does not depend on what goes, so judging again after some went comes to the same end.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from havre.registry.model import CensusArtifact, CensusTag, Retirement
from havre.retention.policy import CompiledRule
from havre.retention.selectors import Candidate
from havre.retention.templates import NEVER

Locked = Callable[[str], str | None]
"""Names the rule that keeps a tag as it is, None when none does."""


class Fate(StrEnum):
    """What comes of an item."""

    UNTOUCHED = "untouched"  # no rule is about its repository
    KEPT = "kept"
    IMMUTABLE = "immutable"
    CHILD = "child"
    DOOMED = "doomed"


@dataclass(frozen=True, slots=True)
class Item:
    """What is judged as one: an artifact with all its tags, or `tag` alone."""

    artifact: CensusArtifact
    tag: CensusTag | None
    candidate: Candidate
    pushed_at: int
    pulled_at: int

    @property
    def tags(self) -> tuple[CensusTag, ...]:
        """The tags that stay or go with it."""
        return self.artifact.tags if self.tag is None else (self.tag,)

    def moment(self, rule: CompiledRule) -> int:
        """The moment that counts for a rule."""
        return self.pulled_at if rule.template.by_pull else self.pushed_at


@dataclass(slots=True)
class Judgement:
    """The fate of every item of a repository, by its position."""

    rules: Sequence[CompiledRule]
    items: Sequence[Item]
    now: int
    ranks: list["array[int]"] = field(default_factory=list)  # a rule each: 0 where it is not about the item
    totals: list[int] = field(default_factory=list)  # a rule each: of how many
    fates: list[Fate] = field(default_factory=list)
    holders: dict[int, str] = field(default_factory=dict)  # position -> what else holds the item

    @property
    def retained(self) -> int:
        """How many items stay."""
        return sum(fate is not Fate.DOOMED for fate in self.fates)

    def is_kept_by(self, rule: int, position: int) -> bool:
        """Whether a rule, by its place among `rules`, keeps an item."""
        one, rank = self.rules[rule], self.ranks[rule][position]
        if not rank:
            return False
        return one.template.keeps(one.count, rank, self.items[position].moment(one), self.now)

    def keepers(self, position: int) -> Sequence[CompiledRule]:
        """List the rules that keep an item."""
        return [one for rule, one in enumerate(self.rules) if self.is_kept_by(rule, position)]

    def reason(self, position: int) -> str:
        """Say why an item stays or goes."""
        fate = self.fates[position]
        if fate is Fate.UNTOUCHED:
            return "no rule is about this repository"
        if fate is Fate.KEPT:
            kept = (rule for rule in range(len(self.rules)) if self.is_kept_by(rule, position))
            return "; ".join(f"{self.rules[rule].words}: {self._standing(rule, position)}" for rule in kept)
        if fate is Fate.DOOMED:
            missed = (f"{one.words}: {self._standing(rule, position)}" for rule, one in enumerate(self.rules))
            return f"no rule keeps it; {'; '.join(missed)}"
        return self.holders[position]

    def _standing(self, rule: int, position: int) -> str:
        one, rank = self.rules[rule], self.ranks[rule][position]
        if not rank:
            return "not about it"
        moment = self.items[position].moment(one)
        return one.template.tell(rank, self.totals[rule], moment, self.now)

    def leaving(self) -> Iterator["Leaving"]:
        """List what goes, an artifact once; what an index lists comes behind the indexes."""
        doomed = [position for position, fate in enumerate(self.fates) if fate is Fate.DOOMED]
        whole = [position for position in doomed if self.items[position].tag is None]
        whole.sort(key=lambda position: bool(self.items[position].artifact.parents))
        for position in whole:
            artifact = self.items[position].artifact
            yield Leaving(Retirement(artifact, artifact.tags, is_whole=True), (position,))
        single: dict[str, list[int]] = {}
        for position in doomed:
            if self.items[position].tag is not None:
                single.setdefault(self.items[position].artifact.digest, []).append(position)
        for positions in single.values():
            tags = tuple(tag for position in positions for tag in self.items[position].tags)
            artifact = self.items[positions[0]].artifact
            yield Leaving(Retirement(artifact, tags, is_whole=False), tuple(positions))


@dataclass(frozen=True, slots=True)
class Leaving:
    """An artifact that goes or loses tags, and the items that this is about, a tag each or the artifact."""

    retirement: Retirement
    positions: tuple[int, ...]


def items_of(repository: str, artifacts: Sequence[CensusArtifact], *, per_tag: bool) -> Iterator[Item]:
    """Make the items of a repository, named without its project."""
    for artifact in artifacts:
        if per_tag and artifact.tags:
            yield from (_tag_item(repository, artifact, tag) for tag in artifact.tags)
        else:
            yield _artifact_item(repository, artifact)


def judge(rules: Sequence[CompiledRule], items: Sequence[Item], locked: Locked, now: int) -> Judgement:
    """Judge the items of one repository by the rules that are about it; moments are microseconds."""
    found = Judgement(rules, items, now)
    if not rules:
        found.fates = [Fate.UNTOUCHED] * len(items)
        return found
    for rule in rules:
        ranks, total = _rank(rule, items)
        found.ranks.append(ranks)
        found.totals.append(total)
    for position, item in enumerate(items):
        found.fates.append(_fate(found, position, item, locked))
    _spare_children(found)
    return found


def _artifact_item(repository: str, artifact: CensusArtifact) -> Item:
    """An artifact is as young as its youngest tag, as Harbor has it."""
    return Item(
        artifact,
        None,
        Candidate(repository, tuple(tag.name for tag in artifact.tags), artifact.labels),
        max((artifact.pushed_at, *(tag.pushed_at for tag in artifact.tags))),
        _latest(artifact.pulled_at, *(tag.pulled_at for tag in artifact.tags)),
    )


def _tag_item(repository: str, artifact: CensusArtifact, tag: CensusTag) -> Item:
    return Item(
        artifact,
        tag,
        Candidate(repository, (tag.name,), artifact.labels),
        tag.pushed_at,
        _latest(artifact.pulled_at, tag.pulled_at),
    )


def _latest(*moments: int | None) -> int:
    return max((moment for moment in moments if moment is not None), default=NEVER)


def _rank(rule: CompiledRule, items: Sequence[Item]) -> tuple["array[int]", int]:
    """Order what the rule is about by its moment, latest first; equal ones stay in their order."""
    about = [position for position, item in enumerate(items) if rule.is_about(item.candidate)]
    about.sort(key=lambda position: -items[position].moment(rule))
    ranks = array("i", bytes(4 * len(items)))
    for rank, position in enumerate(about, 1):
        ranks[position] = rank
    return ranks, len(about)


def _fate(found: Judgement, position: int, item: Item, locked: Locked) -> Fate:
    if any(found.is_kept_by(rule, position) for rule in range(len(found.rules))):
        return Fate.KEPT
    for tag in item.tags:
        lock = locked(tag.name)
        if lock is not None:
            found.holders[position] = (
                f"immutable by {lock}" if item.tag else f"{tag.name} is immutable by {lock}"
            )
            return Fate.IMMUTABLE
    return Fate.DOOMED


def _spare_children(found: Judgement) -> None:
    """An artifact that an index lists stays as long as the index does, whatever the rules say."""
    doomed = {
        item.artifact.digest: position
        for position, item in enumerate(found.items)
        if found.fates[position] is Fate.DOOMED and item.tag is None
    }
    waiting = True
    while waiting:
        waiting = False
        for digest, position in list(doomed.items()):
            stays = [name for name in found.items[position].artifact.parents if name not in doomed]
            if stays:
                found.fates[position] = Fate.CHILD
                found.holders[position] = f"child of {stays[0]}, which stays"
                del doomed[digest]
                waiting = True
