"""Read artifacts: the lists of a repository and of a project, one artifact, its accessories.

A list is a fixed number of queries whatever its length: where, version, (count,) page, and one for each kind
of thing that is asked for with it. No blob is read, except that manifests from before there were facts are
looked into, some at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.errors import HavreError
from havre.kernel.names import Reference, RepositoryName
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database, Reader, Value
from havre.registry.artifact_filters import ArtifactFilters, Conditions, conditions
from havre.registry.counts import Counts
from havre.registry.describe import Describe
from havre.registry.mark_immutable import marked
from havre.registry.model import AccessoryRecord, ArtifactRecord, TagRecord
from havre.registry.ports import ScanOverviews, TagGate
from havre.registry.store import artifacts as store
from havre.registry.store import labels, places

_ONE: Final = PageRequest(1, 1).within(1)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown with each artifact; `mimes` are the reports whose overviews are wanted."""

    tags: bool = True
    immutable: bool = False
    labels: bool = False
    accessories: bool = False
    inherited: bool = False
    mimes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArtifactQuery:
    """Which artifacts, in which order, with what beside them."""

    filters: ArtifactFilters
    order: str = ""
    shown: Shown = Shown()


class Artifacts:
    """Lists for people who may see them."""

    def __init__(
        self,
        database: Database,
        access: Access,
        describe: Describe,
        overviews: ScanOverviews,
        gate: TagGate,
    ) -> None:
        self._database = database
        self._access = access
        self._describe = describe
        self._overviews = overviews
        self._gate = gate
        self._counts = Counts()

    async def of_repository(
        self, actor: Actor, name: RepositoryName, query: ArtifactQuery, page: PageRequest
    ) -> NumberedPage[ArtifactRecord]:
        """List the artifacts of a repository.

        Raises: RepositoryUnknown, and the refusals of Access.
        """
        await self._access.require(actor, "artifact", "list", name.project)
        async with self._database.read() as reader:
            repository = await places.find_repository(reader, name)
            where = conditions("repo_id", repository.repo_id, query.filters)
            version = ("repository", repository.repo_id, repository.version)
            found = await self._page(reader, where, version, query, page)
        return await self._described(found)

    async def of_project(
        self, actor: Actor, project: str | int, query: ArtifactQuery, page: PageRequest
    ) -> NumberedPage[ArtifactRecord]:
        """List the artifacts of every repository of a project.

        Raises: ProjectUnknown, and the refusals of Access.
        """
        standing = await self._access.require(actor, "artifact", "list", project)
        async with self._database.read() as reader:
            where = conditions("project_id", standing.id, query.filters)
            version = ("project", standing.id, await store.version_of_project(reader, standing.id))
            found = await self._page(reader, where, version, query, page)
        return await self._described(found)

    async def _page(
        self,
        reader: Reader,
        where: Conditions,
        version: tuple[str, int, object],
        query: ArtifactQuery,
        page: PageRequest,
    ) -> NumberedPage[ArtifactRecord]:
        total = await self._count(reader, where, version)
        items = await store.list_artifacts(
            reader, where.where, where.parameters, query.order, page.within(total)
        )
        return NumberedPage(await self._dressed(reader, items, query.shown), total)

    async def _count(self, reader: Reader, where: Conditions, version: tuple[str, int, object]) -> int:
        key = (version[:2], where.where, tuple(sorted(where.parameters.items(), key=_by_name)))
        known = self._counts.find(key, version[2]) if where.is_countable else None
        if known is None:
            known = await store.count_artifacts(reader, where.where, where.parameters)
            if where.is_countable:
                self._counts.keep(key, version[2], known)
        return known

    async def _dressed(
        self, reader: Reader, items: Sequence[ArtifactRecord], shown: Shown
    ) -> Sequence[ArtifactRecord]:
        if not items:
            return items
        ids = [item.artifact_id for item in items]
        digests = [item.digest for item in items]
        tags = await self._tags(reader, items, shown) if shown.tags else {}
        children = await store.children_of(reader, ids)
        worn = await labels.labels_of(reader, ids) if shown.labels else {}
        accessories = await store.accessories_of(reader, ids) if shown.accessories else {}
        inherited = await store.inherited_accessories(reader, ids) if shown.inherited else {}
        overviews = await self._overviews.of(reader, digests, shown.mimes) if shown.mimes else {}
        return [
            replace(
                item,
                tags=tags.get(item.artifact_id, ()),
                children=children.get(item.artifact_id, ()),
                labels=worn.get(item.artifact_id, ()),
                accessories=accessories.get(item.artifact_id, ()),
                inherited=inherited.get(item.artifact_id, ()),
                overviews=overviews.get(item.digest, {}),
            )
            for item in items
        ]

    async def _tags(
        self, reader: Reader, items: Sequence[ArtifactRecord], shown: Shown
    ) -> Mapping[int, Sequence[TagRecord]]:
        found = await store.tags_of(reader, [item.artifact_id for item in items])
        if not shown.immutable:
            return found
        rules = await self._gate.read(reader, items[0].project_id)  # a list is of one project
        return {
            item.artifact_id: await marked(rules, RepositoryName(item.repository), found[item.artifact_id])
            for item in items
            if item.artifact_id in found
        }

    async def _described(self, page: NumberedPage[ArtifactRecord]) -> NumberedPage[ArtifactRecord]:
        """Look into the configs of what was stored before there were facts, for the next who asks."""
        ids = [item.artifact_id for item in page.items if item.attributes is None]
        if ids:
            async with self._database.read() as reader:
                wanted = await store.undescribed(reader, ids)
            try:
                await self._describe.missing(wanted)
            except HavreError:  # nothing can be written now: the list is shown as it is
                return page
        return page

    async def get(
        self, actor: Actor, name: RepositoryName, reference: Reference, shown: Shown
    ) -> ArtifactRecord:
        """Get one artifact by tag or digest.

        Raises: RepositoryUnknown, ManifestUnknown, and the refusals of Access.
        """
        await self._access.require(actor, "artifact", "read", name.project)
        async with self._database.read() as reader:
            [found] = await self._dressed(reader, [await self._find(reader, name, reference)], shown)
        await self._described(NumberedPage([found], 1))
        return found

    async def accessories(
        self,
        actor: Actor,
        name: RepositoryName,
        reference: Reference,
        kind: str | None,
        page: PageRequest,
    ) -> NumberedPage[AccessoryRecord]:
        """List what signs or describes an artifact.

        Raises: RepositoryUnknown, ManifestUnknown, and the refusals of Access.
        """
        await self._access.require(actor, "accessory", "list", name.project)
        async with self._database.read() as reader:
            artifact = await self._find(reader, name, reference)
            total = await store.count_accessories(reader, artifact, kind)
            return NumberedPage(await store.list_accessories(reader, artifact, kind, page), total)

    async def _find(self, reader: Reader, name: RepositoryName, reference: Reference) -> ArtifactRecord:
        place = await places.find_artifact(reader, name, reference)
        [found] = await store.list_artifacts(reader, "m.id = :id", {"id": place.manifest_id}, "", _ONE)
        return found


def _by_name(item: tuple[str, Value]) -> str:
    return item[0]


class StoredOverviews:
    """Implements ScanOverviews over the rows that scans leave."""

    async def of(
        self, reader: Reader, digests: Sequence[str], mimes: Sequence[str]
    ) -> dict[str, dict[str, str]]:
        """Read them in one query; see the port."""
        found = await store.overviews_of(reader, digests, mimes)
        return {digest: dict(overviews) for digest, overviews in found.items()}
