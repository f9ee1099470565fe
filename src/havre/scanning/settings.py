"""What an operator sets about scanning."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScanningSettings:
    """How often it is looked whether other advisories were imported, and how strict projects are that refuse
    what is dangerous: whether they also refuse what was not scanned.
    """

    rematch_every_s: int = 60
    refuse_unscanned: bool = True
