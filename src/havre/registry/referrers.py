"""List the manifests that name a subject: signatures, SBOMs, attestations."""

from collections.abc import Sequence
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.kernel.pages import Page
from havre.kernel.work import Database
from havre.registry.model import Referrer
from havre.registry.store import manifests

_BYTES_LIMIT: Final = 2 * 1024 * 1024  # a page stays well under the 4 MiB that clients read
_ROWS: Final = 1000


class Referrers:
    """Answers "what refers to this digest" in one indexed query."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def page(
        self,
        actor: Actor,
        repository: RepositoryName,
        subject: Digest,
        artifact_type: str | None,
        before_id: int | None,
    ) -> Page[Referrer]:
        """List referrers of `subject`, newest first, of one artifact type when asked.

        An unknown subject or repository is an empty page, not an error.
        Raises: the refusals of Access.
        Source: OCI distribution-spec v1.1, "Listing Referrers".
        """
        await self._access.require_repository(actor, repository, "pull")
        async with self._database.read() as reader:
            rows = await manifests.referrers_of(reader, repository, subject, before_id, _ROWS + 1)
        return _page_of(rows, artifact_type)


def _page_of(rows: Sequence[tuple[int, Referrer]], artifact_type: str | None) -> Page[Referrer]:
    items: list[Referrer] = []
    room = _BYTES_LIMIT
    last_id = 0
    for row_id, referrer in rows[:_ROWS]:
        room -= _weight(referrer)
        if items and room < 0:
            return Page(items, str(last_id))
        last_id = row_id
        if artifact_type is None or referrer.artifact_type == artifact_type:
            items.append(referrer)
    return Page(items, str(last_id) if len(rows) > _ROWS else None)


def _weight(referrer: Referrer) -> int:
    """About the bytes that a descriptor takes as JSON."""
    return 300 + sum(len(name) + len(value) for name, value in referrer.annotations.items())
