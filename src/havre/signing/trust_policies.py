"""Trust policies of projects: read, put, delete."""

from collections.abc import Mapping
from dataclasses import replace

from havre.access import Access
from havre.access.errors import ProjectUnknown
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import Fact, changes_between
from havre.kernel.work import Database
from havre.signing import policy_store as store
from havre.signing import trust_store
from havre.signing.errors import TrustPolicyUnknown
from havre.signing.events import TrustPolicyDeleted, TrustPolicyPut
from havre.signing.policy_model import TrustPolicy, TrustRule, check_rules


class TrustPolicies:
    """Reads and changes them, for those who may change the settings of a project."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def get(self, actor: Actor, project: str | int) -> TrustPolicy:
        """Read the policy of a project.

        Raises: TrustPolicyUnknown, ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "metadata", "read", project)
        async with self._database.read() as reader:
            found = await store.find_policy(reader, standing.id)
        if found is None:
            raise TrustPolicyUnknown(standing.name)
        return found

    async def put(self, actor: Actor, project: str | int, wanted: TrustPolicy) -> None:
        """Give a project a policy in place of the one it has; in force in every process within a second.

        Raises: TrustPolicyInvalid, ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "metadata", "update", project)
        check_rules(wanted.rules)
        now = to_micros(self._clock.now())
        async with self._database.write() as work:
            if await trust_store.lock_project(work, standing.name) is None:
                raise ProjectUnknown(project)
            before = await store.find_policy(work, standing.id)
            # By the clock: no verdict of a policy that was deleted in between knows it.
            revision = max(now, 0 if before is None else before.revision + 1)
            policy = replace(wanted, project_id=standing.id, revision=revision)
            await store.put_policy(work, policy, now)
            work.announce(
                TrustPolicyPut(
                    actor=actor,
                    resource=standing.name,
                    project_id=standing.id,
                    changes=changes_between(_facts(before), _facts(policy)),
                )
            )

    async def delete(self, actor: Actor, project: str | int) -> None:
        """Let a project ask for nothing.

        Raises: TrustPolicyUnknown, ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "metadata", "delete", project)
        async with self._database.write() as work:
            await trust_store.lock_project(work, standing.name)
            before = await store.find_policy(work, standing.id)
            if before is None:
                raise TrustPolicyUnknown(standing.name)
            await store.delete_policy(work, standing.id)
            work.announce(
                TrustPolicyDeleted(
                    actor=actor,
                    resource=standing.name,
                    project_id=standing.id,
                    changes=changes_between(_facts(before), {}),
                )
            )


def _facts(policy: TrustPolicy | None) -> Mapping[str, Fact]:
    if policy is None:
        return {}
    rules = [
        f"{rule.name}: {rule.threshold} of {_names(rule)} for {rule.repositories}" for rule in policy.rules
    ]
    return {"mode": policy.mode.value, "rules": rules}


def _names(rule: TrustRule) -> str:
    return ", ".join(one.name for one in rule.signers)
