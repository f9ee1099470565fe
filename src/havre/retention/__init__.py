"""Which tags live: the selectors that rules share, retention, and the rules that keep tags as they are."""

from havre.retention.apply import TASK_KIND, ApplyRetention
from havre.retention.assess import Assess
from havre.retention.change_immutable_rules import ChangeImmutableRules
from havre.retention.change_policy import ChangePolicy
from havre.retention.immutable_model import ImmutableRule, RuleChanges, RuleWords
from havre.retention.immutable_rules import ImmutableRules
from havre.retention.immutable_tags import ImmutableTags
from havre.retention.policy import KIND, NewPolicy, Policy, Rule
from havre.retention.read_policy import ReadPolicy, ScheduledPolicy
from havre.retention.regexes import compile_regex
from havre.retention.runs import RetentionRuns
from havre.retention.selectors import Candidate, CompiledSelector, Selector, compile_selector, describe
from havre.retention.simulate import Simulate, Simulated
from havre.retention.templates import TEMPLATES, Template

__all__ = [
    "KIND",
    "TASK_KIND",
    "TEMPLATES",
    "ApplyRetention",
    "Assess",
    "Candidate",
    "ChangeImmutableRules",
    "ChangePolicy",
    "CompiledSelector",
    "ImmutableRule",
    "ImmutableRules",
    "ImmutableTags",
    "NewPolicy",
    "Policy",
    "ReadPolicy",
    "RetentionRuns",
    "Rule",
    "RuleChanges",
    "RuleWords",
    "ScheduledPolicy",
    "Selector",
    "Simulate",
    "Simulated",
    "Template",
    "compile_regex",
    "compile_selector",
    "describe",
]
