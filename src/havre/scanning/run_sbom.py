"""Make the SBOMs of one image and put them beside it, as its referrers: SPDX and CycloneDX.

The same image gives the same documents and the same manifests, so doing it again adds nothing.

Order, for a crash: blobs -> manifests (the registry's own transactions) -> the row and the job's success.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from havre.jobs import JobContext
from havre.jobs.errors import JobStopped, WillNotSucceed
from havre.kernel.actor import system
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.errors import HavreError
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry import Chunk, Finish, ManifestUpload, Push, StatBlob, Uploads
from havre.registry.errors import BlobUnknown
from havre.registry.formats.media_types import OCI_MANIFEST
from havre.registry.model import ManifestContent
from havre.scanning import sbom_store
from havre.scanning.layers import Layers
from havre.scanning.record import merge
from havre.scanning.sbom import CYCLONEDX, SPDX, Document, cyclonedx_of, spdx_of
from havre.scanning.sbom_store import SbomRow

SBOM_KIND: Final = "SBOM"  # Harbor's vendor type
_ACTOR: Final = system("scanner")
_EMPTY: Final = b"{}"
_HARBOR: Final = "application/vnd.goharbor.harbor.sbom.v1"  # by which its clients know an SBOM
_EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"


@dataclass(frozen=True, slots=True)
class Deposit:
    """The registry's use cases by which something is put into it."""

    stat_blob: StatBlob
    uploads: Uploads
    finish: Finish
    push: Push

    async def blob(self, repository: RepositoryName, content: bytes) -> Digest:
        """Put a blob there unless it is there."""
        digest = Digest("sha256", hashlib.sha256(content).hexdigest())
        try:
            await self.stat_blob.blob(_ACTOR, repository, digest)
        except BlobUnknown:
            upload = await self.uploads.start(_ACTOR, repository)
            chunk = Chunk(_draining(content), length=len(content))
            await self.finish.upload(_ACTOR, repository, upload.upload_id, digest, chunk)
        return digest

    async def manifest(self, repository: RepositoryName, document: Document) -> str:
        """Put a manifest there and name it by its digest."""
        body = msgspec.json.encode(document)
        digest = Digest("sha256", hashlib.sha256(body).hexdigest())
        pushed = await self.push.manifest(_ACTOR, repository, ManifestUpload(body, OCI_MANIFEST, digest))
        return str(pushed.digest)


class RunSbom:
    """The job of one image."""

    def __init__(self, database: Database, clock: Clock, layers: Layers, deposit: Deposit) -> None:
        self._database = database
        self._clock = clock
        self._layers = layers
        self._deposit = deposit

    async def run(self, job: JobContext) -> None:
        """Make them; what could not be read wholly gets none, for it would tell less than is there."""
        repository, digest = RepositoryName.parse(job.text("repository")), Digest.parse(job.text("digest"))
        row = await self._begin(job, str(digest))
        try:
            made = await self._make(job, repository, digest)
        except (HavreError, JobStopped) as error:
            await self._fail(job, row, error)
            raise
        done = replace(row, status="success", sbom_digest=made, ended_at=to_micros(self._clock.now()))
        async with job.finish() as work:
            await sbom_store.put(work, done)

    async def _begin(self, job: JobContext, digest: str) -> SbomRow:
        row = SbomRow(
            digest=digest,
            report_id=job.text("report_id"),
            status="running",
            execution_id=job.execution_id or 0,
            job_id=job.id,
            started_at=to_micros(self._clock.now()),
        )
        async with self._database.write() as work:
            await job.fence(work)
            await sbom_store.put(work, row)
        return row

    async def _make(self, job: JobContext, repository: RepositoryName, digest: Digest) -> str:
        subject = await self._layers.manifest(repository, digest)
        inventory = merge(await self._layers.records(job, repository, digest))
        if inventory.faults:
            raise WillNotSucceed("parts of the image cannot be read: " + "; ".join(inventory.faults[:5]))
        name = f"image@{digest}"
        spdx, cyclonedx = await asyncio.to_thread(
            lambda: (
                msgspec.json.encode(spdx_of(name, str(digest), inventory)),
                msgspec.json.encode(cyclonedx_of(name, str(digest), inventory)),
            )
        )
        job.raise_if_stopped()
        await self._put(repository, subject, CYCLONEDX, _EMPTY_TYPE, cyclonedx)
        made = await self._put(repository, subject, SPDX, _HARBOR, spdx)  # last: the newest is what is shown
        job.log(f"{len(inventory.packages)} packages; SPDX is {made}")
        return made

    async def _put(
        self,
        repository: RepositoryName,
        subject: ManifestContent,
        media_type: str,
        config_type: str,
        content: bytes,
    ) -> str:
        config, layer = (
            await self._deposit.blob(repository, _EMPTY),
            await self._deposit.blob(repository, content),
        )
        return await self._deposit.manifest(
            repository,
            {
                "schemaVersion": 2,
                "mediaType": OCI_MANIFEST,
                "artifactType": media_type,
                "config": {"mediaType": config_type, "digest": str(config), "size": len(_EMPTY)},
                "layers": [{"mediaType": media_type, "digest": str(layer), "size": len(content)}],
                "subject": {
                    "mediaType": subject.media_type,
                    "digest": subject.digest,
                    "size": len(subject.body),
                },
            },
        )

    async def _fail(self, job: JobContext, row: SbomRow, error: BaseException) -> None:
        status = "stopped" if isinstance(error, JobStopped) else "error"
        job.log(f"no SBOM was made: {error}")
        async with self._database.write() as work:
            kept = await job.save(work)
            await sbom_store.put(work, replace(row, status=status, ended_at=to_micros(self._clock.now())))
        job.saved(kept)


def _draining(content: bytes) -> Callable[[Callable[[memoryview], None]], Awaitable[int]]:
    async def drain(write: Callable[[memoryview], None]) -> int:
        await asyncio.to_thread(write, memoryview(content))
        return len(content)

    return drain
