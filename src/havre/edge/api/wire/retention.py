"""The shapes of retention policies and their runs, as Harbor's clients send and read them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from havre.edge.api.faults import SchemaViolated
from havre.edge.api.wire.execution import WORDS
from havre.jobs.model import Execution, State, Task
from havre.retention import TEMPLATES, NewPolicy, Rule, ScheduledPolicy, Selector, Template

_Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_ALGORITHM: Final = "or"
_RETAIN: Final = "retain"
_SCOPE: Final = "repository"
# Harbor's numbers for the words of a task's status.
_CODES: Final = {
    State.WAITING: 0,
    State.RUNNING: 2,
    State.SUCCEEDED: 3,
    State.FAILED: 3,
    State.STOPPED: 3,
}


class SelectorShape(msgspec.Struct):
    """`RetentionSelector`."""

    kind: str = "doublestar"
    decoration: str = ""
    pattern: str = ""
    extras: str = ""

    def read(self) -> Selector:
        """Read what it selects."""
        return Selector(self.kind, self.decoration, self.pattern, self.extras)


class RuleShape(msgspec.Struct):
    """`RetentionRule`; the id is its place in the policy."""

    id: int = 0
    priority: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] = 0
    disabled: bool = False
    action: str = _RETAIN
    template: str = ""
    params: dict[str, int | float] = {}
    tag_selectors: list[SelectorShape] = []
    scope_selectors: dict[str, list[SelectorShape]] = {}

    def read(self, where: str) -> Rule:
        """Read what it keeps.

        Raises: SchemaViolated naming the field.
        """
        if self.action not in ("", _RETAIN):
            raise SchemaViolated(f"{where}.action must be {_RETAIN}, not {self.action[:40]!r}")
        for name in self.scope_selectors:
            if name != _SCOPE:
                raise SchemaViolated(f"{where}.scope_selectors has {name[:40]!r}: give {_SCOPE}")
        return Rule(
            template=self.template,
            params={name: _whole(where, name, number) for name, number in self.params.items()},
            tag_selectors=tuple(one.read() for one in self.tag_selectors),
            scope_selectors=tuple(one.read() for one in self.scope_selectors.get(_SCOPE, ())),
            is_disabled=self.disabled,
            priority=self.priority,
        )


class TriggerSettings(msgspec.Struct, omit_defaults=True):
    """When a policy runs: six fields, seconds first; none when empty."""

    cron: str = ""
    next_scheduled_time: str = ""


class TriggerReferences(msgspec.Struct, omit_defaults=True):
    """The number of the schedule; it is told, never read."""

    job_id: int | str | None = None


class TriggerShape(msgspec.Struct):
    """`RetentionRuleTrigger`."""

    kind: str = "Schedule"
    settings: TriggerSettings = msgspec.field(default_factory=TriggerSettings)
    references: TriggerReferences = msgspec.field(default_factory=TriggerReferences)

    def read(self) -> str:
        """Read the cron expression, empty for a policy that only people start.

        Raises: SchemaViolated.
        """
        if self.kind not in ("Schedule", "Manual", ""):
            raise SchemaViolated(f"trigger.kind must be Schedule or Manual, not {self.kind[:40]!r}")
        return "" if self.kind == "Manual" else self.settings.cron.strip()


class ScopeShape(msgspec.Struct):
    """`RetentionPolicyScope`: a project."""

    level: str = "project"
    ref: _Id = 0


class PolicyShape(msgspec.Struct):
    """`RetentionPolicy`, and our `per_tag`, which is left as it is when absent."""

    id: int = 0
    algorithm: str = _ALGORITHM
    rules: list[RuleShape] = []
    trigger: TriggerShape = msgspec.field(default_factory=TriggerShape)
    scope: ScopeShape = msgspec.field(default_factory=ScopeShape)
    per_tag: bool | msgspec.UnsetType = msgspec.UNSET

    def read(self) -> NewPolicy:
        """Read what it says.

        Raises: SchemaViolated naming the field.
        """
        if self.algorithm not in ("", _ALGORITHM):
            raise SchemaViolated(f"algorithm must be {_ALGORITHM}, not {self.algorithm[:40]!r}")
        if self.scope.level not in ("", "project"):
            raise SchemaViolated(f"scope.level must be project, not {self.scope.level[:40]!r}")
        return NewPolicy(
            rules=tuple(rule.read(f"rules[{position}]") for position, rule in enumerate(self.rules)),
            cron=self.trigger.read(),
            is_per_tag=None if isinstance(self.per_tag, msgspec.UnsetType) else self.per_tag,
        )

    def project(self) -> int:
        """Read the project that a new policy is for.

        Raises: SchemaViolated.
        """
        if not self.scope.ref:
            raise SchemaViolated("scope.ref is missing: give the number of the project")
        return self.scope.ref


class StartRequest(msgspec.Struct):
    """What a run is asked for."""

    dry_run: bool = False


class OperateRequest(msgspec.Struct):
    """What is to happen to a run."""

    action: str

    def check(self) -> None:
        """Let only `stop` pass.

        Raises: SchemaViolated.
        """
        if self.action != "stop":
            raise SchemaViolated(f"action must be stop, not {self.action[:40]!r}")


class RunShape(msgspec.Struct, omit_defaults=True):
    """`RetentionExecution`."""

    id: int
    policy_id: int
    status: str
    trigger: str
    start_time: datetime
    end_time: datetime | None = None
    dry_run: bool | None = None


class TaskShape(msgspec.Struct, omit_defaults=True):
    """`RetentionExecutionTask`."""

    id: int
    execution_id: int
    repository: str
    job_id: str
    status: str
    status_code: int
    status_revision: int
    total: int
    retained: int
    start_time: datetime | None = None
    end_time: datetime | None = None


class ParamMetadata(msgspec.Struct):
    """`RetentionRuleParamMetadata`."""

    type: str
    unit: str
    required: bool


class RuleMetadata(msgspec.Struct):
    """`RetentionRuleMetadata`."""

    rule_template: str
    display_text: str
    action: str
    params: list[ParamMetadata]


class SelectorMetadata(msgspec.Struct):
    """`RetentionSelectorMetadata`."""

    display_text: str
    kind: str
    decorations: list[str]


class Metadata(msgspec.Struct):
    """`RetentionMetadata`."""

    templates: list[RuleMetadata]
    scope_selectors: list[SelectorMetadata]
    tag_selectors: list[SelectorMetadata]


_OF_REPOSITORIES: Final = ["repoMatches", "repoExcludes"]
_OF_TAGS: Final = ["matches", "excludes"]


def metadata() -> Metadata:
    """Tell what rules can be made of; Harbor's own come first."""
    return Metadata(
        templates=[_template(template) for template in TEMPLATES.values()],
        scope_selectors=[
            SelectorMetadata("Repositories", kind, _OF_REPOSITORIES) for kind in ("doublestar", "regex")
        ],
        tag_selectors=[
            *(SelectorMetadata("Artifacts", kind, _OF_TAGS) for kind in ("doublestar", "regex", "semver")),
            SelectorMetadata("Labels", "label", ["withLabels", "withoutLabels"]),
        ],
    )


def policy_shape(found: ScheduledPolicy) -> PolicyShape:
    """Show a policy."""
    policy, moment = found.policy, found.next_run_at
    return PolicyShape(
        id=policy.id,
        rules=[_rule(number, rule) for number, rule in enumerate(policy.rules, 1)],
        trigger=TriggerShape(
            settings=TriggerSettings(policy.cron, "" if moment is None else moment.isoformat()),
            references=TriggerReferences(found.schedule_id),
        ),
        scope=ScopeShape(ref=policy.project_id),
        per_tag=policy.is_per_tag or msgspec.UNSET,
    )


def run_shape(execution: Execution) -> RunShape:
    """Show a run."""
    return RunShape(
        id=execution.id,
        policy_id=execution.vendor_id,
        status=WORDS[execution.state],
        trigger=str(execution.cause),
        start_time=execution.started_at,
        end_time=execution.finished_at,
        dry_run=execution.extra.get("dry_run") is True,
    )


def task_shape(task: Task) -> TaskShape:
    """Show what a run did with one repository."""
    extra: Mapping[str, object] = task.extra
    return TaskShape(
        id=task.id,
        execution_id=task.execution_id or 0,
        repository=str(extra.get("repository", "")),
        job_id=str(task.id),
        status=WORDS[task.state],
        status_code=_CODES[task.state],
        status_revision=int(task.created_at.timestamp()),
        total=_number(extra, "total"),
        retained=_number(extra, "retained"),
        start_time=task.started_at,
        end_time=task.finished_at,
    )


def _template(template: Template) -> RuleMetadata:
    params = [ParamMetadata("int", str(template.unit), required=True)] if template.unit else []
    return RuleMetadata(template.name, template.words, _RETAIN, params)


def _rule(number: int, rule: Rule) -> RuleShape:
    return RuleShape(
        id=number,
        priority=rule.priority,
        disabled=rule.is_disabled,
        template=rule.template,
        params=dict(rule.params),
        tag_selectors=_selectors(rule.tag_selectors),
        scope_selectors={_SCOPE: _selectors(rule.scope_selectors)},
    )


def _selectors(selectors: Sequence[Selector]) -> list[SelectorShape]:
    return [SelectorShape(one.kind, one.decoration, one.pattern, one.extras) for one in selectors]


def _whole(where: str, name: str, number: float) -> int:
    if not -(2**53) < number < 2**53 or number != int(number):
        raise SchemaViolated(f"{where}.params.{name[:40]} must be a whole number")
    return int(number)


def _number(extra: Mapping[str, object], name: str) -> int:
    value = extra.get(name)
    return value if isinstance(value, int) else 0
