"""Stat: answer HEAD of a blob, and keep the blob for whoever is about to rely on the answer.

A client that pushes asks HEAD and leaves the upload out when the blob is there. So its review is postponed,
where it has one: a blob that a manifest names has none, and costs nothing more than the read.
"""

from datetime import timedelta
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.errors import Denied, NotFound, Unauthenticated
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry.errors import BlobUnknown
from havre.registry.model import BlobContent
from havre.registry.settings import RegistrySettings
from havre.registry.store import blobs, repositories
from havre.registry.store.queue import QueueChanges

_FRESH: Final = 0.75  # of the grace period still ahead: then nothing is written, however often they ask


class StatBlob:
    """One read; a short write where a review is near and the caller may push."""

    def __init__(self, database: Database, access: Access, clock: Clock, settings: RegistrySettings) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._settings = settings

    async def blob(self, actor: Actor, repository: RepositoryName, digest: Digest) -> BlobContent:
        """Find a blob of the repository.

        Raises: BlobUnknown, and the refusals of Access.
        Source: OCI distribution-spec v1.1, "Checking if content exists in the registry".
        """
        await self._access.require_repository(actor, repository, "pull")
        found = await blobs.find_reviewed_blob(self._database, repository, digest)
        if found is None:
            raise BlobUnknown(repository, digest)
        blob, review_after = found
        is_near = review_after is not None and self._is_near(review_after)
        if (
            is_near
            and await self._may_push(actor, repository)
            and not await self._postpone(repository, digest)
        ):
            raise BlobUnknown(repository, digest)
        return blob

    def _is_near(self, review_after: int) -> bool:
        fresh = timedelta(seconds=self._settings.grace_s * _FRESH)
        return review_after < to_micros(self._clock.now() + fresh)

    async def _may_push(self, actor: Actor, repository: RepositoryName) -> bool:
        try:
            await self._access.require_repository(actor, repository, "push")
        except (Denied, Unauthenticated, NotFound):
            return False
        return True

    async def _postpone(self, repository: RepositoryName, digest: Digest) -> bool:
        """Begin the grace period and the lease anew; False when a collector just took the blob."""
        until = to_micros(self._clock.now() + timedelta(seconds=self._settings.grace_s))
        queue = QueueChanges()
        queue.postpone_blob(str(digest), until)
        async with self._database.write() as work:
            if await blobs.lock_blob(work, digest) is None:
                return False
            repo_id = await repositories.repository_id(work, repository)
            if repo_id is not None:
                await blobs.extend_lease(work, repo_id, digest, until)
            await queue.write(work)
        return True
