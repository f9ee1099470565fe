"""Scans of artifacts as people see them: start, stop, report, log. run_scan.py does them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

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
from havre.scanning import scan_store, scanner_store, store
from havre.scanning.errors import ReportUnknown
from havre.scanning.events import ScanStarted, ScanStopped
from havre.scanning.listing import show_index, show_scan
from havre.scanning.overview import MIMES, report_of
from havre.scanning.run_scan import KIND
from havre.scanning.scan_store import Scan
from havre.scanning.subjects import Subject, Subjects

UNDER_WAY: Final = frozenset({"pending", "running"})


class Scans:
    """Steers scans and reads reports."""

    def __init__(self, database: Database, access: Access, clock: Clock, pull: Pull) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._subjects = Subjects(access, pull)

    async def start(self, actor: Actor, repository: RepositoryName, reference: Reference) -> None:
        """Have an artifact scanned; what is under way already goes on.

        Raises: ManifestUnknown, NotScannable, and the refusals of Access.
        """
        subject = await self._subject(actor, repository, reference, "create")
        async with self._database.write() as work:
            scans = await scan_store.scans_of(work, subject.images)
            idle = [one for one in subject.images if not is_under_way(scans.get(one))]
            if not idle:
                return
            new = NewExecution(KIND, subject.project_id, extra=shown_of(repository, subject.digest))
            started = await _start(work, self._clock, repository, idle, new)
            await self._show(work, subject)
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
            scans = await scan_store.scans_of(work, subject.images)
            stopped = [one for one in scans.values() if is_under_way(one)]
            for execution_id in sorted({one.execution_id for one in stopped}):
                await stop_execution(work, self._clock, execution_id)
            for one in stopped:
                ended = replace(one, status="stopped", ended_at=to_micros(self._clock.now()))
                await scan_store.put_scan(work, ended)
                await show_scan(work, ended)
            await self._show(work, subject)
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

    async def report(
        self, actor: Actor, repository: RepositoryName, reference: Reference, mimes: Sequence[str]
    ) -> dict[str, object]:
        """Read what was found, by the first of the MIME types that there is; empty without a scan.

        Raises: ManifestUnknown, and the refusals of Access.
        """
        project = await self._access.require(actor, "artifact-addition", "read", repository.project)
        subject = await self._subjects.look(project.id, repository, reference)
        mime = next((one for one in mimes if one in MIMES), None)
        async with self._database.read() as reader:
            scans = [
                one
                for one in (await scan_store.scans_of(reader, subject.images)).values()
                if one.status == "success"
            ]
            if mime is None or not scans:
                return {}
            found = {one.digest: await store.found_in(reader, one.digest) for one in scans}
        return {mime: report_of(scans, found)}

    async def log(
        self, actor: Actor, repository: RepositoryName, reference: Reference, report_id: str
    ) -> str:
        """Read what was said while a report was made.

        Raises: ManifestUnknown, ReportUnknown, and the refusals of Access.
        """
        subject = await self._subject(actor, repository, reference, "read")
        async with self._database.read() as reader:
            scan = await scan_store.scan_of_report(reader, report_id)
            if scan is None or scan.digest not in subject.images:
                raise ReportUnknown(f"{repository}@{subject.digest} has no report {report_id[:60]}")
            return await read_log(reader, scan.job_id)

    async def _subject(
        self,
        actor: Actor,
        repository: RepositoryName,
        reference: Reference,
        action: Literal["create", "stop", "read"],
    ) -> Subject:
        project = await self._access.require(actor, "scan", action, repository.project)
        return await self._subjects.scannable(project.id, repository, reference)

    async def _show(self, work: Work, subject: Subject) -> None:
        """Let lists show an index as its images are."""
        if subject.is_index:
            await show_index(work, subject.digest, subject.images)


class ScanOnPush:
    """Follows pushes: images of projects that say so are scanned, started in the push's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, work: Work, event: Event) -> None:
        """Start a scan where the project wants one."""
        assert isinstance(event, ManifestPushed)
        if event.project_id is None or not await scan_store.does_itself(
            work, "auto_scan", event.project_id, event.repository, event.digest
        ):
            return
        scans = await scan_store.scans_of(work, [event.digest])
        if not is_under_way(scans.get(event.digest)):
            repository = RepositoryName.parse(event.repository)
            new = NewExecution(KIND, event.project_id, Cause.EVENT, shown_of(repository, event.digest))
            await _start(work, self._clock, repository, [event.digest], new)


async def _start(
    work: Work, clock: Clock, repository: RepositoryName, images: Sequence[str], new: NewExecution
) -> list[Scan]:
    return await enqueue_scans(work, clock, await start_execution(work, clock, new), repository, images)


async def enqueue_scans(
    work: Work, clock: Clock, execution_id: int, repository: RepositoryName, images: Sequence[str]
) -> list[Scan]:
    """Add the scans of images of a repository to an execution, and let lists show that they wait."""
    started = []
    project_id = await scan_store.project_of(work, repository)
    scanner = await scanner_store.uuid_for(work, project_id or 0)
    for digest in images:
        report_id = new_ulid()
        payload = {
            "repository": repository.text,
            "digest": digest,
            "report_id": report_id,
            "scanner": scanner,
        }
        options = JobOptions(max_attempts=3, execution_id=execution_id)
        job_id = await enqueue(work, clock, KIND, payload, options)
        scan = Scan(digest, report_id, "pending", execution_id, job_id)
        await scan_store.put_scan(work, scan)
        await show_scan(work, scan)
        started.append(scan)
    return started


def shown_of(repository: RepositoryName, digest: str) -> dict[str, object]:
    """Say of an execution what it is about."""
    return {"artifact": {"repository_name": repository.text, "digest": digest}}


def is_under_way(scan: Scan | None) -> bool:
    """Tell whether a scan waits or goes on."""
    return scan is not None and scan.status in UNDER_WAY
