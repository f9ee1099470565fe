"""The one asynchronous machine: rows in the same database, with lease, retry and schedules.

How to have a job done, in a use case and at the start of a process (docs/design/jobs.md tells more):

    async with database.write() as work:
        execution = await start_execution(work, clock, NewExecution("RETENTION", policy.id))
        await enqueue(work, clock, "RETENTION", {"policy": policy.id}, JobOptions(execution_id=execution))

    async def apply(job: JobContext) -> None:
        job.log("reading the policy")
        async with job.finish() as work:
            await store.add_result(work, …)

    Kind("RETENTION", apply, at_most=2)          # in assembly/jobs.py
"""

from typing import TYPE_CHECKING

from havre.jobs.enqueue import enqueue, start_execution
from havre.kernel.doors import front_door

if TYPE_CHECKING:
    from havre.jobs.context import JobContext
    from havre.jobs.executions import (
        amend_execution,
        end_execution,
        find_execution,
        find_task,
        list_executions,
        list_tasks,
        read_log,
        running_execution,
        stop_execution,
    )
    from havre.jobs.kinds import Handler, Kind
    from havre.jobs.model import (
        Cause,
        ExecutionFilter,
        JobOptions,
        NewExecution,
        NewSchedule,
        Schedule,
        State,
    )
    from havre.jobs.monitor import MonitorJobs
    from havre.jobs.run import Runner
    from havre.jobs.schedules import delete_schedule, find_schedule, set_schedule
    from havre.jobs.settings import JobsSettings
    from havre.jobs.steer import QueueAction, SteerJobs
else:
    __getattr__ = front_door(__name__)

__all__ = [
    "Cause",
    "ExecutionFilter",
    "Handler",
    "JobContext",
    "JobOptions",
    "JobsSettings",
    "Kind",
    "MonitorJobs",
    "NewExecution",
    "NewSchedule",
    "QueueAction",
    "Runner",
    "Schedule",
    "State",
    "SteerJobs",
    "amend_execution",
    "delete_schedule",
    "end_execution",
    "enqueue",
    "find_execution",
    "find_schedule",
    "find_task",
    "list_executions",
    "list_tasks",
    "read_log",
    "running_execution",
    "set_schedule",
    "start_execution",
    "stop_execution",
]
