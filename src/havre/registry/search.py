"""Find repositories by a part of their name, among those the caller may see."""

from collections.abc import Sequence
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.patterns import containing
from havre.kernel.work import Database
from havre.registry.model import FoundRepository
from havre.registry.store import browse as store

_MOST: Final = 500  # Harbor's answer has no pages; whoever finds more should ask more narrowly


class SearchRepositories:
    """Answers the search box."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def containing(self, actor: Actor, part: str) -> Sequence[FoundRepository]:
        """List repositories whose name contains `part`, in order; the first of them when there are many."""
        visible = await self._access.visible_projects(actor)
        if visible is not None and not visible:
            return []
        async with self._database.read() as reader:
            return await store.search(reader, visible, containing(part.lower()), _MOST)
