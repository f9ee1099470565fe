"""Fetch the sources that the settings name, and import them when anything is new.

A source that cannot be fetched keeps the files that it had. An import that is refused is tried again with the
next look, and said again: nobody is to believe that what they see is of today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from havre.kernel.actor import system
from havre.kernel.work import Database
from havre.scanning.errors import ImportRefused, SourceUnreadable
from havre.scanning.events import AdvisoriesImported, AdvisoriesRefused


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import took."""

    version: str
    entries: int
    faults: int


class Sources(Protocol):
    """Fetches sources into the data directory."""

    async def fetch(self, source: str) -> tuple[Path, bool]:
        """Fetch one; where its files are and whether they are new. Raises: SourceUnreadable."""

    def kept(self, source: str) -> Path | None:
        """Tell where the files are that were fetched before, if any."""

    def forget_others(self, sources: Sequence[str]) -> None:
        """Drop the files of sources that are configured no more."""

    def mark(self, *, is_pending: bool) -> None:
        """Note whether something was fetched that is not imported yet."""

    @property
    def is_pending(self) -> bool:
        """Whether it was noted so."""


class ImportFiles(Protocol):
    """Imports files, in a process of its own."""

    async def __call__(self, paths: Sequence[Path]) -> Taken:
        """Import. Raises: ImportRefused, SourceUnreadable."""


class FetchAdvisories:
    """Keeps advisories as new as their sources."""

    def __init__(
        self, database: Database, sources: Sources, import_files: ImportFiles, names: Sequence[str]
    ) -> None:
        self._database = database
        self._sources = sources
        self._import = import_files
        self._names = names

    async def run(self) -> str:
        """Look at every source once; tells how it ended, as the journal does."""
        refused = []
        for name in self._names:
            try:
                _, is_new = await self._sources.fetch(name)
            except SourceUnreadable as error:
                refused.append(await self._refuse(name, error))
                continue
            if is_new:
                self._sources.mark(is_pending=True)
        if not self._sources.is_pending:
            return "; ".join(refused) or "nothing is new"
        self._sources.forget_others(self._names)
        paths = [place for name in self._names if (place := self._sources.kept(name)) is not None]
        try:
            taken = await self._import(paths)
        except (ImportRefused, SourceUnreadable) as error:
            return "; ".join([*refused, await self._refuse("import", error)])
        self._sources.mark(is_pending=False)
        async with self._database.write() as work:
            work.announce(
                AdvisoriesImported(
                    actor=system("scanner"),
                    resource=taken.version,
                    entries=taken.entries,
                    faults=taken.faults,
                )
            )

        return "; ".join([*refused, f"{taken.entries} entries are in use, version {taken.version}"])

    async def _refuse(self, name: str, error: Exception) -> str:
        async with self._database.write() as work:
            work.announce(
                AdvisoriesRefused(
                    actor=system("scanner"), resource=name, succeeded=False, reason=str(error)[:1000]
                )
            )
        return f"{name} was refused: {error}"
