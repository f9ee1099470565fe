"""Configure scanners: create, change, delete, choose the default, and a project's own."""

import uuid as uuids
from dataclasses import replace
from typing import Final

from havre.access import Access, require_system
from havre.access.ports import KeyWrapper
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import HIDDEN_CHANGE, Changes, Fact, changes_between
from havre.kernel.secret import Secret
from havre.kernel.work import Database, Work
from havre.scanning import scanner_store as store
from havre.scanning.errors import (
    ScannerBuiltIn,
    ScannerExists,
    ScannerFailed,
    ScannerInvalid,
    ScannerUnknown,
)
from havre.scanning.events import ProjectScannerSet, ScannerCreated, ScannerDeleted, ScannerUpdated
from havre.scanning.ports import ScannerClient
from havre.scanning.scanner_model import OWN_NAME, OWN_UUID, Scanner, ScannerChanges, ScannerWords
from havre.scanning.scanner_rules import checked, has_moved

_RESOURCE: Final = "scanner"


class ChangeScanners:
    """Changes what is configured."""

    def __init__(
        self, database: Database, access: Access, wrapper: KeyWrapper, client: ScannerClient, clock: Clock
    ) -> None:
        self._database = database
        self._access = access
        self._wrapper = wrapper
        self._client = client
        self._clock = clock

    async def create(self, actor: Actor, words: ScannerWords) -> str:
        """Configure a scanner and return its uuid; one that does not answer is shown as unhealthy.

        Raises: ScannerInvalid, ScannerExists, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "create")
        words, uuid = checked(words), str(uuids.uuid4())
        async with self._database.write() as work:
            credential = store.wrapped_credential(words, self._wrapper)
            if not await store.add(work, uuid, words, credential, to_micros(self._clock.now())):
                taken = await store.taken_by(work, words, uuid)
                raise ScannerExists(f"{taken or 'name or url'} is another scanner's")
            work.announce(
                ScannerCreated(
                    actor=actor,
                    resource=words.name,
                    uuid=uuid,
                    changes=changes_between({}, _facts(words)),
                )
            )
        await self._look(uuid, words)
        return uuid

    async def update(self, actor: Actor, uuid: str, changes: ScannerChanges) -> None:
        """Change a scanner; scans under way go on as they began.

        Raises: ScannerUnknown, ScannerBuiltIn, ScannerInvalid, ScannerExists, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "update")
        async with self._database.write() as work:
            stored = await self._lock(work, uuid)
            before = stored.opened(self._wrapper)
            words = checked(changes.on(before))
            if words.auth and changes.credential is None and has_moved(before, words):
                raise ScannerInvalid(
                    "url names another server: give access_credential again, the kept one is for the old one"
                )
            if stored.scanner.is_default and words.is_disabled:
                raise ScannerInvalid(
                    "disabled: this scanner is the default, make another the default before it is disabled"
                )
            taken = await store.taken_by(work, words, uuid)
            if taken is not None:
                raise ScannerExists(f"{taken} is another scanner's")
            credential = store.wrapped_credential(words, self._wrapper)
            await store.change(work, uuid, words, credential, to_micros(self._clock.now()))
            work.announce(
                ScannerUpdated(actor=actor, resource=words.name, uuid=uuid, changes=_changes(before, words))
            )
        await self._look(uuid, words)

    async def delete(self, actor: Actor, uuid: str) -> Scanner:
        """Forget a scanner; projects that used it use the default. What it found stays.

        Raises: ScannerUnknown, ScannerBuiltIn, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "delete")
        async with self._database.write() as work:
            stored = await self._lock(work, uuid)
            await store.delete(work, uuid)
            words = stored.scanner.words
            work.announce(
                ScannerDeleted(
                    actor=actor,
                    resource=words.name,
                    uuid=uuid,
                    changes=changes_between(_facts(words), {}),
                )
            )
        return stored.scanner

    async def set_default(self, actor: Actor, uuid: str) -> None:
        """Let a scanner be the one of all projects that chose none.

        Raises: ScannerUnknown, ScannerInvalid when it is disabled, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "update")
        async with self._database.write() as work:
            name = await self._usable(work, uuid)
            await store.set_default(work, uuid)
            work.announce(
                ScannerUpdated(
                    actor=actor,
                    resource=name,
                    uuid=uuid,
                    changes=changes_between({"is_default": False}, {"is_default": True}),
                )
            )

    async def set_of_project(self, actor: Actor, project: str | int, uuid: str) -> None:
        """Choose the scanner of a project.

        Raises: ScannerUnknown, ScannerInvalid when it is disabled, and the refusals of Access.
        """
        found = await self._access.require(actor, _RESOURCE, "create", project)
        async with self._database.write() as work:
            name = await self._usable(work, uuid)
            await store.set_of_project(work, found.id, uuid)
            work.announce(ProjectScannerSet(actor=actor, resource=name, project_id=found.id, uuid=uuid))

    async def _lock(self, work: Work, uuid: str) -> store.StoredScanner:
        if uuid == OWN_UUID:
            raise ScannerBuiltIn(f"the scanner {OWN_NAME} is built in: it is neither changed nor deleted")
        stored = await store.lock(work, uuid)
        if stored is None:
            raise ScannerUnknown(uuid)
        return stored

    async def _usable(self, work: Work, uuid: str) -> str:
        """Name a scanner that can be chosen."""
        if uuid == OWN_UUID:
            return OWN_NAME
        stored = await self._lock(work, uuid)
        if stored.scanner.words.is_disabled:
            raise ScannerInvalid(f"the scanner {stored.scanner.words.name} is disabled: enable it first")
        return stored.scanner.words.name

    async def _look(self, uuid: str, words: ScannerWords) -> None:
        """Note what it says of itself, after the change, for nobody may wait for a network in one."""
        try:
            metadata, fault = await self._client.metadata(words), ""
        except ScannerFailed as error:
            metadata, fault = None, str(error)
        async with self._database.write() as work:
            await store.note_look(work, uuid, metadata, fault)


def _changes(before: ScannerWords, after: ScannerWords) -> Changes:
    changed = dict(changes_between(_facts(before), _facts(after)))
    if before.credential != after.credential:
        changed["access_credential"] = HIDDEN_CHANGE
    return changed


def _facts(words: ScannerWords) -> dict[str, Fact]:
    shown = replace(words, credential=Secret(""))
    return {
        "name": shown.name,
        "url": shown.url,
        "description": shown.description,
        "auth": shown.auth,
        "disabled": shown.is_disabled,
        "skip_certVerify": shown.is_insecure,
        "use_internal_addr": shown.uses_internal_address,
    }
