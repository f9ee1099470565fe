"""Where an artifact is: the numbers that a repository's name and a reference stand for."""

from dataclasses import dataclass

from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Reader, Work
from havre.registry.errors import ManifestUnknown, RepositoryUnknown
from havre.registry.store import repositories


@dataclass(frozen=True, slots=True)
class ArtifactPlace:
    """The numbers of one artifact."""

    project_id: int
    repo_id: int
    manifest_id: int
    digest: str


@dataclass(frozen=True, slots=True)
class RepositoryPlace:
    """The numbers of one repository; `version` rises with each change of its content."""

    project_id: int
    repo_id: int
    version: int


async def find_repository(reader: Reader, repository: RepositoryName) -> RepositoryPlace:
    """Find a repository that somebody pushed to (unique key).

    Raises: RepositoryUnknown.
    """
    found = await reader.first(
        "SELECT id, project_id, version FROM repository WHERE name = :name AND first_pushed_at IS NOT NULL",
        {"name": repository.text},
    )
    if found is None:
        raise RepositoryUnknown(repository)
    return RepositoryPlace(found.project_id, found.id, found.version)


async def lock_repository(work: Work, repository: RepositoryName) -> RepositoryPlace:
    """Find a repository that somebody pushed to, locked as by `repositories.lock`.

    Raises: RepositoryUnknown.
    """
    await repositories.lock(work, repository)
    return await find_repository(work, repository)


async def lock_artifact(work: Work, repository: RepositoryName, reference: Reference) -> ArtifactPlace:
    """Find an artifact in its repository, locked as by `repositories.lock`.

    Raises: RepositoryUnknown, ManifestUnknown.
    """
    await repositories.lock(work, repository)
    return await find_artifact(work, repository, reference)


async def find_artifact(reader: Reader, repository: RepositoryName, reference: Reference) -> ArtifactPlace:
    """Find an artifact by tag or digest (unique keys only).

    Raises: RepositoryUnknown, ManifestUnknown.
    """
    found = await find_repository(reader, repository)
    by_tag = "(SELECT t.digest FROM tag t WHERE t.repo_id = :repo_id AND t.name = :reference)"
    digest = by_tag if isinstance(reference, Tag) else ":reference"
    row = await reader.first(
        f"SELECT m.id, m.digest FROM manifest m WHERE m.repo_id = :repo_id AND m.digest = {digest}",  # noqa: S608 - fixed parts
        {"repo_id": found.repo_id, "reference": str(reference)},
    )
    if row is None:
        raise ManifestUnknown(repository, reference)
    return ArtifactPlace(found.project_id, found.repo_id, row.id, row.digest)
