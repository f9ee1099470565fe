"""The one asynchronous machine: rows in the same database, with lease, retry and schedules."""

from havre.jobs.enqueue import enqueue
from havre.jobs.model import Handler, Schedule
from havre.jobs.run import Runner
from havre.jobs.settings import JobsSettings

__all__ = ["Handler", "JobsSettings", "Runner", "Schedule", "enqueue"]
