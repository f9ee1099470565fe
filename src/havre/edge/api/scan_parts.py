"""What the operations of scanning are built on, filled in by assembly."""

from dataclasses import dataclass

from havre.scanning.scans import Scans


@dataclass(frozen=True, slots=True)
class ScanParts:
    """The use cases of scanning."""

    scans: Scans
