"""Sign again what would expire: timestamps, and snapshots whose key is held here.

On a schedule well before the end, and by whoever asks for one that is over all the same. Old documents that
no cache keeps any more are dropped on the way.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from havre.access.ports import KeyWrapper
from havre.kernel.actor import system
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database
from havre.signing import key_store, trust_store
from havre.signing.errors import TufInvalid
from havre.signing.events import TrustRefreshed
from havre.signing.held_keys import keys_for
from havre.signing.trust_store import Collection, Stored
from havre.signing.tuf.documents import meta_of, read_listing
from havre.signing.tuf.roles import ROOT, SNAPSHOT, TIMESTAMP
from havre.signing.tuf.roots import open_root
from havre.signing.tuf.sign import KeysFor, NewDocument, sign_listing

_AHEAD: Final = {TIMESTAMP: timedelta(days=4), SNAPSHOT: timedelta(days=90)}
_KEPT: Final = timedelta(days=31)  # answers by version and hash are cached for 30 days
_PAGE: Final = 100


class RefreshMetadata:
    """Keeps collections that nobody publishes to from expiring."""

    def __init__(self, database: Database, wrapper: KeyWrapper, clock: Clock) -> None:
        self._database = database
        self._wrapper = wrapper
        self._clock = clock

    async def run(self) -> int:
        """Refresh every collection that needs it soon; returns how many.

        Raises: Unavailable; what was done stays done.
        """
        done = 0
        for role, ahead in _AHEAD.items():
            until, after = to_micros(self._clock.now() + ahead), 0
            while True:
                async with self._database.read() as reader:
                    page = await trust_store.expiring(reader, role, until, after, _PAGE)
                for collection in page:
                    done += await self.refresh(collection, _AHEAD)
                if len(page) < _PAGE:
                    break
                after = page[-1].id
        return done

    async def refresh(self, collection: Collection, ahead: Mapping[str, timedelta] | None = None) -> bool:
        """Sign again what is over, or will be within `ahead`; False when nothing was to be done, or could be.

        What somebody publishes meanwhile wins.
        """
        async with self._database.read() as reader:
            stored = await trust_store.current_documents(reader, collection.id)
            held = await key_store.keys_of_gun(reader, collection.gun)
        documents = await asyncio.to_thread(
            _signed_anew, stored, keys_for(held, self._wrapper), self._clock.now(), ahead or {}
        )
        if not documents:
            return False
        now = self._clock.now()
        async with self._database.write() as work:
            if not await trust_store.lock_collection(work, collection.id):
                return False
            versions = await trust_store.current_versions(work, collection.id)
            if versions != {role: one.version for role, one in stored.items()}:
                return False
            await trust_store.keep(work, collection, documents, to_micros(now))
            await trust_store.prune(work, collection.id, to_micros(now - _KEPT))
            work.announce(
                TrustRefreshed(
                    actor=system("signing"),
                    resource=collection.gun,
                    project_id=collection.project_id,
                    roles=tuple(f"{one.role}.{one.version}" for one in documents),
                )
            )
        return True


def _signed_anew(
    stored: Mapping[str, Stored], keys: KeysFor, now: datetime, ahead: Mapping[str, timedelta]
) -> list[NewDocument]:
    """Make the documents; none when nothing is over, or the root or the keys do not allow it."""
    if not {ROOT, SNAPSHOT, TIMESTAMP} <= stored.keys():
        return []
    try:
        root = open_root(stored[ROOT].body)
        before = read_listing(stored[SNAPSHOT].body, SNAPSHOT)
    except TufInvalid:
        return []
    due = {role: one.expires_at <= now + ahead.get(role, timedelta()) for role, one in stored.items()}
    made: list[NewDocument] = []
    if due[SNAPSHOT]:
        meta = {**before.signed.meta, ROOT: root.meta}
        signed = sign_listing(SNAPSHOT, stored[SNAPSHOT].version + 1, meta, (root.signed, keys), now)
        made += [signed] if signed is not None else []
    if not made and not due[TIMESTAMP]:
        return []
    newest = made[0].body if made else stored[SNAPSHOT].body
    meta = {SNAPSHOT: meta_of(newest)}
    timestamp = sign_listing(TIMESTAMP, stored[TIMESTAMP].version + 1, meta, (root.signed, keys), now)
    return [] if timestamp is None else [*made, timestamp]
