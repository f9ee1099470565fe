"""Apply: the jobs of a run. One plans, and starts one for each repository that a rule is about.

    RETENTION             a page of repositories -> their tasks, and the next page, in one transaction
    RETENTION_REPOSITORY  judge all of it -> what goes, ten artifacts a transaction -> finished

Run again after a crash, a task judges again and comes to the same end (judge.py). Each batch holds only while
the job is this process's and the policy is as it was read; after a change the repository is judged anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from havre.jobs import JobContext, JobOptions, delete_schedule, enqueue, find_task
from havre.kernel.actor import system
from havre.kernel.clock import Clock
from havre.kernel.errors import HavreError
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database, Work
from havre.registry import Census, Retire
from havre.registry.errors import ArtifactTreeTooLarge, RepositoryUnknown
from havre.registry.model import Retirement, RetireOutcome
from havre.retention import policy_store as store
from havre.retention.assess import Assess
from havre.retention.events import RetentionFinished
from havre.retention.judge import Judgement, Leaving
from havre.retention.policy import KIND, Policy, compile_rules
from havre.retention.report import HEADER, leaving_lines, staying_lines

TASK_KIND: Final = "RETENTION_REPOSITORY"
_PAGE: Final = 200  # repositories that one job plans
_BATCH: Final = 10  # artifacts a transaction: some milliseconds on SQLite, where others wait meanwhile
_ACTOR: Final = system("retention")
_GONE: Final = frozenset({RetireOutcome.DELETED, RetireOutcome.UNTAGGED})


class PolicyChanged(HavreError):
    """The policy is not the one that was judged by: judge again."""


@dataclass(slots=True)
class _Tally:
    """How many artifacts, or tags, there were, stay and went."""

    total: int
    retained: int
    deleted: int

    def count(self, one: Retirement, outcome: RetireOutcome) -> None:
        size = 1 if one.is_whole else max(1, len(one.tags))
        if outcome in _GONE:
            self.deleted += size
        elif outcome is not RetireOutcome.GONE:
            self.retained += size

    def shown(self, repository: RepositoryName) -> dict[str, object]:
        return {
            "repository": repository.path,
            "total": self.total,
            "retained": self.retained,
            "deleted": self.deleted,
        }


@dataclass(frozen=True, slots=True)
class _Task:
    """One repository's task under way."""

    job: JobContext
    name: RepositoryName
    policy: Policy
    judgement: Judgement
    tally: _Tally
    is_dry_run: bool


@dataclass(frozen=True, slots=True)
class _Batch:
    """What a batch does in its transaction, beside retiring."""

    task: _Task
    wanted: Sequence[Retirement]

    async def begin(self, work: Work) -> None:
        await self.task.job.fence(work)
        if await store.hold(work, self.task.policy.id) != self.task.policy.version:
            raise PolicyChanged(f"retention policy {self.task.policy.id} changed")

    async def end(self, work: Work, outcomes: Sequence[RetireOutcome]) -> None:
        tally = self.task.tally
        after = _Tally(tally.total, tally.retained, tally.deleted)
        for one, outcome in zip(self.wanted, outcomes, strict=True):
            after.count(one, outcome)
        await self.task.job.describe(work, after.shown(self.task.name))


class ApplyRetention:
    """Handles the jobs of runs."""

    def __init__(
        self, database: Database, clock: Clock, census: Census, assess: Assess, retire: Retire
    ) -> None:
        self._database = database
        self._clock = clock
        self._census = census
        self._assess = assess
        self._retire = retire

    async def plan(self, job: JobContext) -> None:
        """Start a task for each repository of a page that a rule is about."""
        policy_id, after = job.number("vendor_id"), str(job.payload.get("after") or "")
        policy = await self._policy(policy_id)
        if policy is None:
            job.log(f"retention policy {policy_id} is gone: nothing is deleted")
            async with job.finish() as work:
                await delete_schedule(work, KIND, policy_id)  # its project went, and it with it
            return
        rules = compile_rules(policy.rules)
        page = await self._census.repositories(policy.project_id, after, _PAGE)
        names = [RepositoryName.parse(one.name) for one in page]
        about = [
            name for name in names if any(rule.is_about_repository(name.project, name.path) for rule in rules)
        ]
        job.log(f"rules are about {len(about)} of {len(names)} repositories")
        payload = {"vendor_id": policy_id, "dry_run": job.flag("dry_run")}
        async with job.finish() as work:
            for name in about:
                shown = {"repository": name.path, "total": 0, "retained": 0, "deleted": 0}
                options = JobOptions(execution_id=job.execution_id, extra=shown)
                await enqueue(work, self._clock, TASK_KIND, {**payload, "repository": name.text}, options)
            if len(page) == _PAGE:
                options = JobOptions(execution_id=job.execution_id, priority=1)
                await enqueue(work, self._clock, KIND, {**payload, "after": page[-1].name}, options)

    async def repository(self, job: JobContext) -> None:
        """Judge a repository and retire what no rule keeps; a dry run only tells."""
        name, deleted = RepositoryName.parse(job.text("repository")), await self._deleted_before(job)
        while True:
            task = await self._judged(job, name, deleted)
            if task is None:
                return
            try:
                await self._carry_out(task)
            except PolicyChanged as error:
                job.log(f"{error}: judging again")
                deleted = task.tally.deleted
            else:
                return

    async def _judged(self, job: JobContext, name: RepositoryName, deleted: int) -> _Task | None:
        policy = await self._policy(job.number("vendor_id"))
        repository = await self._census.repository(name)
        if policy is None or repository is None:
            job.log("the policy or the repository is gone: nothing is deleted")
            return None
        rules = compile_rules(policy.rules)
        judgement = await self._assess.repository(repository, rules, per_tag=policy.is_per_tag)
        doomed = len(judgement.items) - judgement.retained
        is_dry_run = job.flag("dry_run")
        tally = _Tally(len(judgement.items) + deleted, judgement.retained, deleted)
        unit = "tags and untagged artifacts" if policy.is_per_tag else "artifacts"
        job.log(f"{name}: {tally.total} {unit}, {tally.retained} stay, {doomed} go, {deleted} went before")
        return _Task(job, name, policy, judgement, tally, is_dry_run)

    async def _carry_out(self, task: _Task) -> None:
        job, tally = task.job, task.tally
        job.log(HEADER)
        leaving = list(task.judgement.leaving())
        for batch in _batches(leaving):
            job.raise_if_stopped()
            if task.is_dry_run:
                outcomes: Sequence[RetireOutcome] = [RetireOutcome.DELETED] * len(batch)
            else:
                outcomes = await self._retired(task, [one.retirement for one in batch])
            for one, outcome in zip(batch, outcomes, strict=True):
                if not task.is_dry_run:
                    tally.count(one.retirement, outcome)
                for line in leaving_lines(task.judgement, one, outcome):
                    job.log(line)
            job.progress(f"{tally.deleted} deleted of {tally.total}")
        for line in staying_lines(task.judgement):
            job.log(line)
        await self._finish(task)

    async def _retired(self, task: _Task, batch: Sequence[Retirement]) -> Sequence[RetireOutcome]:
        try:
            return await self._retire.batch(_ACTOR, task.name, batch, _Batch(task, batch))
        except RepositoryUnknown:
            return [RetireOutcome.GONE] * len(batch)
        except ArtifactTreeTooLarge as error:
            if len(batch) == 1:
                task.job.log(str(error))
                return [RetireOutcome.HELD]
            return [outcome for one in batch for outcome in await self._retired(task, [one])]

    async def _finish(self, task: _Task) -> None:
        tally, job = task.tally, task.job
        async with job.finish() as work:
            await job.describe(work, tally.shown(task.name))
            work.announce(
                RetentionFinished(
                    actor=_ACTOR,
                    resource=task.name.text,
                    project_id=task.policy.project_id,
                    policy_id=task.policy.id,
                    execution_id=job.execution_id or 0,
                    total=tally.total,
                    retained=tally.retained,
                    deleted=tally.deleted,
                    is_dry_run=task.is_dry_run,
                )
            )

    async def _policy(self, policy_id: int) -> Policy | None:
        async with self._database.read() as reader:
            return await store.find(reader, policy_id)

    async def _deleted_before(self, job: JobContext) -> int:
        """What earlier attempts at the job deleted."""
        if job.execution_id is None:
            return 0
        async with self._database.read() as reader:
            deleted = (await find_task(reader, job.execution_id, job.id)).extra.get("deleted")
        return deleted if isinstance(deleted, int) else 0


def _batches(leaving: Sequence[Leaving]) -> Iterator[Sequence[Leaving]]:
    for start in range(0, len(leaving), _BATCH):
        yield leaving[start : start + _BATCH]
