"""The clients of the registries that are configured, kept as long as their rows stay as they are."""

from havre.access.ports import KeyWrapper
from havre.kernel.work import Database
from havre.replication import endpoint_store as store
from havre.replication.errors import EndpointUnknown
from havre.replication.ports import Openers, Remote


class OpenEndpoints:
    """Implements Remotes: connections and tokens are kept from one copy to the next."""

    def __init__(self, database: Database, wrapper: KeyWrapper, openers: Openers) -> None:
        self._database = database
        self._wrapper = wrapper
        self._openers = openers
        self._kept: dict[int, tuple[int, Remote]] = {}

    async def remote(self, endpoint_id: int) -> Remote:
        """Return a registry's client; see the port."""
        async with self._database.read() as reader:
            version = await store.version_of(reader, endpoint_id)
            kept = self._kept.get(endpoint_id)
            if version is not None and kept is not None and kept[0] == version:
                return kept[1]
            found = await store.find(reader, endpoint_id)
        if kept is not None:
            self._kept.pop(endpoint_id, None)
            self._openers.close(kept[1])
        if found is None:
            raise EndpointUnknown(endpoint_id)
        remote = self._openers.open(found.opened(self._wrapper))
        self._kept[endpoint_id] = (found.endpoint.version, remote)
        return remote

    def close(self) -> None:
        """Let all of them go."""
        for _, remote in self._kept.values():
            self._openers.close(remote)
        self._kept.clear()
