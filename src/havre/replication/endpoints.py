"""Show the registries that are configured, tell what they can do, and try one out."""

from havre.access import require_system
from havre.access.ports import KeyWrapper
from havre.kernel.actor import Actor
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.patterns import containing
from havre.kernel.work import Database
from havre.replication import endpoint_store as store
from havre.replication.endpoint_model import Credential, Endpoint, EndpointChanges, EndpointWords
from havre.replication.endpoint_rules import checked, has_moved
from havre.replication.errors import EndpointInvalid, EndpointUnhealthy, EndpointUnknown, RemoteFailed
from havre.replication.ports import Openers
from havre.replication.providers import PROVIDERS, Provider

_RESOURCE = "registry"


class Endpoints:
    """Shows them to administrators, without their secrets."""

    def __init__(self, database: Database, wrapper: KeyWrapper, openers: Openers) -> None:
        self._database = database
        self._wrapper = wrapper
        self._openers = openers

    async def list(self, actor: Actor, name: str, order: str, page: PageRequest) -> NumberedPage[Endpoint]:
        """List those whose name contains `name`.

        Raises: Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "list")
        like = containing(name)
        async with self._database.read() as reader:
            total = await store.count(reader, like)
            return NumberedPage(await store.page_of(reader, like, order, page), total)

    async def get(self, actor: Actor, endpoint_id: int) -> Endpoint:
        """Read one.

        Raises: EndpointUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        return (await self._find(endpoint_id)).endpoint

    async def provider(self, actor: Actor, endpoint_id: int) -> Provider:
        """Tell what one can do; 0 is this instance itself.

        Raises: EndpointUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        if endpoint_id == 0:
            return PROVIDERS["harbor"]
        return PROVIDERS[(await self._find(endpoint_id)).endpoint.words.kind]

    async def ping(
        self, actor: Actor, endpoint_id: int | None, kind: str | None, changes: EndpointChanges
    ) -> None:
        """Try out a configured registry, with changes, or one that is not configured yet.

        Raises: EndpointUnhealthy saying why, EndpointInvalid, EndpointUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        if endpoint_id:
            before = (await self._find(endpoint_id)).opened(self._wrapper)
            words = checked(changes.on(before))
            refuse_strange_secret(before, words, changes)
        else:
            words = checked(changes.on(EndpointWords("trial", kind or "", "", credential=Credential())))
        await prove(self._openers, words)

    async def _find(self, endpoint_id: int) -> store.StoredEndpoint:
        async with self._database.read() as reader:
            found = await store.find(reader, endpoint_id)
        if found is None:
            raise EndpointUnknown(endpoint_id)
        return found


def refuse_strange_secret(before: EndpointWords, after: EndpointWords, changes: EndpointChanges) -> None:
    """Let the kept secret go to no other server than the one that it was given for.

    Raises: EndpointInvalid.
    """
    kept = before.credential.secret.reveal() and changes.secret is None and after.credential.access_key
    if kept and has_moved(before, after):
        raise EndpointInvalid(
            "url names another server: give access_secret again, the kept one is for the old server"
        )


async def prove(openers: Openers, words: EndpointWords) -> str:
    """Ask a registry whether it is one and takes the account; tell the id of a Havre.

    Raises: EndpointUnhealthy saying why.
    """
    try:
        remote = openers.open(words)
        try:
            return await remote.ping()
        finally:
            openers.close(remote)
    except RemoteFailed as error:
        fault = str(error) or type(error).__name__
        raise EndpointUnhealthy(f"the registry is unhealthy: {fault}") from error
