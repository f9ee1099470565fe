"""Hold components against advisories that are newer than what they were held against; no layer is read again.

Done page by page, each in a transaction; the version is noted at the end, so that what a crash left undone is
done again. It comes to the same however often it is done.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from havre.kernel.work import Database, Work
from havre.scanning import scan_store, store
from havre.scanning.components import Component
from havre.scanning.errors import AdvisoriesMissing
from havre.scanning.findings import Finding
from havre.scanning.hold import hold
from havre.scanning.listing import show_indexes_everywhere, show_scan
from havre.scanning.ports import OpenAdvisories
from havre.scanning.store import Described

_PAGE: Final = 1000  # components of one transaction
_IMAGES: Final = 100


class Rematch:
    """Looks after findings, on one process at a time."""

    def __init__(self, database: Database, advisories: OpenAdvisories) -> None:
        self._database = database
        self._advisories = advisories

    async def run(self) -> None:
        """Match everything anew when other advisories are there than it was matched with."""
        try:
            version = await asyncio.to_thread(self._version)
        except AdvisoriesMissing:
            return
        async with self._database.read() as reader:
            if not await scan_store.is_older(reader, version):
                return
        changed: set[int] = set()
        after = 0
        while page := await self._page(after):
            changed |= await self._match(page)
            after = max(page.values())
        await self._refresh(changed)
        async with self._database.write() as work:
            await scan_store.note_version(work, version)

    def _version(self) -> str:
        with self._advisories() as advisories:
            return advisories.version

    async def _page(self, after: int) -> Mapping[Component, int]:
        async with self._database.read() as reader:
            return await store.components_after(reader, after, _PAGE)

    async def _match(self, page: Mapping[Component, int]) -> set[int]:
        """Match some components and write those whose findings changed; tell which those are."""
        findings, described = await asyncio.to_thread(self._hold, list(page))
        by_component: dict[Component, list[Finding]] = {}
        for one in findings:
            by_component.setdefault(one.component, []).append(one)
        async with self._database.write() as work:
            known = await store.findings_of(work, list(page.values()))
            changed = {
                component: number
                for component, number in page.items()
                if store.facts_of(by_component.get(component, ())) != known.get(number, frozenset())
            }
            await store.put_vulnerabilities(work, described)
            if changed:
                kept = [one for one in findings if one.component in changed]
                await store.put_findings(work, changed, kept)
        return set(changed.values())

    def _hold(self, components: Sequence[Component]) -> tuple[Sequence[Finding], Sequence[Described]]:
        with self._advisories() as advisories:
            return hold(components, advisories)

    async def _refresh(self, changed: set[int]) -> None:
        """Let lists show what changed."""
        async with self._database.read() as reader:
            digests = await store.images_with(reader, sorted(changed))
        for start in range(0, len(digests), _IMAGES):
            async with self._database.write() as work:
                for digest in digests[start : start + _IMAGES]:
                    await self._show(work, digest)

    async def _show(self, work: Work, digest: str) -> None:
        scan = (await scan_store.scans_of(work, [digest])).get(digest)
        if scan is not None and scan.status == "success":
            found = await store.found_in(work, digest)
            await scan_store.put_counts(work, digest, found)
            await show_scan(work, scan, found)
            await show_indexes_everywhere(work, digest)
