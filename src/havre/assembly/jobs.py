"""What runs beside the doors: every kind of job, and upkeep at fixed intervals. Slices add theirs here."""

from collections.abc import Sequence

from havre.assembly.audit import AuditTools
from havre.assembly.ground import Ground
from havre.assembly.replication import (
    Replication,
    replication_kinds,
    replication_schedules,
)
from havre.assembly.retention import retention_kinds
from havre.assembly.robots import robot_schedule
from havre.assembly.scanning import scan_kinds, scan_schedules
from havre.assembly.signing import signing_schedules
from havre.audit import PURGE_KIND
from havre.edge.api.jobs_parts import JobsParts
from havre.jobs import Kind, MonitorJobs, Runner, Schedule, SteerJobs
from havre.registry import COLLECTION_KIND, Collect, RunCollection, Sweep


def job_kinds(
    ground: Ground, audit: AuditTools, collect: Collect, sweep: Sweep, replication: Replication
) -> Sequence[Kind]:
    """List every kind of job with its handler."""
    collection = RunCollection(ground.database, ground.clock, collect, sweep)
    return [
        Kind(PURGE_KIND, audit.purges.run, at_most=1),
        Kind(COLLECTION_KIND, collection.run, at_most=1),
        *retention_kinds(ground.database, ground.access, ground.clock, ground.settings.registry),
        *replication_kinds(ground.database, ground.clock, replication),
        *scan_kinds(ground),
    ]


def jobs_parts(ground: Ground) -> JobsParts:
    """Wire the use cases that show and steer jobs."""
    database, clock = ground.database, ground.clock
    return JobsParts(MonitorJobs(database, clock, ground.settings.jobs), SteerJobs(database, clock))


def build_runner(
    ground: Ground, audit: AuditTools, replication: Replication, more: Sequence[Kind] = ()
) -> Runner:
    """Make what runs the jobs of one process; `more` kinds are a test's.

    Raises: StartRefused.
    """
    settings = ground.settings
    sweep = Sweep(ground.database, ground.blobs, ground.clock, ground.traffic)
    collect = Collect(ground.database, ground.clock, settings.registry, ground.traffic)
    return Runner(
        ground.database,
        ground.clock,
        settings.jobs,
        kinds=[*job_kinds(ground, audit, collect, sweep, replication), *more],
        every=[
            Schedule("registry.sweep", settings.registry.sweep_every_s, sweep.run),
            Schedule("registry.collect", settings.registry.collect_every_s, collect.run),
            Schedule("audit.seal", settings.audit.seal_every_s, audit.upkeep.run),
            robot_schedule(ground),
            *replication_schedules(ground, replication),
            *scan_schedules(ground),
            *signing_schedules(ground),
        ],
    )
