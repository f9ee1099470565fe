"""What an operator sets about scanning."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScanningSettings:
    """How often it is looked whether other advisories were imported."""

    rematch_every_s: int = 60
