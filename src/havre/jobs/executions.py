"""Executions and tasks for the slices that start them. Who may see or stop them is theirs to decide."""

from collections.abc import Mapping

from havre.jobs.errors import ExecutionUnknown, JobUnknown
from havre.jobs.model import Execution, ExecutionFilter, State, Task
from havre.jobs.store import executions, logs, queues
from havre.kernel.clock import Clock, to_micros
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Reader, Work


async def find_execution(
    reader: Reader, execution_id: int, vendor_type: str, task_kind: str | None = None
) -> Execution:
    """Read an execution of a vendor type; of its tasks those of one kind are counted when it is given.

    Raises: ExecutionUnknown, also for one of another type.
    """
    found = await executions.find_execution(reader, execution_id, task_kind)
    if found is None or found.vendor_type != vendor_type:
        raise ExecutionUnknown(execution_id)
    return found


async def running_execution(work: Work, vendor_type: str, vendor_id: int | None = None) -> int | None:
    """Find the execution of a vendor type, perhaps of one number, that waits or runs.

    Nobody starts another before the commit.
    """
    return await executions.running_execution(work, vendor_type, vendor_id)


async def list_executions(
    reader: Reader, wanted: ExecutionFilter, page: PageRequest
) -> NumberedPage[Execution]:
    """List executions, newest first; always three queries."""
    return NumberedPage(*await executions.list_executions(reader, wanted, page))


async def find_task(reader: Reader, execution_id: int, task_id: int) -> Task:
    """Read a task of an execution. Raises: JobUnknown, also for one of another execution."""
    found = await executions.find_task(reader, task_id)
    if found is None or found.execution_id != execution_id:
        raise JobUnknown(task_id)
    return found


async def list_tasks(
    reader: Reader,
    execution_id: int,
    page: PageRequest,
    state: State | None = None,
    kind: str | None = None,
) -> NumberedPage[Task]:
    """List the tasks of an execution, perhaps of one state or kind, oldest first; always two queries."""
    return NumberedPage(*await executions.list_tasks(reader, execution_id, (state, kind), page))


async def read_log(reader: Reader, task_id: int) -> str:
    """Read what a task said so far; at most a megabyte."""
    return await logs.read(reader, task_id)


async def stop_execution(work: Work, clock: Clock, execution_id: int) -> None:
    """End the waiting tasks of an execution at once and ask the running ones to stop."""
    now = to_micros(clock.now())
    await executions.lock_executions(work, [execution_id])
    await queues.stop_of_execution(work, execution_id, now)
    await executions.roll_up(work, [execution_id], now)


async def end_execution(work: Work, clock: Clock, execution_id: int) -> None:
    """End an execution that turned out to have no tasks; one that has some ends by itself."""
    await executions.lock_executions(work, [execution_id])
    await executions.roll_up(work, [execution_id], to_micros(clock.now()))


async def amend_execution(
    work: Work, clock: Clock, execution_id: int, extra: Mapping[str, object], message: str | None = None
) -> None:
    """Merge `extra` into what is shown of an execution, and say in one line how it went."""
    now = to_micros(clock.now())
    await executions.lock_executions(work, [execution_id])
    found = await executions.find_execution(work, execution_id)
    if found is None:
        return
    await executions.set_extra(work, execution_id, {**found.extra, **extra}, now)
    if message is not None:
        await executions.set_message(work, execution_id, message, now)
