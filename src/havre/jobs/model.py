"""The jobs' nouns.

execution (vendor type and number, what caused it)  running ──▶ succeeded | failed | stopped
└─ job, called a task there

waiting ──claim──▶ running ──▶ succeeded
   ▲                  │
   └──retry, lease────┼──▶ failed (after max_attempts)
                      └──▶ stopped (somebody asked; also from waiting)
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Payload = Mapping[str, str | int | bool | Sequence[str] | None]
Extra = Mapping[str, object]
"""What is shown of an execution or a job beside its state: anything that JSON holds."""

# Pausing this queue pauses all cron schedules; it holds no jobs. Source: Harbor's jobservice.
SCHEDULER_QUEUE = "SCHEDULER"
ALL = "all"


class State(StrEnum):
    """Where a job or an execution stands; an execution never waits."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"


class Cause(StrEnum):
    """What started an execution, in Harbor's words for `trigger`."""

    MANUAL = "MANUAL"
    SCHEDULE = "SCHEDULE"
    EVENT = "EVENT"


@dataclass(frozen=True, slots=True)
class JobOptions:
    """How a job is to run; a higher `priority` goes first, `run_after` None is at once."""

    max_attempts: int = 8
    priority: int = 0
    run_after: datetime | None = None
    execution_id: int | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fence:
    """Which taking of a job is meant: only the latest taker holds the `token` that the row has."""

    job_id: int
    token: str
    execution_id: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a process took."""

    fence: Fence
    kind: str
    payload: Payload
    attempts: int
    max_attempts: int
    created_at: datetime
    log_bytes: int


@dataclass(frozen=True, slots=True)
class NewExecution:
    """What an execution is of: Harbor's vendor type, the number of the policy or thing, the cause."""

    vendor_type: str
    vendor_id: int = -1
    cause: Cause = Cause.MANUAL
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of something, with how many of its tasks are in each state."""

    id: int
    vendor_type: str
    vendor_id: int
    cause: Cause
    state: State
    message: str
    extra: Extra
    started_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    tasks: Mapping[State, int]


@dataclass(frozen=True, slots=True)
class ExecutionFilter:
    """Which executions a list shows; None does not ask. Tasks of `task_kind` are counted, None counts all."""

    vendor_type: str
    vendor_id: int | None = None
    state: State | None = None
    cause: Cause | None = None
    is_oldest_first: bool = False
    task_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A job as people see it."""

    id: int
    execution_id: int | None
    kind: str
    state: State
    message: str
    attempts: int
    extra: Extra
    progress: str
    progress_at: datetime | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class CronSchedule:
    """When executions of a vendor start by themselves; the handler of kind `vendor_type` gets `payload`."""

    id: int
    vendor_type: str
    vendor_id: int
    type: str
    cron: str
    payload: Payload
    next_run_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """A schedule to be set: `type` is Hourly, Daily, Weekly or Custom, the last with a `cron` of 6 fields."""

    vendor_type: str
    vendor_id: int
    type: str
    cron: str = ""
    payload: Payload = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """The waiting jobs of one kind; `latency_s` is how long the oldest due one waits."""

    kind: str
    waiting: int
    latency_s: int
    is_paused: bool


@dataclass(frozen=True, slots=True)
class WorkerPool:
    """A process that runs jobs, `workers` at a time."""

    id: str
    host: str
    pid: int
    workers: int
    started_at: datetime
    heartbeat_at: datetime


@dataclass(frozen=True, slots=True)
class Worker:
    """One of the jobs that a pool can run at a time; `task` is None while it is free."""

    id: str
    pool_id: str
    task: Task | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something that runs every so often on one of the processes: upkeep that nobody has to see."""

    kind: str
    every_s: int
    run: Callable[[], Awaitable[object]]
