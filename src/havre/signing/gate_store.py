"""What hangs on an artifact, asked before a pull: one hot read."""

from datetime import datetime
from typing import Final, NamedTuple

from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Database

_MINUTE_MICROS: Final = 60_000_000
_HANGS_ON: Final = """EXISTS (SELECT 1 FROM accessory a WHERE a.repo_id = r.id AND a.kind = '{kind}'
    AND (a.subject = :digest OR (:by_digest = 1 AND a.subject IN (
        SELECT c.parent FROM manifest_ref c
        WHERE c.repo_id = r.id AND c.child = :digest AND c.kind = 'manifest'))))"""
_SIGNED: Final = f"""SELECT
    EXISTS (SELECT 1 FROM accessory a JOIN manifest s ON s.repo_id = a.repo_id AND s.digest = a.subject
            WHERE a.repo_id = r.id AND a.digest = :digest) AS is_accessory,
    {_HANGS_ON.format(kind="signature.cosign")} AS has_cosign,
    {_HANGS_ON.format(kind="signature.notation")} AS has_notation,
    EXISTS (SELECT 1 FROM trust_target t
            JOIN trust_collection n ON n.id = t.collection_id
            JOIN trust_current c ON c.collection_id = t.collection_id AND c.role = t.role
            WHERE n.repository = r.name AND c.expires_at > :now
              AND (t.digest = :digest OR (:by_digest = 1 AND t.digest IN (
                  SELECT p.parent FROM manifest_ref p
                  WHERE p.repo_id = r.id AND p.child = :digest AND p.kind = 'manifest')))
              AND (:by_digest = 1 OR t.name = :tag)) AS has_notary
    FROM repository r WHERE r.name = :repository"""  # noqa: S608 - constants


class Signatures(NamedTuple):
    """What signs an artifact, or an index over it when it is asked for by digest."""

    is_accessory: bool = False
    has_cosign: bool = False
    has_notation: bool = False
    has_notary: bool = False


async def signatures_of(
    database: Database, repository: RepositoryName, reference: Reference, digest: str, now: datetime
) -> Signatures:
    """Tell what there is; of Notary, what holds now and is for the tag where one is named."""
    by_tag = isinstance(reference, Tag)
    row = await database.hot(
        _SIGNED,
        {
            "digest": digest,
            "repository": repository.text,
            "by_digest": 0 if by_tag else 1,
            "tag": str(reference) if by_tag else "",
            # By the minute, so that the answer can be remembered.
            "now": int(now.timestamp()) // 60 * _MINUTE_MICROS,
        },
    )
    return Signatures() if row is None else Signatures(*map(bool, row))
