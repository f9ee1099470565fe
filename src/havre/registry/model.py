"""The registry's nouns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName


@dataclass(frozen=True, slots=True)
class Upload:
    """A blob on its way in; `offset` counts the bytes acknowledged.

    started ──append──▶ growing ──finish──▶ blob
       └──────────────────┴──cancel / expire──▶ gone
    """

    upload_id: str
    repository: RepositoryName
    repo_id: int
    project_id: int
    key: str
    algorithm: str
    offset: int
    digest_so_far: Digest | None
    done_digest: Digest | None


@dataclass(frozen=True, slots=True)
class BlobContent:
    """Where a blob's bytes are."""

    digest: Digest
    key: str
    size: int


@dataclass(frozen=True, slots=True)
class ManifestContent:
    """A stored manifest, byte for byte as it was pushed."""

    digest: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class PushedManifest:
    """What a push of a manifest led to."""

    digest: Digest
    subject: Digest | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Referrer:
    """A descriptor of a manifest that names a subject."""

    media_type: str
    digest: str
    size: int
    artifact_type: str | None
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RepositoryRecord:
    """A repository as lists show it; `version` rises with each change of its content."""

    repo_id: int
    project_id: int
    name: str
    description: str
    artifact_count: int
    version: int
    pull_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class TagRecord:
    """A tag as lists show it."""

    tag_id: int
    repo_id: int
    artifact_id: int
    name: str
    pushed_at: datetime
    pulled_at: datetime | None
    is_immutable: bool = False


@dataclass(frozen=True, slots=True)
class ChildRecord:
    """A child of an index as lists show it."""

    parent_digest: str
    child_id: int | None
    child_digest: str
    platform: Mapping[str, object]
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Label:
    """A word with a colour that people put on artifacts; of one project, or of all when it names none."""

    label_id: int
    project_id: int | None
    name: str
    description: str
    color: str
    created_at: datetime
    updated_at: datetime

    @property
    def scope(self) -> str:
        """Harbor's letter: g of all projects, p of one."""
        return "g" if self.project_id is None else "p"


@dataclass(frozen=True, slots=True)
class AccessoryRecord:
    """A manifest that signs or describes another."""

    accessory_id: int
    artifact_id: int
    digest: str
    kind: str
    size: int
    subject_id: int
    subject_digest: str
    repository: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ArtifactRecord:
    """A manifest as Harbor's API shows it; what hangs on it is filled as far as it was asked for.

    `attributes` is JSON of what its config says, None when nobody has looked into it yet; `overviews` is JSON
    by MIME type.
    """

    artifact_id: int
    repo_id: int
    project_id: int
    repository: str
    digest: str
    media_type: str
    artifact_type: str | None
    config_media_type: str | None
    kind: str
    size: int
    annotations: Mapping[str, str]
    attributes: str | None
    pushed_at: datetime
    pulled_at: datetime | None
    tags: Sequence[TagRecord] = ()
    children: Sequence[ChildRecord] = ()
    labels: Sequence[Label] = ()
    accessories: Sequence[AccessoryRecord] = ()
    inherited: Sequence[AccessoryRecord] = ()
    overviews: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundRepository:
    """A repository that a search found, with its project."""

    project_id: int
    project: str
    is_public: bool
    name: str
    pull_count: int
    artifact_count: int


@dataclass(frozen=True, slots=True)
class LimitedProject:
    """A project with a limit, as a push sees it; `told`: 0 nothing, 1 nearly full, 2 a push was refused."""

    id: int
    name: str
    limit_bytes: int
    told: int


@dataclass(frozen=True, slots=True)
class ProjectQuota:
    """What a project may hold and what it does; its number is the project's. -1 is no limit."""

    project_id: int
    project: str
    owner: str
    limit_bytes: int
    used_bytes: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class QuotaFilter:
    """Which quotas a list is asked for, in which order: hard.storage or used.storage, - for falling."""

    project_id: int | None = None
    sort: str = ""


@dataclass(frozen=True, slots=True)
class CensusRepository:
    """A repository that rules look at; `version` rises with each change of its content."""

    repo_id: int
    project_id: int
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class CensusTag:
    """A tag as rules look at it; moments are microseconds since 1970: there are very many."""

    tag_id: int
    name: str
    pushed_at: int
    pulled_at: int | None


@dataclass(frozen=True, slots=True)
class CensusAccessory:
    """A manifest that signs or describes another, with the tags by which older clients find it."""

    digest: str
    subject: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CensusArtifact:
    """An artifact that stands in lists by itself, as rules look at it; `parents` are the indexes it is in."""

    manifest_id: int
    digest: str
    kind: str
    pushed_at: int
    pulled_at: int | None
    tags: tuple[CensusTag, ...] = ()
    labels: frozenset[str] = frozenset()
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retirement:
    """An artifact that rules let go, with the tags that go; a tag that was set again since then stays.

    `is_whole` takes the artifact with all that hangs on it, and only as it was judged: with a tag that came
    since, nothing goes. Otherwise the tags go, and the artifact when none is left.
    """

    artifact: CensusArtifact
    tags: tuple[CensusTag, ...]
    is_whole: bool


class RetireOutcome(StrEnum):
    """What came of a retirement."""

    DELETED = "deleted"
    UNTAGGED = "untagged"  # tags went, others or an index hold the artifact
    CHANGED = "changed"  # somebody pushed or tagged meanwhile: it stays for the next look
    HELD = "held"  # an index lists it
    IMMUTABLE = "immutable"  # a rule keeps its tags as they are
    GONE = "gone"  # somebody was quicker
