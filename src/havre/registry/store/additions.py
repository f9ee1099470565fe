"""What additions are read out of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from havre.kernel.work import Reader
from havre.registry.store.manifests import read_strings
from havre.registry.store.places import ArtifactPlace

_COLUMNS: Final = "SELECT m.kind, m.media_type, m.annotations, b.body FROM manifest m"


@dataclass(frozen=True, slots=True)
class DescribedManifest:
    """A manifest with what decides on its additions."""

    kind: str
    media_type: str
    annotations: Mapping[str, str]
    body: bytes


async def manifest_of(reader: Reader, place: ArtifactPlace, *, is_sbom: bool) -> DescribedManifest | None:
    """Read an artifact's manifest (primary key), or that of its newest SBOM (index accessory_subject)."""
    if is_sbom:
        statement = f"""{_COLUMNS} JOIN accessory a ON a.repo_id = m.repo_id AND a.digest = m.digest
            JOIN manifest_body b ON b.digest = m.digest
            WHERE a.repo_id = :repo_id AND a.subject = :digest AND a.kind = 'sbom.harbor'
            ORDER BY a.id DESC LIMIT 1"""
        row = await reader.first(statement, {"repo_id": place.repo_id, "digest": place.digest})
    else:
        row = await reader.first(
            f"{_COLUMNS} JOIN manifest_body b ON b.digest = m.digest WHERE m.id = :id",
            {"id": place.manifest_id},
        )
    if row is None:
        return None
    return DescribedManifest(row.kind, row.media_type, read_strings(row.annotations), bytes(row.body))
