"""Show scanners, tell which one a project uses, and try one out."""

from collections.abc import Sequence
from typing import Final

from havre.access import Access, require_system
from havre.access.ports import KeyWrapper
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.work import Database, Reader
from havre.scanning import scanner_store as store
from havre.scanning.errors import ScannerFailed, ScannerUnhealthy, ScannerUnknown
from havre.scanning.ports import ScannerClient
from havre.scanning.scanner_model import (
    OWN_NAME,
    OWN_URL,
    OWN_UUID,
    Metadata,
    Scanner,
    ScannerWords,
    own_metadata,
)
from havre.scanning.scanner_rules import checked

_RESOURCE: Final = "scanner"


class Scanners:
    """Shows them without their credentials."""

    def __init__(
        self,
        database: Database,
        access: Access,
        wrapper: KeyWrapper,
        client: ScannerClient,
        clock: Clock,
        version: str,
    ) -> None:
        self._database = database
        self._access = access
        self._wrapper = wrapper
        self._client = client
        self._own = own_metadata(version)
        self._since = clock.now()

    async def list(self, actor: Actor) -> Sequence[Scanner]:
        """List all, the built-in one first.

        Raises: Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "list")
        return await self._every()

    async def candidates(self, actor: Actor, project: str | int) -> Sequence[Scanner]:
        """List those that a project may choose.

        Raises: the refusals of Access.
        """
        await self._access.require(actor, _RESOURCE, "create", project)
        return [one for one in await self._every() if not one.words.is_disabled]

    async def get(self, actor: Actor, uuid: str) -> Scanner:
        """Read one.

        Raises: ScannerUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        async with self._database.read() as reader:
            return await self._read(reader, uuid)

    async def of_project(self, actor: Actor, project: str | int) -> Scanner:
        """Read the one that a project uses.

        Raises: the refusals of Access.
        """
        found = await self._access.require(actor, _RESOURCE, "read", project)
        async with self._database.read() as reader:
            return await self._read(reader, await store.uuid_for(reader, found.id))

    async def metadata(self, actor: Actor, uuid: str) -> Metadata:
        """Ask one what it is and can do, and keep the answer.

        Raises: ScannerUnknown, ScannerUnhealthy, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        if uuid == OWN_UUID:
            return self._own
        async with self._database.read() as reader:
            stored = await store.find(reader, uuid)
        if stored is None:
            raise ScannerUnknown(uuid)
        try:
            found = await self._client.metadata(stored.opened(self._wrapper))
        except ScannerFailed as error:
            await self._note(uuid, None, str(error))
            raise ScannerUnhealthy(str(error)) from error
        await self._note(uuid, found, "")
        return found

    async def ping(self, actor: Actor, words: ScannerWords) -> None:
        """Try one out that is not configured yet.

        Raises: ScannerInvalid, ScannerUnhealthy, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        try:
            await self._client.metadata(checked(words))
        except ScannerFailed as error:
            raise ScannerUnhealthy(str(error)) from error

    async def _note(self, uuid: str, metadata: Metadata | None, fault: str) -> None:
        async with self._database.write() as work:
            await store.note_look(work, uuid, metadata, fault)

    async def _every(self) -> Sequence[Scanner]:
        async with self._database.read() as reader:
            others = [one.scanner for one in await store.every(reader)]
        return [self._built_in(is_default=not any(one.is_default for one in others)), *others]

    async def _read(self, reader: Reader, uuid: str) -> Scanner:
        if uuid == OWN_UUID:
            others = await store.every(reader)
            return self._built_in(is_default=not any(one.scanner.is_default for one in others))
        stored = await store.find(reader, uuid)
        if stored is None:
            raise ScannerUnknown(uuid)
        return stored.scanner

    def _built_in(self, *, is_default: bool) -> Scanner:
        words = ScannerWords(
            OWN_NAME, OWN_URL, "built in: works without another service and without internet"
        )
        return Scanner(OWN_UUID, words, is_default, self._own, "", self._since, self._since)
