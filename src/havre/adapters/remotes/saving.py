"""Blobs of other registries as files, their digests proved."""

import hashlib
from pathlib import Path

from havre.kernel.digest import Digest
from havre.replication.errors import RemoteFailed
from havre.replication.ports import BlobPart, Remote


async def save_blob(remote: Remote, repository: str, digest: Digest, size: int, target: Path) -> None:
    """Write a blob into a file; it has as many bytes as was said of it.

    Raises: RemoteFailed.
    """
    hasher, left = hashlib.new(digest.algorithm), size
    with target.open("wb") as stream:

        def take(piece: memoryview) -> None:
            nonlocal left
            left -= len(piece)
            if left < 0:
                raise RemoteFailed(f"{digest} has more bytes than its manifest says")
            hasher.update(piece)
            stream.write(piece)

        await remote.read_blob(BlobPart(repository, digest), take, None)
    if left or hasher.hexdigest() != digest.hex:
        raise RemoteFailed(f"the bytes of {digest} are others than its manifest says")
