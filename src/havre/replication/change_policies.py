"""Create, change and delete rules of replication, with their schedules."""

from havre.access import require_system
from havre.jobs import NewSchedule, delete_schedule, running_execution, set_schedule
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import Fact, changes_between
from havre.kernel.work import Database, Work
from havre.replication import policy_store as store
from havre.replication import replica_store
from havre.replication.errors import EndpointUnknown, PolicyBusy, PolicyExists, PolicyInvalid, PolicyUnknown
from havre.replication.events import PolicyCreated, PolicyDeleted, PolicyUpdated
from havre.replication.policy_model import KIND, Policy, PolicyWords, Trigger
from havre.replication.policy_rules import check_endpoint, checked

_RESOURCE = "replication-policy"


class ChangePolicies:
    """Changes rules, for administrators; a run under way follows a change with its next repository."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, actor: Actor, words: PolicyWords) -> int:
        """Add a rule and return its number.

        Raises: PolicyInvalid, PolicyExists, CronInvalid, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "create")
        words = checked(words)
        async with self._database.write() as work:
            await _hold_endpoint(work, words)
            policy_id = await store.add(work, words, to_micros(self._clock.now()))
            if policy_id is None:
                raise PolicyExists(words.name)
            await self._schedule(work, policy_id, words)
            work.announce(
                PolicyCreated(
                    actor=actor,
                    resource=words.name,
                    policy_id=policy_id,
                    changes=changes_between({}, facts_of(words)),
                )
            )
        return policy_id

    async def update(self, actor: Actor, policy_id: int, words: PolicyWords) -> None:
        """Overwrite a rule.

        Raises: PolicyUnknown, PolicyInvalid, PolicyExists, CronInvalid, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "update")
        words = checked(words)
        async with self._database.write() as work:
            before = await _locked(work, policy_id)
            await _hold_endpoint(work, words)
            if not await store.name_is_free(work, words.name, policy_id):
                raise PolicyExists(words.name)
            await store.change(work, policy_id, words, to_micros(self._clock.now()))
            if _leads_elsewhere(before.words, words):
                await replica_store.forget(work, policy_id)
            await self._schedule(work, policy_id, words)
            work.announce(
                PolicyUpdated(
                    actor=actor,
                    resource=words.name,
                    policy_id=policy_id,
                    changes=changes_between(facts_of(before.words), facts_of(words)),
                )
            )

    async def delete(self, actor: Actor, policy_id: int) -> None:
        """Delete a rule that is not under way; what it copied stays.

        Raises: PolicyUnknown, PolicyBusy, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "delete")
        async with self._database.write() as work:
            before = await _locked(work, policy_id)
            running = await running_execution(work, KIND, policy_id)
            if running is not None:
                raise PolicyBusy(policy_id, running)
            await delete_schedule(work, KIND, policy_id)
            await store.delete(work, policy_id)
            work.announce(
                PolicyDeleted(
                    actor=actor,
                    resource=before.words.name,
                    policy_id=policy_id,
                    changes=changes_between(facts_of(before.words), {}),
                )
            )

    async def _schedule(self, work: Work, policy_id: int, words: PolicyWords) -> None:
        if words.trigger is Trigger.SCHEDULED and words.is_enabled:
            await set_schedule(work, self._clock, NewSchedule(KIND, policy_id, "Custom", words.cron, {}))
        else:
            await delete_schedule(work, KIND, policy_id)


def facts_of(words: PolicyWords) -> dict[str, Fact]:
    """Tell what a rule says, for the journal."""
    return {
        "name": words.name,
        "description": words.description,
        "src_registry": words.source_id,
        "dest_registry": words.target_id,
        "dest_namespace": words.namespace,
        "dest_namespace_replace_count": words.replace_count,
        "trigger": str(words.trigger),
        "cron": words.cron,
        "filters": [f"{one.kind} {one.decoration} {','.join(one.values)}" for one in words.filters],
        "replicate_deletion": words.does_delete,
        "override": words.does_override,
        "enabled": words.is_enabled,
        "speed": words.speed_kib,
        "copy_by_chunk": words.is_chunked,
        "single_active_replication": words.is_single,
    }


def _leads_elsewhere(before: PolicyWords, after: PolicyWords) -> bool:
    return (before.source_id, before.target_id, before.namespace, before.replace_count) != (
        after.source_id,
        after.target_id,
        after.namespace,
        after.replace_count,
    )


async def _hold_endpoint(work: Work, words: PolicyWords) -> None:
    kind = await store.hold_endpoint(work, words.endpoint_id)
    if kind is None:
        field = "dest_registry" if words.is_push else "src_registry"
        raise PolicyInvalid(f"{field}: {EndpointUnknown(words.endpoint_id)}")
    check_endpoint(words, kind)


async def _locked(work: Work, policy_id: int) -> Policy:
    found = await store.lock(work, policy_id)
    if found is None:
        raise PolicyUnknown(policy_id)
    return found
