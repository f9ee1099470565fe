"""Replication: its use cases, the jobs of its runs, what looks after rules and registries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from havre.access import Access
from havre.access.ports import KeyWrapper
from havre.adapters.remotes.claims import FileClaims
from havre.adapters.remotes.files import FileSource
from havre.adapters.remotes.opener import RemoteOpener
from havre.assembly.ground import Ground
from havre.edge.api.replication_parts import ReplicationParts
from havre.jobs import Kind, Schedule
from havre.kernel.clock import Clock
from havre.kernel.events import Journal
from havre.kernel.work import Database
from havre.projects import CreateProject
from havre.registry import (
    Census,
    Delete,
    Describe,
    Finish,
    Gates,
    Mount,
    Pull,
    Push,
    Referrers,
    RegistrySettings,
    StatBlob,
    Uploads,
)
from havre.registry.ports import BlobStore
from havre.replication import (
    KIND,
    TASK_KIND,
    Bookkeeping,
    ChangeEndpoints,
    ChangePolicies,
    CopyIn,
    CopyOut,
    Endpoints,
    Fetch,
    Here,
    OpenEndpoints,
    Policies,
    Reconcile,
    Replicate,
    ReplicationRuns,
    Send,
    Transfers,
    Upstream,
    UpstreamSettings,
    WatchEndpoints,
)
from havre.replication.ports import Openers
from havre.system import Configuration, OwnId

_AT_ONCE: Final = 3  # repositories, over all processes: one of four workers is left for everything else


@dataclass(frozen=True, slots=True)
class RegistryGround:
    """What our own registry stands on, as copying uses it."""

    database: Database
    blobs: BlobStore
    access: Access
    clock: Clock
    settings: RegistrySettings
    gates: Gates
    journal: Journal
    configuration: Configuration


def here_of(ground: RegistryGround) -> Here:
    """Wire our own registry for copying."""
    database, blobs, access, clock = ground.database, ground.blobs, ground.access, ground.clock
    settings, gates = ground.settings, ground.gates
    uploads = Uploads(database, blobs, access, clock, settings, gates.quota)
    return Here(
        pull=Pull(database, blobs, access, ground.journal),
        push=Push(database, Describe(database, blobs), access, clock, settings, gates),
        uploads=uploads,
        finish=Finish(database, blobs, access, clock, settings, uploads),
        mount=Mount(database, access, clock, settings, gates.quota),
        stat_blob=StatBlob(database, access, clock, settings),
        referrers=Referrers(database, access),
        delete=Delete(database, access, clock, settings, gates.tags),
        census=Census(database),
        create_project=CreateProject(database, clock, ground.configuration),
        open_file=FileSource,
    )


def replication_parts(
    database: Database, wrapper: KeyWrapper, openers: Openers, clock: Clock
) -> ReplicationParts:
    """Wire the use cases of the operations."""
    return ReplicationParts(
        endpoints=Endpoints(database, wrapper, openers),
        change_endpoints=ChangeEndpoints(database, wrapper, openers, clock),
        policies=Policies(database),
        change_policies=ChangePolicies(database, clock),
        runs=ReplicationRuns(database, clock),
    )


@dataclass(frozen=True, slots=True)
class Replication:
    """What one process needs for replication beside the operations."""

    openers: RemoteOpener
    remotes: OpenEndpoints
    here: Here
    transfers: Transfers
    own_id: OwnId

    async def start(self) -> None:
        """Learn the own id, which other registries are told."""
        self.openers.own_id = await self.own_id.get()


def open_replication(ground: Ground) -> Replication:
    """Make it; no registry is asked yet."""
    openers = RemoteOpener(ground.remote_reach, ground.clock)
    registry = RegistryGround(
        ground.database,
        ground.blobs,
        ground.access,
        ground.clock,
        ground.settings.registry,
        ground.gates,
        ground.journal,
        ground.configuration,
    )
    return Replication(
        openers,
        OpenEndpoints(ground.database, ground.vault, openers),
        here_of(registry),
        Transfers(ground.database, ground.clock),
        OwnId(ground.database),
    )


def open_upstream(ground: Ground, replication: Replication) -> Upstream:
    """Wire what brings things into proxy projects; a manifest comes before its blobs."""
    here, settings = replication.here, replace(ground.settings.registry, sparse_indexes=True)
    push = Push(
        ground.database,
        Describe(ground.database, ground.blobs),
        ground.access,
        ground.clock,
        settings,
        ground.gates,
    )
    here = replace(here, push=push)
    fresh_s = ground.settings.replication.fresh_s
    copy = CopyIn(here, replication.transfers)
    claims = FileClaims(ground.settings.data / "flights.lock")
    return Upstream(here, replication.remotes, copy, claims, UpstreamSettings(fresh_s, ground.blobs.path_of))


def replication_kinds(database: Database, clock: Clock, replication: Replication) -> Sequence[Kind]:
    """Wire the jobs of runs."""
    here, transfers, books = replication.here, replication.transfers, Bookkeeping(database, clock)
    ways = (
        Send(database, here, CopyOut(here, transfers), books),
        Fetch(database, here, CopyIn(here, transfers), books),
    )
    replicate = Replicate(database, clock, here, replication.remotes, ways)
    return [Kind(KIND, replicate.plan), Kind(TASK_KIND, replicate.repository, at_most=_AT_ONCE)]


def replication_schedules(ground: Ground, replication: Replication) -> Sequence[Schedule]:
    """Wire what looks after rules and registries."""
    settings = ground.settings.replication
    reconcile = Reconcile(ground.database, ground.clock, replication.here, replication.transfers)
    watch = WatchEndpoints(
        ground.database,
        ground.vault,
        replication.openers,
        ground.clock,
        timedelta(seconds=settings.health_every_s),
    )
    return [
        Schedule("replication.reconcile", settings.reconcile_every_s, reconcile.run),
        Schedule("replication.health", settings.health_every_s, watch.run),
    ]
