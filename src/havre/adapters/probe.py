"""Asks whether the blob store can be written: what `health` shows."""

from havre.kernel.ids import new_ulid
from havre.registry.ports import BlobStore


class StorageProbe:
    """Opens a spool and deletes it again."""

    def __init__(self, blob_store: BlobStore) -> None:
        self._blobs = blob_store

    async def check(self) -> None:
        """Return when the store takes and drops a key; raises Unavailable otherwise."""
        key = f"uploads/{new_ulid()}"
        spool = await self._blobs.open_spool(key)
        await spool.close()
        await self._blobs.delete([key])
