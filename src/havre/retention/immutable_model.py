"""Rules that keep tags as they are."""

from dataclasses import dataclass

from havre.retention.selectors import Selector


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What a rule says: each list must select the tag, and each list its repository."""

    tag_selectors: tuple[Selector, ...]
    repository_selectors: tuple[Selector, ...]
    is_disabled: bool = False
    priority: int = 0


@dataclass(frozen=True, slots=True)
class RuleChanges:
    """What becomes of a rule; None leaves a part as it is."""

    tag_selectors: tuple[Selector, ...] | None = None
    repository_selectors: tuple[Selector, ...] | None = None
    is_disabled: bool | None = None
    priority: int | None = None

    def on(self, words: RuleWords) -> RuleWords:
        """Make what the rule says then."""
        return RuleWords(
            words.tag_selectors if self.tag_selectors is None else self.tag_selectors,
            words.repository_selectors if self.repository_selectors is None else self.repository_selectors,
            words.is_disabled if self.is_disabled is None else self.is_disabled,
            words.priority if self.priority is None else self.priority,
        )


@dataclass(frozen=True, slots=True)
class ImmutableRule:
    """A rule of a project."""

    rule_id: int
    project_id: int
    words: RuleWords
