"""A worker process with one kind of job more, LEDGER: it writes its number, in the transaction that ends it.

Run as `python -m crash.working` with the settings in HAVRE_* variables, as `havre worker` is.
"""

import asyncio
import os
import signal

from havre.assembly.worker import run_worker
from havre.jobs import JobContext, Kind
from havre.settings import load_settings

_STEPS = 5
_STEP_S = 0.004


async def write(job: JobContext) -> None:
    """Work for some milliseconds, then write the line that must be there once."""
    job.log(f"attempt {job.attempt} in {os.getpid()}")
    for step in range(_STEPS):
        job.raise_if_stopped()
        job.progress(f"{step} of {_STEPS}")
        await asyncio.sleep(_STEP_S)  # the work: a kill finds the job anywhere in it
    async with job.finish() as work:
        await work.run(
            "INSERT INTO ledger (number, attempt, pid) VALUES (:number, :attempt, :pid)",
            {"number": job.number("number"), "attempt": job.attempt, "pid": os.getpid()},
        )


async def main() -> None:
    """Run until SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with run_worker(load_settings({}), [Kind("LEDGER", write)]):
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
