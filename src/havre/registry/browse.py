"""Browse repositories and tags: the read side of Harbor's API and of the portal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.names import Reference, RepositoryName
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.patterns import containing, exactly
from havre.kernel.work import Database, Reader, Value
from havre.registry.counts import Counts
from havre.registry.errors import RepositoryUnknown
from havre.registry.mark_immutable import marked
from havre.registry.model import RepositoryRecord, TagRecord
from havre.registry.ports import TagGate
from havre.registry.store import browse as store
from havre.registry.store import places

_ONE = PageRequest(1, 1).within(1)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of repositories is narrowed to: a name or a part of it; and its order."""

    name: str | None = None
    is_name_exact: bool = False
    order: str = ""


@dataclass(frozen=True, slots=True)
class TagPart:
    """A tag, or a part of one."""

    text: str = ""
    is_exact: bool = False


class Browse:
    """Lists for people who may see them."""

    def __init__(self, database: Database, access: Access, gate: TagGate) -> None:
        self._database = database
        self._access = access
        self._gate = gate
        self._counts = Counts()

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
            items = await store.list_repositories(
                reader, where, parameters, filters.order, page.within(total)
            )
            return NumberedPage(await self._counted(reader, items), total)

    async def _counted(self, reader: Reader, items: Sequence[RepositoryRecord]) -> Sequence[RepositoryRecord]:
        """Fill in how many artifacts each has: counted once for each version, together for those unknown."""
        known = {item.repo_id: self._counts.find(item.repo_id, item.version) for item in items}
        unknown = [item for item in items if known[item.repo_id] is None]
        if unknown:
            found = await store.artifact_counts(reader, [item.repo_id for item in unknown])
            for item in unknown:
                known[item.repo_id] = found.get(item.repo_id, 0)
                self._counts.keep(item.repo_id, item.version, found.get(item.repo_id, 0))
        return [replace(item, artifact_count=known[item.repo_id] or 0) for item in items]

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
        return (await self._counted(reader, found))[0]

    async def tags(
        self, actor: Actor, name: RepositoryName, reference: Reference, part: TagPart, page: PageRequest
    ) -> NumberedPage[TagRecord]:
        """List the tags on an artifact whose name is, or contains, `part`.

        Raises: RepositoryUnknown, ManifestUnknown, and the refusals of Access.
        """
        await self._access.require(actor, "tag", "list", name.project)
        async with self._database.read() as reader:
            artifact = await places.find_artifact(reader, name, reference)
            like = exactly(part.text) if part.is_exact else containing(part.text)
            total = await store.count_tags(reader, artifact, like)
            found = await store.list_tags(reader, artifact, like, page)
            rules = await self._gate.read(reader, artifact.project_id)
            return NumberedPage(await marked(rules, name, found), total)
