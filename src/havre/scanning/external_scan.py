"""Scan one image by another programme: submit, ask again until it is done, keep what it found.

It pulls the image with a pass for this project (access/scanner_passes.py). What it finds is kept of
components of this image alone: its words are about this image, and no later look of ours changes them.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from havre.access import ScannerPasses
from havre.access.ports import KeyWrapper
from havre.jobs import JobContext
from havre.jobs.errors import WillNotSucceed
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.scanning import scan_store, scanner_store
from havre.scanning.advisories.model import Severity
from havre.scanning.components import Component
from havre.scanning.errors import ScannerFailed
from havre.scanning.findings import Finding
from havre.scanning.packages.model import PackageKind
from havre.scanning.ports import ForeignFinding, ForeignReport, NotYet, ScannerClient, ScanRequest
from havre.scanning.scanner_model import Metadata, ScannerWords
from havre.scanning.store import Described

_FIRST_S: Final = 0.5
_PATIENCE_S: Final = 1800.0  # so long Harbor waits for a report
_SEVERITIES: Final = {one.word.lower(): one for one in Severity}


@dataclass(frozen=True, slots=True)
class Target:
    """The image, and by what MIME type its manifest goes."""

    repository: RepositoryName
    digest: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where scanners reach this registry: from outside, and from beside it."""

    external: str
    internal: str


class ExternalScan:
    """Has scanners that are other programmes scan."""

    def __init__(
        self,
        database: Database,
        wrapper: KeyWrapper,
        client: ScannerClient,
        passes: ScannerPasses,
        addresses: Addresses,
    ) -> None:
        self._database = database
        self._wrapper = wrapper
        self._client = client
        self._passes = passes
        self._addresses = addresses

    async def scan(self, job: JobContext, uuid: str, target: Target) -> ForeignReport:
        """Scan; blocking until the report is there.

        Raises: ScannerFailed (trying again may help), WillNotSucceed, JobStopped.
        """
        words, project_id = await self._prepare(uuid, target)
        metadata = await self._client.metadata(words)
        async with self._database.write() as work:
            await scanner_store.note_look(work, uuid, metadata, "")
        report_type = metadata.report_type()
        if report_type is None:
            raise WillNotSucceed(
                f"the scanner {words.name} makes no report of vulnerabilities in a known form"
            )
        request = ScanRequest(
            registry_url=self._addresses.internal
            if words.uses_internal_address
            else self._addresses.external,
            authorization=await self._authorize(metadata, project_id, target),
            repository=target.repository.text,
            digest=target.digest,
            mime_type=target.mime_type,
            report_type=report_type,
        )
        scan_id = await self._client.submit(words, request)
        job.log(f"the scanner {words.name} ({metadata.name} {metadata.version}) began scan {scan_id}")
        found = await self._wait(job, words, scan_id, report_type)
        if found.name:
            return found
        return ForeignReport(metadata.name, metadata.vendor, metadata.version, found.findings)

    async def _prepare(self, uuid: str, target: Target) -> tuple[ScannerWords, int]:
        async with self._database.read() as reader:
            stored = await scanner_store.find(reader, uuid)
            project_id = await scan_store.project_of(reader, target.repository)
        if stored is None or stored.scanner.words.is_disabled:
            raise WillNotSucceed(
                "the scanner that was to do it was deleted or disabled: choose another and scan again"
            )
        if project_id is None:
            raise WillNotSucceed(f"the project of {target.repository} is gone")
        return stored.opened(self._wrapper), project_id

    async def _authorize(self, metadata: Metadata, project_id: int, target: Target) -> str:
        if metadata.wants_token:
            return await self._passes.bearer(project_id, target.repository)
        return await self._passes.basic(project_id)

    async def _wait(
        self, job: JobContext, words: ScannerWords, scan_id: str, report_type: str
    ) -> ForeignReport:
        ends, pause = time.monotonic() + _PATIENCE_S, _FIRST_S
        while time.monotonic() < ends:
            await asyncio.sleep(pause)
            job.raise_if_stopped()
            found = await self._client.report(words, scan_id, report_type)
            if isinstance(found, ForeignReport):
                return found
            assert isinstance(found, NotYet)
            pause = min(found.after_s, max(ends - time.monotonic(), 0.0))
        raise ScannerFailed(f"the scanner {words.name} made no report within {int(_PATIENCE_S)} s")


def findings_of(report: ForeignReport, digest: str) -> tuple[list[Finding], list[Described]]:
    """Give what was found in an image as rows keep it. Pure."""
    findings, described = [], {}
    for one in report.findings:
        component = Component(
            kind=PackageKind.FOREIGN,
            name=one.package,
            version=one.version,
            source_name=report.name,
            source_version=digest,
            ecosystem="",
            asked_name=one.package,
            asked_version=one.version,
        )
        severity = _SEVERITIES.get(one.severity.lower(), Severity.UNKNOWN)
        findings.append(Finding(one.id, component, severity, one.fixed, report.name, one.id, 0))
        described[one.id] = _describe(one, severity)
    return findings, list(described.values())


def _describe(one: ForeignFinding, severity: Severity) -> Described:
    return Described(
        id=one.id,
        severity=int(severity),
        title="",
        details=one.description,
        links=one.links,
        vectors=one.vectors,
        cwes=one.cwes,
        score=one.score,
        kev_date="",
        epss=None,
    )
