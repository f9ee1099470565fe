"""Finish an upload: check the digest, commit the bytes, then the rows.

    intent for the final key -> fsync, link, fsync directory -> one transaction of rows -> sweep of the spool

A crash before the rows leaves the final key in the trash and the spool as it was: the repeated PUT makes
another key. Never a blob row without bytes.
"""

from datetime import timedelta
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest, new_hasher
from havre.kernel.ids import new_ulid
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database, Work
from havre.registry.errors import DigestMismatch, QuotaExceeded, UploadUnknown
from havre.registry.events import BlobPushed
from havre.registry.model import Upload
from havre.registry.ports import BlobStore, SpoolLost
from havre.registry.settings import RegistrySettings
from havre.registry.store import blobs, manifests, repositories, uploads
from havre.registry.store.queue import review_blob
from havre.registry.uploads import SWEEP_MARGIN, Chunk, Uploads

_ANSWER_AGAIN: Final = timedelta(hours=1)  # how long a repeated PUT is answered as the first one was


class Finish:
    """Turns uploads into blobs."""

    def __init__(
        self,
        database: Database,
        blob_store: BlobStore,
        access: Access,
        clock: Clock,
        settings: RegistrySettings,
        appending: Uploads,
    ) -> None:
        self._database = database
        self._blobs = blob_store
        self._access = access
        self._clock = clock
        self._settings = settings
        self._uploads = appending

    async def upload(
        self,
        actor: Actor,
        repository: RepositoryName,
        upload_id: str,
        digest: Digest,
        chunk: Chunk | None,
    ) -> Digest:
        """Take the last bytes, if any, and store the blob under its digest.

        Asked again after a lost answer it says the same again.
        Raises: DigestMismatch and QuotaExceeded (the upload is dropped, nothing stored), and what
        Uploads.append raises.
        Source: OCI distribution-spec v1.1, "Pushing blobs".
        """
        await self._access.require_repository(actor, repository, "push")
        upload = await self._uploads.lookup(repository, upload_id)
        if _is_done(upload, digest):
            return digest
        if chunk is not None:
            upload = await self._uploads.append_to(actor, upload, chunk)
        return await self._finish(actor, upload, digest)

    async def _finish(self, actor: Actor, upload: Upload, digest: Digest) -> Digest:
        spool = await self._uploads.open_spool(upload)  # nobody appends while we commit
        try:
            # Read again: another request may have added bytes, or finished, while we waited.
            upload = await self._uploads.lookup(upload.repository, upload.upload_id)
            if _is_done(upload, digest):
                return digest
            await spool.resume_at(upload.offset)
            actual = await self._digest_of(upload, digest.algorithm)
            if actual != digest:
                raise DigestMismatch(digest, actual)
            room = self._uploads.quota.hold(actor, upload.repository.project, {digest: upload.offset})
            async with room:
                await self._commit(actor, upload, digest)
        except (DigestMismatch, QuotaExceeded, SpoolLost) as error:
            await self._uploads.discard(upload)
            if isinstance(error, SpoolLost):
                raise UploadUnknown(upload.upload_id) from error
            raise
        finally:
            await spool.close()
        self._uploads.forget(upload)
        return digest

    async def _digest_of(self, upload: Upload, algorithm: str) -> Digest:
        so_far = upload.digest_so_far
        if so_far is not None and so_far.algorithm == algorithm:
            return so_far
        hasher = new_hasher(algorithm)
        await self._blobs.hash_spool(upload.key, hasher, upload.offset)
        return Digest(algorithm, hasher.hexdigest())

    async def _commit(self, actor: Actor, upload: Upload, digest: Digest) -> None:
        now = self._clock.now()
        key = f"blobs/{digest.hex[:2]}/{digest.hex}.{new_ulid()}"
        async with self._database.write() as work:
            await _lock(work, upload, digest)
            if await blobs.lock_blob(work, digest) is not None:
                await self._link(work, actor, upload, digest)  # the bytes are here already
                return
            await blobs.intend(work, key, to_micros(now + SWEEP_MARGIN))
        await self._blobs.commit(upload.key, key)
        async with self._database.write() as work:
            await _lock(work, upload, digest)
            if await blobs.add_blob(work, digest, key, upload.offset, to_micros(now)):
                if not await blobs.keep(work, key):  # the commit took longer than the sweeper's patience
                    raise UploadUnknown(upload.upload_id)
            else:  # another upload of the same content was faster: ours is swept
                await blobs.intend(work, key, to_micros(now))
            await self._link(work, actor, upload, digest)

    async def _link(self, work: Work, actor: Actor, upload: Upload, digest: Digest) -> None:
        now = self._clock.now()
        lease = to_micros(now + timedelta(seconds=self._settings.grace_s))
        if not await uploads.mark_done(work, upload.upload_id, digest, to_micros(now + _ANSWER_AGAIN)):
            raise UploadUnknown(upload.upload_id)
        await blobs.intend(work, upload.key, to_micros(now))
        await blobs.link_blob(work, upload.repo_id, digest, to_micros(now), lease)
        await manifests.hold_late_blob(work, upload.repo_id, digest)
        if not await blobs.is_referenced_anywhere(work, digest):
            await review_blob(work, str(digest), lease, "uploaded")
        work.announce(
            BlobPushed(
                actor=actor,
                resource=f"{upload.repository}@{digest}",
                project_id=upload.project_id,
                repository=upload.repository.text,
                digest=str(digest),
                size_bytes=upload.offset,
            )
        )


async def _lock(work: Work, upload: Upload, digest: Digest) -> None:
    if not await repositories.lock_for_blob(work, upload.repo_id, digest):
        raise UploadUnknown(upload.upload_id)  # the repository was deleted meanwhile


def _is_done(upload: Upload, digest: Digest) -> bool:
    """Tell whether the upload became this blob already.

    Raises: UploadUnknown when it became another.
    """
    if upload.done_digest is None:
        return False
    if upload.done_digest != digest:
        raise UploadUnknown(upload.upload_id)
    return True
