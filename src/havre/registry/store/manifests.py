"""Rows of `manifest`, `manifest_body` and `manifest_ref`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Database, Parameters, Reader, Work
from havre.registry.formats.manifest import ParsedManifest, Ref, RefKind
from havre.registry.model import ManifestContent, Referrer

_BATCH: Final = 1000
_BY_TAG: Final = (
    "SELECT m.media_type, m.digest, b.body, r.project_id FROM repository r "
    "JOIN tag t ON t.repo_id = r.id AND t.name = :reference "
    "JOIN manifest m ON m.repo_id = r.id AND m.digest = t.digest "
    "JOIN manifest_body b ON b.digest = m.digest WHERE r.name = :repository"
)
_BY_DIGEST: Final = (
    "SELECT m.media_type, m.digest, b.body, r.project_id FROM repository r "
    "JOIN manifest m ON m.repo_id = r.id AND m.digest = :reference "
    "JOIN manifest_body b ON b.digest = m.digest WHERE r.name = :repository"
)


async def find_manifest(
    database: Database, repository: RepositoryName, reference: Reference
) -> tuple[ManifestContent, int] | None:
    """Find a manifest and its project's id: the hot read of every pull (unique keys only)."""
    statement = _BY_TAG if isinstance(reference, Tag) else _BY_DIGEST
    row = await database.hot(statement, {"reference": str(reference), "repository": repository.text})
    return None if row is None else (ManifestContent(row[1], row[0], row[2]), row[3])


async def missing_references(work: Work, repo_id: int, parsed: ParsedManifest) -> list[str]:
    """List what the manifest names and the repository lacks, in order.

    The blob rows found are locked, sorted, so that no collector takes them before the commit.
    A child of an index may be a blob: BuildKit's cache index lists layers.
    """
    wanted = {str(ref.digest): ref.kind for ref in parsed.refs if ref.kind is not RefKind.FOREIGN}
    if not wanted:
        return []
    present = await _present_blobs(work, repo_id, sorted(wanted))
    children = [digest for digest, kind in wanted.items() if kind is RefKind.MANIFEST]
    if children:
        present |= await present_manifests(work, repo_id, sorted(children))
    return [digest for digest in wanted if digest not in present]


async def _present_blobs(work: Work, repo_id: int, digests: Sequence[str]) -> set[str]:
    rows = await work.all(
        """SELECT b.digest FROM blob b JOIN repo_blob rb ON rb.digest = b.digest
           WHERE rb.repo_id = :repo_id AND b.digest IN :digests AND NOT b.is_quarantined
           ORDER BY b.digest FOR KEY SHARE OF b""",
        {"repo_id": repo_id, "digests": list(digests)},
    )
    return {str(row.digest) for row in rows}


async def present_manifests(work: Work, repo_id: int, digests: Sequence[str]) -> set[str]:
    """Tell which of the manifests the repository holds, locked until the commit."""
    rows = await work.all(
        """SELECT digest FROM manifest WHERE repo_id = :repo_id AND digest IN :digests
           ORDER BY digest FOR KEY SHARE""",
        {"repo_id": repo_id, "digests": list(digests)},
    )
    return {str(row.digest) for row in rows}


async def children_size(work: Work, repo_id: int, digests: Sequence[str]) -> int:
    """Add up the total sizes of an index's children."""
    if not digests:
        return 0
    rows = await work.all(  # added up here: sizes are the clients' words, SUM would overflow
        "SELECT total_size FROM manifest WHERE repo_id = :repo_id AND digest IN :digests",
        {"repo_id": repo_id, "digests": list(digests)},
    )
    return sum(int(row.total_size) for row in rows)


@dataclass(frozen=True, slots=True)
class NewManifest:
    """Everything that `add_manifest` writes."""

    digest: Digest
    body: bytes
    parsed: ParsedManifest
    total_size: int
    pushed_by: str
    pushed_at: int
    missing: frozenset[str] = frozenset()
    project_id: int = 0
    kind: str = "UNKNOWN"


async def add_manifest(work: Work, repo_id: int, new: NewManifest) -> bool:
    """Insert the manifest with its references; False when the repository has it already."""
    digest = str(new.digest)
    await _hold_body(work, digest, new.body)
    if await _insert_manifest(work, repo_id, new):
        await _add_references(work, repo_id, digest, new)
        return True
    if await present_manifests(work, repo_id, [digest]):  # locked: no collector takes it before the commit
        return False
    return await add_manifest(work, repo_id, new)  # it was just being deleted, and is gone now


async def _hold_body(work: Work, digest: str, body: bytes) -> None:
    """Store the bytes, or lock those that are there: another repository may just be giving them up."""
    is_held = False
    while not is_held:
        is_held = bool(
            await work.run(
                """INSERT INTO manifest_body (digest, body) VALUES (:digest, :body)
                   ON CONFLICT (digest) DO NOTHING""",
                {"digest": digest, "body": body},
            )
        ) or bool(
            await work.first(
                "SELECT 1 AS one FROM manifest_body WHERE digest = :digest FOR KEY SHARE", {"digest": digest}
            )
        )


async def _insert_manifest(work: Work, repo_id: int, new: NewManifest) -> bool:
    parsed = new.parsed
    added = await work.run(
        """INSERT INTO manifest (repo_id, digest, media_type, artifact_type, config_media_type, subject, size,
                                 total_size, annotations, pushed_by, pushed_at, project_id, kind)
           VALUES (:repo_id, :digest, :media_type, :artifact_type, :config_media_type, :subject, :size,
                   :total_size, :annotations, :pushed_by, :pushed_at, :project_id, :kind)
           ON CONFLICT (repo_id, digest) DO NOTHING""",
        {
            "repo_id": repo_id,
            "digest": str(new.digest),
            "media_type": parsed.media_type,
            "artifact_type": parsed.artifact_type,
            "config_media_type": parsed.config_media_type,
            "subject": str(parsed.subject) if parsed.subject else None,
            "size": len(new.body),
            "total_size": new.total_size,
            "annotations": msgspec.json.encode(parsed.annotations).decode(),
            "pushed_by": new.pushed_by,
            "pushed_at": new.pushed_at,
            "project_id": new.project_id,
            "kind": new.kind,
        },
    )
    return added == 1


async def _add_references(work: Work, repo_id: int, parent: str, new: NewManifest) -> None:
    rows = [
        {
            "repo_id": repo_id,
            "parent": parent,
            "kind": ref.kind.value,
            "child": str(ref.digest),
            "blob": str(ref.digest) if _is_held(ref, new.missing) else None,
            "position": position,
            "media_type": ref.media_type,
            "size": ref.size,
            "extra": ref.extra,
        }
        for position, ref in enumerate(new.parsed.refs)
    ]
    if rows:
        await work.run_many(
            """INSERT INTO manifest_ref (repo_id, parent, kind, child, blob, position, media_type, size,
                                         extra)
               VALUES (:repo_id, :parent, :kind, :child, :blob, :position, :media_type, :size, :extra)""",
            rows,
        )


def _is_held(ref: Ref, missing: frozenset[str]) -> bool:
    """Whether the reference keeps a blob alive; a missing one does once it comes (hold_late_blob)."""
    return ref.kind in (RefKind.CONFIG, RefKind.LAYER) and str(ref.digest) not in missing


async def hold_late_blob(work: Work, repo_id: int, digest: Digest) -> None:
    """Let manifests that were pushed before a blob of theirs keep it alive (index manifest_ref_child)."""
    await work.run(
        """UPDATE manifest_ref SET blob = child WHERE repo_id = :repo_id AND child = :digest AND blob IS NULL
           AND kind IN ('config', 'layer')""",
        {"repo_id": repo_id, "digest": str(digest)},
    )


async def is_child(reader: Reader, repo_id: int, digest: Digest) -> bool:
    """Tell whether an index of the repository lists the manifest (index manifest_ref_child)."""
    row = await reader.first(
        """SELECT 1 AS one FROM manifest_ref
           WHERE repo_id = :repo_id AND child = :digest AND kind = 'manifest' LIMIT 1""",
        {"repo_id": repo_id, "digest": str(digest)},
    )
    return row is not None


async def blobs_of(reader: Reader, repo_id: int, digest: Digest) -> Sequence[str]:
    """List the blobs that a manifest keeps alive (primary key)."""
    rows = await reader.all(
        """SELECT blob FROM manifest_ref WHERE repo_id = :repo_id AND parent = :digest AND blob IS NOT NULL
           ORDER BY blob LIMIT 100000""",
        {"repo_id": repo_id, "digest": str(digest)},
    )
    return [str(row.blob) for row in rows]


async def children_of(reader: Reader, repo_id: int, digest: Digest) -> Sequence[str]:
    """List the manifests that an index names (primary key)."""
    rows = await reader.all(
        """SELECT child FROM manifest_ref WHERE repo_id = :repo_id AND parent = :digest AND kind = 'manifest'
           ORDER BY child LIMIT 100000""",
        {"repo_id": repo_id, "digest": str(digest)},
    )
    return [str(row.child) for row in rows]


async def delete_manifest(work: Work, repo_id: int, digest: Digest) -> bool:
    """Delete the row (its tags and references go with it); False when it was not there.

    The bytes are locked already, and looked at last: only then is seen what the lock waited for.
    """
    names: Parameters = {"repo_id": repo_id, "digest": str(digest)}
    gone = await work.run("DELETE FROM manifest WHERE repo_id = :repo_id AND digest = :digest", names)
    if gone:
        await work.run(
            """DELETE FROM manifest_body WHERE digest = :digest
               AND NOT EXISTS (SELECT 1 FROM manifest m WHERE m.digest = :digest)""",
            names,
        )
    return gone == 1


async def hold_bodies(work: Work, digests: Sequence[str]) -> None:
    """Keep the bytes of manifests, and so the manifests of every repository, from being deleted."""
    for batch in batches(sorted(digests)):
        await work.all(
            "SELECT digest FROM manifest_body WHERE digest IN :digests ORDER BY digest FOR KEY SHARE",
            {"digests": batch},
        )


async def lock_bodies(work: Work, digests: Sequence[str]) -> None:
    """Lock the bytes of manifests that go, in one order: other repositories may have them too."""
    for batch in batches(sorted(digests)):
        await work.all(
            "SELECT digest FROM manifest_body WHERE digest IN :digests ORDER BY digest FOR UPDATE",
            {"digests": batch},
        )


def batches(digests: Sequence[str]) -> Iterator[list[str]]:
    """Cut a long list into what one statement takes."""
    for start in range(0, len(digests), _BATCH):
        yield list(digests[start : start + _BATCH])


async def tree_of(reader: Reader, repo_id: int, roots: Sequence[str]) -> Sequence[str]:
    """List manifests with all that may fall with them: what indexes list and what hangs on subjects.

    (primary key of manifest_ref, index accessory_subject)
    """
    known, level = set(roots), list(roots)
    while level:
        found: set[str] = set()
        for batch in batches(level):
            rows = await reader.all(
                """SELECT child AS digest FROM manifest_ref
                   WHERE repo_id = :repo_id AND parent IN :digests AND kind = 'manifest'
                   UNION
                   SELECT digest FROM accessory WHERE repo_id = :repo_id AND subject IN :digests""",
                {"repo_id": repo_id, "digests": batch},
            )
            found.update(str(row.digest) for row in rows)
        level = sorted(found - known)
        known |= found
    return sorted(known)


async def referrers_of(
    reader: Reader, repository: RepositoryName, subject: Digest, before_id: int | None, limit: int
) -> Sequence[tuple[int, Referrer]]:
    """List manifests that name `subject`, newest first (index manifest_subject)."""
    rows = await reader.all(
        """SELECT m.id, m.media_type, m.digest, m.size, m.artifact_type, m.config_media_type, m.annotations
           FROM repository r JOIN manifest m ON m.repo_id = r.id
           WHERE r.name = :repository AND m.subject = :subject AND m.id < :before_id
           ORDER BY m.id DESC LIMIT :limit""",
        {
            "repository": repository.text,
            "subject": str(subject),
            "before_id": before_id if before_id is not None else (1 << 62),
            "limit": limit,
        },
    )
    return [
        (
            int(row.id),
            Referrer(
                media_type=row.media_type,
                digest=row.digest,
                size=row.size,
                artifact_type=row.artifact_type or row.config_media_type,
                annotations=read_strings(row.annotations),
            ),
        )
        for row in rows
    ]


async def referrer_digests(reader: Reader, repo_id: int, subject: Digest) -> Sequence[str]:
    """List the digests of manifests that name `subject` (index manifest_subject)."""
    rows = await reader.all(
        """SELECT digest FROM manifest WHERE repo_id = :repo_id AND subject = :subject
           ORDER BY digest LIMIT 100000""",
        {"repo_id": repo_id, "subject": str(subject)},
    )
    return [str(row.digest) for row in rows]


_decode_strings = msgspec.json.Decoder(dict[str, str]).decode


def read_strings(text: str) -> Mapping[str, str]:
    """Read a JSON column of string pairs."""
    return _decode_strings(text)


async def count_pulls(work: Work, pulls: Mapping[tuple[str, str], int]) -> None:
    """Add buffered pulls to the counters: (repository, digest) -> how many."""
    repositories: dict[str, int] = {}
    for (repository, _), count in pulls.items():
        repositories[repository] = repositories.get(repository, 0) + count
    await work.run_many(
        "UPDATE repository SET pull_count = pull_count + :count WHERE name = :name",
        [{"name": name, "count": count} for name, count in sorted(repositories.items())],
    )


async def date_pulls(work: Work, pulls: Iterable[tuple[str, str]], at: int) -> None:
    """Write when manifests were pulled last: (repository, digest)."""
    await work.run_many(
        """UPDATE manifest SET pulled_at = :at
           WHERE digest = :digest AND repo_id = (SELECT id FROM repository WHERE name = :name)""",
        [{"name": name, "digest": digest, "at": at} for name, digest in sorted(pulls)],
    )
