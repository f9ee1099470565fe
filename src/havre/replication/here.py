"""Our own registry as copying uses it: the same use cases as the doors', as the instance itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from havre.kernel.actor import system
from havre.kernel.digest import Digest
from havre.kernel.errors import NotFound, Unavailable
from havre.kernel.names import Reference, RepositoryName
from havre.projects import CreateProject
from havre.projects.errors import ProjectExists
from havre.projects.model import NewProject
from havre.registry import Census, Delete, Finish, Mount, Pull, Push, Referrers, StatBlob, Uploads
from havre.registry.errors import BlobUnknown, ManifestUnknown
from havre.registry.model import BlobContent, ManifestContent
from havre.replication.ports import OpenFile, Source

ACTOR: Final = system("replication")


@dataclass(frozen=True, slots=True)
class Here:
    """The use cases."""

    pull: Pull
    push: Push
    uploads: Uploads
    finish: Finish
    mount: Mount
    stat_blob: StatBlob
    referrers: Referrers
    delete: Delete
    census: Census
    create_project: CreateProject
    open_file: OpenFile

    async def manifest(self, repository: RepositoryName, reference: Reference) -> ManifestContent | None:
        """Read a manifest, uncounted; None when it is not there."""
        try:
            return await self.pull.stat_manifest(ACTOR, repository, reference)
        except NotFound:
            return None

    async def blob(self, repository: RepositoryName, digest: Digest) -> BlobContent | None:
        """Find a blob; None when it is not there."""
        try:
            return await self.pull.blob(ACTOR, repository, digest)
        except NotFound:
            return None

    async def source(self, repository: RepositoryName, digest: Digest) -> Source:
        """Open a blob for sending.

        Raises: BlobUnknown, Unavailable.
        """
        found = await self.pull.blob(ACTOR, repository, digest)
        path = self.pull.path_of(found)
        if path is None:
            raise Unavailable(f"blob {digest} has no file to send from")
        return self.open_file(path, found.size)

    async def has_blob(self, repository: RepositoryName, digest: Digest) -> bool:
        """Tell whether a blob is in a repository, and keep it for who is about to name it."""
        try:
            await self.stat_blob.blob(ACTOR, repository, digest)
        except (BlobUnknown, NotFound):
            return False
        return True

    async def referrers_of(self, repository: RepositoryName, subject: Digest) -> Sequence[Digest]:
        """List the manifests that name a subject, all pages."""
        found: list[Digest] = []
        before: int | None = None
        while True:
            page = await self.referrers.page(ACTOR, repository, subject, None, before)
            found += [Digest.parse(one.digest) for one in page.items]
            if page.next_after is None:
                return found
            before = int(page.next_after)

    async def ensure_project(self, repository: RepositoryName) -> None:
        """Make the project of a repository, private, unless it is there."""
        try:
            await self.create_project.create(ACTOR, NewProject(repository.project, is_public=False))
        except ProjectExists:
            return

    async def delete_reference(self, repository: RepositoryName, reference: Reference) -> bool:
        """Delete a tag or a manifest; False when it was not there.

        Raises: TagImmutable, ManifestInUse.
        """
        try:
            await self.delete.manifest(ACTOR, repository, reference)
        except (ManifestUnknown, NotFound):
            return False
        return True
