"""Which projects let nobody pull what is not signed: Harbor's two words for it in a project's metadata."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from havre.kernel.work import Database

_FRESH_S: Final = 1.0  # a change in another process is in force after that


@dataclass(frozen=True, slots=True)
class ContentTrust:
    """What a project asks of an artifact: a signature of Notary or Notation, one of cosign, or both."""

    project_id: int
    notary: bool
    cosign: bool


class ContentTrusts:
    """Knows them; asks the database at most once a second, whatever is pulled."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: Mapping[str, ContentTrust] = {}
        self._asked_at = 0.0

    async def of(self, project: str) -> ContentTrust | None:
        """Find what a project asks for; None for one that asks for nothing."""
        if time.monotonic() - self._asked_at > _FRESH_S:
            self._known = await self._read()
            self._asked_at = time.monotonic()
        return self._known.get(project)

    async def _read(self) -> Mapping[str, ContentTrust]:
        async with self._database.read() as reader:
            rows = await reader.all(
                """SELECT p.id, p.name, m.name AS word FROM project_metadata m
                   JOIN project p ON p.id = m.project_id
                   WHERE m.name IN :words AND m.value = 'true' ORDER BY p.id LIMIT 200000""",
                {"words": [_NOTARY, _COSIGN]},
            )
        words: dict[str, tuple[int, set[str]]] = {}
        for row in rows:
            words.setdefault(row.name, (int(row.id), set()))[1].add(row.word)
        return {
            name: ContentTrust(project_id, _NOTARY in said, _COSIGN in said)
            for name, (project_id, said) in words.items()
        }


_NOTARY: Final = "enable_content_trust"
_COSIGN: Final = "enable_content_trust_cosign"
