"""Follow what happens here: rules that events start get their runs in the transaction of the event."""

from collections.abc import Callable, Mapping
from typing import Final

from havre.jobs import Cause
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import Event
from havre.kernel.work import Work
from havre.registry.events import (
    ManifestCopied,
    ManifestDeleted,
    ManifestPushed,
    RepositoryDeleted,
    TagCreated,
    TagDeleted,
)
from havre.replication import policy_store as store
from havre.replication import replica_store
from havre.replication.naming import target_name
from havre.replication.policy_model import Policy
from havre.replication.replica_store import Replica
from havre.replication.selecting import select
from havre.replication.start import RepositoryOrder, start_orders


def _came(event: Event) -> RepositoryOrder:
    assert isinstance(event, ManifestPushed | ManifestCopied)
    return RepositoryOrder(event.repository, event.tags or (f"@{event.digest}",))


def _tagged(event: Event) -> RepositoryOrder:
    assert isinstance(event, TagCreated)
    return RepositoryOrder(event.repository, (event.tag,))


def _untagged(event: Event) -> RepositoryOrder:
    assert isinstance(event, TagDeleted)
    return RepositoryOrder(event.repository, deletions=(event.tag,))


def _went(event: Event) -> RepositoryOrder:
    assert isinstance(event, ManifestDeleted)
    return RepositoryOrder(event.repository, deletions=(*event.tags, f"@{event.digest}"))


def _emptied(event: Event) -> RepositoryOrder:
    return RepositoryOrder(event.resource)


_ORDERS: Final[Mapping[str, Callable[[Event], RepositoryOrder]]] = {
    ManifestPushed.name: _came,
    ManifestCopied.name: _came,
    TagCreated.name: _tagged,
    TagDeleted.name: _untagged,
    ManifestDeleted.name: _went,
    RepositoryDeleted.name: _emptied,
}
HEARD: Final = tuple(_ORDERS)


class ReplicateOnEvents:
    """Hears of events of the registry; one query a change, more only where rules are started by events."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, work: Work, event: Event) -> None:
        """Start the rules that an event is about."""
        order: RepositoryOrder | None = None
        via = event.actor.origin.via
        for policy, peer in await store.on_event(work):
            order = order or _ORDERS[event.name](event)
            if not _is_about(policy, order):
                continue
            if via and via == peer:
                await self._note_theirs(work, policy, order, event)
            else:
                await start_orders(work, self._clock, policy, Cause.EVENT, [order])

    async def _note_theirs(self, work: Work, policy: Policy, order: RepositoryOrder, event: Event) -> None:
        """Note that what just came from an instance is there; it is not sent back, now or ever."""
        digest = getattr(event, "digest", None)
        if not isinstance(digest, str) or not order.references:
            return
        words = policy.words
        target = target_name(order.repository, words.namespace, words.replace_count)
        found = [Replica(one, target, digest, is_theirs=True) for one in order.references]
        await replica_store.note(work, policy.id, order.repository, found, to_micros(self._clock.now()))


def _is_about(policy: Policy, order: RepositoryOrder) -> bool:
    if not order.references and not policy.words.does_delete:
        return False
    return select(policy.words.filters).takes_repository(order.repository)
