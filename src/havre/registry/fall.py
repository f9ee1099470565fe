"""How an artifact falls: with its tags, what signs or describes it, and the children only it lists.

An accessory that a rule keeps by its tag stays when its subject falls.

Rows go, the queue learns what they held; used by the verbs that delete artifacts, inside their transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from havre.kernel.actor import Actor
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.kernel.work import Work
from havre.registry.errors import ArtifactTreeTooLarge, TagImmutable
from havre.registry.events import ManifestDeleted
from havre.registry.ports import TagRules
from havre.registry.store import departures, facts, manifests, repositories, tags
from havre.registry.store.queue import QueueChanges

_MOST: Final = 1000  # manifests that fall with one; an index has a handful


@dataclass(slots=True)
class Fall:
    """What falls in one transaction."""

    actor: Actor
    repository: RepositoryName
    project_id: int
    repo_id: int
    rules: TagRules
    now: int
    review: int
    gone: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    queue: QueueChanges = field(default_factory=QueueChanges)


async def hold(work: Work, fall: Fall, digests: Sequence[str]) -> None:
    """Lock all that may fall, at once; the repository is locked, so this is how it stays until the commit."""
    await manifests.lock_bodies(work, await manifests.tree_of(work, fall.repo_id, digests))


async def fell(work: Work, fall: Fall, digest: str) -> None:
    """Delete a manifest that is held and all that falls with it.

    Raises: ArtifactTreeTooLarge, TagImmutable.
    """
    waiting, before = [digest], len(fall.gone)
    while waiting:
        name = waiting.pop()
        try:
            waiting += await _take_out(work, fall, name)
        except TagImmutable:
            if name == digest:
                raise
        if len(fall.gone) - before > _MOST:
            raise ArtifactTreeTooLarge(digest, _MOST)


async def settle(work: Work, fall: Fall) -> None:
    """Let lists and counts follow; the queue is still to be written, last of all."""
    await repositories.touch(work, fall.repo_id, fall.now)
    await facts.relist(work, fall.repo_id, [name for name in fall.touched if name not in fall.gone])
    await facts.relist_accessories(work, fall.repo_id, fall.gone)


async def _take_out(work: Work, fall: Fall, name: str) -> Sequence[str]:
    """Delete one manifest; returns what falls with it."""
    repo_id, digest = fall.repo_id, Digest.parse(name)
    gone_tags = await tags.tags_of(work, repo_id, name)
    for tag in gone_tags:
        if (rule := fall.rules.holding(fall.repository, tag)) is not None:
            raise TagImmutable(fall.repository, tag, rule)
    accessories = await facts.accessories_on(work, repo_id, name)
    for tag in gone_tags:
        await tags.remember(work, repo_id, tag, None, fall.actor.name, fall.now)
    children = await departures.delete_manifest(work, fall.queue, repo_id, digest, fall.review)
    if children is None:
        return ()
    fall.gone.append(name)
    fall.touched += children
    work.announce(
        ManifestDeleted(
            actor=fall.actor,
            resource=f"{fall.repository}@{name}",
            project_id=fall.project_id,
            repository=fall.repository.text,
            digest=name,
            tags=tuple(gone_tags),
        )
    )
    return [*accessories, *await facts.held_by_nothing(work, repo_id, children)]
