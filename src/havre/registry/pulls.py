"""How manifests and blobs are read: by Pull itself, or by what stands before it and asks or refuses first."""

from collections.abc import AsyncIterator
from typing import Protocol

from havre.kernel.actor import Actor
from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName
from havre.registry.model import BlobContent, ManifestContent


class Pulls(Protocol):
    """As Pull."""

    async def stat_manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Find a manifest without counting it as pulled."""

    async def manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Get a manifest."""

    async def blob(self, actor: Actor, repository: RepositoryName, digest: Digest) -> BlobContent:
        """Find a blob."""

    def path_of(self, blob: BlobContent) -> str | None:
        """Tell the local file of a blob; None where it has none."""

    def read(self, blob: BlobContent, offset: int, count: int) -> AsyncIterator[bytes]:
        """Read a part of a blob."""
