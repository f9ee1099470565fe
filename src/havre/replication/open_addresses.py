"""Registries by their address: with the account that is configured for it, or as nobody."""

from havre.access.ports import KeyWrapper
from havre.kernel.work import Database
from havre.replication import endpoint_store as store
from havre.replication.endpoint_model import EndpointWords
from havre.replication.ports import Openers, Remote


class OpenAddresses:
    """Opens what is not configured too; for things that name a registry themselves."""

    def __init__(self, database: Database, wrapper: KeyWrapper, openers: Openers) -> None:
        self._database = database
        self._wrapper = wrapper
        self._openers = openers

    async def open(self, url: str) -> Remote:
        """Make a client; `close` lets its connections go."""
        async with self._database.read() as reader:
            found = await store.at_address(reader, url)
        words = EndpointWords(url, "docker-registry", url) if found is None else found.opened(self._wrapper)
        return self._openers.open(words)

    def close(self, remote: Remote) -> None:
        """Let it go."""
        self._openers.close(remote)
