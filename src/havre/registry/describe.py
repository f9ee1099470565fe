"""Look into the config of a manifest, before it is stored: what lists show of it. Bounded, off the loop."""

from collections.abc import Sequence
from typing import Final

from havre.kernel.digest import Digest
from havre.kernel.errors import HavreError
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry.formats import media_types
from havre.registry.formats.facts import CONFIG_LIMIT_BYTES, NOTHING, attributes_of
from havre.registry.formats.kinds import kind_of
from havre.registry.formats.manifest import ParsedManifest, RefKind
from havre.registry.ports import BlobStore
from havre.registry.store import blobs, facts

_LAZY_MOST: Final = 20  # configs read for one list; the next request goes on


class Describe:
    """Reads configs: at a push for that manifest, and later for manifests that were there before."""

    def __init__(self, database: Database, blob_store: BlobStore) -> None:
        self._database = database
        self._blobs = blob_store

    async def manifest(self, repository: RepositoryName, parsed: ParsedManifest) -> str:
        """Tell what lists show of a manifest's config, as a JSON object.

        A config that is missing, large, odd or unreadable shows nothing and refuses nothing.
        """
        config = next((ref for ref in parsed.refs if ref.kind is RefKind.CONFIG), None)
        if config is None or not _is_document(config.media_type):
            return NOTHING
        return await self._read(repository, config.digest, kind_of(parsed))

    async def _read(self, repository: RepositoryName, config: Digest, kind: str) -> str:
        try:
            found = await blobs.find_blob(self._database, repository, config)
            if found is None or found.size > CONFIG_LIMIT_BYTES:
                return NOTHING
            content = b"".join([piece async for piece in self._blobs.read(found.key, 0, found.size)])
        except HavreError:  # the bytes are not there or cannot be read: the list shows less
            return NOTHING
        return attributes_of(kind, content)

    async def missing(self, wanted: Sequence[facts.Undescribed]) -> None:
        """Fill in manifests that were stored before there were facts, some at a time."""
        rows: list[tuple[str, str]] = []
        for one in wanted[:_LAZY_MOST]:
            config, is_document = one.config, _is_document(one.config_media_type)
            shown = await self._read(one.repository, config, one.kind) if is_document else NOTHING
            rows.append((one.digest, shown))
        if rows:
            async with self._database.write() as work:
                for digest, shown in rows:
                    await facts.keep(work, digest, shown)


def _is_document(media_type: str) -> bool:
    return media_type.endswith("json") and media_type != media_types.OCI_EMPTY
