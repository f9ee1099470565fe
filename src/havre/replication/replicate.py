"""The jobs of runs. One plans, and starts a task for each repository that the rule is about.

    REPLICATION             the repositories, here or there -> their tasks, in one transaction
    REPLICATION_REPOSITORY  compare, copy, delete -> finished (send.py, fetch.py)

Run again after a crash, a task compares again and goes on with what is missing.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, Final

from havre.jobs import JobContext, delete_schedule
from havre.jobs.errors import JobStopped, WillNotSucceed
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database
from havre.replication import endpoint_store
from havre.replication import policy_store as store
from havre.replication.errors import AddressRefused, EndpointUnknown, RemoteDenied, RemoteFailed
from havre.replication.fetch import Fetch
from havre.replication.here import Here
from havre.replication.link import HOPELESS, Link
from havre.replication.naming import target_name
from havre.replication.pace import pace_of
from havre.replication.patience import patiently
from havre.replication.policy_model import KIND, Policy
from havre.replication.ports import Preparing, Remotes
from havre.replication.selecting import fixed_name, fixed_prefix, select
from havre.replication.send import Send
from havre.replication.start import RepositoryOrder, enqueue_order
from havre.replication.task import Bookkeeping, Task

_PAGE: Final = 1000
_CHUNK_BYTES: Final = 10 << 20  # Harbor's
# What is lost at most when the receiving side dies: it puts down what came with the end of a request.
_PART_BYTES: Final = 64 << 20
_MOST: Final = 100_000  # repositories of one run


class Replicate:
    """Handles the jobs of runs."""

    def __init__(
        self, database: Database, clock: Clock, here: Here, remotes: Remotes, ways: tuple[Send, Fetch]
    ) -> None:
        self._database = database
        self._clock = clock
        self._here = here
        self._remotes = remotes
        self._send, self._fetch = ways
        self._books = Bookkeeping(database, clock)

    async def plan(self, job: JobContext) -> None:
        """Start a task for each repository that the rule is about."""
        policy = await self._policy(job)
        said = job.payload.get("skip")
        if policy is None or isinstance(said, str):
            job.log(said if isinstance(said, str) else "the policy is gone or disabled: nothing is copied")
            async with job.finish() as work:
                if policy is None and await store.find(work, job.number("vendor_id")) is None:
                    await delete_schedule(work, KIND, job.number("vendor_id"))
            return
        names = await _until_stopped(job, self._names(job, policy))
        _refuse_collisions(job, policy, names)
        job.log(f"the policy is about {len(names)} repositories")
        async with job.finish() as work:
            await store.note_whole(work, policy.id, to_micros(self._clock.now()))
            for name in names:
                await enqueue_order(work, self._clock, policy, job.execution_id, RepositoryOrder(name))

    async def repository(self, job: JobContext) -> None:
        """Compare one repository, and copy and delete what the rule asks for."""
        policy = await self._policy(job)
        if policy is None:
            job.log("the policy is gone or disabled: nothing is copied")
            return
        order = RepositoryOrder(
            job.text("repository"), _texts(job, "references"), _texts(job, "deletions"), job.flag("quick")
        )
        words = policy.words
        target = target_name(order.repository, words.namespace, words.replace_count)
        task = Task(job, policy, order.repository, target, await self._link(job, policy), order.is_quick)
        job.log(f"{order.repository} -> {target}, policy {words.name}, attempt {job.attempt}")
        try:
            await _until_stopped(job, self._carry_out(task, order))
        except HOPELESS as error:
            await self._books.fail(task, str(error))
            if isinstance(error, RemoteDenied | AddressRefused):
                raise WillNotSucceed(str(error)) from error
            raise
        if task.failed:
            first = f"{len(task.failed)} failed, the first: {task.failed[0][0]}: {task.failed[0][1]}"
            await self._books.fail(task, first)
            raise WillNotSucceed(first)

    async def _carry_out(self, task: Task, order: RepositoryOrder) -> None:
        if task.policy.words.is_push:
            if isinstance(task.link.remote, Preparing) and not (order.deletions and not order.references):
                preparing = task.link.remote
                await patiently(lambda: preparing.prepare(task.target), task.job.log)
            await self._send.repository(task, order)
        else:
            await self._fetch.repository(task, order)

    async def _names(self, job: JobContext, policy: Policy) -> list[str]:
        selection, words = select(policy.words.filters), policy.words
        found: list[str] = []
        async for name in self._ours() if words.is_push else self._theirs(job, policy):
            if selection.takes_repository(name):
                found.append(name)
            if len(found) > _MOST:
                raise WillNotSucceed(
                    f"the policy is about more than {_MOST} repositories: narrow its name filter"
                )
        return found

    async def _ours(self) -> AsyncIterator[str]:
        after = ""
        while page := await self._here.census.all_repositories(after, _PAGE):
            for one in page:
                yield one.name
            after = page[-1].name

    async def _theirs(self, job: JobContext, policy: Policy) -> AsyncIterator[str]:
        filters = policy.words.filters
        fixed = fixed_name(filters)
        if fixed is not None:
            yield fixed
            return
        remote = await self._remotes.remote(policy.words.endpoint_id)
        try:
            async for name in remote.repositories(fixed_prefix(filters)):
                yield name
        except RemoteFailed as error:
            job.log(f"{error}; a name filter without wildcards needs no list of repositories")
            raise

    async def _link(self, job: JobContext, policy: Policy) -> Link:
        words = policy.words
        try:
            remote = await self._remotes.remote(words.endpoint_id)
        except (EndpointUnknown, AddressRefused) as error:
            raise WillNotSucceed(str(error)) from error
        async with self._database.read() as reader:
            peer = await endpoint_store.peer_of(reader, words.endpoint_id)
        chunk_bytes = _CHUNK_BYTES if words.is_chunked else _PART_BYTES
        return Link(words.endpoint_id, remote, job.log, pace_of(words.speed_kib), chunk_bytes, peer)

    async def _policy(self, job: JobContext) -> Policy | None:
        async with self._database.read() as reader:
            found = await store.find(reader, job.number("vendor_id"))
        return found if found is not None and found.words.is_enabled else None


def _refuse_collisions(job: JobContext, policy: Policy, names: list[str]) -> None:
    """Leave out all but the first of those that would become one at the other side, and say so."""
    taken: dict[str, str] = {}
    for name in list(names):
        target = target_name(name, policy.words.namespace, policy.words.replace_count)
        other = taken.setdefault(target, name)
        if other != name:
            names.remove(name)
            job.log(f"{name} is left out: {other} becomes {target} already; flatten fewer levels")


def _texts(job: JobContext, name: str) -> Sequence[str]:
    value = job.payload.get(name)
    return [str(one) for one in value] if isinstance(value, list | tuple) else ()


async def _until_stopped(job: JobContext, doing: Coroutine[Any, Any, Any]) -> Any:
    """Do something until it is done or somebody asks the job to stop. Raises: JobStopped."""
    working, stopping = asyncio.ensure_future(doing), asyncio.ensure_future(job.stopped())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise JobStopped(job.id)
        return working.result()
    finally:
        stopping.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait({working})  # a thread may still write: nobody may close its file yet
