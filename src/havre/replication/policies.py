"""Show the rules of replication, with the registries at their other sides, and how far each is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from havre.access import require_system
from havre.kernel.actor import Actor
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.patterns import containing
from havre.kernel.work import Database, Reader
from havre.replication import endpoint_store, replica_store
from havre.replication import policy_store as store
from havre.replication.endpoint_model import Endpoint
from havre.replication.errors import PolicyUnknown
from havre.replication.policy_model import Policy, RepositoryState

_RESOURCE = "replication-policy"


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A rule with the registry at its other side."""

    policy: Policy
    endpoint: Endpoint | None


class Policies:
    """Shows rules to administrators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, actor: Actor, name: str, order: str, page: PageRequest) -> NumberedPage[ShownPolicy]:
        """List those whose name contains `name`; always three queries.

        Raises: Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "list")
        like = containing(name)
        async with self._database.read() as reader:
            total = await store.count(reader, like)
            found = await store.page_of(reader, like, order, page)
            endpoints = await _endpoints(reader, found)
        return NumberedPage([_shown(policy, endpoints) for policy in found], total)

    async def get(self, actor: Actor, policy_id: int) -> ShownPolicy:
        """Read one.

        Raises: PolicyUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        async with self._database.read() as reader:
            found = await store.find(reader, policy_id)
            if found is None:
                raise PolicyUnknown(policy_id)
            return _shown(found, await _endpoints(reader, [found]))

    async def states(self, actor: Actor, policy_id: int, after: str, size: int) -> Sequence[RepositoryState]:
        """List how far a rule is with each repository, by name behind `after`.

        Raises: PolicyUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        async with self._database.read() as reader:
            if await store.find(reader, policy_id) is None:
                raise PolicyUnknown(policy_id)
            return await replica_store.states(reader, policy_id, after, size)


async def _endpoints(reader: Reader, policies: Sequence[Policy]) -> Mapping[int, Endpoint]:
    return await endpoint_store.some(reader, sorted({policy.words.endpoint_id for policy in policies}))


def _shown(policy: Policy, endpoints: Mapping[int, Endpoint]) -> ShownPolicy:
    return ShownPolicy(policy, endpoints.get(policy.words.endpoint_id))
