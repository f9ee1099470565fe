"""Changing a project: visibility, metadata, storage limit."""

from havre.access import Access, may_on_instance, raise_epoch
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import Fact, changes_between
from havre.kernel.work import Database
from havre.projects import allowlist_store, store
from havre.projects.allowlists import check_allowlist
from havre.projects.errors import ProjectUnknown
from havre.projects.events import ProjectUpdated
from havre.projects.metadata import PUBLIC, STORAGE_LIMIT, check_metadata, check_storage_limit
from havre.projects.model import ProjectChanges


class UpdateProject:
    """Changes projects; a project made private closes with the next request."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def update(self, actor: Actor, project: str | int, changes: ProjectChanges) -> None:
        """Write what changes; only an administrator's storage limit counts.

        Raises: ProjectUnknown, MetadataInvalid, AllowlistInvalid, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "project", "update", project)
        limit = (
            check_storage_limit(changes.storage_limit_bytes)
            if may_on_instance(actor, "quota", "update")
            else None
        )
        metadata = check_metadata(changes.metadata)
        allowlist = None if changes.allowlist is None else check_allowlist(changes.allowlist)
        after: dict[str, Fact] = dict(metadata)
        async with self._database.write() as work:
            if not await store.lock_project(work, standing.id):
                raise ProjectUnknown(project)
            before: dict[str, Fact] = dict(await store.values(work, standing.id))
            if changes.is_public is not None:
                await store.set_public(work, standing.id, is_public=changes.is_public)
                await raise_epoch(work)
                after[PUBLIC] = str(changes.is_public).lower()
            await store.set_metadata(work, standing.id, metadata)
            now = self._clock.now()
            if limit is not None:
                await store.set_storage_limit(work, standing.id, limit, now)
                after[STORAGE_LIMIT] = None if limit == -1 else str(limit)
            if allowlist is not None:
                own = await allowlist_store.of_project(work, standing.id)
                before.update({} if own is None else own.held.facts())
                await allowlist_store.set_of_project(work, standing.id, allowlist, now)
                after.update(allowlist.facts())
            await store.touch(work, standing.id, now)
            work.announce(
                ProjectUpdated(
                    actor=actor,
                    resource=standing.name,
                    project_id=standing.id,
                    changes=changes_between({name: before.get(name) for name in after}, after),
                )
            )
