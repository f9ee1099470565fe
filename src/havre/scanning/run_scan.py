"""Scan one image: read its layers, lay them over each other, hold what is there against what is known.

Order, for a crash: a layer's record as soon as it is read -> all of the image's rows and the job's success in
one transaction. Done again it comes to the same: layers that were read are not read again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from havre.jobs import JobContext
from havre.jobs.errors import JobStopped, WillNotSucceed
from havre.kernel.actor import system
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.errors import HavreError
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database, Work
from havre.scanning import scan_store, store
from havre.scanning.components import Places, places_of
from havre.scanning.errors import AdvisoriesMissing
from havre.scanning.external_scan import ExternalScan, Target, findings_of
from havre.scanning.findings import Completeness, Finding, states_of
from havre.scanning.hold import hold
from havre.scanning.layers import Layers
from havre.scanning.listing import show_indexes_of, show_scan
from havre.scanning.ports import OpenAdvisories
from havre.scanning.record import merge
from havre.scanning.scan_store import Scan
from havre.scanning.scanner_model import OWN_UUID
from havre.scanning.store import Described

KIND: Final = "IMAGE_SCAN"
_ACTOR: Final = system("scanner")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a scan came to; `advisories` are those of ours, `scanner` the words of another programme."""

    places: Places
    findings: Sequence[Finding]
    described: Sequence[Described]
    states: Sequence[Completeness]
    faults: Sequence[str] = ()
    system: str = ""
    advisories: str = ""
    scanner: str = ""


class RunScan:
    """The job of one image."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        layers: Layers,
        advisories: OpenAdvisories,
        external: ExternalScan,
    ) -> None:
        self._database = database
        self._clock = clock
        self._layers = layers
        self._advisories = advisories
        self._external = external

    async def run(self, job: JobContext) -> None:
        """Scan; a failure is the report's, and is never taken for a clean image."""
        repository, digest = RepositoryName.parse(job.text("repository")), Digest.parse(job.text("digest"))
        scan = await self._begin(job, str(digest))
        try:
            if scanner := _scanner_of(job):
                outcome = await self._ask(job, scanner, repository, digest)
            else:
                outcome = await self._look(job, repository, digest)
        except AdvisoriesMissing as error:
            await self._fail(job, scan, error)
            raise WillNotSucceed(str(error)) from error
        except (HavreError, JobStopped) as error:
            await self._fail(job, scan, error)
            raise
        await self._finish(job, scan, outcome)

    async def _look(self, job: JobContext, repository: RepositoryName, digest: Digest) -> "_Outcome":
        """Scan it ourselves."""
        inventory = merge(await self._layers.records(job, repository, digest))
        job.log(f"{len(inventory.packages)} packages of {inventory.system.name or 'no system'}")
        places = places_of(inventory.system, inventory.packages)
        version, findings, described = await asyncio.to_thread(self._hold, places)
        states = states_of(inventory, self._clock.now().date())
        return _Outcome(
            places, findings, described, states, inventory.faults, inventory.system.name, advisories=version
        )

    async def _ask(
        self, job: JobContext, scanner: str, repository: RepositoryName, digest: Digest
    ) -> "_Outcome":
        """Have another programme scan it."""
        content = await self._layers.manifest(repository, digest)
        target = Target(repository, str(digest), content.media_type)
        report = await self._external.scan(job, scanner, target)
        findings, described = findings_of(report, str(digest))
        places = {one.component: [""] for one in findings}
        words = {"name": report.name, "vendor": report.vendor, "version": report.version}
        return _Outcome(
            places, findings, described, [Completeness.COMPLETE], scanner=msgspec.json.encode(words).decode()
        )

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
            await scan_store.put_scan(work, scan)
            await show_scan(work, scan)
        return scan

    def _hold(self, places: Places) -> tuple[str, Sequence[Finding], Sequence[Described]]:
        with self._advisories() as advisories:
            return advisories.version, *hold(places, advisories)

    async def _finish(self, job: JobContext, scan: Scan, outcome: "_Outcome") -> None:
        is_failed = Completeness.FAILED in outcome.states
        done = replace(
            scan,
            status="error" if is_failed else "success",
            states=tuple(map(str, outcome.states)),
            faults=tuple(outcome.faults),
            system=outcome.system,
            advisories=outcome.advisories,
            scanner=outcome.scanner,
            ended_at=to_micros(self._clock.now()),
        )
        for line in (*done.states, *done.faults, f"{len(outcome.findings)} vulnerabilities"):
            job.log(line)
        async with job.finish() as work:
            numbers = await store.put_components(work, outcome.places)
            await store.put_image(work, scan.digest, outcome.places, numbers)
            await store.put_vulnerabilities(work, outcome.described, is_foreign=bool(outcome.scanner))
            await store.put_findings(work, numbers, outcome.findings)
            await scan_store.put_scan(work, done)
            await self._overview(work, job, done)

    async def _overview(self, work: Work, job: JobContext, scan: Scan) -> None:
        found = await store.found_in(work, scan.digest) if scan.status == "success" else []
        await scan_store.put_counts(work, scan.digest, found)
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
        job.log(f"the scan failed: {error}")
        async with self._database.write() as work:
            kept = await job.save(work)  # whoever sees the error finds the reason in the log at once
            await scan_store.put_scan(work, failed)
            await self._overview(work, job, failed)
        job.saved(kept)


def _scanner_of(job: JobContext) -> str:
    """Give the uuid of the scanner that was chosen; empty for our own."""
    uuid = job.payload.get("scanner", OWN_UUID)
    return uuid if isinstance(uuid, str) and uuid != OWN_UUID else ""
