"""Find the policy that an operation names, before its project is known; rights are asked behind it."""

from dataclasses import dataclass
from datetime import datetime

from havre.access import Access, refusal
from havre.jobs import find_schedule
from havre.kernel.actor import Actor
from havre.kernel.work import Database
from havre.retention import policy_store as store
from havre.retention.errors import RetentionUnknown
from havre.retention.policy import KIND, Policy


@dataclass(frozen=True, slots=True)
class ScheduledPolicy:
    """A policy with the number of its schedule and its next moment, None without one."""

    policy: Policy
    schedule_id: int | None
    next_run_at: datetime | None


class ReadPolicy:
    """Shows policies."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def get(self, actor: Actor, policy_id: int) -> ScheduledPolicy:
        """Read a policy.

        Raises: RetentionUnknown, Unauthenticated, Denied.
        """
        policy = await find_policy(self._database, actor, policy_id)
        await self._access.require(actor, "tag-retention", "read", policy.project_id)
        async with self._database.read() as reader:
            schedule = await find_schedule(reader, KIND, policy_id)
        if schedule is None:
            return ScheduledPolicy(policy, None, None)
        return ScheduledPolicy(policy, schedule.id, schedule.next_run_at)


async def find_policy(database: Database, actor: Actor, policy_id: int) -> Policy:
    """Find a policy by its number.

    Raises: RetentionUnknown, Unauthenticated for who proved nothing.
    """
    async with database.read() as reader:
        policy = await store.find(reader, policy_id)
    if policy is None:
        if not actor.is_authenticated:
            raise refusal(actor, f"see retention policy {policy_id}")
        raise RetentionUnknown(policy_id)
    return policy
