"""Hold components against advisories that are newer than what they were held against; no layer is read again.

    page of components -> findings, and which of them changed (component_change), in one transaction
    images of those that changed -> what lists show, and notices, a hundred in a transaction
    the version, and component_change is empty again

The version is noted at the end, so that what a crash left undone is done again; a notice may come twice then.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from havre.kernel.actor import system
from havre.kernel.work import Database, Work
from havre.scanning import scan_store, store
from havre.scanning.components import Component
from havre.scanning.errors import AdvisoriesMissing
from havre.scanning.events import VulnerabilitiesFound
from havre.scanning.findings import Finding
from havre.scanning.hold import hold
from havre.scanning.listing import show_indexes_everywhere, show_scan
from havre.scanning.overview import severity_word
from havre.scanning.ports import OpenAdvisories
from havre.scanning.store import Described, FoundRow

_PAGE: Final = 1000  # components of one transaction
_IMAGES: Final = 100
_NAMED: Final = 20  # vulnerabilities in a notice


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
        after = 0
        while page := await self._page(after):
            await self._match(page)
            after = max(page.values())
        await self._refresh()
        async with self._database.write() as work:
            await store.forget_changes(work)
            await scan_store.note_version(work, version)

    def _version(self) -> str:
        with self._advisories() as advisories:
            return advisories.version

    async def _page(self, after: int) -> Mapping[Component, int]:
        async with self._database.read() as reader:
            return await store.components_after(reader, after, _PAGE)

    async def _match(self, page: Mapping[Component, int]) -> None:
        """Match some components, write those whose findings changed, and note what each has newly."""
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
                news = {
                    number: _ids(store.facts_of(by_component.get(component, ())))
                    - _ids(known.get(number, frozenset()))
                    for component, number in changed.items()
                }
                await store.note_changes(work, news)

    def _hold(self, components: Sequence[Component]) -> tuple[Sequence[Finding], Sequence[Described]]:
        with self._advisories() as advisories:
            return hold(components, advisories)

    async def _refresh(self) -> None:
        """Let lists show what changed, and tell what is new; what a crash left undone too."""
        async with self._database.read() as reader:
            changed = await store.changes(reader)
            digests = await store.images_with(reader, sorted(changed))
        for start in range(0, len(digests), _IMAGES):
            async with self._database.write() as work:
                for digest in digests[start : start + _IMAGES]:
                    await self._show(work, digest, changed)

    async def _show(self, work: Work, digest: str, changed: Mapping[int, frozenset[str]]) -> None:
        scan = (await scan_store.scans_of(work, [digest])).get(digest)
        if scan is not None and scan.status == "success":
            found = await store.found_in(work, digest)
            await scan_store.put_counts(work, digest, found)
            await show_scan(work, scan, found)
            await show_indexes_everywhere(work, digest)
            numbers = await store.components_of(work, digest)
            fresh = frozenset[str]().union(*(changed.get(number, frozenset()) for number in numbers))
            news = [row for row in found if row.id in fresh]
            for place in await scan_store.places_of(work, digest) if news else ():
                work.announce(_notice(place, digest, news))


def _ids(facts: store.Facts) -> frozenset[str]:
    return frozenset(fact[0] for fact in facts)


def _notice(place: scan_store.ImagePlace, digest: str, news: Sequence[FoundRow]) -> VulnerabilitiesFound:
    return VulnerabilitiesFound(
        actor=system("scanner"),
        resource=f"{place.repository}@{digest}",
        project_id=place.project_id,
        repository=place.repository,
        digest=digest,
        severity=severity_word(news),
        vulnerabilities=tuple(dict.fromkeys(row.id for row in news))[:_NAMED],
    )
