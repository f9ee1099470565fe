"""The registry in this process, wired as assembly.py does it, over any database and a directory of files."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import cast

from havre.access import Access, create_first_admin
from havre.access.passwords import Passwords
from havre.adapters.blobs.filesystem import FilesystemBlobStore
from havre.adapters.database import open_database, prepare_database
from havre.adapters.vault import Vault
from havre.assembly.rules import left_out_events
from havre.audit import AuditJournal, OnFlush
from havre.kernel.actor import Actor, ActorKind, Grants
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName, Tag, parse_reference
from havre.kernel.work import Parameters
from havre.projects import CreateProject, create_library
from havre.projects.model import NewProject
from havre.registry import (
    Additions,
    Artifacts,
    Browse,
    Catalog,
    ChangeTags,
    Check,
    Chunk,
    Copy,
    CountPulls,
    Delete,
    DeleteArtifact,
    DeleteRepository,
    Describe,
    Finish,
    Gates,
    ManifestUpload,
    Mount,
    Pull,
    Push,
    Quota,
    Quotas,
    Referrers,
    RegistrySettings,
    Repair,
    StatBlob,
    StoredOverviews,
    Sweep,
    Tags,
    Uploads,
)
from havre.registry.errors import BodyCutShort
from havre.registry.formats.media_types import OCI_INDEX, OCI_MANIFEST
from havre.registry.model import PushedManifest
from havre.retention import ImmutableTags
from havre.system import Configuration
from kit.clock import WoundClock

ADMIN = Actor(ActorKind.USER, "admin", user_id=1, is_admin=True)
APP = RepositoryName.parse("library/app")
CONFIG = b"{}"
_PASSWORD = "Harbour-Test-1"
Json = Mapping[str, object]


class RegistryHouse:
    """The registry's use cases with an administrator and the public project `library`.

    Use `open_registry`; a second house on the same URL and directory is a second process.
    """

    def __init__(self, url: str, directory: Path, clock: WoundClock, settings: RegistrySettings) -> None:
        """Wire everything; nothing is opened yet."""
        self.clock = clock
        self.settings = settings
        self.directory = directory
        listeners: list[OnFlush] = []
        self.journal = AuditJournal(
            clock, on_flush=listeners, left_out=lambda: left_out_events(self.configuration)
        )
        self.database = open_database(url, self.journal)
        self.configuration = Configuration(self.database, Vault(bytes(32)))
        listeners.append(CountPulls(clock, self.configuration))
        self.blobs = FilesystemBlobStore(directory)
        self.access = Access(self.database)
        database, blobs, access = self.database, self.blobs, self.access
        self.quota = quota = Quota(database, clock, self.configuration)
        self.gates = gates = Gates(quota, ImmutableTags())
        self.uploads = Uploads(database, blobs, access, clock, settings, quota)
        self.finish = Finish(database, blobs, access, clock, settings, self.uploads)
        self.push = Push(database, Describe(database, blobs), access, clock, settings, gates)
        self.pull = Pull(database, blobs, access, self.journal)
        self.mount = Mount(database, access, clock, settings, quota)
        self.delete = Delete(database, access, clock, settings, gates.tags)
        self.tags = Tags(database, access)
        self.catalog = Catalog(database, access)
        self.referrers = Referrers(database, access)
        self.browse = Browse(database, access, gates.tags)
        self.copy = Copy(database, access, clock, settings, gates)
        self.quotas = Quotas(database, access, clock)
        self.delete_artifact = DeleteArtifact(database, access, clock, settings, gates.tags)
        self.delete_repository = DeleteRepository(database, access, clock, settings, gates.tags)
        self.additions = Additions(database, blobs, access)
        self.change_tags = ChangeTags(database, access, clock, settings, gates.tags)
        self.artifacts = Artifacts(database, access, Describe(database, blobs), StoredOverviews(), gates.tags)
        self.sweep = Sweep(database, blobs, clock)
        self.check = Check(database, blobs)
        self.repair = Repair(database, blobs, clock, settings)
        self.stat_blob = StatBlob(database, access, clock, settings)

    async def project(self, name: str, *, is_public: bool = False) -> int:
        """Create a project of the administrator's."""
        create = CreateProject(self.database, self.clock, self.configuration)
        return (await create.create(ADMIN, NewProject(name, is_public))).id

    async def push_blob(
        self, content: bytes, name: RepositoryName = APP, actor: Actor = ADMIN, algorithm: str = "sha256"
    ) -> Digest:
        """Push a blob by POST and PUT."""
        upload = await self.uploads.start(actor, name, algorithm)
        digest = Digest.of(content, algorithm)
        return await self.finish.upload(actor, name, upload.upload_id, digest, chunk_of(content))

    async def push_manifest(
        self, document: Json | bytes, reference: str, name: RepositoryName = APP, tags: Sequence[str] = ()
    ) -> PushedManifest:
        """Push a manifest under a tag or a digest."""
        body = document if isinstance(document, bytes) else encode(document)
        upload = ManifestUpload(body, "", parse_reference(reference), tuple(Tag.parse(tag) for tag in tags))
        return await self.push.manifest(ADMIN, name, upload)

    async def push_image(self, layer: bytes, tag: str = "v1", name: RepositoryName = APP) -> Digest:
        """Push a layer, a config and the manifest that names them."""
        await self.push_blob(layer, name)
        await self.push_blob(CONFIG, name)
        return (await self.push_manifest(image(layer), tag, name)).digest

    async def rows(self, statement: str, parameters: Parameters | None = None) -> list[tuple[object, ...]]:
        """Read rows as tuples: every engine's Row is a sequence too."""
        async with self.database.read() as reader:
            return [tuple(cast("Sequence[object]", row)) for row in await reader.all(statement, parameters)]

    async def one(self, statement: str, parameters: Parameters | None = None) -> object:
        """Read the one value of the one row."""
        [(value,)] = await self.rows(statement, parameters)
        return value

    async def events(self, name: str) -> list[str]:
        """List the resources of the journal's events of one name, in order."""
        found = await self.rows("SELECT resource FROM event WHERE name = :name ORDER BY id", {"name": name})
        return [str(resource) for (resource,) in found]

    async def flush(self) -> None:
        """Bring buffered events to the database, as the journal does at the end."""
        await self.journal.start(self.database)
        await self.journal.stop()

    async def findings(self, *, is_deep: bool = True) -> list[str]:
        """List the kinds of what `havre check` finds."""
        return [one.kind for one in (await self.check.run(is_deep=is_deep)).findings]

    def path(self, key: str) -> Path:
        """Tell where a key's bytes are."""
        return self.directory / key


@asynccontextmanager
async def open_registry(
    directory: Path,
    url: str | None = None,
    settings: RegistrySettings | None = None,
    clock: WoundClock | None = None,
) -> AsyncIterator[RegistryHouse]:
    """Open a registry in `directory`; on SQLite there, or on the prepared database at `url`."""
    if url is None:
        path = directory / "havre.db"
        if not path.exists():
            shutil.copyfile(await asyncio.to_thread(_template), path)
        url = f"sqlite:///{path}"
    house = RegistryHouse(url, directory, clock or WoundClock(), settings or RegistrySettings())
    try:
        await create_first_admin(house.database, Passwords(memory_kib=64), house.clock, _PASSWORD)
        await create_library(house.database, house.clock)
        yield house
    finally:
        await house.database.close()


def chunk_of(
    content: bytes, first: int | None = None, last: int | None = None, *, is_cut: bool = False
) -> Chunk:
    """Make a chunk as the edge does; one that `is_cut` breaks off behind `content`."""

    async def drain(write: Callable[[memoryview], None]) -> int:
        if content:
            await asyncio.to_thread(write, memoryview(content))
        if is_cut:
            raise BodyCutShort("the client vanished")
        return len(content)

    return Chunk(drain, first, last, None if is_cut else len(content))


def token_actor(**grants: Sequence[str]) -> Actor:
    """Make the bearer of a token for repositories: `library_app=["pull"]` means library/app."""
    return Actor(
        ActorKind.USER,
        "bearer",
        user_id=99,
        grants=Grants({name.replace("_", "/", 1): frozenset(actions) for name, actions in grants.items()}),
    )


def encode(document: Json) -> bytes:
    """Write a manifest."""
    return json.dumps(document).encode()


def descriptor(content: bytes, media_type: str, **more: object) -> dict[str, object]:
    """Describe some bytes."""
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content), **more}


def image(*layers: bytes, **more: object) -> dict[str, object]:
    """Make an image manifest over layers."""
    return {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(CONFIG, "application/vnd.oci.image.config.v1+json"),
        "layers": [descriptor(layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers],
        **more,
    }


def index(*children: bytes, **more: object) -> dict[str, object]:
    """Make an index over manifests."""
    return {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [descriptor(child, OCI_MANIFEST) for child in children],
        **more,
    }


@lru_cache(maxsize=1)
def _template() -> Path:
    path = Path(mkdtemp(prefix="havre-registry-test-")) / "template.db"
    prepare_database(f"sqlite:///{path}")
    return path
