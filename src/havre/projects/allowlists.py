"""CVEs that do not count: their form and rules. Pure; system_allowlist.py changes the instance's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from havre.kernel.events import Fact
from havre.projects.errors import AllowlistInvalid

REUSE: Final = "reuse_sys_cve_allowlist"  # the project's metadata: true takes the instance's list
_LONGEST: Final = 128  # characters; CVE-2024-1234567 has 16


@dataclass(frozen=True, slots=True)
class NewAllowlist:
    """What a list is set to; without `expires_at_s` (since the epoch) it holds for ever."""

    cves: Sequence[str]
    expires_at_s: int | None = None

    def facts(self) -> Mapping[str, Fact]:
        """Tell it for the journal."""
        return {"cve_allowlist": tuple(self.cves), "cve_allowlist_expires_at": self.expires_at_s}


@dataclass(frozen=True, slots=True)
class Allowlist:
    """A list as it is; `project_id` 0 is the instance's."""

    id: int
    project_id: int
    held: NewAllowlist
    created_at: datetime
    updated_at: datetime


def check_allowlist(wanted: NewAllowlist) -> NewAllowlist:
    """Check the names of CVEs.

    Raises: AllowlistInvalid.
    """
    cves = [cve.strip() for cve in wanted.cves]
    known = set[str]()
    for cve in cves:
        if not cve or len(cve) > _LONGEST or any(letter.isspace() for letter in cve):
            raise AllowlistInvalid(
                f"cve_id {cve[:80]!r} must be 1 to {_LONGEST} characters without blanks, as CVE-2024-1"
            )
        if cve in known:
            raise AllowlistInvalid(f"cve_id {cve[:80]!r} is in the list twice")
        known.add(cve)
    return NewAllowlist(cves, wanted.expires_at_s)
