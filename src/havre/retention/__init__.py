"""Which tags live: the selectors that rules share, and the rules that keep tags as they are."""

from havre.retention.change_immutable_rules import ChangeImmutableRules
from havre.retention.immutable_model import ImmutableRule, RuleChanges, RuleWords
from havre.retention.immutable_rules import ImmutableRules
from havre.retention.immutable_tags import ImmutableTags
from havre.retention.selectors import Candidate, CompiledSelector, Selector, compile_selector, describe

__all__ = [
    "Candidate",
    "ChangeImmutableRules",
    "CompiledSelector",
    "ImmutableRule",
    "ImmutableRules",
    "ImmutableTags",
    "RuleChanges",
    "RuleWords",
    "Selector",
    "compile_selector",
    "describe",
]
