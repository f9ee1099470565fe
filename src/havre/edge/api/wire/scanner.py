"""The shapes of scanners (tag `scanner` of the contract)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from havre.kernel.secret import Secret
from havre.scanning.scanner_model import SBOM, VULNERABILITY, Metadata, Scanner, ScannerChanges, ScannerWords


class ScannerReq(msgspec.Struct):
    """`ScannerRegistrationReq`, and `ScannerRegistrationSettings` of a ping."""

    name: str
    url: str
    description: str = ""
    auth: str = ""
    access_credential: str = ""
    skip_certVerify: bool = False  # noqa: N815 - the contract's name
    use_internal_addr: bool = False
    disabled: bool = False

    def words(self) -> ScannerWords:
        """Read a whole scanner."""
        return ScannerWords(
            name=self.name,
            url=self.url,
            description=self.description,
            auth=self.auth,
            credential=Secret(self.access_credential),
            is_disabled=self.disabled,
            is_insecure=self.skip_certVerify,
            uses_internal_address=self.use_internal_addr,
        )

    def changes(self) -> ScannerChanges:
        """Read what is to be another; a credential that is left out stays."""
        return ScannerChanges(
            name=self.name,
            url=self.url,
            description=self.description,
            auth=self.auth,
            credential=Secret(self.access_credential) if self.access_credential else None,
            is_disabled=self.disabled,
            is_insecure=self.skip_certVerify,
            uses_internal_address=self.use_internal_addr,
        )


class IsDefault(msgspec.Struct):
    """`IsDefault`."""

    is_default: bool = False


class ProjectScanner(msgspec.Struct):
    """`ProjectScanner`."""

    uuid: str


class RegistrationShape(msgspec.Struct):
    """`ScannerRegistration`; its credential is never shown."""

    uuid: str
    name: str
    description: str
    url: str
    disabled: bool
    is_default: bool
    health: str
    auth: str
    skip_certVerify: bool  # noqa: N815 - the contract's name
    use_internal_addr: bool
    create_time: datetime
    update_time: datetime
    adapter: str
    vendor: str
    version: str
    capabilities: Mapping[str, bool]
    access_credential: str = ""


class ScannerShape(msgspec.Struct):
    """`Scanner`."""

    name: str
    vendor: str
    version: str


class CapabilityShape(msgspec.Struct):
    """`ScannerCapability`."""

    type: str
    consumes_mime_types: Sequence[str]
    produces_mime_types: Sequence[str]


class MetadataShape(msgspec.Struct):
    """`ScannerAdapterMetadata`."""

    scanner: ScannerShape
    capabilities: list[CapabilityShape]
    properties: Mapping[str, str]


def registration_shape(scanner: Scanner) -> RegistrationShape:
    """Show a scanner."""
    words, said = scanner.words, scanner.metadata or Metadata("", "", "")
    return RegistrationShape(
        uuid=scanner.uuid,
        name=words.name,
        description=words.description,
        url=words.url,
        disabled=words.is_disabled,
        is_default=scanner.is_default,
        health="unhealthy" if scanner.fault else "healthy",
        auth=words.auth,
        skip_certVerify=words.is_insecure,
        use_internal_addr=words.uses_internal_address,
        create_time=scanner.created_at,
        update_time=scanner.updated_at,
        adapter=said.name,
        vendor=said.vendor,
        version=said.version,
        capabilities={
            "support_vulnerability": said.can(VULNERABILITY),
            "support_sbom": said.can(SBOM),
        },
    )


def metadata_shape(metadata: Metadata) -> MetadataShape:
    """Show what a scanner says of itself."""
    return MetadataShape(
        scanner=ScannerShape(metadata.name, metadata.vendor, metadata.version),
        capabilities=[CapabilityShape(one.type, one.consumes, one.produces) for one in metadata.capabilities],
        properties=dict(metadata.properties),
    )
