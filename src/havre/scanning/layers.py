"""The records of an image's layers: read from our own storage, each once, and kept by digest."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from havre.jobs import JobContext
from havre.jobs.errors import JobStopped, WillNotSucceed
from havre.kernel.actor import system
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.errors import HavreError, NotFound
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry import Pull, RefKind, parse_manifest
from havre.registry.model import ManifestContent
from havre.scanning import store
from havre.scanning.record import LayerRecord

_ACTOR: Final = system("scanner")


class ReadLayer(Protocol):
    """Reads a layer that is a file, in a process of its own."""

    def __call__(self, path: str, size: int) -> LayerRecord:
        """Read it, blocking; whatever goes wrong is a fault of the record."""


class Layers:
    """Reads layers for the jobs that need what is in them, so many at once in this process."""

    def __init__(
        self, database: Database, clock: Clock, pull: Pull, read_layer: ReadLayer, at_once: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._pull = pull
        self._read_layer = read_layer
        self._room = asyncio.Semaphore(at_once)

    async def manifest(self, repository: RepositoryName, digest: Digest) -> ManifestContent:
        """Read the manifest of an image. Raises: WillNotSucceed when it is gone."""
        try:
            return await self._pull.stat_manifest(_ACTOR, repository, digest)
        except NotFound as error:
            raise WillNotSucceed(str(error)) from error

    async def records(
        self, job: JobContext, repository: RepositoryName, digest: Digest
    ) -> Sequence[LayerRecord]:
        """Read what the layers of an image say, the lowest first.

        Raises: WillNotSucceed, JobStopped between two layers.
        """
        content = await self.manifest(repository, digest)
        parsed = parse_manifest(content.body, content.media_type)
        layers = [ref.digest for ref in parsed.refs if ref.kind is RefKind.LAYER]
        done = 0

        async def read(layer: Digest) -> LayerRecord:
            nonlocal done
            async with self._room:
                job.raise_if_stopped()
                record = await self._layer(job, repository, layer)
            done += 1
            job.progress(f"{done} of {len(layers)} layers")
            return record

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(read(layer)) for layer in layers]
        except* (HavreError, JobStopped) as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _layer(self, job: JobContext, repository: RepositoryName, layer: Digest) -> LayerRecord:
        async with self._database.read() as reader:
            known = await store.layer_record(reader, str(layer))
        if known is not None:
            job.log(f"layer {layer}: known")
            return known
        try:
            blob = await self._pull.blob(_ACTOR, repository, layer)
        except NotFound:
            return LayerRecord(faults=[f"the layer {layer} is not here"])
        path = self._pull.path_of(blob)
        if path is None:
            return LayerRecord(faults=["layers of a store without files are not read yet"])
        record = await asyncio.to_thread(self._read_layer, path, blob.size)
        job.log(f"layer {layer}: {record.entries} entries, {len(record.faults)} faults")
        if not record.faults:  # what failed is tried again by the next scan
            async with self._database.write() as work:
                await store.keep_record(work, str(layer), record, to_micros(self._clock.now()))
        return record
