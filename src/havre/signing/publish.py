"""Publish trust data: check it against what is here, sign what is this side's, keep it whole or not at all.

Crash order: everything is one transaction; a crash before its COMMIT leaves the old collection, one after it
the new one. Signatures are checked outside of it, so the versions it was checked against are compared again
inside, under the collection's lock: who was slower is checked anew, or told that his version is taken.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from havre.access import Access
from havre.access.ports import KeyWrapper
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database
from havre.registry.errors import ProjectMissing
from havre.signing import key_store, target_store, trust_store
from havre.signing.errors import (
    FilenameMissing,
    MetadataMalformed,
    PublicationBusy,
    PublicationMalformed,
    RoleInvalid,
    TufInvalid,
    UpdateInvalid,
    VersionOutdated,
)
from havre.signing.events import TrustPublished, TrustRefused
from havre.signing.gun import Gun
from havre.signing.held_keys import keys_for, named_keys
from havre.signing.settings import SigningSettings
from havre.signing.trust_store import Collection
from havre.signing.tuf.documents import version_of
from havre.signing.tuf.roles import is_role
from havre.signing.tuf.validate import Accepted, Publication

_TRIES: Final = 8  # each lost to somebody else who published


@dataclass(frozen=True, slots=True)
class _Checked:
    """A publication that holds on top of the versions it was checked against."""

    accepted: Accepted
    on_top_of: Mapping[str, int]


class Publish:
    """Takes publications of Notary's clients."""

    def __init__(
        self,
        database: Database,
        access: Access,
        wrapper: KeyWrapper,
        clock: Clock,
        settings: SigningSettings,
    ) -> None:
        self._database = database
        self._access = access
        self._wrapper = wrapper
        self._clock = clock
        self._settings = settings

    @property
    def limit_bytes(self) -> int:
        """The largest publication taken."""
        return self._settings.publish_limit_bytes

    async def authorize(self, actor: Actor, gun: Gun) -> None:
        """Let the caller pass before a body is read.

        Raises: the refusals of Access.
        """
        await self._access.require_repository(actor, gun.repository, "push")

    async def run(self, actor: Actor, gun: Gun, parts: Sequence[tuple[str, bytes]]) -> None:
        """Keep what was published: `parts` are roles and the bodies of their documents.

        Raises: FilenameMissing, RoleInvalid, MetadataMalformed, UpdateInvalid, VersionOutdated,
        ProjectMissing, PublicationBusy, and the refusals of Access. Nothing is kept then.
        """
        await self.authorize(actor, gun)
        uploaded = _by_role(parts)
        try:
            for _ in range(_TRIES):
                checked = await self._check(gun, uploaded)
                if await self._keep(actor, gun, uploaded, checked):
                    return
        except (UpdateInvalid, VersionOutdated) as error:
            await self._note_refusal(actor, gun, str(error))
            raise
        raise PublicationBusy(f"others publish to {gun} without pause")

    async def _check(self, gun: Gun, uploaded: Mapping[str, bytes]) -> _Checked:
        async with self._database.read() as reader:
            collection = await trust_store.find_collection(reader, gun.text)
            stored = {} if collection is None else await trust_store.current_documents(reader, collection.id)
            held = await key_store.keys_of_gun(reader, gun.text)
        publication = Publication(
            gun.text,
            {role: one.body for role, one in stored.items()},
            uploaded,
            keys_for(held, self._wrapper),
            self._clock.now(),
        )
        accepted = await asyncio.to_thread(publication.validate)
        return _Checked(accepted, {role: one.version for role, one in stored.items()})

    async def _keep(self, actor: Actor, gun: Gun, uploaded: Mapping[str, bytes], checked: _Checked) -> bool:
        """Write; False when somebody else published meanwhile and it must be checked again."""
        now, documents = to_micros(self._clock.now()), checked.accepted.documents
        async with self._database.write() as work:
            project_id = await trust_store.project_id(work, gun.repository.project)
            if project_id is None:
                raise ProjectMissing(gun.repository)
            collection = Collection(
                await trust_store.open_collection(work, project_id, gun, now), gun.text, project_id
            )
            versions = await trust_store.current_versions(work, collection.id)
            for one in documents:
                if one.role in uploaded and one.version <= versions.get(one.role, 0):
                    raise VersionOutdated(one.role, one.version, versions[one.role])
            if versions != checked.on_top_of:
                return False
            await trust_store.keep(work, collection, documents, now)
            await target_store.follow(work, collection.id, checked.accepted.released)
            await key_store.follow_root(work, gun.text, named_keys(checked.accepted.root), now)
            work.announce(
                TrustPublished(
                    actor=actor,
                    resource=gun.text,
                    project_id=project_id,
                    repository=gun.repository.text,
                    roles=tuple(f"{one.role}.{one.version}" for one in documents),
                )
            )
        return True

    async def _note_refusal(self, actor: Actor, gun: Gun, reason: str) -> None:
        async with self._database.write() as work:
            work.announce(
                TrustRefused(
                    actor=actor,
                    resource=gun.text,
                    project_id=await trust_store.project_id(work, gun.repository.project),
                    succeeded=False,
                    repository=gun.repository.text,
                    reason=reason,
                )
            )


def _by_role(parts: Sequence[tuple[str, bytes]]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for filename, body in parts:
        role = filename.removesuffix(".json")
        if not role:
            raise FilenameMissing("a part of the publication has no filename; it must be the role's name")
        if not is_role(role):
            raise RoleInvalid(role)
        try:
            version_of(body)
        except TufInvalid as error:
            raise MetadataMalformed(f"the document of {role} cannot be read: {error}") from None
        if role in found:
            raise PublicationMalformed(f"the role {role} comes twice")
        found[role] = body
    return found
