"""What is known of an artifact before a pull: one hot read, whatever its project asks for."""

from datetime import datetime
from typing import Final, NamedTuple

from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Database, Parameters

_MINUTE_MICROS: Final = 60_000_000
_SUBJECTS: Final = {
    # A tag must be signed itself.
    "tag": "= m.digest",
    # Who pulls a signed index gets its images.
    "digest": """IN (SELECT m.digest UNION ALL SELECT c.parent FROM manifest_ref c
                     WHERE c.repo_id = m.repo_id AND c.child = m.digest AND c.kind = 'manifest')""",
}
_FOUND: Final = {
    "tag": "JOIN tag f ON f.repo_id = r.id AND f.name = :reference "
    "JOIN manifest m ON m.repo_id = r.id AND m.digest = f.digest",
    "digest": "JOIN manifest m ON m.repo_id = r.id AND m.digest = :reference",
}
_FOR: Final = {"tag": "AND n.name = :reference", "digest": ""}
_INHERITED: Final = {"tag": "AND NOT v.is_inherited", "digest": ""}


def _statement(by: str) -> str:
    hangs = f"""EXISTS (SELECT 1 FROM accessory a
                WHERE a.repo_id = m.repo_id AND a.subject {_SUBJECTS[by]} AND a.kind = '%s')"""  # noqa: S608
    return f"""SELECT m.digest,
        EXISTS (SELECT 1 FROM accessory a JOIN manifest s ON s.repo_id = a.repo_id AND s.digest = a.subject
                WHERE a.repo_id = m.repo_id AND a.digest = m.digest),
        {hangs % "signature.cosign"},
        {hangs % "signature.notation"},
        EXISTS (SELECT 1 FROM trust_collection t
                JOIN trust_target n ON n.collection_id = t.id
                JOIN trust_current c ON c.collection_id = t.id AND c.role = n.role
                WHERE t.repository = r.name AND c.expires_at > :now AND n.digest {_SUBJECTS[by]} {_FOR[by]}),
        EXISTS (SELECT 1 FROM trust_verdict v
                WHERE v.repo_id = m.repo_id AND v.digest = m.digest AND v.revision = :revision
                  AND v.version = r.version AND v.reason = '' {_INHERITED[by]})
        FROM repository r {_FOUND[by]} WHERE r.name = :repository"""  # noqa: S608 - constants


_BY_TAG: Final = _statement("tag")
_BY_DIGEST: Final = _statement("digest")


class Seen(NamedTuple):
    """What there is: signatures on it, or on an index over it when it is asked for by digest.

    `has_notary` is of what holds now, and is for the tag where one is named. `is_trusted` says that the
    policy of the revision trusts it; that it does not, or that nobody looked yet, is the same here.
    """

    digest: str = ""  # empty when it is not here
    is_accessory: bool = False
    has_cosign: bool = False
    has_notation: bool = False
    has_notary: bool = False
    is_trusted: bool = False


Question = tuple[str, Parameters]


def question(
    repository: RepositoryName, reference: Reference, revision: int, now: datetime | None
) -> Question:
    """Put the question about an artifact; `revision` is that of the policy, `now` matters to Notary alone."""
    minutes = 0 if now is None else int(now.timestamp()) // 60  # so that the answer can be remembered
    return _BY_TAG if isinstance(reference, Tag) else _BY_DIGEST, {
        "reference": str(reference),
        "repository": repository.text,
        "revision": revision,
        "now": minutes * _MINUTE_MICROS,
    }


async def look(database: Database, asked: Question) -> Seen:
    """Answer it."""
    row = await database.hot(*asked)
    return Seen() if row is None else Seen(*row)
