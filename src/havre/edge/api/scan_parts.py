"""What the operations of scanning are built on, filled in by assembly."""

from dataclasses import dataclass

from havre.scanning.scan_all import ScanAll
from havre.scanning.scans import Scans
from havre.scanning.security_hub import SecurityHub


@dataclass(frozen=True, slots=True)
class ScanParts:
    """The use cases of scanning."""

    scans: Scans
    everything: ScanAll
    hub: SecurityHub
