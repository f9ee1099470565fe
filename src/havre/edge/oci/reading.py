"""What the doors read by: the registry's own use cases, or those that ask another registry first."""

from typing import Protocol

from havre.kernel.actor import Actor
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.kernel.pages import Page
from havre.registry.model import BlobContent, Referrer


class Stats(Protocol):
    """As StatBlob."""

    async def blob(self, actor: Actor, repository: RepositoryName, digest: Digest) -> BlobContent:
        """Find a blob."""


class ListsTags(Protocol):
    """As Tags."""

    async def page(self, actor: Actor, repository: RepositoryName, after: str, size: int | None) -> Page[str]:
        """List tags."""


class ListsReferrers(Protocol):
    """As Referrers."""

    async def page(
        self,
        actor: Actor,
        repository: RepositoryName,
        subject: Digest,
        artifact_type: str | None,
        before_id: int | None,
    ) -> Page[Referrer]:
        """List referrers."""


class Mirrors(Protocol):
    """Finds the proxy project that a client means who names another registry, or none at all."""

    async def stand_in(self, repository: str, host: str | None) -> str:
        """Give the name under which a repository is here; the same when nothing stands for it."""
