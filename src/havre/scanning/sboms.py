"""SBOMs as people ask for them: start, stop, and the log. run_sbom.py makes them."""

from dataclasses import replace
from typing import Literal

from havre.access import Access
from havre.jobs import JobOptions, NewExecution, enqueue, read_log, start_execution, stop_execution
from havre.jobs.model import Cause
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import Event
from havre.kernel.ids import new_ulid
from havre.kernel.names import Reference, RepositoryName
from havre.kernel.work import Database, Work
from havre.registry import Pull
from havre.registry.events import ManifestPushed
from havre.scanning import sbom_store, scan_store
from havre.scanning.events import ScanStarted, ScanStopped
from havre.scanning.run_sbom import SBOM_KIND
from havre.scanning.sbom_store import SbomRow
from havre.scanning.scans import UNDER_WAY, shown_of
from havre.scanning.subjects import Subject, Subjects


class Sboms:
    """Steers the making of SBOMs."""

    def __init__(self, database: Database, access: Access, clock: Clock, pull: Pull) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._subjects = Subjects(access, pull)

    async def start(self, actor: Actor, repository: RepositoryName, reference: Reference) -> None:
        """Have SBOMs made of an artifact's images; what is under way already goes on.

        Raises: ManifestUnknown, NotScannable, and the refusals of Access.
        """
        subject = await self._subject(actor, repository, reference, "create")
        async with self._database.write() as work:
            rows = await sbom_store.of_images(work, subject.images)
            idle = [one for one in subject.images if one not in rows or rows[one].status not in UNDER_WAY]
            if not idle:
                return
            new = NewExecution(SBOM_KIND, subject.project_id, extra=shown_of(repository, subject.digest))
            execution_id = await start_execution(work, self._clock, new)
            started = [await _enqueue(work, self._clock, execution_id, repository, digest) for digest in idle]
            work.announce(
                ScanStarted(
                    actor=actor,
                    resource=f"{repository}@{subject.digest}",
                    project_id=subject.project_id,
                    repository=repository.text,
                    digest=subject.digest,
                    report_id=started[0].report_id,
                )
            )

    async def stop(self, actor: Actor, repository: RepositoryName, reference: Reference) -> None:
        """Stop what is under way.

        Raises: ManifestUnknown, NotScannable, and the refusals of Access.
        """
        subject = await self._subject(actor, repository, reference, "stop")
        async with self._database.write() as work:
            rows = await sbom_store.of_images(work, subject.images)
            stopped = [one for one in rows.values() if one.status in UNDER_WAY]
            for execution_id in sorted({one.execution_id for one in stopped}):
                await stop_execution(work, self._clock, execution_id)
            for one in stopped:
                ended = replace(one, status="stopped", ended_at=to_micros(self._clock.now()))
                await sbom_store.put(work, ended)
            work.announce(
                ScanStopped(
                    actor=actor,
                    resource=f"{repository}@{subject.digest}",
                    project_id=subject.project_id,
                    repository=repository.text,
                    digest=subject.digest,
                    report_id=stopped[0].report_id if stopped else "",
                )
            )

    async def log(
        self, actor: Actor, repository: RepositoryName, reference: Reference, report_id: str
    ) -> str | None:
        """Read what was said while an SBOM was made; None when it is no SBOM's report.

        Raises: ManifestUnknown, NotScannable, and the refusals of Access.
        """
        async with self._database.read() as reader:
            row = await sbom_store.of_report(reader, report_id)
        if row is None:
            return None
        subject = await self._subject(actor, repository, reference, "read")
        if row.digest not in subject.images:
            return None
        async with self._database.read() as reader:
            return await read_log(reader, row.job_id)

    async def _subject(
        self,
        actor: Actor,
        repository: RepositoryName,
        reference: Reference,
        action: Literal["create", "stop", "read"],
    ) -> Subject:
        project = await self._access.require(actor, "sbom", action, repository.project)
        return await self._subjects.scannable(project.id, repository, reference)


class SbomOnPush:
    """Follows pushes: images of projects that say so get their SBOM, begun in the push's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, work: Work, event: Event) -> None:
        """Begin where the project wants it."""
        assert isinstance(event, ManifestPushed)
        if event.project_id is None or not await scan_store.does_itself(
            work, "auto_sbom_generation", event.project_id, event.repository, event.digest
        ):
            return
        row = (await sbom_store.of_images(work, [event.digest])).get(event.digest)
        if row is None or row.status not in UNDER_WAY:
            repository = RepositoryName.parse(event.repository)
            shown = shown_of(repository, event.digest)
            new = NewExecution(SBOM_KIND, event.project_id, Cause.EVENT, shown)
            execution_id = await start_execution(work, self._clock, new)
            await _enqueue(work, self._clock, execution_id, repository, event.digest)


async def _enqueue(
    work: Work, clock: Clock, execution_id: int, repository: RepositoryName, digest: str
) -> SbomRow:
    report_id = new_ulid()
    payload = {"repository": repository.text, "digest": digest, "report_id": report_id}
    options = JobOptions(max_attempts=3, execution_id=execution_id)
    job_id = await enqueue(work, clock, SBOM_KIND, payload, options)
    row = SbomRow(digest, report_id, "pending", execution_id, job_id)
    await sbom_store.put(work, row)
    return row
