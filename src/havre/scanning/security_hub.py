"""The security hub: everything that was found, for administrators: which images have a CVE, what is worst."""

from collections.abc import Sequence
from dataclasses import dataclass

from havre.access import require_system
from havre.kernel.actor import Actor
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database
from havre.scanning import hub_store as store
from havre.scanning.hub_store import Counts, DangerousArtifact, DangerousCve, HubFilter, HubRow


@dataclass(frozen=True, slots=True)
class Summary:
    """All scans taken together; what is most dangerous only where it was asked for."""

    counts: Counts
    cves: Sequence[DangerousCve]
    artifacts: Sequence[DangerousArtifact]


class SecurityHub:
    """Reads it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def summary(self, actor: Actor, *, with_cves: bool, with_artifacts: bool) -> Summary:
        """Add everything up. Raises: Unauthenticated, Denied."""
        require_system(actor, "security-hub", "read")
        async with self._database.read() as reader:
            return Summary(
                await store.counts(reader),
                await store.dangerous_cves(reader) if with_cves else (),
                await store.dangerous_artifacts(reader) if with_artifacts else (),
            )

    async def vulnerabilities(
        self, actor: Actor, wanted: HubFilter, page: PageRequest, *, is_tuned: bool
    ) -> NumberedPage[HubRow]:
        """List what was found, worst first; the total is -1 for many when the count is tuned.

        Raises: Unauthenticated, Denied.
        """
        require_system(actor, "security-hub", "list")
        async with self._database.read() as reader:
            total = await store.count_found(reader, wanted, is_tuned=is_tuned)
            return NumberedPage(await store.list_found(reader, wanted, page), total)
