"""The shapes of executions and tasks, for every tag that has some."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from havre.jobs.model import Execution, State, Task

# Harbor's words. Source: its job status.
WORDS: Final = {
    State.WAITING: "Pending",
    State.RUNNING: "Running",
    State.SUCCEEDED: "Success",
    State.FAILED: "Error",
    State.STOPPED: "Stopped",
}


class Metrics(msgspec.Struct, omit_defaults=True):
    """`Metrics`: how many tasks are in each state."""

    task_count: int = 0
    success_task_count: int = 0
    error_task_count: int = 0
    pending_task_count: int = 0
    running_task_count: int = 0
    stopped_task_count: int = 0


class ExecutionShape(msgspec.Struct, omit_defaults=True):
    """`Execution`."""

    id: int
    vendor_type: str
    vendor_id: int
    status: str
    trigger: str
    metrics: Metrics
    start_time: datetime
    status_message: str = ""
    extra_attrs: Mapping[str, object] = {}
    end_time: datetime | None = None


class TaskShape(msgspec.Struct, omit_defaults=True):
    """`Task`."""

    id: int
    execution_id: int
    status: str
    run_count: int
    creation_time: datetime
    update_time: datetime
    status_message: str = ""
    extra_attrs: Mapping[str, object] = {}
    start_time: datetime | None = None
    end_time: datetime | None = None


def execution_shape(execution: Execution) -> ExecutionShape:
    """Show an execution."""
    return ExecutionShape(
        id=execution.id,
        vendor_type=execution.vendor_type,
        vendor_id=execution.vendor_id,
        status=WORDS[execution.state],
        trigger=str(execution.cause),
        metrics=metrics_of(execution.tasks),
        start_time=execution.started_at,
        status_message=execution.message,
        extra_attrs=execution.extra,
        end_time=execution.finished_at,
    )


def metrics_of(tasks: Mapping[State, int]) -> Metrics:
    """Count tasks in Harbor's words."""
    return Metrics(
        task_count=sum(tasks.values()),
        success_task_count=tasks.get(State.SUCCEEDED, 0),
        error_task_count=tasks.get(State.FAILED, 0),
        pending_task_count=tasks.get(State.WAITING, 0),
        running_task_count=tasks.get(State.RUNNING, 0),
        stopped_task_count=tasks.get(State.STOPPED, 0),
    )


def task_shape(task: Task) -> TaskShape:
    """Show a task."""
    return TaskShape(
        id=task.id,
        execution_id=task.execution_id or 0,
        status=WORDS[task.state],
        run_count=task.attempts,
        creation_time=task.created_at,
        update_time=task.updated_at,
        status_message=task.message,
        extra_attrs=task.extra,
        start_time=task.started_at,
        end_time=task.finished_at,
    )
