"""Which projects let nobody pull what is not signed: Harbor's two words for it in a project's metadata."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from havre.kernel.work import Reader

_NOTARY: Final = "enable_content_trust"
_COSIGN: Final = "enable_content_trust_cosign"


@dataclass(frozen=True, slots=True)
class ContentTrust:
    """What a project asks of an artifact: a signature of Notary or Notation, one of cosign, or both."""

    project_id: int
    notary: bool
    cosign: bool


async def content_trusts(reader: Reader) -> Mapping[str, ContentTrust]:
    """Read what projects ask for, of those that ask for anything; by the project's name."""
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
