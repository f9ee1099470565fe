"""Pull: find a manifest or a blob for a caller who may read it."""

from collections.abc import AsyncIterator

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.digest import Digest
from havre.kernel.events import Journal
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Database
from havre.registry.errors import BlobUnknown, ManifestUnknown
from havre.registry.events import ManifestPulled
from havre.registry.model import BlobContent, ManifestContent
from havre.registry.ports import BlobStore
from havre.registry.store import blobs, manifests


class Pull:
    """Reads for `docker pull`; one database read each, no write."""

    def __init__(self, database: Database, blob_store: BlobStore, access: Access, journal: Journal) -> None:
        self._database = database
        self._blobs = blob_store
        self._access = access
        self._journal = journal

    async def stat_manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Find a manifest without counting it as pulled (HEAD).

        Raises: ManifestUnknown, and the refusals of Access.
        Source: OCI distribution-spec v1.1, "Pulling manifests".
        """
        found, _ = await self._find(actor, repository, reference)
        return found

    async def manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Get a manifest, byte for byte as pushed; the pull reaches the journal within a second.

        Raises: ManifestUnknown, and the refusals of Access.
        """
        found, project_id = await self._find(actor, repository, reference)
        is_tag = isinstance(reference, Tag)
        self._journal.note(
            ManifestPulled(
                actor=actor,
                resource=f"{repository.text}{':' if is_tag else '@'}{reference}",
                project_id=project_id,
                repository=repository.text,
                digest=found.digest,
                tag=str(reference) if is_tag else None,
            )
        )
        return found

    async def _find(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> tuple[ManifestContent, int]:
        await self._access.require_repository(actor, repository, "pull")
        found = await manifests.find_manifest(self._database, repository, reference)
        if found is None:
            raise ManifestUnknown(repository, reference)
        return found

    async def blob(self, actor: Actor, repository: RepositoryName, digest: Digest) -> BlobContent:
        """Find a blob of the repository.

        Raises: BlobUnknown, and the refusals of Access.
        Source: OCI distribution-spec v1.1, "Pulling blobs".
        """
        await self._access.require_repository(actor, repository, "pull")
        found = await blobs.find_blob(self._database, repository, digest)
        if found is None:
            raise BlobUnknown(repository, digest)
        return found

    def path_of(self, blob: BlobContent) -> str | None:
        """Tell the local file of a blob that was found, for sendfile; None where it has none."""
        return self._blobs.path_of(blob.key)

    def read(self, blob: BlobContent, offset: int, count: int) -> AsyncIterator[bytes]:
        """Read a part of a blob that was found."""
        return self._blobs.read(blob.key, offset, count)
