"""What scanning needs of machines."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from havre.scanning.advisories.model import Advisory, Affected, Note, Severity
from havre.scanning.scanner_model import Metadata, ScannerWords

Key = tuple[str, str]  # an ecosystem and the name of a package in it


@dataclass(frozen=True, slots=True)
class Rule:
    """What one advisory says of one package; `findings` are the names under which it is found."""

    advisory_id: int
    name: str
    source: str
    severity: Severity
    findings: tuple[str, ...]
    affected: Affected


@dataclass(frozen=True, slots=True)
class SourceState:
    """What a database holds of one source; `newest` is the latest date that it names."""

    name: str
    entries: int
    newest: str
    imported_at: int


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What a database of advisories is; `version` names its content, times are Unix seconds."""

    version: str
    built_at: int
    advisories: int
    packages: int
    sources: Sequence[SourceState] = field(default_factory=tuple)


class Advisories(Protocol):
    """Reads the database of advisories, one version of it."""

    @property
    def version(self) -> str:
        """Name its content, as DatabaseState does."""

    def state(self) -> DatabaseState:
        """Tell what it holds; everything is counted for that."""

    def rules(self, keys: Iterable[Key]) -> Mapping[Key, Sequence[Rule]]:
        """Read all that is said of packages; those of which nothing is are left out."""

    def advisory(self, advisory_id: int) -> Advisory:
        """Read one whole."""

    def severities(self, findings: Iterable[str]) -> Mapping[str, Severity]:
        """Tell the worst that any source says of each, where one says something."""

    def notes(self, findings: Iterable[str]) -> Mapping[str, Note]:
        """Tell what is known beside advisories."""


class OpenAdvisories(Protocol):
    """Opens the database of advisories that is in use."""

    def __call__(self) -> AbstractContextManager[Advisories]:
        """Open it for one thread. Raises: AdvisoriesMissing when entered."""


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What another programme is to scan, and how it gets at it; `report_type` is a MIME type."""

    registry_url: str
    authorization: str
    repository: str
    digest: str
    mime_type: str
    report_type: str


@dataclass(frozen=True, slots=True)
class ForeignFinding:
    """One vulnerability as another scanner tells it."""

    id: str
    package: str
    version: str
    fixed: str
    severity: str
    description: str
    links: tuple[str, ...] = ()
    vectors: tuple[str, ...] = ()
    cwes: tuple[str, ...] = ()
    score: float | None = None


@dataclass(frozen=True, slots=True)
class ForeignReport:
    """What another scanner found, and as what it calls itself."""

    name: str
    vendor: str
    version: str
    findings: tuple[ForeignFinding, ...]


@dataclass(frozen=True, slots=True)
class NotYet:
    """A scan goes on; ask again after so many seconds."""

    after_s: float


class ScannerClient(Protocol):
    """Asks scanners that are other programmes. Each raises ScannerFailed."""

    async def metadata(self, words: ScannerWords) -> Metadata:
        """Ask what it is and can do."""

    async def submit(self, words: ScannerWords, request: ScanRequest) -> str:
        """Have an image scanned; returns the id of the scan there."""

    async def report(self, words: ScannerWords, scan_id: str, report_type: str) -> ForeignReport | NotYet:
        """Ask for the report."""
