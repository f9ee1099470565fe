"""How a held job leaves this process: ended, or put back, under the claim's token; the execution follows."""

from havre.jobs.model import Fence, State
from havre.jobs.store import claims, executions
from havre.kernel.work import Work


async def end(work: Work, fence: Fence, state: State, message: str, now: int) -> bool:
    """End a job and, with its last task, the execution; False when the job is not ours any more."""
    if not await begin_end(work, fence, state, message, now):
        return False
    await end_execution(work, fence, now)
    return True


async def begin_end(work: Work, fence: Fence, state: State, message: str, now: int) -> bool:
    """End a job alone; `end_execution` must follow in the same transaction. False when it is not ours."""
    ids = [] if fence.execution_id is None else [fence.execution_id]
    await executions.lock_executions(work, ids)  # before the job's row: everybody locks in this order
    return await claims.end_job(work, fence, state, message, now)


async def end_execution(work: Work, fence: Fence, now: int) -> None:
    """End the execution of a job that ended, when no task of it is left."""
    ids = [] if fence.execution_id is None else [fence.execution_id]
    await executions.roll_up(work, ids, now)


async def put_back(work: Work, fence: Fence, message: str | None, run_after: int, now: int) -> None:
    """Let a job wait again, or end it when somebody asked it to stop meanwhile."""
    if not await claims.put_back(work, fence, message, run_after, now):
        await end(work, fence, State.STOPPED, message or "", now)


async def give_up(work: Work, fence: Fence, now: int) -> None:
    """End a job whose holder died and that nobody shall take again."""
    if await claims.must_stop(work, fence):
        await end(work, fence, State.STOPPED, "", now)
    else:
        await end(work, fence, State.FAILED, "the process that ran it ended, again and again", now)
