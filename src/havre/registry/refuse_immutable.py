"""Refuse to take immutable tags from what they name. Asked inside the transaction that would, by every verb.

Rules are read only where a tag moves or goes, so pulls and new tags never pay for them.
"""

from collections.abc import Sequence
from typing import Final

from havre.kernel.names import RepositoryName
from havre.kernel.work import Work
from havre.registry.errors import TagImmutable
from havre.registry.ports import TagGate
from havre.registry.store import tags as store
from havre.registry.store.places import RepositoryPlace

_PAGE: Final = 1000


async def refuse_immutable(
    work: Work, gate: TagGate, project_id: int, repository: RepositoryName, tags: Sequence[str]
) -> None:
    """Refuse when a rule holds one of the tags.

    Raises: TagImmutable.
    """
    if not tags:
        return
    rules = await gate.hold(work, project_id)
    for tag in tags:
        if (rule := rules.holding(repository, tag)) is not None:
            raise TagImmutable(repository, tag, rule)


async def refuse_immutable_repository(
    work: Work, gate: TagGate, place: RepositoryPlace, repository: RepositoryName
) -> None:
    """Refuse when a rule holds any tag of the repository.

    Raises: TagImmutable.
    """
    rules = await gate.hold(work, place.project_id)
    if not rules.are_about(repository):
        return
    after = ""
    while page := await store.list_tags(work, place.repo_id, after, _PAGE):
        for tag in page:
            if (rule := rules.holding(repository, tag)) is not None:
                raise TagImmutable(repository, tag, rule)
        after = page[-1]
