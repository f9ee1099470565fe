"""What a collection is asked for, and what it tells: nouns only."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Collected:
    """One thing that went, or that would go: what, how large, and why."""

    kind: str
    digest: str
    size_bytes: int
    reason: str
    repository: str = ""


@dataclass(slots=True)
class Share:
    """What went for one reason."""

    items: int = 0
    size_bytes: int = 0


@dataclass(slots=True)
class CollectReport:
    """What one collection did so far; `causes` by kind and reason."""

    blobs: int = 0
    manifests: int = 0
    freed_bytes: int = 0
    kept: int = 0
    causes: dict[tuple[str, str], Share] = field(default_factory=dict)

    def add(self, item: Collected) -> None:
        """Count one thing."""
        self.freed_bytes += item.size_bytes
        self.blobs += item.kind == "blob"
        self.manifests += item.kind == "manifest"
        share = self.causes.setdefault((item.kind, item.reason), Share())
        share.items += 1
        share.size_bytes += item.size_bytes


Note = Callable[[Collected], None]
Between = Callable[[CollectReport], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """How far a collection goes.

    `grace_s` shorter than the registry's frees space at once; `untagged` also takes manifests without a tag.
    """

    grace_s: int | None = None
    untagged: bool = False
    is_dry: bool = False


async def nothing_between(_: CollectReport) -> None:
    """Go on with the next batch at once."""
