"""Creating a project."""

from collections.abc import Mapping

from havre.access import add_member, may_on_instance, raise_epoch, refusal, require_system
from havre.access.model import Role
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import Fact, changes_between
from havre.kernel.names import parse_project_name
from havre.kernel.work import Database
from havre.projects import allowlist_store, store
from havre.projects.allowlists import NewAllowlist, check_allowlist
from havre.projects.errors import ProjectExists, RegistryMissing
from havre.projects.events import ProjectCreated
from havre.projects.metadata import PUBLIC, STORAGE_LIMIT, check_metadata, check_storage_limit
from havre.projects.model import NewProject, Project
from havre.system import Configuration


class CreateProject:
    """Makes projects; a person who creates one administers it, a robot never does."""

    def __init__(self, database: Database, clock: Clock, configuration: Configuration) -> None:
        self._database = database
        self._clock = clock
        self._configuration = configuration

    async def create(self, actor: Actor, new: NewProject) -> Project:
        """Make a project; only an administrator's storage limit counts, else it is the configured one.

        One in front of another registry is for system administrators to make.
        Raises: ProjectExists, NameInvalid, MetadataInvalid, AllowlistInvalid, RegistryMissing,
        Unauthenticated, Denied.
        """
        if new.registry_id is not None:
            require_system(actor, "project", "create")
        configured = await self._configuration.current()
        if configured.project_creation_restriction == "adminonly":
            require_system(actor, "project", "create")
        if not _may_create(actor):
            raise refusal(actor, "create projects")
        name = parse_project_name(new.name)
        limit = _limit_of(actor, new, configured.storage_per_project)
        metadata = check_metadata(new.metadata)
        allowlist = None if new.allowlist is None else check_allowlist(new.allowlist)
        now = self._clock.now()
        owner = actor.user_id, actor.name
        async with self._database.write() as work:
            if new.registry_id is not None and not await store.hold_registry(work, new.registry_id):
                raise RegistryMissing(new.registry_id)
            number = await store.add_project(work, name, owner, now, new)
            if number is None:
                raise ProjectExists(name)
            await store.set_metadata(work, number, metadata)
            await store.set_storage_limit(work, number, limit, now)
            if allowlist is not None:
                await allowlist_store.set_of_project(work, number, allowlist, now)
            if actor.user_id is not None:
                await add_member(work, number, actor.user_id, Role.PROJECT_ADMIN, now)
            await raise_epoch(work)
            work.announce(
                ProjectCreated(
                    actor=actor,
                    resource=name,
                    project_id=number,
                    is_public=new.is_public,
                    changes=changes_between({}, _facts(new, metadata, limit, allowlist)),
                )
            )
            made = await store.project(work, number, actor.user_id)
        if made is None:
            raise AssertionError("a project that was just inserted is not there")
        return made


def _facts(
    new: NewProject, metadata: Mapping[str, str], limit: int, allowlist: NewAllowlist | None
) -> dict[str, Fact]:
    facts: dict[str, Fact] = {PUBLIC: str(new.is_public).lower(), **metadata}
    if limit != -1:
        facts[STORAGE_LIMIT] = str(limit)
    if new.registry_id is not None:
        facts["registry_id"] = new.registry_id
    if allowlist is not None:
        facts.update(allowlist.facts())
    return facts


def _limit_of(actor: Actor, new: NewProject, default_bytes: int) -> int:
    limit = None
    if may_on_instance(actor, "quota", "update"):
        limit = check_storage_limit(new.storage_limit_bytes)
    return default_bytes if limit is None else limit


def _may_create(actor: Actor) -> bool:
    is_person = actor.user_id is not None and actor.grants is None
    return is_person or may_on_instance(actor, "project", "create")
