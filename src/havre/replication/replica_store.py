"""Rows of `replica` and `replica_state`: what rules have put at the other side, and how far they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from havre.kernel.clock import from_micros
from havre.kernel.work import Reader, Row, Work
from havre.replication.policy_model import RepositoryState

_STATE: Final = "source_repository, target_repository, wanted, differing, fault, compared_at, behind_since"


@dataclass(frozen=True, slots=True)
class Replica:
    """What a rule has put at the other side under one reference: a tag, or @digest.

    `is_theirs` when it came from there: that side decides about it as long as nobody changes it here.
    """

    reference: str
    target_repository: str
    digest: str
    is_theirs: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """What a look at one repository found; `version` is the repository's, which the look covers whole."""

    policy_id: int
    source_repository: str
    target_repository: str
    version: int
    wanted: int
    differing: int
    fault: str = ""


async def replicas(reader: Reader, policy_id: int, repository: str) -> Mapping[str, Replica]:
    """Read what a rule has put there of a repository, by reference (primary key)."""
    rows = await reader.all(
        """SELECT reference, target_repository, digest, is_theirs FROM replica
           WHERE policy_id = :policy_id AND source_repository = :repository ORDER BY reference""",
        {"policy_id": policy_id, "repository": repository},
    )
    return {
        row.reference: Replica(row.reference, row.target_repository, row.digest, bool(row.is_theirs))
        for row in rows
    }


async def note(work: Work, policy_id: int, repository: str, found: Sequence[Replica], now: int) -> None:
    """Write what was put there."""
    if found:
        await work.run_many(
            """INSERT INTO replica (policy_id, source_repository, reference, target_repository, digest,
                   is_theirs, copied_at)
               VALUES (:policy_id, :repository, :reference, :target, :digest, :is_theirs, :now)
               ON CONFLICT (policy_id, source_repository, reference) DO UPDATE SET
                   target_repository = excluded.target_repository, digest = excluded.digest,
                   is_theirs = excluded.is_theirs, copied_at = excluded.copied_at""",
            [
                {
                    "policy_id": policy_id,
                    "repository": repository,
                    "reference": one.reference,
                    "target": one.target_repository,
                    "digest": one.digest,
                    "is_theirs": one.is_theirs,
                    "now": now,
                }
                for one in found
            ],
        )


async def drop(work: Work, policy_id: int, repository: str, references: Sequence[str]) -> None:
    """Forget what went there."""
    await work.run_many(
        """DELETE FROM replica WHERE policy_id = :policy_id AND source_repository = :repository
           AND reference = :reference""",
        [{"policy_id": policy_id, "repository": repository, "reference": one} for one in references],
    )


async def forget(work: Work, policy_id: int) -> None:
    """Forget everything that is known of a rule's other side."""
    await work.run("DELETE FROM replica WHERE policy_id = :id", {"id": policy_id})
    await work.run("DELETE FROM replica_state WHERE policy_id = :id", {"id": policy_id})


async def note_state(work: Work, found: Compared, now: int) -> None:
    """Write how far a rule is with a repository."""
    await work.run(
        """INSERT INTO replica_state (policy_id, source_repository, target_repository, version, wanted,
               differing, fault, compared_at, behind_since)
           VALUES (:policy_id, :source, :target, :version, :wanted, :differing, :fault, :now, :since)
           ON CONFLICT (policy_id, source_repository) DO UPDATE SET
               target_repository = excluded.target_repository, version = excluded.version,
               wanted = excluded.wanted, differing = excluded.differing, fault = excluded.fault,
               compared_at = excluded.compared_at,
               behind_since = CASE WHEN excluded.behind_since IS NULL THEN NULL
                   ELSE COALESCE(replica_state.behind_since, excluded.behind_since) END""",
        {
            "policy_id": found.policy_id,
            "source": found.source_repository,
            "target": found.target_repository,
            "version": found.version,
            "wanted": found.wanted,
            "differing": found.differing,
            "fault": found.fault[:1000],
            "now": now,
            "since": now if found.differing or found.fault else None,
        },
    )


async def drop_state(work: Work, policy_id: int, repository: str) -> None:
    """Forget a repository that is gone here and there."""
    await work.run(
        "DELETE FROM replica_state WHERE policy_id = :policy_id AND source_repository = :repository",
        {"policy_id": policy_id, "repository": repository},
    )


async def states(reader: Reader, policy_id: int, after: str, limit: int) -> Sequence[RepositoryState]:
    """List how far a rule is, by repository (primary key)."""
    rows = await reader.all(
        f"""SELECT {_STATE} FROM replica_state WHERE policy_id = :policy_id AND source_repository > :after
            ORDER BY source_repository LIMIT :limit""",  # noqa: S608 - columns of ours
        {"policy_id": policy_id, "after": after, "limit": limit},
    )
    return [_state(row) for row in rows]


async def versions(reader: Reader, policy_id: int) -> Mapping[str, int]:
    """Read up to which version of each repository a rule is (primary key); -1 where it lags behind."""
    rows = await reader.all(
        """SELECT source_repository, version, behind_since FROM replica_state
           WHERE policy_id = :policy_id ORDER BY source_repository LIMIT 1000000""",
        {"policy_id": policy_id},
    )
    return {row.source_repository: int(row.version) if row.behind_since is None else -1 for row in rows}


def _state(row: Row) -> RepositoryState:
    return RepositoryState(
        source_repository=row.source_repository,
        target_repository=row.target_repository,
        wanted=row.wanted,
        differing=row.differing,
        fault=row.fault,
        compared_at=from_micros(row.compared_at),
        behind_since=None if row.behind_since is None else from_micros(row.behind_since),
    )
