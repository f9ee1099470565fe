"""Let nobody pull what is not signed from projects that say so.

What is asked for must hang on the artifact itself, or on an index in the same repository that lists it when
it is pulled by digest: who pulls a signed index gets its images. A tag must be signed itself. Of Notary v1
the signature must be for this digest, and for this tag where one is named. Those of Notation and cosign are
only counted, as Harbor does. What describes or signs another passes, unless it holds a file system.

Signing tools must read what they are about to sign, and ask for it by digest with a token to pull. So who may
push to a repository may read from it by digest, by right and not by name: what a client calls itself opens
nothing. A tag is refused to everybody.

Source: Harbor's documentation, "Implementing Content Trust"; reference/signing-and-clients.md A4.
"""

from dataclasses import replace
from typing import Final

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
from havre.signing.events import UnsignedPullRefused

_MINUTE_MICROS: Final = 60_000_000
_HANGS_ON: Final = """EXISTS (SELECT 1 FROM accessory a WHERE a.repo_id = r.id AND a.kind = '{kind}'
    AND (a.subject = :digest OR (:by_digest = 1 AND a.subject IN (
        SELECT c.parent FROM manifest_ref c
        WHERE c.repo_id = r.id AND c.child = :digest AND c.kind = 'manifest'))))"""
_SIGNED: Final = f"""SELECT
    EXISTS (SELECT 1 FROM accessory a JOIN manifest s ON s.repo_id = a.repo_id AND s.digest = a.subject
            WHERE a.repo_id = r.id AND a.digest = :digest) AS is_accessory,
    {_HANGS_ON.format(kind="signature.cosign")} AS has_cosign,
    {_HANGS_ON.format(kind="signature.notation")} AS has_notation,
    EXISTS (SELECT 1 FROM trust_target t
            JOIN trust_collection n ON n.id = t.collection_id
            JOIN trust_current c ON c.collection_id = t.collection_id AND c.role = t.role
            WHERE n.repository = r.name AND c.expires_at > :now
              AND (t.digest = :digest OR (:by_digest = 1 AND t.digest IN (
                  SELECT p.parent FROM manifest_ref p
                  WHERE p.repo_id = r.id AND p.child = :digest AND p.kind = 'manifest')))
              AND (:by_digest = 1 OR t.name = :tag)) AS has_notary
    FROM repository r WHERE r.name = :repository"""  # noqa: S608 - constants


class SignedGate:
    """Goes before the pulls of the door, and has their interface; nothing else passes through it."""

    def __init__(
        self,
        pulls: Pulls,
        database: Database,
        access: Access,
        trusts: ContentTrusts,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._pulls = pulls
        self._database = database
        self._access = access
        self._trusts = trusts
        self._journal = journal
        self._clock = clock
        self.blob = pulls.blob
        self.path_of = pulls.path_of
        self.read = pulls.read

    async def stat_manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Find a manifest; as Pull, and PullUnsigned."""
        wanted = await self._wanted(actor, repository)
        found = await self._pulls.stat_manifest(actor, repository, reference)
        if wanted is not None:
            await self._check(actor, repository, reference, (found, wanted))
        return found

    async def manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Get a manifest; as Pull, and PullUnsigned."""
        wanted = await self._wanted(actor, repository)
        if wanted is not None:  # before it counts as pulled
            found = await self._pulls.stat_manifest(actor, repository, reference)
            await self._check(actor, repository, reference, (found, wanted))
        return await self._pulls.manifest(actor, repository, reference)

    async def _wanted(self, actor: Actor, repository: RepositoryName) -> ContentTrust | None:
        wanted = await self._trusts.of(repository.project)
        if wanted is None or actor.robot is None:
            return wanted
        return None if SCANNER_PULL in actor.robot.in_project(wanted.project_id) else wanted

    async def _may_sign(self, actor: Actor, repository: RepositoryName, reference: Reference) -> bool:
        """Tell whether somebody asks for a digest who may push here, whatever this token is for."""
        if isinstance(reference, Tag):
            return False
        try:
            await self._access.require_repository(replace(actor, grants=None), repository, "push")
        except (Denied, Unauthenticated, NotFound):
            return False
        return True

    async def _check(
        self,
        actor: Actor,
        repository: RepositoryName,
        reference: Reference,
        asked: tuple[ManifestContent, ContentTrust],
    ) -> None:
        found, wanted = asked
        digest = found.digest
        missing = await self._missing(repository, reference, found, wanted)
        if not missing or await self._may_sign(actor, repository, reference):
            return
        reason = f"it has no {' and no '.join(missing)}"
        self._journal.note(
            UnsignedPullRefused(
                actor=actor,
                resource=f"{repository}@{digest}",
                project_id=wanted.project_id,
                succeeded=False,
                repository=repository.text,
                digest=digest,
                reason=reason,
            )
        )
        raise PullUnsigned(
            f"{repository}@{digest} may not be pulled from this project: {reason}; have it signed"
        )

    async def _missing(
        self, repository: RepositoryName, reference: Reference, found: ManifestContent, wanted: ContentTrust
    ) -> list[str]:
        by_tag = isinstance(reference, Tag)
        row = await self._database.hot(
            _SIGNED,
            {
                "digest": found.digest,
                "repository": repository.text,
                "by_digest": 0 if by_tag else 1,
                "tag": str(reference) if by_tag else "",
                # By the minute, so that the answer can be remembered.
                "now": int(self._clock.now().timestamp()) // 60 * _MINUTE_MICROS,
            },
        )
        is_accessory, has_cosign, has_notation, has_notary = row or (0, 0, 0, 0)
        if is_accessory and not _has_files(found):
            return []
        missing = []
        if wanted.notary and not has_notation and not has_notary:
            missing.append("signature of Notary for this tag" if by_tag else "signature of Notary")
        if wanted.cosign and not has_cosign:
            missing.append("signature of cosign")
        return missing


def _has_files(found: ManifestContent) -> bool:
    """Tell whether this can be run: naming a subject makes no signature of an image."""
    parsed = parse_manifest(found.body, found.media_type)
    layers = [ref.media_type for ref in parsed.refs if ref.kind is not RefKind.CONFIG]
    return parsed.is_index or any("tar" in one for one in layers)
