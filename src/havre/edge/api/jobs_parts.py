"""What the tags `jobservice` and `schedule` are built on."""

from dataclasses import dataclass

from havre.jobs import MonitorJobs, SteerJobs


@dataclass(frozen=True, slots=True)
class JobsParts:
    """The use cases that show and steer jobs."""

    monitor: MonitorJobs
    steer: SteerJobs
