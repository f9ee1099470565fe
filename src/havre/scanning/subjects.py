"""What is scanned of an artifact: itself when it is an image, or the images of an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from havre.access import Access
from havre.kernel.actor import system
from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName
from havre.registry import ParsedManifest, Pull, RefKind, kind_of, parse_manifest
from havre.registry.errors import ManifestUnknown
from havre.scanning.errors import NotScannable

_ACTOR: Final = system("scanner")
_CHILDREN: Final = 100  # images of an index


@dataclass(frozen=True, slots=True)
class Subject:
    """An artifact, and the images that are scanned of it: itself, or those of an index."""

    project_id: int
    digest: str
    images: Sequence[str]

    @property
    def is_index(self) -> bool:
        """Whether the images are another artifact's."""
        return self.images != [self.digest]


class Subjects:
    """Finds them."""

    def __init__(self, access: Access, pull: Pull) -> None:
        self._access = access
        self._pull = pull

    async def scannable(self, project_id: int, repository: RepositoryName, reference: Reference) -> Subject:
        """Find an artifact with its images.

        Raises: ManifestUnknown, NotScannable.
        """
        subject = await self.look(project_id, repository, reference)
        if not subject.images:
            raise NotScannable(
                f"{repository}@{subject.digest} is no image: only images, and indexes of them, are scanned"
            )
        return subject

    async def look(self, project_id: int, repository: RepositoryName, reference: Reference) -> Subject:
        """Find an artifact with its images, if it has any.

        Raises: ManifestUnknown.
        """
        content = await self._pull.stat_manifest(_ACTOR, repository, reference)
        parsed = parse_manifest(content.body, content.media_type)
        children = [ref.digest for ref in parsed.refs if ref.kind is RefKind.MANIFEST]
        if not children:
            return Subject(project_id, content.digest, [content.digest] if _is_image(parsed) else [])
        images = [str(one) for one in children[:_CHILDREN] if await self._has_image(repository, one)]
        return Subject(project_id, content.digest, images)

    async def _has_image(self, repository: RepositoryName, digest: Digest) -> bool:
        try:
            content = await self._pull.stat_manifest(_ACTOR, repository, digest)
        except ManifestUnknown:
            return False
        return _is_image(parse_manifest(content.body, content.media_type))


def _is_image(parsed: ParsedManifest) -> bool:
    """Tell whether a manifest is an image's; a signature has the config of one, but no file system."""
    layers = [ref.media_type for ref in parsed.refs if ref.kind is RefKind.LAYER]
    return kind_of(parsed) == "IMAGE" and (not layers or any("tar" in one for one in layers))
