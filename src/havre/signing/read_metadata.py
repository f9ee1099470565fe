"""Read trust data: by role, by role and version, by role and hash."""

from dataclasses import dataclass
from datetime import datetime

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database
from havre.signing import trust_store
from havre.signing.errors import MetadataUnknown
from havre.signing.gun import Gun
from havre.signing.refresh import RefreshMetadata
from havre.signing.tuf.roles import SERVER_ROLES


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which document: the newest of a role, unless a version or a hash (hexadecimal SHA-256) is named."""

    role: str
    version: int | None = None
    sha256: str | None = None

    @property
    def is_newest(self) -> bool:
        """Whether whatever is newest is wanted."""
        return self.version is None and self.sha256 is None


class ReadMetadata:
    """Gives documents, byte for byte as they were published."""

    def __init__(self, database: Database, access: Access, clock: Clock, refresh: RefreshMetadata) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._refresh = refresh

    async def run(self, actor: Actor, gun: Gun, wanted: Wanted) -> tuple[bytes, datetime]:
        """Give a document and when it was published.

        Raises: MetadataUnknown, and the refusals of Access.
        """
        await self._access.require_repository(actor, gun.repository, "pull")
        async with self._database.read() as reader:
            collection = await trust_store.find_collection(reader, gun.text)
            if collection is None:
                raise MetadataUnknown(f"there is no trust data of {gun}")
            now = to_micros(self._clock.now())
            is_over = (
                wanted.is_newest
                and wanted.role in SERVER_ROLES
                and await trust_store.is_over(reader, collection.id, SERVER_ROLES, now)
            )
        if is_over:  # although the schedule should have seen to it
            await self._refresh.refresh(collection)
        async with self._database.read() as reader:
            if wanted.version is not None:
                found = await trust_store.document_of_version(
                    reader, collection.id, wanted.role, wanted.version
                )
            elif wanted.sha256 is not None:
                found = await trust_store.document_of_hash(
                    reader, collection.id, wanted.role, wanted.sha256.lower()
                )
            else:
                newest = await trust_store.current_document(reader, collection.id, wanted.role)
                found = None if newest is None else (newest.body, newest.created_at)
        if found is None:
            raise MetadataUnknown(f"there is no such document of {wanted.role} for {gun}")
        return found
