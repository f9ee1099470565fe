"""What scanning tells the journal and whoever listens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from havre.kernel.events import Event, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfScan(Event):
    resource_type: ClassVar[str] = "scan"
    repository: str
    digest: str
    report_id: str

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest and the report's id."""
        return {"repository": self.repository, "digest": self.digest, "report_id": self.report_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanStarted(_OfScan):
    """Somebody had an artifact scanned."""

    name: ClassVar[str] = "scan.started"
    operation: ClassVar[str] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullWasRefused(Event):
    """Somebody was not given an image, for what was found in it or because nobody looked."""

    name: ClassVar[str] = "pull.refused"
    operation: ClassVar[str] = "deny"
    resource_type: ClassVar[str] = "artifact"
    is_buffered: ClassVar[bool] = True
    repository: str
    digest: str
    reason: str

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest and the reason."""
        return {"repository": self.repository, "digest": self.digest, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanAllScheduled(Event):
    """Everything is to be scanned: now, at times, or no more at times; the resource says which."""

    name: ClassVar[str] = "scan_all.scheduled"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "scan_all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanAllStopped(Event):
    """Somebody asked the scan of everything to stop; the resource is its number."""

    name: ClassVar[str] = "scan_all.stopped"
    operation: ClassVar[str] = "stop"
    resource_type: ClassVar[str] = "scan_all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanStopped(_OfScan):
    """Somebody asked for a scan to stop; the report is named when one was under way."""

    name: ClassVar[str] = "scan.stopped"
    operation: ClassVar[str] = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfScanner(Event):
    resource_type: ClassVar[str] = "scanner"
    uuid: str

    def facts(self) -> Mapping[str, Fact]:
        """The scanner's uuid."""
        return {"uuid": self.uuid}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerCreated(_OfScanner):
    """Somebody let the instance use another scanner."""

    name: ClassVar[str] = "scanner.created"
    operation: ClassVar[str] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerUpdated(_OfScanner):
    """Somebody changed what is said of a scanner, or made it the default."""

    name: ClassVar[str] = "scanner.updated"
    operation: ClassVar[str] = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerDeleted(_OfScanner):
    """Somebody forgot a scanner; projects that used it use the default."""

    name: ClassVar[str] = "scanner.deleted"
    operation: ClassVar[str] = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectScannerSet(_OfScanner):
    """Somebody chose the scanner of a project."""

    name: ClassVar[str] = "project.scanner_set"
    operation: ClassVar[str] = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoriesImported(Event):
    """Other advisories are in use, fetched as the settings say; the resource is their version."""

    name: ClassVar[str] = "advisories.imported"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "advisories"
    entries: int
    faults: int

    def facts(self) -> Mapping[str, Fact]:
        """How many entries were taken, and how many could not be read."""
        return {"entries": self.entries, "faults": self.faults}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoriesRefused(Event):
    """A source could not be fetched, or what came was not imported; what there was stays in use."""

    name: ClassVar[str] = "advisories.refused"
    operation: ClassVar[str] = "fail"
    resource_type: ClassVar[str] = "advisories"
    reason: str

    def facts(self) -> Mapping[str, Fact]:
        """Why."""
        return {"reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class VulnerabilitiesFound(Event):
    """Newer advisories tell of vulnerabilities in an image that had none of them before."""

    name: ClassVar[str] = "vulnerabilities.found"
    operation: ClassVar[str] = "find"
    resource_type: ClassVar[str] = "artifact"
    repository: str
    digest: str
    severity: str
    vulnerabilities: tuple[str, ...]

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest, the worst severity and the ids, the worst first."""
        return {
            "repository": self.repository,
            "digest": self.digest,
            "severity": self.severity,
            "vulnerabilities": list(self.vulnerabilities),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportStarted(Event):
    """Somebody has what was found written into a file; the resource is the execution's number."""

    name: ClassVar[str] = "cve_export.started"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "cve_export"
