"""How much there is: projects and repositories that the caller may see, bytes for administrators."""

from dataclasses import dataclass

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.errors import Denied, Unauthenticated
from havre.kernel.work import Database
from havre.registry.store import statistics as store


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts; a private thing is one that only members see."""

    private_projects: int
    public_projects: int
    private_repositories: int
    public_repositories: int
    storage_bytes: int


class Statistics:
    """Counts."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def report(self, actor: Actor) -> Figures:
        """Count what the caller may see; the bytes of all blobs are told to administrators, 0 to others.

        Raises: Unauthenticated, Denied to a registry token.
        """
        if not actor.is_authenticated:
            raise Unauthenticated("log in to see the statistics")
        if actor.grants is not None:
            raise Denied("a registry token does not read the statistics; use a password")
        visible = await self._access.visible_projects(actor)
        ids = None if visible is None else sorted(visible) or [0]  # an empty list is no SQL
        async with self._database.read() as reader:
            projects = await store.count_projects(reader, ids)
            repositories = await store.count_repositories(reader, ids)
            size = await store.blob_bytes(reader) if actor.is_admin else 0
        return Figures(projects[False], projects[True], repositories[False], repositories[True], size)
