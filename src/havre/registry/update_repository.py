"""Change what a repository says about itself."""

from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import changes_between
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry.errors import DescriptionTooLong
from havre.registry.events import RepositoryUpdated
from havre.registry.store import places, repositories

_LENGTH: Final = 64 << 10  # people write whole pages of Markdown here


class UpdateRepository:
    """Writes descriptions."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def describe(self, actor: Actor, repository: RepositoryName, description: str) -> None:
        """Write the description.

        Raises: DescriptionTooLong, RepositoryUnknown, and the refusals of Access.
        """
        await self._access.require(actor, "repository", "update", repository.project)
        if len(description) > _LENGTH:
            raise DescriptionTooLong(_LENGTH)
        now = to_micros(self._clock.now())
        async with self._database.write() as work:
            place = await places.find_repository(work, repository)
            before = await repositories.description_of(work, place.repo_id)
            await repositories.describe(work, place.repo_id, description, now)
            work.announce(
                RepositoryUpdated(
                    actor=actor,
                    resource=repository.text,
                    project_id=place.project_id,
                    changes=changes_between({"description": before}, {"description": description}),
                )
            )
