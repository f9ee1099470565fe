"""Configure other registries: create, change, delete. One that does not answer is refused."""

from havre.access import require_system
from havre.access.ports import KeyWrapper
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import HIDDEN_CHANGE, Changes, Fact, changes_between
from havre.kernel.work import Database
from havre.replication import endpoint_store as store
from havre.replication import policy_store
from havre.replication.endpoint_model import EndpointChanges, EndpointWords
from havre.replication.endpoint_rules import checked
from havre.replication.endpoints import prove, refuse_strange_secret
from havre.replication.errors import EndpointExists, EndpointInUse, EndpointUnknown
from havre.replication.events import EndpointCreated, EndpointDeleted, EndpointUpdated
from havre.replication.ports import Openers

_RESOURCE = "registry"


class ChangeEndpoints:
    """Changes what is configured, for administrators."""

    def __init__(self, database: Database, wrapper: KeyWrapper, openers: Openers, clock: Clock) -> None:
        self._database = database
        self._wrapper = wrapper
        self._openers = openers
        self._clock = clock

    async def create(self, actor: Actor, words: EndpointWords) -> int:
        """Configure a registry and return its number.

        Raises: EndpointInvalid, EndpointUnhealthy, EndpointExists, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "create")
        words = checked(words)
        async with self._database.read() as reader:
            if not await store.name_is_free(reader, words.name, 0):  # before anybody waits for the network
                raise EndpointExists(words.name)
        seen = await self._see(words)
        async with self._database.write() as work:
            endpoint_id = await store.add(work, words, seen)
            if endpoint_id is None:
                raise EndpointExists(words.name)
            work.announce(
                EndpointCreated(
                    actor=actor,
                    resource=words.name,
                    endpoint_id=endpoint_id,
                    changes=changes_between({}, _facts(words)),
                )
            )
        return endpoint_id

    async def update(self, actor: Actor, endpoint_id: int, changes: EndpointChanges) -> None:
        """Change a registry; copies under way go on as they began.

        Raises: EndpointUnknown, EndpointInvalid, EndpointUnhealthy, EndpointExists, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "update")
        async with self._database.read() as reader:
            found = await store.find(reader, endpoint_id)
        if found is None:
            raise EndpointUnknown(endpoint_id)
        before = found.opened(self._wrapper)
        words = checked(changes.on(before))
        refuse_strange_secret(before, words, changes)
        seen = await self._see(words)
        async with self._database.write() as work:
            if await store.lock(work, endpoint_id) is None:
                raise EndpointUnknown(endpoint_id)
            if not await store.name_is_free(work, words.name, endpoint_id):
                raise EndpointExists(words.name)
            await store.change(work, endpoint_id, words, seen)
            work.announce(
                EndpointUpdated(
                    actor=actor,
                    resource=words.name,
                    endpoint_id=endpoint_id,
                    changes=_changes(before, words),
                )
            )

    async def _see(self, words: EndpointWords) -> store.Seen:
        """Ask the registry. Raises: EndpointUnhealthy."""
        peer = await prove(self._openers, words)
        secret = store.wrapped_secret(words, self._wrapper)
        return store.Seen(secret, peer, to_micros(self._clock.now()))

    async def delete(self, actor: Actor, endpoint_id: int) -> None:
        """Forget a registry that nothing uses.

        Raises: EndpointUnknown, EndpointInUse, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "delete")
        async with self._database.write() as work:
            found = await store.lock(work, endpoint_id)
            if found is None:
                raise EndpointUnknown(endpoint_id)
            user = await policy_store.user_of_endpoint(work, endpoint_id)
            if user is not None:
                raise EndpointInUse(endpoint_id, user)
            await store.delete(work, endpoint_id)
            words = found.endpoint.words
            work.announce(
                EndpointDeleted(
                    actor=actor,
                    resource=words.name,
                    endpoint_id=endpoint_id,
                    changes=changes_between(_facts(words), {}),
                )
            )


def _changes(before: EndpointWords, after: EndpointWords) -> Changes:
    changed = dict(changes_between(_facts(before), _facts(after)))
    if before.credential.secret != after.credential.secret:
        changed["access_secret"] = HIDDEN_CHANGE
    return changed


def _facts(words: EndpointWords) -> dict[str, Fact]:
    return {
        "name": words.name,
        "type": words.kind,
        "url": words.url,
        "description": words.description,
        "access_key": words.credential.access_key,
        "insecure": words.is_insecure,
        "ca_certificate": words.ca_pem,
    }
