"""Check: hold the database against the storage, both ways, and the digests when asked.

missing    a blob row whose bytes are not there          (loss: broken pulls)
misfit     bytes of another size than the row says       (loss)
corrupt    bytes that hash to something else  (--deep)   (loss)
dangling   a manifest that names a blob or body that is gone
forgotten  a blob that no manifest names and that no review waits for  (waste)
mislisted  a manifest that lists show and should not, or the other way round
stranger   bytes that no row and no trash row knows      (waste, no loss)

repair.py puts the last three right.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from havre.kernel.digest import Digest, new_hasher
from havre.kernel.work import Database
from havre.registry.ports import BlobStore
from havre.registry.store import facts, inventory

_BATCH: Final = 1000
_SHOWN: Final = 5  # images that a finding names


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: its kind, the sentence, and what a repair needs to find it again."""

    kind: str
    what: str
    subject: str = ""


@dataclass(slots=True)
class CheckReport:
    """What was looked at and what was found."""

    blobs: int = 0
    manifests: int = 0
    bytes_read: int = 0
    keys: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def add(self, kind: str, what: str, subject: str = "") -> None:
        """Note a finding."""
        self.findings.append(Finding(kind, what, subject))


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
            for row in rows:
                report.blobs += 1
                if not row.is_remembered:
                    what = (
                        f"blob {row.digest}: {row.size} bytes that no manifest names and no review waits for"
                    )
                    report.add("forgotten", what, row.digest)
                loss = await self._loss_of(report, row, keys, is_deep=is_deep)
                if loss is not None:
                    kind, what = loss
                    report.add(kind, f"blob {row.digest}: {what}; {await self._hurt(row.digest)}")
            if len(rows) < _BATCH:
                return
            after = rows[-1].digest

    async def _loss_of(
        self, report: CheckReport, row: inventory.BlobRow, keys: dict[str, int], *, is_deep: bool
    ) -> tuple[str, str] | None:
        actual = keys.get(row.key)
        if actual is None:
            actual = await self._blobs.size_of(row.key)  # committed after the keys were listed
        if actual is None:
            return "missing", f"no bytes at {row.key}"
        if actual != row.size:
            return "misfit", f"{actual} bytes at {row.key}, not {row.size}"
        if is_deep and not await self._is_sound(report, row):
            return "corrupt", f"the bytes at {row.key} hash to something else"
        return None

    async def _hurt(self, digest: str) -> str:
        async with self._database.read() as reader:
            images, total = await inventory.images_of(reader, digest, _SHOWN)
        if not images:
            return "no image is hurt"
        more = f" and {total - len(images)} more" if total > len(images) else ""
        return f"hurt: {', '.join(images)}{more}"

    async def _is_sound(self, report: CheckReport, row: inventory.BlobRow) -> bool:
        digest = Digest.parse(row.digest)
        hasher = new_hasher(digest.algorithm)
        async for piece in self._pieces(row.key, row.size):
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
                    report.add("missing", f"manifest {name}@{digest}: no bytes")
                elif Digest.of(body, Digest.parse(digest).algorithm).hex != Digest.parse(digest).hex:
                    report.add("corrupt", f"manifest {name}@{digest}: the bytes hash to something else")
            await self._check_lists(report, after, rows[-1][0] if rows else after)
            if len(rows) < _BATCH:
                break
            after = rows[-1][0]
        async with self._database.read() as reader:
            for name, parent, child in await inventory.dangling_references(reader):
                report.add("dangling", f"manifest {name}@{parent} names {child}, which is gone")

    async def _check_lists(self, report: CheckReport, after: int, last: int) -> None:
        async with self._database.read() as reader:
            rows = await facts.mislisted(reader, after, last)
        for repo_id, name, digest in rows:
            what = f"manifest {name}@{digest}: lists show it where it does not belong, or not where it does"
            report.add("mislisted", what, f"{repo_id} {digest}")

    async def _check_strangers(self, report: CheckReport, keys: dict[str, int]) -> None:
        names = sorted(keys)
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            async with self._database.read() as reader:
                known = await inventory.known_keys(reader, batch)
            for key in batch:
                if key not in known and await self._blobs.size_of(key) is not None:
                    report.add("stranger", f"{key}: {keys[key]} bytes that no row knows", key)
