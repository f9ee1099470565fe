"""Uploads: start, append, tell, cancel. `finish.py` turns one into a blob.

Crash order: intent (upload row + trash row) -> bytes -> rows. A crash anywhere leaves a trash row that the
sweeper finds, and an upload row from which the client can go on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import HEX_LENGTH, Digest, DigestInvalid
from havre.kernel.errors import StorageFull
from havre.kernel.ids import new_ulid
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry.allowance import Allowance
from havre.registry.errors import (
    BodyCutShort,
    ProjectMissing,
    QuotaExceeded,
    RangeOutOfOrder,
    RepositoryOutsideProject,
    UploadBusy,
    UploadUnknown,
)
from havre.registry.events import UploadCancelled
from havre.registry.hashing import Hashing
from havre.registry.model import Upload
from havre.registry.ports import BlobStore, Spool, SpoolBusy, SpoolLost
from havre.registry.quota import Quota
from havre.registry.settings import RegistrySettings
from havre.registry.store import blobs, repositories, uploads

Drain = Callable[[Callable[[memoryview], None]], Awaitable[int]]
SWEEP_MARGIN: Final = timedelta(hours=1)  # the trash row outlives its upload, never the other way round
# How long a request waits for one before it that broke off and is just putting its bytes down.
_PATIENCE_S: Final = 1.0
_BETWEEN_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes on their way in: how to take them, and what the client says of them.

    `drain` calls back with pieces of the body in a pool thread and raises BodyCutShort when the client
    vanished. `first` and `last` come from Content-Range (inclusive), `length` from Content-Length.
    """

    drain: Drain
    first: int | None = None
    last: int | None = None
    length: int | None = None


class Uploads:
    """Opens uploads and adds bytes to them."""

    def __init__(
        self,
        database: Database,
        blob_store: BlobStore,
        access: Access,
        clock: Clock,
        settings: RegistrySettings,
        quota: Quota,
    ) -> None:
        self._database = database
        self._blobs = blob_store
        self._access = access
        self._clock = clock
        self._settings = settings
        self.quota = quota
        self._hashing = Hashing()

    async def start(self, actor: Actor, repository: RepositoryName, algorithm: str = "sha256") -> Upload:
        """Open an upload; its storage key is in the trash before the first byte.

        Raises: DigestInvalid for an unknown algorithm, ProjectMissing, QuotaExceeded, and the refusals of
        Access.
        Source: OCI distribution-spec v1.1, "Pushing blobs".
        """
        await self._access.require_repository(actor, repository, "push")
        if algorithm not in HEX_LENGTH:
            raise DigestInvalid(f"digest algorithm {algorithm[:40]!r} is not supported; use sha256 or sha512")
        if not repository.path:
            raise RepositoryOutsideProject(repository)
        await self.quota.check(actor, repository.project)
        now = self._clock.now()
        expires = now + timedelta(seconds=self._settings.upload_ttl_s)
        upload_id = new_ulid()
        async with self._database.write() as work:
            project_id = await repositories.project_for_push(work, repository, actor)
            if project_id is None:
                raise ProjectMissing(repository)
            repo_id = await repositories.ensure_repository(work, project_id, repository, to_micros(now))
            upload = Upload(
                upload_id=upload_id,
                repository=repository,
                repo_id=repo_id,
                project_id=project_id,
                key=f"uploads/{upload_id}",
                algorithm=algorithm,
                offset=0,
                digest_so_far=None,
                done_digest=None,
            )
            await blobs.intend(work, upload.key, to_micros(expires + SWEEP_MARGIN))
            await uploads.add_upload(work, upload, actor.name, to_micros(now), to_micros(expires))
        return upload

    async def find(self, actor: Actor, repository: RepositoryName, upload_id: str) -> Upload:
        """Find an upload that can still grow.

        Raises: UploadUnknown, and the refusals of Access.
        """
        await self._access.require_repository(actor, repository, "push")
        upload = await self.lookup(repository, upload_id)
        if upload.done_digest is not None:
            raise UploadUnknown(upload_id)
        return upload

    async def lookup(self, repository: RepositoryName, upload_id: str) -> Upload:
        """Find an upload, also one that just became a blob; the caller has been let in.

        Raises: UploadUnknown.
        """
        if not (upload_id.isascii() and upload_id.isalnum()):  # no id of ours: no question for the database
            raise UploadUnknown(upload_id)
        now = to_micros(self._clock.now())
        upload = await uploads.find_upload(self._database, repository, upload_id, now)
        if upload is None:
            raise UploadUnknown(upload_id)
        return upload

    async def append(self, actor: Actor, repository: RepositoryName, upload_id: str, chunk: Chunk) -> Upload:
        """Add a chunk; what arrived is kept even when the body breaks off.

        Raises: UploadUnknown, UploadBusy, RangeOutOfOrder, BodyCutShort, StorageFull, QuotaExceeded (the
        upload is dropped), and the refusals of Access.
        """
        upload = await self.find(actor, repository, upload_id)
        return await self.append_to(actor, upload, chunk)

    async def append_to(self, actor: Actor, upload: Upload, chunk: Chunk) -> Upload:
        """Add a chunk to an upload that the caller was let in to."""
        _check_range(upload, chunk)
        allowance = await self.quota.allowance(upload.repository.project)
        spool = await self.open_spool(upload)
        try:
            upload = await self._reread(upload, chunk)  # only now is the offset ours to trust
            await spool.resume_at(upload.offset)
            if allowance is None:
                upload = await self._take(upload, spool, chunk.drain)
            else:
                await allowance.settle(upload.offset + (chunk.length or 0))
                upload = await self._take(upload, spool, _watched(chunk.drain, spool, allowance))
                await allowance.settle(upload.offset)
            _check_length(upload, chunk)
        except QuotaExceeded as error:
            await self.discard(upload)
            await self.quota.tell_refusal(actor, error)
            raise
        except SpoolLost as error:
            await self.discard(upload)
            raise UploadUnknown(upload.upload_id) from error
        finally:
            await spool.close()
        return upload

    async def open_spool(self, upload: Upload) -> Spool:
        """Lock the bytes of an upload; one request that broke off may be just putting its own down.

        Raises: UploadBusy.
        """
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return await self._blobs.open_spool(upload.key)
            except SpoolBusy as error:
                if time.monotonic() >= until:
                    raise UploadBusy(upload.upload_id) from error
            await asyncio.sleep(_BETWEEN_S)

    async def _take(self, upload: Upload, spool: Spool, drain: Drain) -> Upload:
        """Take the body. Where there is no room for it, the room that it took is free again at once."""
        sink, taken = self._hashing.sink(upload, spool), upload
        try:
            try:
                await drain(sink.write)
            except StorageFull:
                await spool.resume_at(upload.offset)
                raise
            finally:
                if spool.offset > upload.offset:
                    await spool.sync()  # acknowledged bytes survive a power cut
                    taken = await self._advance(upload, spool.offset, sink.digest())
                    self._hashing.keep(taken, sink)
        except StorageFull:
            await spool.resume_at(upload.offset)
            raise
        return taken

    async def _reread(self, upload: Upload, chunk: Chunk) -> Upload:
        current = await self.lookup(upload.repository, upload.upload_id)
        if current.done_digest is not None:
            raise UploadUnknown(upload.upload_id)
        _check_range(current, chunk)
        return current

    async def _advance(self, upload: Upload, offset: int, so_far: Digest | None) -> Upload:
        expires = self._clock.now() + timedelta(seconds=self._settings.upload_ttl_s)
        async with self._database.write() as work:
            if not await uploads.advance(work, upload.upload_id, offset, so_far, to_micros(expires)):
                raise UploadUnknown(upload.upload_id)
            await blobs.intend(work, upload.key, to_micros(expires + SWEEP_MARGIN))
        return replace(upload, offset=offset, digest_so_far=so_far)

    async def cancel(self, actor: Actor, repository: RepositoryName, upload_id: str) -> None:
        """Give an upload up; its bytes go at the next sweep.

        Raises: UploadUnknown, and the refusals of Access.
        """
        upload = await self.find(actor, repository, upload_id)
        now = to_micros(self._clock.now())
        async with self._database.write() as work:
            if not await uploads.drop_upload(work, upload_id):
                raise UploadUnknown(upload_id)
            await blobs.intend(work, upload.key, now)
            work.announce(
                UploadCancelled(
                    actor=actor, resource=f"{repository}/{upload_id}", project_id=upload.project_id
                )
            )
        self._hashing.forget(upload_id)

    def forget(self, upload: Upload) -> None:
        """Drop the hash state of an upload that became a blob."""
        self._hashing.forget(upload.upload_id)

    async def discard(self, upload: Upload) -> None:
        """Drop an upload that can never become a blob."""
        async with self._database.write() as work:
            await uploads.drop_upload(work, upload.upload_id)
            await blobs.intend(work, upload.key, to_micros(self._clock.now()))
        self._hashing.forget(upload.upload_id)


def _watched(drain: Drain, spool: Spool, allowance: Allowance) -> Drain:
    """Take a body, and stop it where the upload becomes larger than the project can hold."""

    async def watched(write: Callable[[memoryview], None]) -> int:
        def grow(piece: memoryview) -> None:
            write(piece)
            allowance.watch(spool.offset)

        try:
            return await drain(grow)
        finally:
            await allowance.end()

    return watched


def _check_range(upload: Upload, chunk: Chunk) -> None:
    if chunk.first is None:
        return
    if chunk.first != upload.offset:
        raise RangeOutOfOrder(
            upload.upload_id,
            upload.offset,
            f"the chunk begins at byte {chunk.first}, the upload stands at byte {upload.offset}: "
            "send the chunk that begins there",
        )
    size = (chunk.last if chunk.last is not None else chunk.first) - chunk.first + 1
    if size < 0 or (chunk.length is not None and chunk.length != size):
        raise RangeOutOfOrder(
            upload.upload_id,
            upload.offset,
            f"Content-Range spans {size} bytes but Content-Length is {chunk.length}",
        )


def _check_length(upload: Upload, chunk: Chunk) -> None:
    """A chunked body has no Content-Length that HTTP itself would hold it to."""
    if chunk.last is not None and upload.offset != chunk.last + 1:
        raise BodyCutShort(
            f"Content-Range ends at byte {chunk.last} but the upload now stands at byte {upload.offset}"
        )
