"""The journal's nouns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One line of the journal."""

    record_id: int
    at: datetime
    name: str
    operation: str
    resource_type: str
    resource: str
    project_id: int | None
    succeeded: bool
    actor_kind: str
    actor: str
    address: str
    client: str
    request_id: str
    description: str
    facts: Mapping[str, object]  # `changes` among them: field -> before, after


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What a search is narrowed to; None leaves a field open, a `…_part` matches anywhere."""

    operation: str | None = None
    resource_type: str | None = None
    resource: str | None = None
    resource_part: str | None = None
    actor: str | None = None
    actor_part: str | None = None
    succeeded: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_oldest_first: bool = False


SealKind = Literal["rows", "purge"]


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the chain; `entries` is None where they were not read, or went with the last row."""

    seal_id: int
    kind: SealKind
    first_id: int  # the ids that it covers, both ends
    last_id: int
    row_count: int
    digest: bytes
    detail: str  # JSON; of a purge: the seal it is about and what was asked for
    sealed_at: int
    key_id: str
    mac: bytes = b""
    entries: bytes | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain, small enough to be noted elsewhere."""

    seal_id: int
    mac: bytes

    def __str__(self) -> str:
        return f"{self.seal_id}:{self.mac.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Head | None":
        """Read what `str` wrote; None when it is something else."""
        number, _, mac = text.strip().partition(":")
        try:
            return cls(int(number), bytes.fromhex(mac))
        except ValueError:
            return None


FindingKind = Literal["changed", "missing", "inserted", "seal"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed; `row_id` is None when it is about a whole seal."""

    kind: FindingKind
    seal_id: int
    row_id: int | None
    text: str


@dataclass(slots=True)
class VerifyReport:
    """What a verification saw. `findings` holds the first hundred of `found`."""

    rows: int = 0
    seals: int = 0
    purged: int = 0
    unsealed: int = 0
    found: int = 0
    head: Head | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether everything is as it was sealed."""
        return not self.found


EVERY_ID: Final = 2**62  # no row has it


@dataclass(frozen=True, slots=True)
class PurgeWish:
    """Which rows to purge: older than `before`, and of one of the `event_types` or `operations`.

    An event type is operation and resource type: `create_artifact`. Without either nothing is meant.
    """

    before: datetime
    event_types: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    is_dry_run: bool = False
    is_everything: bool = False  # of whatever type
    up_to_id: int = EVERY_ID


@dataclass(frozen=True, slots=True)
class PurgeDetail:
    """What a purge's link of the chain says beside its bitmap."""

    seal: int  # the rows' seal that it is about
    before: int
    event_types: tuple[str, ...]
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What a purge removed, or would have; `waiting` rows are meant too, and not forwarded yet."""

    purged: int
    looked_at: int
    is_dry_run: bool
    waiting: int = 0
