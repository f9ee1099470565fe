"""The collector's queue, `gc_queue`: what one transaction changes in it, written in one order, last of all.

Every transaction takes its locks as: project, repository (one; several by name), manifest bodies by digest,
blobs by digest, what hangs on the repository, queue rows by key. Who changes manifests or tags holds the
repository for itself, so those need no order. Nobody waits in a circle, however pushes, deletions and
collections meet.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from havre.kernel.work import Parameters, Work

_REVIEW: Final = """INSERT INTO gc_queue (kind, repo_id, digest, review_after, reason)
   VALUES (:kind, :repo_id, :digest, :review_after, :reason)
   ON CONFLICT (kind, repo_id, digest) DO UPDATE SET reason = excluded.reason,
   review_after = CASE WHEN excluded.review_after > gc_queue.review_after
                       THEN excluded.review_after ELSE gc_queue.review_after END"""
_DROP: Final = "DELETE FROM gc_queue WHERE kind = :kind AND repo_id = :repo_id AND digest = :digest"
_SETTLE: Final = f"{_DROP} AND review_after <= :until"
_POSTPONE: Final = """UPDATE gc_queue SET review_after = :until
   WHERE kind = :kind AND repo_id = :repo_id AND digest = :digest AND review_after < :until"""

_Key = tuple[str, int, str]


class QueueChanges:
    """What a transaction wants of the queue; the last wish for a key counts."""

    def __init__(self) -> None:
        self._wishes: dict[_Key, tuple[str, Parameters]] = {}

    def review_blobs(self, digests: Sequence[str], review_after: int, reason: str) -> None:
        """Look at blobs later; a later review wins over an earlier one."""
        for digest in digests:
            self._wish(("blob", 0, digest), _REVIEW, {"review_after": review_after, "reason": reason})

    def review_manifests(self, repo_id: int, digests: Sequence[str], review_after: int, reason: str) -> None:
        """Look at manifests of a repository later."""
        for digest in digests:
            self._wish(
                ("manifest", repo_id, digest), _REVIEW, {"review_after": review_after, "reason": reason}
            )

    def keep_blobs(self, digests: Sequence[str]) -> None:
        """Take blobs out: a manifest names them."""
        for digest in digests:
            self._wish(("blob", 0, digest), _DROP, {})

    def keep_manifests(self, repo_id: int, digests: Sequence[str]) -> None:
        """Take manifests out: something holds them."""
        for digest in digests:
            self._wish(("manifest", repo_id, digest), _DROP, {})

    def settle_blobs(self, digests: Sequence[str], until: int) -> None:
        """Take blobs out that were reviewed; a review that was put off meanwhile stays."""
        for digest in digests:
            self._wish(("blob", 0, digest), _SETTLE, {"until": until})

    def settle_manifest(self, repo_id: int, digest: str, until: int) -> None:
        """Take a manifest out that was reviewed; a review that was put off meanwhile stays."""
        self._wish(("manifest", repo_id, digest), _SETTLE, {"until": until})

    def postpone_blob(self, digest: str, until: int) -> None:
        """Look at a blob later than planned; never earlier."""
        self._wish(("blob", 0, digest), _POSTPONE, {"until": until})

    def _wish(self, key: _Key, statement: str, parameters: Parameters) -> None:
        kind, repo_id, digest = key
        row = {"kind": kind, "repo_id": repo_id, "digest": digest, **parameters}
        self._wishes[key] = (statement, row)

    async def write(self, work: Work) -> None:
        """Write them, by key; nothing else may be locked behind this."""
        ordered = [self._wishes[key] for key in sorted(self._wishes)]
        for statement, wishes in groupby(ordered, key=lambda wish: wish[0]):
            await work.run_many(statement, [row for _, row in wishes])


async def review_blob(work: Work, digest: str, review_after: int, reason: str) -> None:
    """Look at one blob later: the whole change of a transaction that is about one blob."""
    queue = QueueChanges()
    queue.review_blobs([digest], review_after, reason)
    await queue.write(work)
