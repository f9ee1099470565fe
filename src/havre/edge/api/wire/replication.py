"""The shapes of rules of replication and their runs, as Harbor's clients send and read them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

from havre.edge.api.faults import SchemaViolated
from havre.edge.api.wire.endpoint import RegistryShape, registry_shape
from havre.jobs.model import Cause, Execution, State, Task
from havre.replication import Filter, FilterKind, PolicyWords, RepositoryState, ShownPolicy, Trigger

Word = TypeVar("Word")
_Id = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
_KINDS: Final = frozenset(FilterKind)
_TRIGGERS: Final = frozenset(Trigger)
# Harbor's words of executions and tasks of replication, which no other tag has.
_STATES: Final = {
    State.WAITING: "Pending",
    State.RUNNING: "InProgress",
    State.SUCCEEDED: "Succeed",
    State.FAILED: "Failed",
    State.STOPPED: "Stopped",
}
_CAUSES: Final = {
    Cause.MANUAL: Trigger.MANUAL,
    Cause.SCHEDULE: Trigger.SCHEDULED,
    Cause.EVENT: Trigger.EVENT,
}


class RegistryRef(msgspec.Struct):
    """`Registry` as a policy names it: by its id; 0 or none is this instance."""

    id: _Id = 0


class TriggerSettings(msgspec.Struct, omit_defaults=True):
    """`ReplicationTriggerSettings`."""

    cron: str = ""


class TriggerShape(msgspec.Struct, omit_defaults=True):
    """`ReplicationTrigger`."""

    type: str = ""
    trigger_settings: TriggerSettings | None = None


class FilterShape(msgspec.Struct, omit_defaults=True):
    """`ReplicationFilter`."""

    type: str = ""
    value: str | list[str] | None = None
    decoration: str = ""

    def read(self, where: str) -> Filter | None:
        """Read what it lets pass; None when it has no value.

        Raises: SchemaViolated naming the field.
        """
        if self.type not in _KINDS:
            raise SchemaViolated(f"{where}.type must be name, tag, label or resource, not {self.type[:40]!r}")
        kind, value = FilterKind(self.type), self.value
        if kind is FilterKind.LABEL:
            values = tuple(value.split(",") if isinstance(value, str) else value or ())
        elif isinstance(value, list):
            raise SchemaViolated(f"{where}.value must be a text for a {kind} filter")
        else:
            values = (value,) if value else ()
        if not any(values):
            return None
        return Filter(kind, tuple(one.strip() for one in values), self.decoration or "matches")


class PolicyReq(msgspec.Struct):
    """`ReplicationPolicy` as it is sent; `id` and the times say nothing."""

    name: str
    id: _Id = 0
    description: str = ""
    src_registry: RegistryRef | None = None
    dest_registry: RegistryRef | None = None
    dest_namespace: str = ""
    dest_namespace_replace_count: Annotated[int, Meta(ge=-128, le=127)] = -1
    trigger: TriggerShape | None = None
    filters: list[FilterShape] = []
    replicate_deletion: bool = False
    deletion: bool = False
    override: bool = False
    enabled: bool = False
    speed: _Int32 = 0
    copy_by_chunk: bool = False
    single_active_replication: bool = False
    creation_time: str = ""
    update_time: str = ""

    def words(self) -> PolicyWords:
        """Read a whole rule.

        Raises: SchemaViolated naming the field.
        """
        trigger = self.trigger or TriggerShape()
        kind = trigger.type or Trigger.MANUAL
        if kind not in _TRIGGERS:
            raise SchemaViolated(f"trigger.type must be manual, scheduled or event_based, not {kind[:40]!r}")
        filters = [one.read(f"filters[{at}]") for at, one in enumerate(self.filters)]
        return PolicyWords(
            name=self.name,
            description=self.description,
            source_id=_other(self.src_registry),
            target_id=_other(self.dest_registry),
            namespace=self.dest_namespace,
            replace_count=self.dest_namespace_replace_count,
            trigger=Trigger(kind),
            cron=(trigger.trigger_settings or TriggerSettings()).cron,
            filters=tuple(one for one in filters if one is not None),
            does_delete=self.replicate_deletion or self.deletion,
            does_override=self.override,
            is_enabled=self.enabled,
            speed_kib=max(0, self.speed),
            is_chunked=self.copy_by_chunk,
            is_single=self.single_active_replication,
        )


class PolicyShape(msgspec.Struct, omit_defaults=True):
    """`ReplicationPolicy`."""

    id: int
    name: str
    src_registry: RegistryShape
    dest_registry: RegistryShape
    dest_namespace_replace_count: Annotated[int, Meta(ge=-128, le=127)]
    trigger: TriggerShape
    filters: list[FilterShape]
    replicate_deletion: bool
    deletion: bool
    override: bool
    enabled: bool
    speed: int
    copy_by_chunk: bool
    single_active_replication: bool
    creation_time: datetime
    update_time: datetime
    description: str = ""
    dest_namespace: str = ""


class StartRequest(msgspec.Struct):
    """`StartReplicationExecution`."""

    policy_id: _Id


class RunShape(msgspec.Struct, omit_defaults=True):
    """`ReplicationExecution`."""

    id: int
    policy_id: int
    status: str
    trigger: str
    start_time: datetime
    status_text: str
    total: int
    failed: int
    succeed: int
    in_progress: int
    stopped: int
    end_time: datetime | None = None


class TaskShape(msgspec.Struct, omit_defaults=True):
    """`ReplicationTask`."""

    id: int
    execution_id: int
    status: str
    job_id: str
    operation: str
    resource_type: str
    src_resource: str
    dst_resource: str
    start_time: datetime | None = None
    end_time: datetime | None = None


class StateShape(msgspec.Struct, omit_defaults=True):
    """How far a rule is with a repository; `lag_s` is for how long it has been behind."""

    repository: str
    target: str
    artifacts: int
    differing: int
    compared_at: datetime
    lag_s: int
    fault: str = ""


class StatesShape(msgspec.Struct):
    """A page of them; `next` is what to ask for behind."""

    repositories: list[StateShape]
    next: str | None


def policy_shape(shown: ShownPolicy) -> PolicyShape:
    """Show a rule."""
    policy, words = shown.policy, shown.policy.words
    here, there = RegistryShape(0, "Local", type="harbor"), RegistryShape(words.endpoint_id)
    if shown.endpoint is not None:
        there = registry_shape(shown.endpoint)
    settings = TriggerSettings(words.cron) if words.cron else None
    return PolicyShape(
        id=policy.id,
        name=words.name,
        description=words.description,
        src_registry=here if words.is_push else there,
        dest_registry=there if words.is_push else here,
        dest_namespace=words.namespace,
        dest_namespace_replace_count=words.replace_count,
        trigger=TriggerShape(str(words.trigger), settings),
        filters=[_filter_shape(one) for one in words.filters],
        replicate_deletion=words.does_delete,
        deletion=words.does_delete,
        override=words.does_override,
        enabled=words.is_enabled,
        speed=words.speed_kib,
        copy_by_chunk=words.is_chunked,
        single_active_replication=words.is_single,
        creation_time=policy.created_at,
        update_time=policy.updated_at,
    )


def run_shape(execution: Execution) -> RunShape:
    """Show a run."""
    tasks = execution.tasks
    is_skipped = execution.extra.get("skipped") is True
    return RunShape(
        id=execution.id,
        policy_id=execution.vendor_id,
        status=_STATES[State.STOPPED if is_skipped else execution.state],
        trigger=str(_CAUSES[execution.cause]),
        start_time=execution.started_at,
        end_time=execution.finished_at,
        status_text=execution.message,
        total=sum(tasks.values()),
        failed=tasks.get(State.FAILED, 0),
        succeed=tasks.get(State.SUCCEEDED, 0),
        in_progress=tasks.get(State.RUNNING, 0) + tasks.get(State.WAITING, 0),
        stopped=tasks.get(State.STOPPED, 0),
    )


def task_shape(task: Task) -> TaskShape:
    """Show what a run does with one repository."""
    said = {
        name: str(task.extra.get(name, "")) for name in ("operation", "resource_type", "source", "target")
    }
    return TaskShape(
        id=task.id,
        execution_id=task.execution_id or 0,
        status=_STATES[task.state],
        job_id=str(task.id),
        operation=said["operation"],
        resource_type=said["resource_type"],
        src_resource=said["source"],
        dst_resource=said["target"],
        start_time=task.started_at,
        end_time=task.finished_at,
    )


def states_shape(found: Sequence[RepositoryState], size: int, now: datetime) -> StatesShape:
    """Show how far a rule is."""
    shown = [
        StateShape(
            repository=one.source_repository,
            target=one.target_repository,
            artifacts=one.wanted,
            differing=one.differing,
            compared_at=one.compared_at,
            lag_s=0 if one.behind_since is None else max(0, int((now - one.behind_since).total_seconds())),
            fault=one.fault,
        )
        for one in found
    ]
    return StatesShape(shown, found[-1].source_repository if len(found) == size else None)


def read_state(text: str | None) -> State | None:
    """Read a `status` of the query; None when it is absent.

    Raises: SchemaViolated.
    """
    return _read(text, {word.lower(): state for state, word in _STATES.items()}, "status")


def read_cause(text: str | None) -> Cause | None:
    """Read a `trigger` of the query; None when it is absent.

    Raises: SchemaViolated.
    """
    return _read(text, {str(word): cause for cause, word in _CAUSES.items()}, "trigger")


def _read(text: str | None, words: dict[str, Word], name: str) -> Word | None:
    if not text:
        return None
    found = words.get(text.lower())
    if found is None:
        raise SchemaViolated(f"{name} in query must be one of {', '.join(words)}, not {text[:40]!r}")
    return found


def _other(reference: RegistryRef | None) -> int | None:
    return None if reference is None or reference.id <= 0 else reference.id


def _filter_shape(one: Filter) -> FilterShape:
    if one.kind is FilterKind.LABEL:
        return FilterShape(str(one.kind), list(one.values), one.decoration)
    is_plain = one.kind in (FilterKind.NAME, FilterKind.RESOURCE)
    return FilterShape(str(one.kind), one.values[0], "" if is_plain else one.decoration)
