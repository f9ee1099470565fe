"""Let nobody pull what is not signed from projects that say so.

What is asked for must hang on the artifact itself, or on an index in the same repository that lists it when
it is pulled by digest: who pulls a signed index gets its images. A tag must be signed itself. Of Notary v1
the signature must be for this digest, and for this tag where one is named. Those of Notation and cosign are
only counted, as Harbor does, until a trust policy names keys: then somebody must have signed with such a key.
What describes or signs another passes, unless it holds a file system.

Signing tools must read what they are about to sign, and ask for it by digest with a token to pull. So who may
push to a repository may read from it by digest, by right and not by name: what a client calls itself opens
nothing. A tag is refused to everybody.

Source: Harbor's documentation, "Implementing Content Trust"; reference/signing-and-clients.md A4.
"""

from dataclasses import dataclass, replace

from havre.access import Access
from havre.kernel.actor import SCANNER_PULL, Actor
from havre.kernel.clock import Clock
from havre.kernel.errors import Denied, NotFound, Unauthenticated
from havre.kernel.events import Journal
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Database
from havre.registry import Pulls, RefKind, parse_manifest
from havre.registry.model import ManifestContent
from havre.signing.content_trust import ContentTrust, ContentTrusts
from havre.signing.errors import PullUnsigned
from havre.signing.events import UnsignedPullRefused, UntrustedPullSeen
from havre.signing.gate_store import Signatures, signatures_of
from havre.signing.judge import Judge
from havre.signing.policy_model import Mode, TrustPolicy
from havre.signing.trust_policies import PoliciesInForce


@dataclass(frozen=True, slots=True)
class SignedParts:
    """What the gate asks."""

    database: Database
    access: Access
    trusts: ContentTrusts
    policies: PoliciesInForce
    judge: Judge
    journal: Journal
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Asks:
    """What a project asks of an artifact of a repository."""

    project_id: int
    trust: ContentTrust | None
    policy: TrustPolicy | None


class SignedGate:
    """Goes before the pulls of the door, and has their interface; nothing else passes through it."""

    def __init__(self, pulls: Pulls, parts: SignedParts) -> None:
        self._pulls = pulls
        self._parts = parts
        self.blob = pulls.blob
        self.path_of = pulls.path_of
        self.read = pulls.read

    async def stat_manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Find a manifest; as Pull, and PullUnsigned."""
        asks = await self._asks(actor, repository)
        found = await self._pulls.stat_manifest(actor, repository, reference)
        if asks is not None:
            await self._check(actor, repository, reference, (found, asks))
        return found

    async def manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Get a manifest; as Pull, and PullUnsigned."""
        asks = await self._asks(actor, repository)
        if asks is not None:  # before it counts as pulled
            found = await self._pulls.stat_manifest(actor, repository, reference)
            await self._check(actor, repository, reference, (found, asks))
        return await self._pulls.manifest(actor, repository, reference)

    async def _asks(self, actor: Actor, repository: RepositoryName) -> _Asks | None:
        trust = await self._parts.trusts.of(repository.project)
        policy = await self._parts.policies.of(repository.project)
        if policy is not None and not policy.rules_for(repository.path):
            policy = None
        of_project = trust or policy
        if of_project is None:
            return None
        project_id = of_project.project_id
        if actor.robot is not None and SCANNER_PULL in actor.robot.in_project(project_id):
            return None
        return _Asks(project_id, trust, policy)

    async def _check(
        self,
        actor: Actor,
        repository: RepositoryName,
        reference: Reference,
        asked: tuple[ManifestContent, _Asks],
    ) -> None:
        found, asks = asked
        signatures = await signatures_of(
            self._parts.database, repository, reference, found.digest, self._parts.clock.now()
        )
        if signatures.is_accessory and not _has_files(found):
            return
        reasons = [] if asks.trust is None else _missing(asks.trust, signatures, reference)
        if asks.policy is not None:
            verdict = await self._parts.judge.verdict(
                repository, found.digest, asks.policy, inherits=not isinstance(reference, Tag)
            )
            if not verdict.is_trusted and asks.policy.mode is Mode.ENFORCE:
                reasons.append(verdict.reason)
            elif not verdict.is_trusted:
                self._note(UntrustedPullSeen, actor, f"{repository}@{found.digest}", (asks, verdict.reason))
        if not reasons or await self._may_sign(actor, repository, reference):
            return
        name, reason = f"{repository}@{found.digest}", "; ".join(reasons)
        self._note(UnsignedPullRefused, actor, name, (asks, reason))
        raise PullUnsigned(f"{name} may not be pulled from this project: {reason}; have it signed")

    def _note(
        self,
        kind: type[UnsignedPullRefused] | type[UntrustedPullSeen],
        actor: Actor,
        name: str,
        why: tuple[_Asks, str],
    ) -> None:
        repository, _, digest = name.partition("@")
        asks, reason = why
        self._parts.journal.note(
            kind(
                actor=actor,
                resource=name,
                project_id=asks.project_id,
                succeeded=kind is UntrustedPullSeen,
                repository=repository,
                digest=digest,
                reason=reason,
            )
        )

    async def _may_sign(self, actor: Actor, repository: RepositoryName, reference: Reference) -> bool:
        """Tell whether somebody asks for a digest who may push here, whatever this token is for."""
        if isinstance(reference, Tag):
            return False
        owner = replace(actor, grants=None)
        try:
            await self._parts.access.require_repository(owner, repository, "push")
        except (Denied, Unauthenticated, NotFound):
            return False
        return True


def _missing(trust: ContentTrust, signatures: Signatures, reference: Reference) -> list[str]:
    missing = []
    if trust.notary and not signatures.has_notation and not signatures.has_notary:
        for_tag = " for this tag" if isinstance(reference, Tag) else ""
        missing.append(f"it has no signature of Notary{for_tag}")
    if trust.cosign and not signatures.has_cosign:
        missing.append("it has no signature of cosign")
    return missing


def _has_files(found: ManifestContent) -> bool:
    """Tell whether this can be run: naming a subject makes no signature of an image."""
    parsed = parse_manifest(found.body, found.media_type)
    layers = [ref.media_type for ref in parsed.refs if ref.kind is not RefKind.CONFIG]
    return parsed.is_index or any("tar" in one for one in layers)
