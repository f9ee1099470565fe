"""What the operations of scanning are built on, filled in by assembly."""

from dataclasses import dataclass

from havre.scanning.change_scanners import ChangeScanners
from havre.scanning.exports import Exports
from havre.scanning.sboms import Sboms
from havre.scanning.scan_all import ScanAll
from havre.scanning.scanners import Scanners
from havre.scanning.scans import Scans
from havre.scanning.security_hub import SecurityHub


@dataclass(frozen=True, slots=True)
class ScanParts:
    """The use cases of scanning."""

    scans: Scans
    sboms: Sboms
    everything: ScanAll
    hub: SecurityHub
    scanners: Scanners
    change_scanners: ChangeScanners
    exports: Exports
