"""Assess a repository: read it whole, hold it against a policy, change nothing."""

import asyncio
from collections.abc import Sequence

from havre.kernel.clock import Clock, to_micros
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry import Census
from havre.registry.model import CensusRepository
from havre.retention.judge import Item, Judgement, items_of, judge
from havre.retention.policy import CompiledRule
from havre.retention.ports import TagGate


class Assess:
    """Judges repositories; one is held in memory at a time, about a kilobyte a tag."""

    def __init__(self, database: Database, clock: Clock, census: Census, gate: TagGate) -> None:
        self._database = database
        self._clock = clock
        self._census = census
        self._gate = gate

    async def repository(
        self, repository: CensusRepository, rules: Sequence[CompiledRule], *, per_tag: bool
    ) -> Judgement:
        """Judge what is in a repository now; the judging itself leaves the event loop free."""
        name = RepositoryName.parse(repository.name)
        about = [rule for rule in rules if rule.is_about_repository(name.project, name.path)]
        async with self._database.read() as reader:
            locks = await self._gate.read(reader, repository.project_id)
        items = list[Item]()
        async for page in self._census.artifacts(repository.repo_id):
            items += items_of(name.path, page, per_tag=per_tag)
        now = to_micros(self._clock.now())
        return await asyncio.to_thread(judge, about, items, lambda tag: locks.holding(name, tag), now)
