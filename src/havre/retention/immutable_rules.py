"""Read the rules that keep a project's tags as they are."""

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database
from havre.retention import immutable_store as store
from havre.retention.immutable_model import ImmutableRule


class ImmutableRules:
    """Shows rules to those who may change them."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def list(
        self, actor: Actor, project: str | int, order: str, page: PageRequest
    ) -> NumberedPage[ImmutableRule]:
        """List the rules of a project.

        Raises: ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "immutable-tag", "list", project)
        async with self._database.read() as reader:
            total = await store.count_rules(reader, standing.id)
            return NumberedPage(await store.list_rules(reader, standing.id, order, page), total)
