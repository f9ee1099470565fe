"""The metadata of a project one key at a time: read, add, change, remove."""

from collections.abc import Mapping

from havre.access import Access, raise_epoch
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import changes_between
from havre.kernel.work import Database
from havre.projects import store
from havre.projects.errors import MetadataExists, MetadataInvalid, MetadataUnknown, ProjectUnknown
from havre.projects.events import ProjectUpdated
from havre.projects.metadata import PUBLIC, STORAGE_LIMIT, check_metadata, check_public


class Metadata:
    """Shows and changes single keys; whether everybody may look is the key `public`."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def list(self, actor: Actor, project: str | int) -> Mapping[str, str]:
        """Read every key that is set.

        Raises: ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "metadata", "read", project)
        async with self._database.read() as reader:
            values = await store.values(reader, standing.id)
        return {name: value for name, value in values.items() if name != STORAGE_LIMIT}

    async def get(self, actor: Actor, project: str | int, name: str) -> Mapping[str, str]:
        """Read one key.

        Raises: MetadataUnknown, ProjectUnknown, Unauthenticated, Denied.
        """
        values = await self.list(actor, project)
        if name not in values:
            raise MetadataUnknown(name, project)
        return {name: values[name]}

    async def add(self, actor: Actor, project: str | int, given: Mapping[str, str]) -> None:
        """Write the one key given, which is not set yet.

        Raises: MetadataExists, MetadataInvalid, ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "metadata", "create", project)
        name, value = _only(given)
        await self._write(actor, standing.id, standing.name, {name: value}, is_new=True)

    async def set(self, actor: Actor, project: str | int, name: str, given: Mapping[str, str]) -> None:
        """Write the key `name`, which is the one given.

        Raises: MetadataInvalid, ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "metadata", "update", project)
        known, value = _only(given)
        if known != name:
            raise MetadataInvalid(
                f"the body holds {known}, the path names {name[:80]!r}: give one key, the same"
            )
        await self._write(actor, standing.id, standing.name, {name: value}, is_new=False)

    async def remove(self, actor: Actor, project: str | int, name: str) -> None:
        """Unset a key; `public` is always set.

        Raises: MetadataUnknown, MetadataInvalid, ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "metadata", "delete", project)
        if name == PUBLIC:
            raise MetadataInvalid("project metadata public cannot be removed: set it to true or false")
        async with self._database.write() as work:
            if not await store.lock_project(work, standing.id):
                raise ProjectUnknown(project)
            before = (await store.values(work, standing.id)).get(name)
            if before is None or name == STORAGE_LIMIT:
                raise MetadataUnknown(name, standing.name)
            await store.remove_metadata(work, standing.id, name)
            await store.touch(work, standing.id, self._clock.now())
            changes = changes_between({name: before}, {})
            work.announce(
                ProjectUpdated(actor=actor, resource=standing.name, project_id=standing.id, changes=changes)
            )

    async def _write(
        self, actor: Actor, project_id: int, project: str, after: Mapping[str, str], *, is_new: bool
    ) -> None:
        (name,) = after
        async with self._database.write() as work:
            if not await store.lock_project(work, project_id):
                raise ProjectUnknown(project)
            before = (await store.values(work, project_id)).get(name)
            if is_new and before is not None:
                raise MetadataExists(name, project)
            if name == PUBLIC:
                await store.set_public(work, project_id, is_public=after[name] == "true")
                await raise_epoch(work)
            else:
                await store.set_metadata(work, project_id, after)
            await store.touch(work, project_id, self._clock.now())
            changes = changes_between({name: before}, after)
            work.announce(
                ProjectUpdated(actor=actor, resource=project, project_id=project_id, changes=changes)
            )


def _only(given: Mapping[str, str]) -> tuple[str, str]:
    if len(given) != 1:
        raise MetadataInvalid(f"give one metadata key at a time, not {len(given)}")
    ((name, value),) = given.items()
    if name == PUBLIC:
        return name, check_public(value)
    ((name, value),) = check_metadata(given).items()
    return name, value
