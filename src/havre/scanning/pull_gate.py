"""Let nobody pull what is dangerous from projects that say so.

Source: Harbor's documentation, "Configure deployment security"; reference/harbor.md, CVE policy.

What was not scanned, or not to its end, is refused like what is dangerous. An index passes: each of its
images is asked about at its own pull. What is no image passes too.
"""

from collections.abc import Sequence
from typing import Final

from havre.kernel.actor import SCANNER_PULL, Actor
from havre.kernel.events import Journal
from havre.kernel.names import Reference, RepositoryName
from havre.kernel.work import Database
from havre.registry import Pulls, RefKind, kind_of, parse_manifest
from havre.registry.model import ManifestContent
from havre.scanning import scan_store, store
from havre.scanning.advisories.model import Severity
from havre.scanning.errors import PullRefused
from havre.scanning.events import PullWasRefused
from havre.scanning.pull_policies import PullPolicies, PullPolicy

_NAMED: Final = 5  # CVEs in the refusal


class PullGate:
    """Goes before the pulls of the door, and has their interface; nothing else passes through it."""

    def __init__(
        self,
        pulls: Pulls,
        database: Database,
        policies: PullPolicies,
        journal: Journal,
        *,
        refuses_unscanned: bool,
    ) -> None:
        self._pulls = pulls
        self._database = database
        self._policies = policies
        self._journal = journal
        self._refuses_unscanned = refuses_unscanned
        self.blob = pulls.blob
        self.path_of = pulls.path_of
        self.read = pulls.read

    async def stat_manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Find a manifest; as Pull, and PullRefused."""
        policy = await self._policies.of(repository.project)
        found = await self._pulls.stat_manifest(actor, repository, reference)
        if policy is not None and not _looks(actor, policy):
            await self._check(actor, repository, found, policy)
        return found

    async def manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Get a manifest; as Pull, and PullRefused."""
        policy = await self._policies.of(repository.project)
        if policy is not None and not _looks(actor, policy):  # before it counts as pulled
            found = await self._pulls.stat_manifest(actor, repository, reference)
            await self._check(actor, repository, found, policy)
        return await self._pulls.manifest(actor, repository, reference)

    async def _check(
        self, actor: Actor, repository: RepositoryName, found: ManifestContent, policy: PullPolicy
    ) -> None:
        parsed = parse_manifest(found.body, found.media_type)
        layers = [ref.media_type for ref in parsed.refs if ref.kind is RefKind.LAYER]
        if kind_of(parsed) != "IMAGE" or not any("tar" in one for one in layers):
            return
        reason = await self._reason(found.digest, policy)
        if reason:
            self._journal.note(
                PullWasRefused(
                    actor=actor,
                    resource=f"{repository}@{found.digest}",
                    project_id=policy.project_id,
                    succeeded=False,
                    repository=repository.text,
                    digest=found.digest,
                    reason=reason,
                )
            )
            raise PullRefused(f"{repository}@{found.digest} may not be pulled from this project: {reason}")

    async def _reason(self, digest: str, policy: PullPolicy) -> str:
        """Say why an image may not be pulled; nothing when it may."""
        async with self._database.read() as reader:
            scan = (await scan_store.scans_of(reader, [digest])).get(digest)
            if scan is None or scan.status != "success":
                if not self._refuses_unscanned:
                    return ""
                how = "was not scanned" if scan is None else f"has a scan that is {scan.status}"
                return f"it {how}; have it scanned, or its policy changed (prevent_vul)"
            found = await store.dangers_of(reader, digest, policy.least)
        bad = [one for one in found if one not in policy.allowed]
        return _named(bad, policy) if bad else ""


def _looks(actor: Actor, policy: PullPolicy) -> bool:
    """Tell whether a scanner pulls, which looks at what nobody else may have yet."""
    return actor.robot is not None and SCANNER_PULL in actor.robot.in_project(policy.project_id)


def _named(ids: Sequence[str], policy: PullPolicy) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    least = Severity(policy.least).word
    return (
        f"{len(ids)} vulnerabilities are of severity {least} or worse ({', '.join(ids[:_NAMED])}{more}); "
        "mend them, or put them on the allowlist"
    )
