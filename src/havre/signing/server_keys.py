"""The keys of servers: give the public half of the one in force, make one to change to."""

from collections.abc import Sequence

from havre.access import Access
from havre.access.ports import KeyWrapper
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database, Reader
from havre.registry.errors import ProjectMissing
from havre.signing import key_store, trust_store
from havre.signing.errors import RoleInvalid, TufInvalid
from havre.signing.events import TrustKeyMade
from havre.signing.gun import Gun
from havre.signing.held_keys import new_held_key
from havre.signing.key_store import HeldKey
from havre.signing.tuf.documents import Key
from havre.signing.tuf.roles import ROOT, SERVER_ROLES
from havre.signing.tuf.roots import open_root


class ServerKeys:
    """Makes and shows the keys that sign snapshots and timestamps here."""

    def __init__(self, database: Database, access: Access, wrapper: KeyWrapper, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._wrapper = wrapper
        self._clock = clock

    async def get(self, actor: Actor, gun: Gun, role: str) -> Key:
        """Give the key that the root in force names, else the pending one, made now if need be.

        Raises: RoleInvalid, ProjectMissing, and the refusals of Access.
        """
        _require_server_role(role)
        await self._access.require_repository(actor, gun.repository, "push")
        async with self._database.read() as reader:
            active = await _active(reader, gun, role)
        return active.key if active is not None else await self._pending(actor, gun, role)

    async def rotate(self, actor: Actor, gun: Gun, role: str) -> Key:
        """Give the pending key, made now if need be; it signs as soon as a root that names it is published.

        Raises: RoleInvalid, ProjectMissing, and the refusals of Access.
        """
        _require_server_role(role)
        await self._access.require_repository(actor, gun.repository, "delete")
        return await self._pending(actor, gun, role)

    async def _pending(self, actor: Actor, gun: Gun, role: str) -> Key:
        made = new_held_key(role, self._wrapper)
        async with self._database.write() as work:
            # Held for update: two who ask at once get the same key.
            project_id = await trust_store.lock_project(work, gun.repository.project)
            if project_id is None:
                raise ProjectMissing(gun.repository)
            pending = _of_role(await key_store.keys_of_gun(work, gun.text), role, is_pending=True)
            if pending:
                return pending[0].key
            await key_store.add_key(work, gun.text, project_id, made, to_micros(self._clock.now()))
            work.announce(
                TrustKeyMade(
                    actor=actor,
                    resource=gun.text,
                    project_id=project_id,
                    repository=gun.repository.text,
                    role=role,
                    key_id=made.key_id,
                )
            )
        return made.key


async def _active(reader: Reader, gun: Gun, role: str) -> HeldKey | None:
    """Find the key in force that is held here."""
    collection = await trust_store.find_collection(reader, gun.text)
    stored = None if collection is None else await trust_store.current_document(reader, collection.id, ROOT)
    if stored is None:
        return None
    try:
        named = open_root(stored.body).signed.roles[role].keyids
    except TufInvalid:
        return None
    held = _of_role(await key_store.keys_of_gun(reader, gun.text), role, is_pending=False)
    return next((one for one in held if one.key_id in named), None)


def _of_role(held: Sequence[HeldKey], role: str, *, is_pending: bool) -> list[HeldKey]:
    return [one for one in held if one.role == role and one.is_pending is is_pending]


def _require_server_role(role: str) -> None:
    if role not in SERVER_ROLES:
        raise RoleInvalid(role)
