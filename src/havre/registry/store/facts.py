"""Rows of `artifact_facts`, `accessory`, and what they make of a manifest in lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.kernel.work import Reader, Work


@dataclass(frozen=True, slots=True)
class Undescribed:
    """A manifest whose config was not looked into."""

    repository: RepositoryName
    digest: str
    kind: str
    config: Digest
    config_media_type: str


async def keep(work: Work, digest: str, attributes: str) -> None:
    """Keep what lists show of a manifest's config; the first to look decides."""
    await work.run(
        """INSERT INTO artifact_facts (digest, attributes)
           SELECT b.digest, :attributes FROM manifest_body b WHERE b.digest = :digest
           ON CONFLICT (digest) DO NOTHING""",
        {"digest": digest, "attributes": attributes},
    )


@dataclass(frozen=True, slots=True)
class Bond:
    """That a manifest is an accessory of another."""

    digest: str
    subject: str
    kind: str


async def bind(work: Work, repo_id: int, bond: Bond, now: int) -> None:
    """Note an accessory."""
    await work.run(
        """INSERT INTO accessory (repo_id, digest, subject, kind, created_at)
           VALUES (:repo_id, :digest, :subject, :kind, :now) ON CONFLICT (repo_id, digest) DO NOTHING""",
        {
            "repo_id": repo_id,
            "digest": bond.digest,
            "subject": bond.subject,
            "kind": bond.kind,
            "now": now,
        },
    )


# What signs another is shown under it, and what an index lists under the index unless it has a tag.
_IS_LISTED: Final = """(
    NOT EXISTS (SELECT 1 FROM accessory a JOIN manifest s ON s.repo_id = a.repo_id AND s.digest = a.subject
                WHERE a.repo_id = manifest.repo_id AND a.digest = manifest.digest)
    AND (EXISTS (SELECT 1 FROM tag t WHERE t.repo_id = manifest.repo_id AND t.digest = manifest.digest)
         OR NOT EXISTS (SELECT 1 FROM manifest_ref c WHERE c.repo_id = manifest.repo_id
                        AND c.child = manifest.digest AND c.kind = 'manifest')))"""


async def relist(work: Work, repo_id: int, digests: Sequence[str]) -> None:
    """Decide again whether manifests stand in lists by themselves.

    To be called last, with the manifests that a change touched; the lock on the repository lets one change
    after the other decide.
    """
    if digests:
        await work.run(
            f"""UPDATE manifest SET is_listed = {_IS_LISTED}
                WHERE repo_id = :repo_id AND digest IN :digests AND is_listed <> {_IS_LISTED}""",  # noqa: S608 - constants
            {"repo_id": repo_id, "digests": sorted(set(digests))},
        )


async def mislisted(reader: Reader, after: int, last: int) -> Sequence[tuple[int, str, str]]:
    """List (repository id, repository, digest) of manifests that lists show wrongly, by id (primary key)."""
    rows = await reader.all(
        f"""SELECT manifest.repo_id, r.name, manifest.digest
            FROM manifest JOIN repository r ON r.id = manifest.repo_id
            WHERE manifest.id > :after AND manifest.id <= :last AND manifest.is_listed <> {_IS_LISTED}
            ORDER BY manifest.id LIMIT 1000""",  # noqa: S608 - constants
        {"after": after, "last": last},
    )
    return [(int(row.repo_id), str(row.name), str(row.digest)) for row in rows]


async def relist_accessories(work: Work, repo_id: int, subjects: Sequence[str]) -> None:
    """Decide again for the accessories of manifests that came or went (index accessory_subject)."""
    rows = await work.all(
        """SELECT digest FROM accessory WHERE repo_id = :repo_id AND subject IN :subjects
           ORDER BY id LIMIT 100000""",
        {"repo_id": repo_id, "subjects": list(subjects)},
    )
    await relist(work, repo_id, [str(row.digest) for row in rows])


async def accessories_on(reader: Reader, repo_id: int, subject: str) -> Sequence[str]:
    """List what signs or describes a manifest (index accessory_subject)."""
    rows = await reader.all(
        """SELECT digest FROM accessory WHERE repo_id = :repo_id AND subject = :subject
           ORDER BY id LIMIT 10000""",
        {"repo_id": repo_id, "subject": subject},
    )
    return [str(row.digest) for row in rows]


async def held_by_nothing(reader: Reader, repo_id: int, digests: Sequence[str]) -> Sequence[str]:
    """Tell which manifests have no tag and are in no index."""
    if not digests:
        return []
    rows = await reader.all(
        """SELECT m.digest FROM manifest m WHERE m.repo_id = :repo_id AND m.digest IN :digests
           AND NOT EXISTS (SELECT 1 FROM tag t WHERE t.repo_id = m.repo_id AND t.digest = m.digest)
           AND NOT EXISTS (SELECT 1 FROM manifest_ref c WHERE c.repo_id = m.repo_id AND c.child = m.digest
                           AND c.kind = 'manifest') ORDER BY m.digest LIMIT 10000""",
        {"repo_id": repo_id, "digests": list(digests)},
    )
    return [str(row.digest) for row in rows]
