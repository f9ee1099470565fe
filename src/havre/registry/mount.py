"""Mount a blob of another repository: no bytes move."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor, anonymous
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.errors import Denied, NotFound, Unauthenticated
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry.errors import ProjectMissing, RepositoryOutsideProject
from havre.registry.events import BlobMounted
from havre.registry.quota import Quota
from havre.registry.settings import RegistrySettings
from havre.registry.store import blobs, manifests, repositories
from havre.registry.store.queue import review_blob

_SEARCHED: Final = 50  # repositories tried when the client names no source


class Mount:
    """Links blobs between repositories for callers who may read the source."""

    def __init__(
        self, database: Database, access: Access, clock: Clock, settings: RegistrySettings, quota: Quota
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._settings = settings
        self._quota = quota

    async def blob(
        self, actor: Actor, repository: RepositoryName, digest: Digest, source: RepositoryName | None
    ) -> bool:
        """Link the blob into `repository`; False when it must be uploaded instead.

        A missing blob, a missing source and a source that the caller may not read are all the same False:
        the answer tells nothing about repositories out of sight.
        Raises: ProjectMissing, QuotaExceeded, and the refusals of Access for the target.
        Source: OCI distribution-spec v1.1, "Mounting a blob from another repository".
        """
        await self._access.require_repository(actor, repository, "push")
        if not repository.path:
            raise RepositoryOutsideProject(repository)
        found = await self._source_of(actor, repository, digest, source)
        if found is None:
            return False
        async with self._database.read() as reader:
            size = await blobs.blob_size(reader, digest) or 0
        async with self._quota.hold(actor, repository.project, {digest: size}):
            return await self._link(actor, repository, digest, found)

    async def _link(
        self, actor: Actor, repository: RepositoryName, digest: Digest, source: RepositoryName
    ) -> bool:
        now = self._clock.now()
        lease = to_micros(now + timedelta(seconds=self._settings.grace_s))
        async with self._database.write() as work:
            project_id = await repositories.project_for_push(work, repository, actor)
            if project_id is None:
                raise ProjectMissing(repository)
            repo_id = await repositories.ensure_repository(work, project_id, repository, to_micros(now))
            await repositories.lock_for_blob(work, repo_id, digest)
            if await blobs.lock_blob(work, digest) is None:
                return False
            await blobs.link_blob(work, repo_id, digest, to_micros(now), lease)
            await manifests.hold_late_blob(work, repo_id, digest)
            if not await blobs.is_referenced_anywhere(work, digest):
                await review_blob(work, str(digest), lease, "mounted")
            work.announce(
                BlobMounted(
                    actor=actor,
                    resource=f"{repository}@{digest}",
                    project_id=project_id,
                    repository=repository.text,
                    digest=str(digest),
                    source=source.text,
                )
            )
        return True

    async def _source_of(
        self, actor: Actor, repository: RepositoryName, digest: Digest, source: RepositoryName | None
    ) -> RepositoryName | None:
        if source is not None:
            candidates = [source]
        else:
            async with self._database.read() as reader:
                holders = await blobs.holders_of(reader, digest, _SEARCHED)
            candidates = sorted(
                (RepositoryName(name) for name in holders), key=lambda name: name != repository
            )
        for candidate in candidates:
            if await self._may_pull(actor, repository, candidate) and await blobs.find_blob(
                self._database, candidate, digest
            ):
                return candidate
        return None

    async def _may_pull(self, actor: Actor, target: RepositoryName, source: RepositoryName) -> bool:
        # A token often has no scope for the source: what anybody may read needs none, and rights are the
        # same in a whole project, so there the person behind the token is asked.
        callers = [actor, anonymous(actor.origin)]
        if actor.grants is not None and source.project == target.project:
            callers.append(replace(actor, grants=None))
        for caller in callers:
            try:
                await self._access.require_repository(caller, source, "pull")
            except (Denied, Unauthenticated, NotFound):
                continue
            return True
        return False
