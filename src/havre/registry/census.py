"""Read whole repositories for rules that judge everything in them. Who may ask is the caller's to decide."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry.model import CensusAccessory, CensusArtifact, CensusRepository
from havre.registry.store import census as store

PAGE: Final = 1000  # artifacts at a time, in four queries
_FIRST: Final = (1 << 62, 1 << 62)


class Census:
    """Reads repositories and what is in them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def repositories(self, project_id: int, after: str, limit: int) -> Sequence[CensusRepository]:
        """List the repositories of a project behind a name, in order of names."""
        async with self._database.read() as reader:
            return await store.repositories(reader, project_id, after, limit)

    async def all_repositories(self, after: str, limit: int) -> Sequence[CensusRepository]:
        """List the repositories of all projects behind a name, in order of names."""
        async with self._database.read() as reader:
            return await store.all_repositories(reader, after, limit)

    async def accessories(self, repo_id: int) -> AsyncIterator[Sequence[CensusAccessory]]:
        """Yield what signs or describes other manifests of a repository, in pages of one consistent view."""
        after = ""
        async with self._database.read() as reader:
            while page := await store.accessories(reader, repo_id, after, PAGE):
                yield page
                if len(page) < PAGE:
                    return
                after = page[-1].digest

    async def accessories_of(self, repo_id: int, subject: str) -> Sequence[CensusAccessory]:
        """List what signs or describes one manifest."""
        async with self._database.read() as reader:
            return await store.accessories_of(reader, repo_id, subject)

    async def repository(self, name: RepositoryName) -> CensusRepository | None:
        """Find one repository."""
        async with self._database.read() as reader:
            return await store.find_repository(reader, name.text)

    async def artifacts(self, repo_id: int) -> AsyncIterator[Sequence[CensusArtifact]]:
        """Yield what stands in lists by itself, newest push first, in pages of one consistent view."""
        place = _FIRST
        async with self._database.read() as reader:
            while page := await store.artifacts(reader, repo_id, place, PAGE):
                yield page
                if len(page) < PAGE:
                    return
                place = page[-1].pushed_at, page[-1].manifest_id
