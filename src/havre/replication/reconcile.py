"""Reconcile: hold what rules have put elsewhere against what is here, and make good what events missed.

    often    repositories whose version is not the one that a rule last brought over whole, and those that
             failed: their tasks trust what the rule knows it put there, and ask about the rest
    daily    everything: the other side is asked about each tag, so that what changed there shows too

Only rules that events start are looked after; the others are run by their schedule or by people.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from havre.jobs import Cause, ExecutionFilter, State, list_executions
from havre.kernel.clock import Clock
from havre.kernel.pages import PageRequest
from havre.kernel.work import Database
from havre.replication import policy_store as store
from havre.replication import replica_store
from havre.replication.here import Here
from havre.replication.policy_model import KIND, Policy
from havre.replication.selecting import select
from havre.replication.start import RepositoryOrder, start_orders, start_run
from havre.replication.transfers import Transfers

_PAGE: Final = 1000
_WHOLE_EVERY: Final = timedelta(days=1)
_AT_ONCE: Final = 10_000  # repositories of one run


class Reconcile:
    """Looks after rules, on one process at a time."""

    def __init__(self, database: Database, clock: Clock, here: Here, transfers: Transfers) -> None:
        self._database = database
        self._clock = clock
        self._here = here
        self._transfers = transfers

    async def run(self) -> None:
        """Look at every rule that events start."""
        async with self._database.read() as reader:
            policies = await store.on_event(reader)
        for policy, _ in policies:
            await self._look(policy)
        await self._transfers.forget_old()

    async def _look(self, policy: Policy) -> None:
        if await self._is_busy(policy):
            return  # what is missing may just be on its way
        if policy.whole_at < self._clock.now() - _WHOLE_EVERY:
            async with self._database.write() as work:
                await start_run(work, self._clock, policy, Cause.SCHEDULE)
            return
        behind = await self._behind(policy)
        if behind:
            orders = [RepositoryOrder(name, is_quick=True) for name in behind]
            async with self._database.write() as work:
                await start_orders(work, self._clock, policy, Cause.SCHEDULE, orders)

    async def _is_busy(self, policy: Policy) -> bool:
        async with self._database.read() as reader:
            found = await list_executions(
                reader, ExecutionFilter(KIND, policy.id, State.RUNNING), PageRequest(1, 1)
            )
        return found.total > 0

    async def _behind(self, policy: Policy) -> Sequence[str]:
        async with self._database.read() as reader:
            known = dict(await replica_store.versions(reader, policy.id))
        selection, behind, after = select(policy.words.filters), list[str](), ""
        while page := await self._here.census.all_repositories(after, _PAGE):
            for one in page:
                if known.pop(one.name, -1) != one.version and selection.takes_repository(one.name):
                    behind.append(one.name)
            after = page[-1].name
        if policy.words.does_delete:
            behind += list(known)  # what is gone here
        return behind[:_AT_ONCE]
