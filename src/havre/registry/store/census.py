"""Whole repositories page by page, for rules that judge everything in them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from havre.kernel.work import Reader, Row
from havre.registry.model import CensusAccessory, CensusArtifact, CensusRepository, CensusTag


async def repositories(reader: Reader, project_id: int, after: str, limit: int) -> Sequence[CensusRepository]:
    """List the repositories of a project that somebody pushed to, by name (index repository_project)."""
    rows = await reader.all(
        """SELECT id, name, version FROM repository
           WHERE project_id = :project_id AND name > :after AND first_pushed_at IS NOT NULL
           ORDER BY name LIMIT :limit""",
        {"project_id": project_id, "after": after, "limit": limit},
    )
    return [CensusRepository(row.id, project_id, row.name, row.version) for row in rows]


async def all_repositories(reader: Reader, after: str, limit: int) -> Sequence[CensusRepository]:
    """List the repositories of all projects that somebody pushed to, by name (unique key)."""
    rows = await reader.all(
        """SELECT id, project_id, name, version FROM repository
           WHERE name > :after AND first_pushed_at IS NOT NULL ORDER BY name LIMIT :limit""",
        {"after": after, "limit": limit},
    )
    return [CensusRepository(row.id, row.project_id, row.name, row.version) for row in rows]


async def accessories(reader: Reader, repo_id: int, after: str, limit: int) -> Sequence[CensusAccessory]:
    """List what signs or describes other manifests, by digest, with its tags: two queries.

    Unique key accessory_once; index tag_digest.
    """
    rows = await reader.all(
        """SELECT digest, subject FROM accessory WHERE repo_id = :repo_id AND digest > :after
           ORDER BY digest LIMIT :limit""",
        {"repo_id": repo_id, "after": after, "limit": limit},
    )
    return await _with_tags(reader, repo_id, rows)


async def _with_tags(reader: Reader, repo_id: int, rows: Sequence[Row]) -> Sequence[CensusAccessory]:
    if not rows:
        return []
    tags = await _tags(reader, repo_id, [str(row.digest) for row in rows])
    return [
        CensusAccessory(row.digest, row.subject, tuple(tag.name for tag in tags.get(row.digest, ())))
        for row in rows
    ]


async def accessories_of(reader: Reader, repo_id: int, subject: str) -> Sequence[CensusAccessory]:
    """List what signs or describes one manifest, with its tags: two queries (index accessory_subject)."""
    rows = await reader.all(
        """SELECT digest, subject FROM accessory WHERE repo_id = :repo_id AND subject = :subject
           ORDER BY id LIMIT 1000""",
        {"repo_id": repo_id, "subject": subject},
    )
    return await _with_tags(reader, repo_id, rows)


async def find_repository(reader: Reader, name: str) -> CensusRepository | None:
    """Find a repository that somebody pushed to (unique key)."""
    row = await reader.first(
        """SELECT id, project_id, name, version FROM repository
           WHERE name = :name AND first_pushed_at IS NOT NULL""",
        {"name": name},
    )
    return None if row is None else CensusRepository(row.id, row.project_id, row.name, row.version)


async def artifacts(
    reader: Reader, repo_id: int, after: tuple[int, int], limit: int
) -> Sequence[CensusArtifact]:
    """List what stands in lists by itself, newest push first, behind (pushed_at, id): four queries.

    Indexes manifest_listed, tag_digest, manifest_ref_child; the primary key of artifact_label.
    """
    rows = await reader.all(
        """SELECT id, digest, kind, pushed_at, pulled_at FROM manifest
           WHERE repo_id = :repo_id AND is_listed = TRUE
             AND (pushed_at < :moment OR (pushed_at = :moment AND id < :id))
           ORDER BY pushed_at DESC, id DESC LIMIT :limit""",
        {"repo_id": repo_id, "moment": after[0], "id": after[1], "limit": limit},
    )
    if not rows:
        return []
    digests = [str(row.digest) for row in rows]
    tags = await _tags(reader, repo_id, digests)
    parents = await _parents(reader, repo_id, digests)
    labels = await _labels(reader, [int(row.id) for row in rows])
    return [
        CensusArtifact(
            manifest_id=row.id,
            digest=row.digest,
            kind=row.kind,
            pushed_at=row.pushed_at,
            pulled_at=row.pulled_at,
            tags=tuple(tags.get(row.digest, ())),
            labels=frozenset(labels.get(row.id, ())),
            parents=tuple(parents.get(row.digest, ())),
        )
        for row in rows
    ]


async def _tags(reader: Reader, repo_id: int, digests: Sequence[str]) -> Mapping[str, list[CensusTag]]:
    rows = await reader.all(
        """SELECT id, name, digest, updated_at, pulled_at FROM tag
           WHERE repo_id = :repo_id AND digest IN :digests ORDER BY digest, name""",
        {"repo_id": repo_id, "digests": list(digests)},
    )
    found = defaultdict[str, list[CensusTag]](list)
    for row in rows:
        found[row.digest].append(CensusTag(row.id, row.name, row.updated_at, row.pulled_at))
    return found


async def _parents(reader: Reader, repo_id: int, digests: Sequence[str]) -> Mapping[str, list[str]]:
    rows = await reader.all(
        """SELECT child, parent FROM manifest_ref
           WHERE repo_id = :repo_id AND child IN :digests AND kind = 'manifest' ORDER BY child, parent""",
        {"repo_id": repo_id, "digests": list(digests)},
    )
    found = defaultdict[str, list[str]](list)
    for row in rows:
        found[row.child].append(row.parent)
    return found


async def _labels(reader: Reader, ids: Sequence[int]) -> Mapping[int, list[str]]:
    rows = await reader.all(
        """SELECT a.manifest_id, l.name FROM artifact_label a JOIN label l ON l.id = a.label_id
           WHERE a.manifest_id IN :ids ORDER BY a.manifest_id, l.name""",
        {"ids": list(ids)},
    )
    found = defaultdict[int, list[str]](list)
    for row in rows:
        found[row.manifest_id].append(row.name)
    return found
