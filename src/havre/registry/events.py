"""What the registry announces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from havre.kernel.events import Event, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryCreated(Event):
    """The first push brought a repository into being."""

    name: ClassVar[str] = "repository.created"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryUpdated(Event):
    """A repository's description changed."""

    name: ClassVar[str] = "repository.updated"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "repository"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryDeleted(Event):
    """A repository went, with everything in it."""

    name: ClassVar[str] = "repository.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "repository"
    artifacts: int

    def facts(self) -> Mapping[str, Fact]:
        """How many manifests went with it."""
        return {"artifacts": self.artifacts}


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRepository(Event):
    repository: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobPushed(_OfRepository):
    """A blob's bytes were uploaded."""

    name: ClassVar[str] = "blob.pushed"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "blob"
    size_bytes: int

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest and the size."""
        return {"repository": self.repository, "digest": self.digest, "size": self.size_bytes}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobMounted(_OfRepository):
    """A blob of another repository was linked here."""

    name: ClassVar[str] = "blob.mounted"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "blob"
    source: str

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest and where it came from."""
        return {"repository": self.repository, "digest": self.digest, "from": self.source}


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobDeleted(_OfRepository):
    """A repository let go of a blob."""

    name: ClassVar[str] = "blob.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "blob"

    def facts(self) -> Mapping[str, Fact]:
        """The repository and the digest."""
        return {"repository": self.repository, "digest": self.digest}


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestPushed(_OfRepository):
    """A manifest was stored, or stored again under more tags."""

    name: ClassVar[str] = "manifest.pushed"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "artifact"
    media_type: str
    tags: tuple[str, ...] = ()

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest, the media type and the tags set."""
        return {
            "repository": self.repository,
            "digest": self.digest,
            "media_type": self.media_type,
            "tags": self.tags,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestCopied(_OfRepository):
    """A manifest of another repository was copied here, with what hangs on it."""

    name: ClassVar[str] = "manifest.copied"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "artifact"
    source: str
    tags: tuple[str, ...] = ()

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest, where it came from and the tags set."""
        return {
            "repository": self.repository,
            "digest": self.digest,
            "from": self.source,
            "tags": self.tags,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestPulled(_OfRepository):
    """Somebody got a manifest; buffered."""

    name: ClassVar[str] = "manifest.pulled"
    operation: ClassVar[str] = "pull"
    resource_type: ClassVar[str] = "artifact"
    is_buffered: ClassVar[bool] = True
    tag: str | None = None

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest and the tag asked for."""
        return {"repository": self.repository, "digest": self.digest, "tag": self.tag}


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestDeleted(_OfRepository):
    """A manifest went, with every tag on it."""

    name: ClassVar[str] = "manifest.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "artifact"
    tags: tuple[str, ...] = ()

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest and the tags that went with it."""
        return {"repository": self.repository, "digest": self.digest, "tags": self.tags}


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestCollected(_OfRepository):
    """The collector took a manifest that nothing held any more."""

    name: ClassVar[str] = "manifest.collected"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "artifact"
    reason: str

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest and why it went."""
        return {"repository": self.repository, "digest": self.digest, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionScheduled(Event):
    """A collection was ordered, scheduled or no longer scheduled; the changes tell how."""

    name: ClassVar[str] = "collection.scheduled"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "collection"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionStopped(Event):
    """Somebody asked a collection to stop; the resource is its number."""

    name: ClassVar[str] = "collection.stopped"
    operation: ClassVar[str] = "stop"
    resource_type: ClassVar[str] = "collection"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionStarted(Event):
    """A collection began; the resource is its number, or `command line`."""

    name: ClassVar[str] = "collection.started"
    operation: ClassVar[str] = "start"
    resource_type: ClassVar[str] = "collection"
    untagged: bool
    is_dry_run: bool

    def facts(self) -> Mapping[str, Fact]:
        """How far it goes."""
        return {"untagged": self.untagged, "dry_run": self.is_dry_run}


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionFinished(Event):
    """A collection ended: it was through, or somebody stopped it before."""

    name: ClassVar[str] = "collection.finished"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "collection"
    blobs: int
    manifests: int
    freed_bytes: int
    is_dry_run: bool
    is_stopped: bool

    def facts(self) -> Mapping[str, Fact]:
        """What went, or would have gone."""
        return {
            "blobs": self.blobs,
            "manifests": self.manifests,
            "freed_bytes": self.freed_bytes,
            "dry_run": self.is_dry_run,
            "stopped": self.is_stopped,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMoved(_OfRepository):
    """A tag now names another manifest than before."""

    name: ClassVar[str] = "tag.moved"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "tag"
    tag: str
    previous: str

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the tag, the digest now and before."""
        return {
            "repository": self.repository,
            "tag": self.tag,
            "digest": self.digest,
            "previous": self.previous,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCreated(_OfRepository):
    """Somebody gave a manifest another tag without a push."""

    name: ClassVar[str] = "tag.created"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "tag"
    tag: str

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the tag and the digest it names."""
        return {"repository": self.repository, "tag": self.tag, "digest": self.digest}


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDeleted(_OfRepository):
    """A tag went; its manifest stays."""

    name: ClassVar[str] = "tag.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "tag"
    tag: str

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the tag and the digest it named."""
        return {"repository": self.repository, "tag": self.tag, "digest": self.digest}


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadCancelled(Event):
    """A client gave an upload up."""

    name: ClassVar[str] = "upload.cancelled"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfLabel(Event):
    label_id: int

    def facts(self) -> Mapping[str, Fact]:
        """The label's number; the names are in the changes."""
        return {"label_id": self.label_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCreated(_OfLabel):
    """A label came into being."""

    name: ClassVar[str] = "label.created"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "label"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelUpdated(_OfLabel):
    """A label's name, description or colour changed."""

    name: ClassVar[str] = "label.updated"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "label"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDeleted(_OfLabel):
    """A label went, off every artifact."""

    name: ClassVar[str] = "label.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "label"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfArtifactLabel(Event):
    label_id: int
    label: str

    def facts(self) -> Mapping[str, Fact]:
        """The label."""
        return {"label_id": self.label_id, "label": self.label}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactLabelAdded(_OfArtifactLabel):
    """An artifact got a label."""

    name: ClassVar[str] = "artifact_label.added"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "artifact_label"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactLabelRemoved(_OfArtifactLabel):
    """An artifact lost a label."""

    name: ClassVar[str] = "artifact_label.removed"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "artifact_label"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUpdated(Event):
    """A project got another limit."""

    name: ClassVar[str] = "quota.updated"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "quota"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfUse(Event):
    used_bytes: int
    limit_bytes: int

    def facts(self) -> Mapping[str, Fact]:
        """What the project holds, and what it may."""
        return {"used_bytes": self.used_bytes, "limit_bytes": self.limit_bytes}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaWarned(_OfUse):
    """A project became nearly full."""

    name: ClassVar[str] = "quota.warned"
    operation: ClassVar[str] = "warn"
    resource_type: ClassVar[str] = "quota"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaRefused(_OfUse):
    """Something did not fit into a project; the first of a row of refusals."""

    name: ClassVar[str] = "quota.exceeded"
    operation: ClassVar[str] = "deny"
    resource_type: ClassVar[str] = "quota"
