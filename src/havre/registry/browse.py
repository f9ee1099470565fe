"""Browse repositories, artifacts and tags: the read side of Harbor's API and of the portal."""

from dataclasses import dataclass
from typing import Literal

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.patterns import containing
from havre.kernel.work import Database, Reader, Value
from havre.registry.errors import ManifestUnknown, RepositoryUnknown
from havre.registry.model import ArtifactRecord, RepositoryRecord, TagRecord
from havre.registry.store import browse as store

_ONE = PageRequest(1, 1)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to: a part of the name, a media type, tagged or not; and its order."""

    name: str | None = None
    is_name_exact: bool = False
    digest: str | None = None
    media_type: str | None = None
    tags: Literal["any", "none", "some"] = "any"
    tag: str | None = None
    order: str = ""


class Browse:
    """Lists for people who may see them."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def repositories(
        self, actor: Actor, project: str | None, filters: Filters, page: PageRequest
    ) -> NumberedPage[RepositoryRecord]:
        """List the repositories of one project, or of every project in sight.

        Raises: the refusals of Access for the project.
        """
        where, parameters = "r.first_pushed_at IS NOT NULL", dict[str, Value]()
        if project is not None:
            standing = await self._access.require(actor, "repository", "list", project)
            where, parameters["project_id"] = f"{where} AND r.project_id = :project_id", standing.id
        else:
            visible = await self._access.visible_projects(actor)
            if visible is not None:
                if not visible:
                    return NumberedPage([], 0)
                where, parameters["visible"] = f"{where} AND r.project_id IN :visible", sorted(visible)
        if filters.name is not None:
            where += " AND r.name = :name" if filters.is_name_exact else " AND r.name LIKE :name ESCAPE '!'"
            parameters["name"] = filters.name if filters.is_name_exact else containing(filters.name)
        async with self._database.read() as reader:
            total = await store.count_repositories(reader, where, parameters)
            items = await store.list_repositories(reader, where, parameters, filters.order, page)
        return NumberedPage(items, total)

    async def repository(self, actor: Actor, name: RepositoryName) -> RepositoryRecord:
        """Get one repository.

        Raises: RepositoryUnknown, and the refusals of Access.
        """
        await self._access.require(actor, "repository", "read", name.project)
        async with self._database.read() as reader:
            return await self._repository(reader, name)

    async def _repository(self, reader: Reader, name: RepositoryName) -> RepositoryRecord:
        found = await store.list_repositories(
            reader, "r.first_pushed_at IS NOT NULL AND r.name = :name", {"name": name.text}, "name", _ONE
        )
        if not found:
            raise RepositoryUnknown(name)
        return found[0]

    async def artifacts(
        self, actor: Actor, name: RepositoryName, filters: Filters, page: PageRequest
    ) -> NumberedPage[ArtifactRecord]:
        """List the artifacts of a repository with tags and children: a fixed number of queries.

        Raises: RepositoryUnknown, and the refusals of Access.
        """
        await self._access.require(actor, "artifact", "list", name.project)
        async with self._database.read() as reader:
            repository = await self._repository(reader, name)
            where, parameters = _artifact_conditions(repository.repo_id, filters)
            total = await store.count_artifacts(reader, where, parameters)
            items = await store.list_artifacts(reader, where, parameters, filters.order, page)
        return NumberedPage(items, total)

    async def artifact(self, actor: Actor, name: RepositoryName, reference: Reference) -> ArtifactRecord:
        """Get one artifact by tag or digest.

        Raises: RepositoryUnknown, ManifestUnknown, and the refusals of Access.
        """
        await self._access.require(actor, "artifact", "read", name.project)
        async with self._database.read() as reader:
            return await self._artifact(reader, name, reference)

    async def _artifact(self, reader: Reader, name: RepositoryName, reference: Reference) -> ArtifactRecord:
        repository = await self._repository(reader, name)
        where = "m.repo_id = :repo_id AND m.digest = :reference"
        if isinstance(reference, Tag):
            where = (
                "m.repo_id = :repo_id AND m.digest = "
                "(SELECT t.digest FROM tag t WHERE t.repo_id = :repo_id AND t.name = :reference)"
            )
        parameters: dict[str, Value] = {"repo_id": repository.repo_id, "reference": str(reference)}
        found = await store.list_artifacts(reader, where, parameters, "", _ONE)
        if not found:
            raise ManifestUnknown(name, reference)
        return found[0]

    async def tags(
        self, actor: Actor, name: RepositoryName, reference: Reference, tag_part: str, page: PageRequest
    ) -> NumberedPage[TagRecord]:
        """List the tags on an artifact that contain `tag_part`.

        Raises: RepositoryUnknown, ManifestUnknown, and the refusals of Access.
        """
        await self._access.require(actor, "tag", "list", name.project)
        async with self._database.read() as reader:
            artifact = await self._artifact(reader, name, reference)
            like = containing(tag_part)
            total = await store.count_tags(reader, artifact, like)
            return NumberedPage(await store.list_tags(reader, artifact, like, page), total)


def _artifact_conditions(repo_id: int, filters: Filters) -> tuple[str, dict[str, Value]]:
    where, parameters = "m.repo_id = :repo_id", dict[str, Value](repo_id=repo_id)
    where = store.top_level(where)
    has_tag = "EXISTS (SELECT 1 FROM tag t WHERE t.repo_id = m.repo_id AND t.digest = m.digest"
    if filters.tags == "none":
        where += f" AND NOT {has_tag})"
    elif filters.tags == "some":
        where += f" AND {has_tag})"
    if filters.tag is not None:
        where += f" AND {has_tag} AND t.name LIKE :tag ESCAPE '!')"
        parameters["tag"] = containing(filters.tag)
    if filters.digest is not None:
        where, parameters["digest"] = f"{where} AND m.digest = :digest", filters.digest
    if filters.media_type is not None:
        where, parameters["media_type"] = f"{where} AND m.media_type = :media_type", filters.media_type
    return where, parameters
