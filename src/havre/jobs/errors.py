"""What jobs refuse.

HavreError
├─ NotFound      ExecutionUnknown, JobUnknown, QueueUnknown, PoolUnknown
├─ Invalid       CronInvalid
├─ LeaseLost     this process holds the job no more
├─ JobStopped    somebody asked the job to stop, and it does
└─ WillNotSucceed  the job cannot succeed, however often it is tried
"""

from havre.kernel.errors import HavreError, Invalid, NotFound


class ExecutionUnknown(NotFound):
    """There is no such execution."""

    def __init__(self, execution_id: int) -> None:
        super().__init__(
            f"execution {execution_id} not found: it was never there, or is forgotten by its age"
        )


class JobUnknown(NotFound):
    """There is no such job."""

    def __init__(self, job_id: int | str) -> None:
        super().__init__(f"job {str(job_id)[:40]} not found: it was never there, or is forgotten by its age")


class QueueUnknown(NotFound):
    """No kind of job has this name."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"job type {kind[:100]} not found: the list of job queues names those there are")


class PoolUnknown(NotFound):
    """No process that runs jobs has this name."""

    def __init__(self, pool_id: str) -> None:
        super().__init__(f"worker pool {pool_id[:100]} not found: its process ended")


class CronInvalid(Invalid):
    """A cron expression cannot be read, or its moment never comes."""

    def __init__(self, cron: str, reason: str) -> None:
        super().__init__(
            f"cron {cron[:100]!r}: {reason}; give second minute hour day-of-month month day-of-week, "
            "such as '0 30 2 * * *'"
        )


class LeaseLost(HavreError):
    """Another process took the job over, or it ended: what this one still does of it must not count."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"job {job_id} is not this process's any more")


class JobStopped(HavreError):
    """The job ends because somebody asked it to stop."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"job {job_id} was asked to stop")


class WillNotSucceed(HavreError):
    """The job cannot succeed, however often it is tried: it fails at once."""
