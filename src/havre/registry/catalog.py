"""List the repositories that the caller may see, over /v2."""

from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.pages import Page
from havre.kernel.work import Database
from havre.registry.store import browse

PAGE_LIMIT: Final = 10_000  # more come behind the Link header


class Catalog:
    """Lists repositories by keyset, only those of projects in sight."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def page(self, actor: Actor, after: str, size: int | None) -> Page[str]:
        """List at most `size` repository names after `after`.

        Raises: InsufficientScope, Unauthenticated.
        Source: Docker registry v2 API, "Listing Repositories".
        """
        self._access.require_catalog(actor)
        visible = await self._access.visible_projects(actor, "pull")
        limit = PAGE_LIMIT if size is None else min(size, PAGE_LIMIT)
        if not limit or (visible is not None and not visible):
            return Page([])
        async with self._database.read() as reader:
            names = await browse.names_after(reader, visible, after, limit + 1)
        more = len(names) > limit
        return Page(names[:limit], names[limit - 1] if more else None)
