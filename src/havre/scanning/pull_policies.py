"""Which projects let nobody pull what is dangerous, and what they let pass all the same."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from havre.kernel.clock import Clock
from havre.kernel.work import Database, Reader
from havre.scanning.advisories.model import Severity

_FRESH_S: Final = 1.0  # a policy that changes in another process is in force after that
_NEVER: Final = Severity.CRITICAL + 1
_LEAST: Final = {
    **{one.name.lower(): int(one) for one in Severity},
    "none": int(Severity.UNKNOWN),  # Harbor's word for: any at all
}


@dataclass(frozen=True, slots=True)
class PullPolicy:
    """What is refused in a project: images with something as severe as `least`, but for `allowed` CVEs."""

    project_id: int
    least: int
    allowed: frozenset[str]


class PullPolicies:
    """Knows them; asks the database at most once a second, whatever is pulled."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: Mapping[str, PullPolicy] = {}
        self._asked_at = 0.0

    async def of(self, project: str) -> PullPolicy | None:
        """Find the policy of a project; None for one that refuses nothing."""
        if time.monotonic() - self._asked_at > _FRESH_S:
            async with self._database.read() as reader:
                self._known = await _read(reader, int(self._clock.now().timestamp()))
            self._asked_at = time.monotonic()
        return self._known.get(project)


async def _read(reader: Reader, now_s: int) -> Mapping[str, PullPolicy]:
    rows = await reader.all(
        """SELECT p.id, p.name, s.value AS severity, r.value AS reuses FROM project_metadata m
           JOIN project p ON p.id = m.project_id
           LEFT JOIN project_metadata s ON s.project_id = p.id AND s.name = 'severity'
           LEFT JOIN project_metadata r ON r.project_id = p.id AND r.name = 'reuse_sys_cve_allowlist'
           WHERE m.name = 'prevent_vul' AND m.value = 'true' ORDER BY p.id LIMIT 100000"""
    )
    if not rows:
        return {}
    lists = await reader.all(
        "SELECT project_id, cves, expires_at_s FROM cve_allowlist ORDER BY id LIMIT 100000"
    )
    allowed = {
        row.project_id: frozenset(json.loads(row.cves))
        for row in lists
        if row.expires_at_s is None or row.expires_at_s > now_s
    }
    nothing: frozenset[str] = frozenset()
    return {
        row.name: PullPolicy(
            project_id=row.id,
            least=_LEAST.get(row.severity or "none", _NEVER),
            allowed=allowed.get(row.id if row.reuses == "false" else None, nothing),
        )
        for row in rows
    }
