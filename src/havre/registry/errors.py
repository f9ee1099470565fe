"""What the registry refuses, as facts. The edge turns them into codes (edge/errors.py)."""

from havre.kernel.digest import Digest
from havre.kernel.errors import (
    Conflict,
    Denied,
    HavreError,
    Invalid,
    NotFound,
    Precondition,
    TooLarge,
    Unsupported,
)
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.registry.model import LimitedProject


class BlobUnknown(NotFound):
    """The repository holds no such blob."""

    def __init__(self, repository: RepositoryName, digest: Digest) -> None:
        super().__init__(f"blob {digest} is not in repository {repository}")
        self.digest = digest


class ManifestUnknown(NotFound):
    """The repository holds no such manifest."""

    def __init__(self, repository: RepositoryName, reference: Reference) -> None:
        super().__init__(f"manifest {reference} is not in repository {repository}")


class ManifestNotAcceptable(NotFound):
    """The tag holds another form of manifest than the client accepts."""

    def __init__(self, reference: Reference, media_type: str) -> None:
        super().__init__(
            f"{reference} is {media_type}, which the Accept header of the request does not list; "
            "use a client that knows it, or pull by digest"
        )


class RepositoryUnknown(NotFound):
    """There is no such repository."""

    def __init__(self, repository: RepositoryName) -> None:
        super().__init__(f"repository {repository} is unknown: nothing was pushed to it yet")


class ProjectMissing(NotFound):
    """A push names a project that does not exist."""

    def __init__(self, repository: RepositoryName) -> None:
        super().__init__(
            f"project {repository.project} does not exist: create it first, or push to library/{repository}"
        )


class RepositoryOutsideProject(Invalid):
    """A push names no project: the name has one component only."""

    def __init__(self, repository: RepositoryName) -> None:
        super().__init__(
            f"repository {repository} is in no project: push to <project>/{repository}, "
            f"for example library/{repository}"
        )


class UploadUnknown(NotFound):
    """No such upload, or it ended or expired."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            f"upload {upload_id[:64]} is unknown: it was finished, cancelled or expired; start a new one"
        )


class UploadBusy(Conflict):
    """Another request writes to the upload now."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            f"upload {upload_id} is being written by another request; try again when it has ended"
        )


class UploadRangeInvalid(Invalid):
    """The Content-Range of a chunk cannot be read."""


class RangeOutOfOrder(Invalid):
    """A chunk does not begin where the upload stands; `offset` is where it does."""

    def __init__(self, upload_id: str, offset: int, message: str) -> None:
        super().__init__(message)
        self.upload_id = upload_id
        self.offset = offset


class BodyCutShort(Invalid):
    """The body ended before it was complete; what arrived is kept and can be resumed."""


class DigestMismatch(Invalid):
    """The bytes hash to something else than the client said; nothing was stored."""

    def __init__(self, claimed: Digest, actual: Digest) -> None:
        super().__init__(
            f"the content has digest {actual}, not {claimed} as stated; nothing was stored, push it again"
        )


class ManifestInvalid(Invalid):
    """The manifest breaks the rules of its format."""


class ManifestTooLarge(TooLarge):
    """The manifest is over the limit that clients assume."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the manifest is larger than {limit_bytes} bytes, the limit for manifests")


class ManifestReferenceUnknown(NotFound):
    """A manifest names blobs or manifests that the repository does not hold."""

    def __init__(self, repository: RepositoryName, missing: list[str]) -> None:
        shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        super().__init__(
            f"repository {repository} does not hold {shown}: push or mount them before the manifest"
        )
        self.missing = missing


class BlobInUse(Precondition):
    """A manifest of the repository still names the blob."""

    def __init__(self, digest: Digest) -> None:
        super().__init__(
            f"blob {digest} is named by a manifest of this repository: delete the manifest first"
        )


class ManifestInUse(Precondition):
    """An index of the repository still names the manifest."""

    def __init__(self, digest: Digest) -> None:
        super().__init__(
            f"manifest {digest} is a child of an index in this repository: delete the index first"
        )


class TagImmutable(Precondition):
    """A rule keeps the tag as it is; the words before the colon are those that Harbor's clients look for."""

    def __init__(self, repository: RepositoryName, tag: str, rule: str) -> None:
        super().__init__(
            f"Failed to process request due to '{repository}:{tag}' configured as immutable: {rule} holds "
            "it; use another tag, or let a maintainer of the project change the rule"
        )


class ProjectIsProxy(Precondition):
    """Nobody pushes to a project that stands in front of another registry."""

    def __init__(self, project: str) -> None:
        super().__init__(
            f"project {project} is a proxy cache: what is in it comes from its registry alone; "
            "push to another project"
        )


class PageSizeInvalid(Invalid):
    """`n` is no number from 0 up."""

    def __init__(self, text: str) -> None:
        super().__init__(f"n={text[:20]!r} is not a whole number from 0 up")


class RangeNotSatisfiable(HavreError):
    """The asked range lies outside the blob; `size_bytes` is how large it is."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"the range lies outside the blob of {size_bytes} bytes")
        self.size_bytes = size_bytes


class TooManyTags(Invalid):
    """A push by digest names more tags than one request may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a push may set at most {limit} tags at once")


class MethodUnsupported(Unsupported):
    """The endpoint exists but not for this method."""


class LabelUnknown(NotFound):
    """There is no such label, or it belongs to another project."""

    def __init__(self, label_id: int) -> None:
        super().__init__(
            f"label {label_id} is unknown here: list the labels of the project or of all projects"
        )


class LabelExists(Conflict):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"label {name} exists already in its scope: choose another name")


class LabelInvalid(Invalid):
    """A label's name, colour or scope breaks its rule."""


class LabelAttached(Conflict):
    """The artifact has the label already."""

    def __init__(self, label_id: int, digest: str) -> None:
        super().__init__(f"artifact {digest} has label {label_id} already")


class TagExists(Conflict):
    """The repository has a tag of this name."""

    def __init__(self, repository: RepositoryName, tag: Tag) -> None:
        super().__init__(f"tag {tag} exists already in repository {repository}: delete it first")


class TagUnknown(NotFound):
    """The artifact has no such tag."""

    def __init__(self, repository: RepositoryName, tag: Tag) -> None:
        super().__init__(f"tag {tag} is not on this artifact of repository {repository}")


class ArtifactTreeTooLarge(Invalid):
    """An artifact with what hangs on it is too much for one change."""

    def __init__(self, digest: str, limit: int) -> None:
        super().__init__(
            f"artifact {digest} has more than {limit} children and accessories: take them one at a time"
        )


class DescriptionTooLong(Invalid):
    """A repository's description is over the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"description of a repository is longer than {limit} characters")


class CopySourceInvalid(Invalid):
    """The text that names the artifact to copy cannot be read."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"from={text[:120]!r} names no artifact: write project/name:tag or project/name@digest"
        )


class AdditionUnknown(NotFound):
    """The artifact has no such addition."""

    def __init__(self, addition: str, kind: str) -> None:
        super().__init__(f"an artifact of type {kind} like this has no {addition[:40]}")


class AdditionTooLarge(TooLarge):
    """What was asked for is too large, or packed too tightly, to be read out of a layer."""

    def __init__(self, what: str, limit_bytes: int) -> None:
        super().__init__(f"{what} is larger than {limit_bytes} bytes: pull the artifact to read it")


class AdditionUnreadable(Invalid):
    """The artifact's content is not what its media type says."""


class IconUnknown(NotFound):
    """There is no icon of this digest."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"icon {digest} is unknown: artifacts name theirs in the field icon")


class CollectionInvalid(Invalid):
    """What a collection is asked for is outside its limits."""


class CollectionRunning(Conflict):
    """One collection waits or runs already: there is one at a time."""

    def __init__(self, number: int) -> None:
        super().__init__(f"collection {number} waits or runs already: wait until it has ended, or stop it")


class QuotaExceeded(Denied):
    """What comes does not fit into the project's quota."""

    def __init__(self, project: LimitedProject, used_bytes: int, more_bytes: int) -> None:
        super().__init__(
            f"project {project.name} holds {used_bytes} of {project.limit_bytes} bytes: {more_bytes} more do "
            "not fit; delete artifacts, or ask an administrator for a higher storage quota",
            project.id,
        )
        self.project = project
        self.used_bytes = used_bytes


class QuotaUnknown(NotFound):
    """No project has this number, so there is no such quota."""

    def __init__(self, number: int) -> None:
        super().__init__(f"quota {number} is unknown: GET /quotas lists them")
