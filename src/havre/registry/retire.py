"""Retire artifacts and tags that rules let go: many in one transaction, each only as it was judged.

judged (no lock) ──▶ locked: the same tags, set at the same moments? ──▶ gone, with what hangs on it
                                 └─ no ──▶ it stays: the next look judges it again
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database, Work
from havre.registry.events import TagDeleted
from havre.registry.fall import Fall, fell, hold, settle
from havre.registry.model import CensusTag, Retirement, RetireOutcome
from havre.registry.ports import TagGate
from havre.registry.settings import RegistrySettings
from havre.registry.store import manifests, places, tags


class Step(Protocol):
    """What the caller does in the same transaction; neither locks content."""

    async def begin(self, work: Work) -> None:
        """Go first; an exception undoes everything."""

    async def end(self, work: Work, outcomes: Sequence[RetireOutcome]) -> None:
        """Hear what came of each."""


class Retire:
    """Takes artifacts and tags out of repositories; the bytes go after the grace period, by the collector."""

    def __init__(
        self, database: Database, access: Access, clock: Clock, settings: RegistrySettings, gate: TagGate
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._settings = settings
        self._gate = gate

    async def batch(
        self, actor: Actor, repository: RepositoryName, wanted: Sequence[Retirement], step: Step
    ) -> Sequence[RetireOutcome]:
        """Retire some artifacts of a repository as one change; tells what came of each.

        Raises: RepositoryUnknown, ArtifactTreeTooLarge, and the refusals of Access.
        """
        await self._access.require(actor, "artifact", "delete", repository.project)
        now = self._clock.now()
        review = to_micros(now + timedelta(seconds=self._settings.grace_s))
        digests = sorted(one.artifact.digest for one in wanted)
        async with self._database.write() as work:
            await step.begin(work)
            place = await places.lock_repository(work, repository)
            rules = await self._gate.hold(work, place.project_id)
            fall = Fall(actor, repository, place.project_id, place.repo_id, rules, to_micros(now), review)
            await hold(work, fall, digests)
            present = await manifests.present_manifests(work, place.repo_id, digests)
            standing = await tags.standing(work, place.repo_id, digests)
            outcomes = [
                await _retire(work, fall, one, standing.get(one.artifact.digest, {}))
                if one.artifact.digest in present
                else RetireOutcome.GONE
                for one in wanted
            ]
            await settle(work, fall)
            await step.end(work, outcomes)
            await fall.queue.write(work)
        return outcomes


async def _retire(work: Work, fall: Fall, one: Retirement, standing: Mapping[str, int]) -> RetireOutcome:
    digest = one.artifact.digest
    if digest in fall.gone:
        return RetireOutcome.DELETED  # it hung on one before it
    held = {tag for tag in standing if fall.rules.holding(fall.repository, tag) is not None}
    if held and (one.is_whole or held >= {tag.name for tag in one.tags}):
        return RetireOutcome.IMMUTABLE
    going = [tag for tag in one.tags if standing.get(tag.name) == tag.pushed_at and tag.name not in held]
    is_last = len(going) == len(standing) and (one.is_whole or bool(going))
    if one.is_whole and not is_last:
        return RetireOutcome.CHANGED
    is_child = await manifests.is_child(work, fall.repo_id, Digest.parse(digest))
    if is_last and not is_child:
        await fell(work, fall, digest)
        return RetireOutcome.DELETED
    if one.is_whole:
        return RetireOutcome.HELD
    await _take_off(work, fall, digest, going)
    return RetireOutcome.UNTAGGED if going else RetireOutcome.CHANGED


async def _take_off(work: Work, fall: Fall, digest: str, going: Sequence[CensusTag]) -> None:
    for tag in going:
        await tags.delete_tag(work, fall.repo_id, tag.name)
        await tags.remember(work, fall.repo_id, tag.name, None, fall.actor.name, fall.now)
        work.announce(
            TagDeleted(
                actor=fall.actor,
                resource=f"{fall.repository}:{tag.name}",
                project_id=fall.project_id,
                repository=fall.repository.text,
                digest=digest,
                tag=tag.name,
            )
        )
    if going:
        fall.touched.append(digest)
        fall.queue.review_manifests(fall.repo_id, [digest], fall.review, "tag deleted")
