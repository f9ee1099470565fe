"""Scanners that are other programmes, and the instance's own among them.

Source: the pluggable scanner API v1.2 (reference/scanning.md section 2); Harbor's ScannerRegistration.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from havre.kernel.secret import Secret

OWN_UUID: Final = "6f8d2f7c-0c1e-5b1a-9f0e-2d1f5a7c9e10"  # of the scanner that is built in
OWN_NAME: Final = "Havre"
OWN_URL: Final = "urn:havre:scanner"
CONSUMED: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
REPORT: Final = "application/vnd.security.vulnerability.report; version=1.1"
OLD_REPORT: Final = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
VULNERABILITY: Final = "vulnerability"
SBOM: Final = "sbom"
SBOM_REPORT: Final = "application/vnd.security.sbom.report+json; version=1.0"


@dataclass(frozen=True, slots=True)
class ScannerWords:
    """What is said of a scanner; `auth` is empty, Basic, Bearer or APIKey."""

    name: str
    url: str
    description: str = ""
    auth: str = ""
    credential: Secret = field(default_factory=lambda: Secret(""))
    is_disabled: bool = False
    is_insecure: bool = False
    uses_internal_address: bool = False


@dataclass(frozen=True, slots=True)
class ScannerChanges:
    """What is to be another; None leaves it."""

    name: str | None = None
    url: str | None = None
    description: str | None = None
    auth: str | None = None
    credential: Secret | None = None
    is_disabled: bool | None = None
    is_insecure: bool | None = None
    uses_internal_address: bool | None = None

    def on(self, before: ScannerWords) -> ScannerWords:
        """Give the words with the changes; a credential that nobody needs is dropped."""
        given = {name: getattr(self, name) for name in self.__slots__}
        after = replace(before, **{name: value for name, value in given.items() if value is not None})
        return after if after.auth else replace(after, credential=Secret(""))


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that a scanner can do."""

    type: str
    consumes: tuple[str, ...]
    produces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a scanner says of itself."""

    name: str
    vendor: str
    version: str
    capabilities: tuple[Capability, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()

    def can(self, type_: str) -> bool:
        """Tell whether it can do a thing."""
        return any(one.type == type_ for one in self.capabilities)

    @property
    def wants_token(self) -> bool:
        """Whether it pulls with a Bearer token; it takes Basic when it says nothing."""
        return dict(self.properties).get("harbor.scanner-adapter/registry-authorization-type") == "Bearer"

    def report_type(self) -> str | None:
        """Choose the form of the reports on vulnerabilities; None when there is none that is read here."""
        produced = {
            _plain(mime) for one in self.capabilities if one.type == VULNERABILITY for mime in one.produces
        }
        return next((mime for mime in (REPORT, OLD_REPORT) if _plain(mime) in produced), None)


@dataclass(frozen=True, slots=True)
class Scanner:
    """A scanner as it is shown; its credential stays in the store."""

    uuid: str
    words: ScannerWords
    is_default: bool
    metadata: Metadata | None
    fault: str
    created_at: datetime
    updated_at: datetime

    @property
    def is_own(self) -> bool:
        """Whether it is the one that is built in."""
        return self.uuid == OWN_UUID


def own_metadata(version: str) -> Metadata:
    """Say what the scanner of the instance can do."""
    return Metadata(
        name=OWN_NAME,
        vendor=OWN_NAME,
        version=version,
        capabilities=(
            Capability(VULNERABILITY, CONSUMED, (REPORT, OLD_REPORT)),
            Capability(SBOM, CONSUMED, (SBOM_REPORT,)),
        ),
    )


def _plain(mime: str) -> str:
    return mime.replace(" ", "").lower()
