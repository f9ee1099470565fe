"""Check: hold the database against the storage, both ways, and the digests when asked.

missing    a blob row whose bytes are not there          (loss: broken pulls)
misfit     bytes of another size than the row says       (loss)
corrupt    bytes that hash to something else  (--deep)   (loss)
dangling   a manifest that names a blob or body that is gone
stranger   bytes that no row and no trash row knows      (waste, no loss)
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from havre.kernel.digest import Digest, new_hasher
from havre.kernel.work import Database
from havre.registry.ports import BlobStore
from havre.registry.store import inventory

_BATCH: Final = 1000
_PIECE: Final = 1024 * 1024


@dataclass(slots=True)
class CheckReport:
    """What was looked at and what was found; `findings` are (kind, what)."""

    blobs: int = 0
    manifests: int = 0
    bytes_read: int = 0
    keys: int = 0
    findings: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


class Check:
    """Compares rows and bytes; changes nothing, and may run beside a serving instance."""

    def __init__(self, database: Database, blob_store: BlobStore) -> None:
        self._database = database
        self._blobs = blob_store

    async def run(self, *, is_deep: bool) -> CheckReport:
        """Walk all rows and all keys; `is_deep` reads every byte again."""
        report = CheckReport()
        # Keys first: bytes that appear while the rows are read are no strangers, their rows may follow.
        keys = {key: size async for key, size in self._blobs.keys()}  # noqa: SIM118 - no dict
        report.keys = len(keys)
        await self._check_blobs(report, keys, is_deep=is_deep)
        await self._check_manifests(report)
        await self._check_strangers(report, keys)
        return report

    async def _check_blobs(self, report: CheckReport, keys: dict[str, int], *, is_deep: bool) -> None:
        after = ""
        while True:
            async with self._database.read() as reader:
                rows = await inventory.blobs_after(reader, after, _BATCH)
            for digest, key, size in rows:
                report.blobs += 1
                actual = keys.get(key)
                if actual is None:
                    actual = await self._blobs.size_of(key)  # committed after the keys were listed
                if actual is None:
                    report.findings.append(("missing", f"blob {digest}: no bytes at {key}"))
                elif actual != size:
                    report.findings.append(("misfit", f"blob {digest}: {actual} bytes at {key}, not {size}"))
                elif is_deep and not await self._is_sound(report, digest, key, size):
                    report.findings.append(
                        ("corrupt", f"blob {digest}: the bytes at {key} hash to something else")
                    )
            if len(rows) < _BATCH:
                return
            after = rows[-1][0]

    async def _is_sound(self, report: CheckReport, text: str, key: str, size: int) -> bool:
        digest = Digest.parse(text)
        hasher = new_hasher(digest.algorithm)
        async for piece in self._pieces(key, size):
            hasher.update(piece)
            report.bytes_read += len(piece)
        return hasher.hexdigest() == digest.hex

    async def _pieces(self, key: str, size: int) -> AsyncIterator[bytes]:
        if size:
            async for piece in self._blobs.read(key, 0, size):
                yield piece

    async def _check_manifests(self, report: CheckReport) -> None:
        after = 0
        while True:
            async with self._database.read() as reader:
                rows = await inventory.manifests_after(reader, after, _BATCH)
            for _, name, digest, body in rows:
                report.manifests += 1
                if body is None:
                    report.findings.append(("missing", f"manifest {name}@{digest}: no bytes"))
                elif Digest.of(body, Digest.parse(digest).algorithm).hex != Digest.parse(digest).hex:
                    report.findings.append(
                        ("corrupt", f"manifest {name}@{digest}: the bytes hash to something else")
                    )
            if len(rows) < _BATCH:
                break
            after = rows[-1][0]
        async with self._database.read() as reader:
            for name, parent, child in await inventory.dangling_references(reader):
                report.findings.append(("dangling", f"manifest {name}@{parent} names {child}, which is gone"))

    async def _check_strangers(self, report: CheckReport, keys: dict[str, int]) -> None:
        names = sorted(keys)
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            async with self._database.read() as reader:
                known = await inventory.known_keys(reader, batch)
            for key in batch:
                if key not in known and await self._blobs.size_of(key) is not None:
                    report.findings.append(("stranger", f"{key}: {keys[key]} bytes that no row knows"))
