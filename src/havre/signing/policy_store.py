"""Rows of `trust_policy` and `trust_verdict`, and the signatures that hang on an image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from havre.kernel.names import RepositoryName
from havre.kernel.work import Database, Reader, Row, Work
from havre.signing.policy_model import Mode, TrustPolicy, TrustRule

_decode = msgspec.json.Decoder(tuple[TrustRule, ...]).decode
_names = msgspec.json.Decoder(tuple[str, ...]).decode
_MOST_SIGNATURES: Final = 200  # of an image; the newest are looked at


@dataclass(frozen=True, slots=True)
class Place:
    """A repository as it is now: its version rises with each change of what it holds."""

    repo_id: int
    version: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says of an image; `reason` is empty when it trusts it."""

    reason: str
    signers: tuple[str, ...]

    @property
    def is_trusted(self) -> bool:
        """Whether every rule is fulfilled."""
        return not self.reason


async def all_policies(reader: Reader) -> Mapping[str, TrustPolicy]:
    """Read every policy, by the project's name; there are few."""
    rows = await reader.all(
        """SELECT p.name, t.project_id, t.mode, t.rules, t.revision FROM trust_policy t
           JOIN project p ON p.id = t.project_id ORDER BY t.project_id LIMIT 100000"""
    )
    return {row.name: _policy(row) for row in rows}


async def find_policy(reader: Reader, project_id: int) -> TrustPolicy | None:
    """Read the policy of a project (primary key)."""
    row = await reader.first(
        "SELECT project_id, mode, rules, revision FROM trust_policy WHERE project_id = :id",
        {"id": project_id},
    )
    return None if row is None else _policy(row)


async def put_policy(work: Work, policy: TrustPolicy, now: int) -> None:
    """Write the policy of a project; its revision is one that no verdict knows."""
    await work.run(
        """INSERT INTO trust_policy (project_id, mode, rules, revision, updated_at)
           VALUES (:project_id, :mode, :rules, :revision, :now)
           ON CONFLICT (project_id) DO UPDATE SET mode = excluded.mode, rules = excluded.rules,
             revision = excluded.revision, updated_at = excluded.updated_at""",
        {
            "project_id": policy.project_id,
            "mode": policy.mode.value,
            "rules": msgspec.json.encode(policy.rules).decode(),
            "revision": policy.revision,
            "now": now,
        },
    )


async def delete_policy(work: Work, project_id: int) -> None:
    """Delete the policy of a project."""
    await work.run("DELETE FROM trust_policy WHERE project_id = :id", {"id": project_id})


async def known_verdict(
    database: Database, repository: RepositoryName, digest: str, revision: int
) -> Verdict | None:
    """Find what was found, if neither the policy nor the repository changed since: one hot read."""
    row = await database.hot(
        """SELECT v.reason, v.signers FROM repository r
           JOIN trust_verdict v ON v.repo_id = r.id AND NOT v.is_inherited
           WHERE r.name = :repository AND v.digest = :digest AND v.revision = :revision
             AND v.version = r.version""",
        {"repository": repository.text, "digest": digest, "revision": revision},
    )
    return None if row is None else Verdict(row[0], _names(row[1]))


async def last_verdict(reader: Reader, repo_id: int, digest: str) -> Verdict | None:
    """Find what was found last, whether or not it still holds (primary key)."""
    row = await reader.first(
        """SELECT reason, signers FROM trust_verdict
           WHERE repo_id = :repo_id AND digest = :digest AND NOT is_inherited""",
        {"repo_id": repo_id, "digest": digest},
    )
    return None if row is None else Verdict(row.reason, _names(row.signers))


async def keep_verdict(
    work: Work,
    place: Place,
    digest: str,
    found: tuple[Verdict, int],
    now: int,
    *,
    is_inherited: bool = False,
) -> bool:
    """Write what was found by the policy of a revision; False when the manifest is gone."""
    verdict, revision = found
    return bool(
        await work.run(
            """INSERT INTO trust_verdict
                 (repo_id, digest, is_inherited, revision, version, reason, signers, checked_at)
               SELECT m.repo_id, m.digest, :is_inherited, :revision, :version, :reason, :signers, :now
               FROM manifest m
               WHERE m.repo_id = :repo_id AND m.digest = :digest
               ON CONFLICT (repo_id, digest, is_inherited) DO UPDATE SET revision = excluded.revision,
                 version = excluded.version, reason = excluded.reason, signers = excluded.signers,
                 checked_at = excluded.checked_at""",
            {
                "repo_id": place.repo_id,
                "digest": digest,
                "is_inherited": is_inherited,
                "revision": revision,
                "version": place.version,
                "reason": verdict.reason,
                "signers": msgspec.json.encode(verdict.signers).decode(),
                "now": now,
            },
        )
    )


async def find_place(reader: Reader, repository: RepositoryName) -> Place | None:
    """Find a repository (unique key)."""
    row = await reader.first(
        "SELECT id, version FROM repository WHERE name = :name", {"name": repository.text}
    )
    return None if row is None else Place(int(row.id), int(row.version))


async def signatures_on(reader: Reader, place: Place, digest: str) -> Sequence[str]:
    """List the manifests that may be signatures of an image (index accessory_subject)."""
    rows = await reader.all(
        """SELECT digest FROM accessory WHERE repo_id = :repo_id AND subject = :digest
             AND kind = 'signature.cosign' ORDER BY id DESC LIMIT :limit""",
        {"repo_id": place.repo_id, "digest": digest, "limit": _MOST_SIGNATURES},
    )
    return [str(row.digest) for row in rows]


async def indexes_over(reader: Reader, place: Place, digest: str) -> Sequence[str]:
    """List the indexes that list an image (index manifest_ref_child)."""
    rows = await reader.all(
        """SELECT parent FROM manifest_ref
           WHERE repo_id = :repo_id AND child = :digest AND kind = 'manifest' ORDER BY parent LIMIT 100""",
        {"repo_id": place.repo_id, "digest": digest},
    )
    return [str(row.parent) for row in rows]


def _policy(row: Row) -> TrustPolicy:
    return TrustPolicy(int(row.project_id), Mode(row.mode), _decode(row.rules), int(row.revision))
