"""Retention over a registry house: policies, runs that a runner of this process does, what they left."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from havre.assembly.retention import retention_kinds, retention_parts
from havre.jobs import JobsSettings, Kind, Runner
from havre.jobs.model import Execution, State, Task
from havre.kernel.actor import Actor
from havre.kernel.names import RepositoryName
from havre.kernel.pages import PageRequest
from havre.registry import Retire, Step
from havre.registry.model import Retirement, RetireOutcome
from havre.retention import ImmutableTags, NewPolicy, Rule, Simulated
from kit.bench import Bench
from kit.house import ADMIN, RegistryHouse

ALL = PageRequest(1, 100)


class Hold:
    """Where a run waits: `reached` is set there, and it goes on when `released` is."""

    def __init__(self) -> None:
        """Nobody is there yet."""
        self.reached = asyncio.Event()
        self.released = asyncio.Event()


class HeldRetire(Retire):
    """Retires some batches, then waits before each."""

    def __init__(self, house: RegistryHouse, hold: Hold, free: int) -> None:
        """Let `free` batches pass."""
        super().__init__(house.database, house.access, house.clock, house.settings, ImmutableTags())
        self._hold = hold
        self._free = free

    async def batch(
        self, actor: Actor, repository: RepositoryName, wanted: Sequence[Retirement], step: Step
    ) -> Sequence[RetireOutcome]:
        """Retire when it may."""
        self._free -= 1
        if self._free < 0:
            self._hold.reached.set()
            await self._hold.released.wait()
        return await super().batch(actor, repository, wanted, step)


class Retained:
    """Retention of the project `library`."""

    def __init__(self, house: RegistryHouse) -> None:
        """Wire it as assembly does."""
        self.house = house
        self.parts = retention_parts(house.database, house.access, house.clock)
        self.bench = Bench(house.database, house.clock)
        self.hold = Hold()
        self.policy_id = 0

    def kinds(self, held_behind: int | None) -> Sequence[Kind]:
        """The jobs of runs."""
        house = self.house
        retire = None if held_behind is None else HeldRetire(house, self.hold, held_behind)
        return retention_kinds(house.database, house.access, house.clock, house.settings, retire)

    async def set(self, *rules: Rule, cron: str = "", per_tag: bool = False) -> int:
        """Give the project its policy, or change it; returns its number."""
        new = NewPolicy(rules, cron, per_tag)
        if self.policy_id:
            await self.parts.change.update(ADMIN, self.policy_id, new)
        else:
            self.policy_id = await self.parts.change.create(ADMIN, 1, new)
        return self.policy_id

    @asynccontextmanager
    async def running(self, held_behind: int | None = None) -> AsyncIterator[Runner]:
        """Run jobs; two at the same time are two processes. `held_behind` so many batches they wait."""
        house = self.house
        runner = Runner(house.database, house.clock, JobsSettings(), self.kinds(held_behind), [])
        await runner.start()
        try:
            yield runner
        finally:
            await runner.stop()

    async def start(self, *, is_dry_run: bool = False) -> int:
        """Start a run."""
        return await self.parts.runs.start(ADMIN, self.policy_id, is_dry_run=is_dry_run)

    async def run(self, *, is_dry_run: bool = False) -> Mapping[str, Task]:
        """Run to the end; returns the tasks by repository."""
        execution_id = await self.start(is_dry_run=is_dry_run)
        async with self.running():
            await self.ended(execution_id)
        return await self.tasks(execution_id)

    async def ended(self, execution_id: int) -> Execution:
        """Wait until a run ended."""
        await self.bench.until(lambda rows: all(_is_over(str(row.state)) for row in rows))
        found = await self.parts.runs.list(ADMIN, self.policy_id, ALL)
        return next(one for one in found.items if one.id == execution_id)

    async def tasks(self, execution_id: int) -> Mapping[str, Task]:
        """Read the tasks by repository."""
        found = await self.parts.runs.tasks(ADMIN, self.policy_id, execution_id, ALL)
        return {str(task.extra["repository"]): task for task in found.items}

    async def log(self, task: Task) -> str:
        """Read the log of a task."""
        return await self.parts.runs.log(ADMIN, self.policy_id, task.execution_id or 0, task.id)

    async def tags(self, name: RepositoryName) -> list[str]:
        """List the tags of a repository."""
        rows = await self.house.rows(
            """SELECT t.name FROM tag t JOIN repository r ON r.id = t.repo_id WHERE r.name = :name
               ORDER BY t.name""",
            {"name": name.text},
        )
        return [str(tag) for (tag,) in rows]

    async def simulated(self, policy: NewPolicy | None = None, size: int = 100) -> list[Simulated]:
        """Simulate page by page, to the end."""
        found, after = list[Simulated](), ""
        while True:
            page = await self.parts.simulate.page(ADMIN, 1, policy, after, size)
            found += page.items
            if page.next_after is None:
                return found
            after = page.next_after


def _is_over(state: str) -> bool:
    return state in (State.SUCCEEDED, State.FAILED, State.STOPPED)
