"""Scan one image: read its layers, lay them over each other, hold what is there against what is known.

Order, for a crash: a layer's record as soon as it is read -> all of the image's rows and the job's success in
one transaction. Done again it comes to the same: layers that were read are not read again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from havre.jobs import JobContext
from havre.jobs.errors import JobStopped, WillNotSucceed
from havre.kernel.actor import system
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.errors import HavreError, NotFound
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database, Work
from havre.registry import Pull, RefKind, parse_manifest
from havre.scanning import store
from havre.scanning.components import Places, places_of
from havre.scanning.errors import AdvisoriesMissing
from havre.scanning.findings import Completeness, Finding, states_of
from havre.scanning.hold import hold
from havre.scanning.listing import show_indexes_of, show_scan
from havre.scanning.ports import OpenAdvisories
from havre.scanning.record import Inventory, LayerRecord, merge
from havre.scanning.store import Described, Scan

KIND: Final = "IMAGE_SCAN"
_ACTOR: Final = system("scanner")


class ReadLayer(Protocol):
    """Reads a layer that is a file, in a process of its own."""

    def __call__(self, path: str, size: int) -> LayerRecord:
        """Read it, blocking; whatever goes wrong is a fault of the record."""


class RunScan:
    """The job of one image."""

    def __init__(
        self, database: Database, clock: Clock, pull: Pull, read_layer: ReadLayer, advisories: OpenAdvisories
    ) -> None:
        self._database = database
        self._clock = clock
        self._pull = pull
        self._read_layer = read_layer
        self._advisories = advisories

    async def run(self, job: JobContext) -> None:
        """Scan; a failure is the report's, and is never taken for a clean image."""
        repository, digest = RepositoryName.parse(job.text("repository")), Digest.parse(job.text("digest"))
        scan = await self._begin(job, str(digest))
        try:
            records = await self._layers(job, repository, digest)
            inventory = merge(records)
            job.log(f"{len(inventory.packages)} packages of {inventory.system.name or 'no system'}")
            places = places_of(inventory.system, inventory.packages)
            version, findings, described = await asyncio.to_thread(self._hold, places)
        except AdvisoriesMissing as error:
            await self._fail(job, scan, error)
            raise WillNotSucceed(str(error)) from error
        except (HavreError, JobStopped) as error:
            await self._fail(job, scan, error)
            raise
        await self._finish(job, scan, inventory, (version, places, findings, described))

    async def _begin(self, job: JobContext, digest: str) -> Scan:
        async with self._database.write() as work:
            await job.fence(work)
            scan = Scan(
                digest=digest,
                report_id=job.text("report_id"),
                status="running",
                execution_id=job.execution_id or 0,
                job_id=job.id,
                started_at=to_micros(self._clock.now()),
            )
            await store.put_scan(work, scan)
            await show_scan(work, scan)
        return scan

    async def _layers(
        self, job: JobContext, repository: RepositoryName, digest: Digest
    ) -> Sequence[LayerRecord]:
        try:
            content = await self._pull.stat_manifest(_ACTOR, repository, digest)
        except NotFound as error:
            raise WillNotSucceed(str(error)) from error
        parsed = parse_manifest(content.body, content.media_type)
        layers = [ref.digest for ref in parsed.refs if ref.kind is RefKind.LAYER]
        found = []
        for number, layer in enumerate(layers, 1):
            job.raise_if_stopped()
            job.progress(f"layer {number} of {len(layers)}")
            found.append(await self._layer(job, repository, layer))
        return found

    async def _layer(self, job: JobContext, repository: RepositoryName, layer: Digest) -> LayerRecord:
        async with self._database.read() as reader:
            known = await store.layer_record(reader, str(layer))
        if known is not None:
            job.log(f"layer {layer}: known")
            return known
        try:
            blob = await self._pull.blob(_ACTOR, repository, layer)
        except NotFound:
            return LayerRecord(faults=[f"the layer {layer} is not here"])
        path = self._pull.path_of(blob)
        if path is None:
            return LayerRecord(faults=["layers of a store without files are not read yet"])
        record = await asyncio.to_thread(self._read_layer, path, blob.size)
        job.log(f"layer {layer}: {record.entries} entries, {len(record.faults)} faults")
        if not record.faults:  # what failed is tried again by the next scan
            async with self._database.write() as work:
                await store.keep_record(work, str(layer), record, to_micros(self._clock.now()))
        return record

    def _hold(self, places: Places) -> tuple[str, Sequence[Finding], Sequence[Described]]:
        with self._advisories() as advisories:
            return advisories.version, *hold(places, advisories)

    async def _finish(
        self,
        job: JobContext,
        scan: Scan,
        inventory: Inventory,
        held: tuple[str, Places, Sequence[Finding], Sequence[Described]],
    ) -> None:
        version, places, findings, described = held
        states = states_of(inventory, self._clock.now().date())
        is_failed = Completeness.FAILED in states
        done = replace(
            scan,
            status="error" if is_failed else "success",
            states=tuple(map(str, states)),
            faults=tuple(inventory.faults),
            system=inventory.system.name,
            advisories=version,
            ended_at=to_micros(self._clock.now()),
        )
        for line in (*done.states, *done.faults, f"{len(findings)} vulnerabilities"):
            job.log(line)
        async with job.finish() as work:
            numbers = await store.put_components(work, places)
            await store.put_image(work, scan.digest, places, numbers)
            await store.put_vulnerabilities(work, described)
            await store.put_findings(work, numbers, findings)
            await store.put_scan(work, done)
            await self._overview(work, job, done)

    async def _overview(self, work: Work, job: JobContext, scan: Scan) -> None:
        found = await store.found_in(work, scan.digest) if scan.status == "success" else []
        await store.put_counts(work, scan.digest, found)
        await show_scan(work, scan, found)
        await show_indexes_of(work, job.text("repository"), scan.digest)

    async def _fail(self, job: JobContext, scan: Scan, error: BaseException) -> None:
        is_stopped = isinstance(error, JobStopped)
        failed = replace(
            scan,
            status="stopped" if is_stopped else "error",
            states=(str(Completeness.FAILED),),
            faults=(str(error),),
            ended_at=to_micros(self._clock.now()),
        )
        async with self._database.write() as work:
            await store.put_scan(work, failed)
            await self._overview(work, job, failed)
