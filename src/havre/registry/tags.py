"""List the tags of a repository, a page at a time."""

from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.names import RepositoryName
from havre.kernel.pages import Page
from havre.kernel.work import Database
from havre.registry.errors import RepositoryUnknown
from havre.registry.store import repositories
from havre.registry.store import tags as store

PAGE_LIMIT: Final = 10_000  # more come behind the Link header


class Tags:
    """Lists tags by keyset: the cost does not depend on how many there are."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def page(self, actor: Actor, repository: RepositoryName, after: str, size: int | None) -> Page[str]:
        """List at most `size` tags after `after`, bytewise; `after` need not exist.

        Raises: RepositoryUnknown, and the refusals of Access.
        Source: OCI distribution-spec v1.1, "Listing Tags".
        """
        await self._access.require_repository(actor, repository, "pull")
        limit = PAGE_LIMIT if size is None else min(size, PAGE_LIMIT)
        async with self._database.read() as reader:
            repo_id = await repositories.repository_id(reader, repository)
            if repo_id is None:
                raise RepositoryUnknown(repository)
            names = await store.list_tags(reader, repo_id, after, limit + 1) if limit else []
        more = len(names) > limit
        return Page(names[:limit], names[limit - 1] if more and limit else None)
