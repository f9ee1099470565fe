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

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from havre.access import Access
from havre.kernel.actor import SCANNER_PULL, Actor
from havre.kernel.clock import Clock
from havre.kernel.errors import Denied, NotFound, Unauthenticated, Unavailable
from havre.kernel.events import Journal
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Database
from havre.registry import Pulls, RefKind, parse_manifest
from havre.registry.model import ManifestContent
from havre.signing.content_trust import ContentTrust, content_trusts
from havre.signing.errors import PullUnsigned
from havre.signing.events import PullUntrusted, UnsignedPullRefused, UntrustedPullSeen
from havre.signing.gate_store import Question, Seen, look, question
from havre.signing.judge import Judge
from havre.signing.policy_model import Mode, TrustPolicy
from havre.signing.policy_store import all_policies

_TRIES: Final = 5  # each lost to a tag that moved
_FRESH_S: Final = 1.0  # what changes in another process is in force after that
_PullsOne = Callable[[Actor, RepositoryName, Reference], Awaitable[ManifestContent]]


@dataclass(frozen=True, slots=True)
class SignedParts:
    """What the gate asks."""

    database: Database
    access: Access
    judge: Judge
    journal: Journal
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Asks:
    """What a project asks of an artifact of a repository."""

    project_id: int
    trust: ContentTrust | None
    policy: TrustPolicy | None
    questions: dict[Reference, Question] = field(default_factory=dict)  # that were put in this second

    def are_fulfilled(self, seen: Seen) -> bool:
        """Tell whether nothing is left to be asked."""
        trust = self.trust
        if trust is not None:
            if trust.notary and not (seen.has_notary or seen.has_notation):
                return False
            if trust.cosign and not seen.has_cosign:
                return False
        return self.policy is None or seen.is_trusted


class SignedGate:
    """Goes before the pulls of the door, and has their interface; nothing else passes through it."""

    def __init__(self, pulls: Pulls, parts: SignedParts) -> None:
        self._pulls = pulls
        self._parts = parts
        self._trusts: Mapping[str, ContentTrust] = {}
        self._policies: Mapping[str, TrustPolicy] = {}
        self._known: dict[str, _Asks | None] = {}  # by repository, as of the last look
        self._asked_at = 0.0
        self.blob = pulls.blob
        self.path_of = pulls.path_of
        self.read = pulls.read

    async def stat_manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Find a manifest; as Pull, and PullUnsigned."""
        return await self._ask(self._pulls.stat_manifest, actor, repository, reference)

    async def manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Get a manifest; as Pull, and PullUnsigned."""
        return await self._ask(self._pulls.manifest, actor, repository, reference)

    async def _ask(
        self, pull: _PullsOne, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        if time.monotonic() - self._asked_at > _FRESH_S:
            await self._ask_again()
        name = repository.text
        asks = self._known[name] if name in self._known else self._learn(repository)
        if asks is None or _looks(actor, asks):
            return await pull(actor, repository, reference)
        for _ in range(_TRIES):
            seen = await look(self._parts.database, self._question(repository, reference, asks))
            passed = seen.digest
            if not passed or not asks.are_fulfilled(seen):
                passed = await self._pass(actor, repository, reference, asks)  # before it counts as pulled
            found = await pull(actor, repository, reference)
            if found.digest == passed:
                return found
        raise Unavailable(f"{repository}:{reference} moves from one artifact to the other without pause")

    async def _pass(self, actor: Actor, repository: RepositoryName, reference: Reference, asks: _Asks) -> str:
        """Let the artifact pass that the reference names now; its digest, empty when it moved meanwhile."""
        found = await self._pulls.stat_manifest(actor, repository, reference)  # brings what is elsewhere
        seen = await look(self._parts.database, self._question(repository, reference, asks))
        if seen.digest != found.digest:
            return ""
        if not (seen.is_accessory and not _has_files(found)):
            await self._weigh(actor, repository, reference, (asks, seen))
        return found.digest

    def _question(self, repository: RepositoryName, reference: Reference, asks: _Asks) -> Question:
        asked = asks.questions.get(reference)
        if asked is None:
            revision = 0 if asks.policy is None else asks.policy.revision
            now = self._parts.clock.now() if asks.trust is not None else None
            asked = asks.questions[reference] = question(repository, reference, revision, now)
        return asked

    async def _ask_again(self) -> None:
        """Read what projects ask for; what was known of repositories goes."""
        async with self._parts.database.read() as reader:
            self._trusts = await content_trusts(reader)
            self._policies = await all_policies(reader)
        self._known.clear()
        self._asked_at = time.monotonic()

    def _learn(self, repository: RepositoryName) -> _Asks | None:
        """Find out what is asked of a repository, and know it for the next pulls of this second."""
        trust, policy = self._trusts.get(repository.project), self._policies.get(repository.project)
        if policy is not None and not policy.rules_for(repository.path):
            policy = None
        of_project = trust or policy
        asks = None if of_project is None else _Asks(of_project.project_id, trust, policy)
        self._known[repository.text] = asks
        return asks

    async def _weigh(
        self, actor: Actor, repository: RepositoryName, reference: Reference, asked: tuple[_Asks, Seen]
    ) -> None:
        asks, seen = asked
        name = f"{repository}@{seen.digest}"
        reasons = [] if asks.trust is None else _missing(asks.trust, seen, reference)
        if asks.policy is not None:
            verdict = await self._parts.judge.verdict(
                repository, seen.digest, asks.policy, inherits=not isinstance(reference, Tag)
            )
            if not verdict.is_trusted and asks.policy.mode is Mode.ENFORCE:
                reasons.append(verdict.reason)
            elif not verdict.is_trusted:
                self._note(UntrustedPullSeen, actor, name, (asks, verdict.reason))
        if not reasons or await self._may_sign(actor, repository, reference):
            return
        reason = "; ".join(reasons)
        self._note(UnsignedPullRefused, actor, name, (asks, reason))
        raise PullUnsigned(f"{name} may not be pulled from this project: {reason}; have it signed")

    def _note(
        self,
        kind: type[PullUntrusted],
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


def _looks(actor: Actor, asks: _Asks) -> bool:
    """Tell whether a scanner pulls, which looks at what nobody else may have yet."""
    return actor.robot is not None and SCANNER_PULL in actor.robot.in_project(asks.project_id)


def _missing(trust: ContentTrust, seen: Seen, reference: Reference) -> list[str]:
    missing = []
    if trust.notary and not seen.has_notation and not seen.has_notary:
        for_tag = " for this tag" if isinstance(reference, Tag) else ""
        missing.append(f"it has no signature of Notary{for_tag}")
    if trust.cosign and not seen.has_cosign:
        missing.append("it has no signature of cosign")
    return missing


def _has_files(found: ManifestContent) -> bool:
    """Tell whether this can be run: naming a subject makes no signature of an image."""
    parsed = parse_manifest(found.body, found.media_type)
    layers = [ref.media_type for ref in parsed.refs if ref.kind is not RefKind.CONFIG]
    return parsed.is_index or any("tar" in one for one in layers)
