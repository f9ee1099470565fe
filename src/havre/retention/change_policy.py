"""Create, change and delete the retention policy of a project, with its schedule."""

from dataclasses import replace
from typing import Final

from havre.access import Access
from havre.jobs import NewSchedule, delete_schedule, set_schedule
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import changes_between
from havre.kernel.work import Database, Work
from havre.projects import remove_metadata, set_metadata
from havre.retention import policy_store as store
from havre.retention.errors import ProjectRetained, RetentionInvalid, RetentionUnknown
from havre.retention.events import RetentionCreated, RetentionDeleted, RetentionUpdated
from havre.retention.policy import KIND, NewPolicy, Policy, compile_rules
from havre.retention.read_policy import find_policy

METADATA: Final = "retention_id"  # by which Harbor's clients find the policy of a project


class ChangePolicy:
    """Changes policies; a run under way follows the change with its next batch."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def create(self, actor: Actor, project_id: int, new: NewPolicy) -> int:
        """Give a project its policy and return the policy's number.

        Raises: RetentionInvalid, RulesAlike, ProjectRetained, CronInvalid, ProjectUnknown, Unauthenticated,
        Denied.
        """
        standing = await self._access.require(actor, "tag-retention", "create", project_id)
        compile_rules(new.rules)
        now = self._clock.now()
        async with self._database.write() as work:
            policy_id = await store.add(work, project_id, new, to_micros(now))
            if policy_id is None:
                before = await store.of_project(work, project_id)
                raise ProjectRetained(standing.name, 0 if before is None else before.id)
            await self._schedule(work, policy_id, new.cron)
            await set_metadata(work, project_id, {METADATA: str(policy_id)})
            created = await store.find(work, policy_id)
            assert created is not None
            work.announce(
                RetentionCreated(
                    actor=actor,
                    resource=standing.name,
                    project_id=project_id,
                    policy_id=policy_id,
                    changes=changes_between({}, created.facts()),
                )
            )
        return policy_id

    async def update(
        self, actor: Actor, policy_id: int, new: NewPolicy, project_id: int | None = None
    ) -> None:
        """Overwrite a policy; `project_id` is what the caller takes for its project, None when unknown.

        Raises: RetentionUnknown, RetentionInvalid, RulesAlike, CronInvalid, Unauthenticated, Denied.
        """
        policy = await find_policy(self._database, actor, policy_id)
        standing = await self._access.require(actor, "tag-retention", "update", policy.project_id)
        if project_id not in (None, policy.project_id):
            raise RetentionInvalid(
                f"scope.ref {project_id} is not the project of policy {policy_id}: {policy.project_id}"
            )
        compile_rules(new.rules)
        async with self._database.write() as work:
            before = await _locked(work, policy_id)
            await store.change(work, policy_id, new, to_micros(self._clock.now()))
            await self._schedule(work, policy_id, new.cron)
            is_per_tag = before.is_per_tag if new.is_per_tag is None else new.is_per_tag
            after = replace(before, rules=new.rules, cron=new.cron, is_per_tag=is_per_tag)
            work.announce(
                RetentionUpdated(
                    actor=actor,
                    resource=standing.name,
                    project_id=policy.project_id,
                    policy_id=policy_id,
                    changes=changes_between(before.facts(), after.facts()),
                )
            )

    async def delete(self, actor: Actor, policy_id: int) -> None:
        """Delete a policy: the project keeps everything, and a run under way deletes nothing more.

        Raises: RetentionUnknown, Unauthenticated, Denied.
        """
        policy = await find_policy(self._database, actor, policy_id)
        standing = await self._access.require(actor, "tag-retention", "delete", policy.project_id)
        async with self._database.write() as work:
            before = await _locked(work, policy_id)
            await store.delete(work, policy_id)
            await delete_schedule(work, KIND, policy_id)
            await remove_metadata(work, policy.project_id, METADATA)
            work.announce(
                RetentionDeleted(
                    actor=actor,
                    resource=standing.name,
                    project_id=policy.project_id,
                    policy_id=policy_id,
                    changes=changes_between(before.facts(), {}),
                )
            )

    async def _schedule(self, work: Work, policy_id: int, cron: str) -> None:
        if cron:
            await set_schedule(work, self._clock, NewSchedule(KIND, policy_id, "Custom", cron, {}))
        else:
            await delete_schedule(work, KIND, policy_id)


async def _locked(work: Work, policy_id: int) -> Policy:
    found = await store.lock(work, policy_id)
    if found is None:
        raise RetentionUnknown(policy_id)
    return found
