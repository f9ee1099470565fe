"""Read labels: those of one project, and those of all."""

from havre.access import Access, refusal
from havre.kernel.actor import Actor
from havre.kernel.errors import Denied
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.patterns import containing
from havre.kernel.work import Database
from havre.registry.errors import LabelUnknown
from havre.registry.model import Label
from havre.registry.store import labels as store


class Labels:
    """Shows labels to those who may see them."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def list(
        self, actor: Actor, project: int | None, name_part: str, order: str, page: PageRequest
    ) -> NumberedPage[Label]:
        """List the labels of a project, or those for all projects when it is None.

        Raises: ProjectUnknown, Unauthenticated, Denied.
        """
        await self._authorize(actor, project)
        like = containing(name_part)
        async with self._database.read() as reader:
            total = await store.count_labels(reader, project, like)
            return NumberedPage(await store.list_labels(reader, project, like, order, page), total)

    async def get(self, actor: Actor, label_id: int) -> Label:
        """Read one label.

        Raises: LabelUnknown, Unauthenticated, Denied.
        """
        async with self._database.read() as reader:
            found = await store.find_label(reader, label_id)
        if found is None:
            if not actor.is_authenticated:
                raise refusal(actor, f"read label {label_id}")
            raise LabelUnknown(label_id)
        if found.project_id is None:
            await self._authorize(actor, None)
        else:
            await self._access.require(actor, "label", "read", found.project_id)
        return found

    async def _authorize(self, actor: Actor, project: int | None) -> None:
        if project is not None:
            await self._access.require(actor, "label", "list", project)
        elif not actor.is_authenticated:
            raise refusal(actor, "list the labels of all projects")
        elif actor.grants is not None:
            raise Denied("a registry token serves /v2 only; use a password")
