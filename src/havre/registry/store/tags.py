"""Rows of `tag` and `tag_history`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from havre.kernel.digest import Digest
from havre.kernel.work import Reader, Work


async def move_tag(work: Work, repo_id: int, tag: str, digest: Digest, now: int) -> str | None:
    """Let the tag name the manifest; returns the digest that it named before, if any.

    Of two pushes of one new tag the second sees what the first let it name: it looks again.
    """
    while (before := await _locked(work, repo_id, tag)) is None:
        if await add_tag(work, repo_id, tag, digest, now):
            return None
    await work.run(
        "UPDATE tag SET digest = :digest, updated_at = :now WHERE repo_id = :repo_id AND name = :name",
        {"repo_id": repo_id, "name": tag, "digest": str(digest), "now": now},
    )
    return before


async def _locked(work: Work, repo_id: int, tag: str) -> str | None:
    row = await work.first(
        "SELECT digest FROM tag WHERE repo_id = :repo_id AND name = :name FOR UPDATE",
        {"repo_id": repo_id, "name": tag},
    )
    return None if row is None else str(row.digest)


async def add_tag(work: Work, repo_id: int, tag: str, digest: Digest, now: int) -> bool:
    """Let a new tag name the manifest; False when the repository has the tag already."""
    added = await work.run(
        """INSERT INTO tag (repo_id, name, digest, created_at, updated_at)
           VALUES (:repo_id, :name, :digest, :now, :now) ON CONFLICT (repo_id, name) DO NOTHING""",
        {"repo_id": repo_id, "name": tag, "digest": str(digest), "now": now},
    )
    return added == 1


async def remember(work: Work, repo_id: int, tag: str, digest: str | None, actor: str, now: int) -> None:
    """Append to the tag's history; None for a deletion."""
    await work.run(
        """INSERT INTO tag_history (repo_id, name, digest, actor, at)
           VALUES (:repo_id, :name, :digest, :actor, :now)""",
        {"repo_id": repo_id, "name": tag, "digest": digest, "actor": actor, "now": now},
    )


async def delete_tag(work: Work, repo_id: int, tag: str) -> str | None:
    """Delete the tag; returns the digest that it named, None when there was no such tag."""
    row = await work.first(
        "DELETE FROM tag WHERE repo_id = :repo_id AND name = :name RETURNING digest",
        {"repo_id": repo_id, "name": tag},
    )
    return None if row is None else str(row.digest)


async def tags_of(reader: Reader, repo_id: int, digest: str) -> Sequence[str]:
    """List the tags on a manifest, in order (index tag_digest)."""
    rows = await reader.all(
        "SELECT name FROM tag WHERE repo_id = :repo_id AND digest = :digest ORDER BY name LIMIT 10000",
        {"repo_id": repo_id, "digest": digest},
    )
    return [str(row.name) for row in rows]


async def standing(reader: Reader, repo_id: int, digests: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    """Tell which tags manifests have and when each was set last (index tag_digest)."""
    rows = await reader.all(
        """SELECT digest, name, updated_at FROM tag WHERE repo_id = :repo_id AND digest IN :digests
           ORDER BY digest, name""",
        {"repo_id": repo_id, "digests": list(digests)},
    )
    found = defaultdict[str, dict[str, int]](dict)
    for row in rows:
        found[row.digest][row.name] = row.updated_at
    return found


async def list_tags(reader: Reader, repo_id: int, after: str, limit: int) -> Sequence[str]:
    """List tags after `after`, bytewise (the unique key tag_once)."""
    rows = await reader.all(
        "SELECT name FROM tag WHERE repo_id = :repo_id AND name > :after ORDER BY name LIMIT :limit",
        {"repo_id": repo_id, "after": after, "limit": limit},
    )
    return [str(row.name) for row in rows]
