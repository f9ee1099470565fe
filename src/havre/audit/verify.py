"""Verify: hold the journal against its seals, and tell the first row and seal that do not fit.

The whole chain is checked first (it is small), then the rows under each seal; both as a stream.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from havre.audit import chain
from havre.audit.keys import SealKeys
from havre.audit.model import Finding, FindingKind, Head, PurgeDetail, Seal, VerifyReport
from havre.audit.ports import Anchor
from havre.audit.store import seals as store
from havre.kernel.work import Database, Reader, Row

_SEALS: Final = 200
_ROWS: Final = 5000
_KEPT: Final = 100  # findings told one by one; more are counted

Progress = Callable[[VerifyReport], None]


@dataclass(slots=True)
class _Chain:
    """What the first pass learned."""

    broken: set[int] = field(default_factory=set)  # seals that are not to be trusted
    purged: dict[int, int] = field(default_factory=dict)  # seal id -> bits of the rows that went rightly
    sealed_to: int = 0


class Verify:
    """Compares; changes nothing."""

    def __init__(self, database: Database, keys: SealKeys, anchor: Anchor) -> None:
        self._database = database
        self._keys = keys
        self._anchor = anchor

    async def run(self, noted: Head | None = None, progress: Progress = lambda report: None) -> VerifyReport:
        """Verify over one view of the database; `noted` is a head that somebody kept elsewhere.

        Raises: StartRefused when the master key does not open the keys of the seals.
        """
        keys, report = await self._keys.all(), VerifyReport()
        anchors = [head for head in (await self._anchor.read(), noted) if head is not None]
        async with self._database.read() as reader:
            links = await self._check_chain(reader, keys, anchors, report)
            async for seal in _sound_seals(reader, links.broken):
                await _check_rows(reader, seal, links.purged.get(seal.seal_id, 0), report)
                progress(report)
            report.unsealed = await store.count_after(reader, links.sealed_to)
        return report

    async def _check_chain(
        self, reader: Reader, keys: dict[str, bytes], anchors: Sequence[Head], report: VerifyReport
    ) -> _Chain:
        links, previous = _Chain(), Head(0, chain.NO_MAC)
        missed = {head.seal_id: head.mac for head in anchors}
        while found := await store.seals(reader, previous.seal_id, _SEALS):
            for seal in found:
                report.seals += 1
                if missed.get(seal.seal_id) == seal.mac:
                    del missed[seal.seal_id]
                fault = _fault(seal, previous, keys)
                previous = Head(seal.seal_id, seal.mac)
                if seal.kind == "rows":
                    links.sealed_to = max(links.sealed_to, seal.last_id)
                if fault:
                    links.broken.add(seal.seal_id)
                    _add(report, "seal", seal.seal_id, None, fault)
                elif seal.kind == "purge":
                    await _read_purge(reader, seal, links, report)
        for seal_id in sorted(missed):
            text = "the head that was noted outside the database is not in the chain: seals were removed"
            _add(report, "seal", seal_id, None, text)
        report.head = previous if report.seals else None
        return links


def _fault(seal: Seal, previous: Head, keys: dict[str, bytes]) -> str:
    """Say what is wrong with a link itself; empty when nothing is."""
    expected = previous.seal_id + 1
    if seal.seal_id != expected:
        last = seal.seal_id - 1
        which = f"seal {expected} is" if last == expected else f"seals {expected} to {last} are"
        return f"{which} missing before it, so neither they nor this one can be verified"
    key = keys.get(seal.key_id)
    if key is None:
        return f"it was signed with key {seal.key_id}, which is not in the database"
    if chain.mac_of(seal, previous.mac, key) != seal.mac:
        return "its signature does not fit: it, or the seal before it, was changed or made by somebody else"
    return ""


async def _sound_seals(reader: Reader, broken: set[int]) -> AsyncIterator[Seal]:
    """List the seals of rows that the first pass found sound, again from the same view."""
    after = 0
    while found := await store.seals(reader, after, _SEALS):
        after = found[-1].seal_id
        for seal in found:
            if seal.kind == "rows" and seal.seal_id not in broken:
                yield seal


async def _read_purge(reader: Reader, seal: Seal, links: _Chain, report: VerifyReport) -> None:
    bitmap = await store.entries(reader, seal.seal_id)
    of_seal = msgspec.json.decode(seal.detail, type=PurgeDetail).seal  # signed by us: it reads
    count = 0 if of_seal in links.broken else await store.row_count(reader, of_seal, seal.seal_id)
    if bitmap is None or chain.digest_of(bitmap) != seal.digest:
        _add(report, "seal", seal.seal_id, None, "its list of purged rows was changed or removed")
        return
    if count:
        links.purged[of_seal] = links.purged.get(of_seal, 0) | chain.bits_of(bitmap, count)
    report.purged += seal.row_count


async def _check_rows(reader: Reader, seal: Seal, purged: int, report: VerifyReport) -> None:
    entries = await store.entries(reader, seal.seal_id)
    if entries is None:
        if purged != (1 << seal.row_count) - 1:
            _add(report, "seal", seal.seal_id, None, "its list of rows was removed")
            return
        entries = b""  # every row went rightly, and the list with the last of them
    elif chain.digest_of(entries) != seal.digest:
        _add(report, "seal", seal.seal_id, None, "its list of rows was changed")
        return
    found = await _entries_there(reader, seal, report)
    if not purged and found == entries:  # nearly every seal: nothing to look for
        return
    for kind, row_id, text in _differences(entries, found, purged):
        _add(report, kind, seal.seal_id, row_id, text)


async def _entries_there(reader: Reader, seal: Seal, report: VerifyReport) -> bytes:
    pieces, after = list[bytes](), seal.first_id - 1
    while True:
        rows: Sequence[Row] = await store.rows_between(reader, after, seal.last_id, _ROWS)
        report.rows += len(rows)
        pieces += map(chain.entry_of, rows)
        if len(rows) < _ROWS:
            return b"".join(pieces)
        after = int(rows[-1].id)


def _differences(entries: bytes, found: bytes, purged: int) -> Iterator[tuple[FindingKind, int, str]]:
    """Compare what was sealed with what is there, in the order of the ids."""
    sealed, there = _by_id(entries), _by_id(found)
    gone = {number for position, number in enumerate(sealed) if purged >> position & 1}
    for number in sorted(sealed.keys() | there.keys()):
        if number not in sealed:
            yield "inserted", number, "it was not there when its neighbours were sealed"
        elif number in gone:
            if number in there:
                yield "inserted", number, "it had been purged and is there again"
        elif number not in there:
            yield "missing", number, "it was sealed and never purged"
        elif sealed[number] != there[number]:
            yield "changed", number, "it is not what was sealed"


def _by_id(entries: bytes) -> dict[int, bytes]:
    size = chain.ENTRY_SIZE
    return {
        int.from_bytes(entries[start : start + 8], "big"): entries[start + 8 : start + size]
        for start in range(0, len(entries), size)
    }


def _add(report: VerifyReport, kind: FindingKind, seal_id: int, row_id: int | None, text: str) -> None:
    report.found += 1
    if len(report.findings) < _KEPT:
        report.findings.append(Finding(kind, seal_id, row_id, text))
