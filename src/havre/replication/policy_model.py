"""A rule of replication: what flows from where to where, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

KIND: Final = "REPLICATION"  # Harbor's vendor type; the job of that kind plans a run
TASK_KIND: Final = "REPLICATION_REPOSITORY"
MATCHES: Final = "matches"
EXCLUDES: Final = "excludes"


class Trigger(StrEnum):
    """What starts a rule, in Harbor's words; a person may start it anyway."""

    MANUAL = "manual"
    SCHEDULED = "scheduled"
    EVENT = "event_based"


class FilterKind(StrEnum):
    """What a filter looks at."""

    NAME = "name"
    TAG = "tag"
    LABEL = "label"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter; all of a rule's must let something pass.

    NAME and TAG have one glob (kernel/globs), of the whole repository name and of the tag. LABEL has names of
    labels, all of which an artifact must bear. RESOURCE has `image` or `artifact`, which is everything.
    """

    kind: FilterKind
    values: tuple[str, ...]
    decoration: str = MATCHES


@dataclass(frozen=True, slots=True)
class PolicyWords:
    """What a person says about a rule. The side that is None is this instance.

    `replace_count` says how many components of the source's name give way to `namespace`; -1 all but the
    last. `speed_kib` is KiB a second for each repository under way, 0 or less without limit.
    """

    name: str
    description: str = ""
    source_id: int | None = None
    target_id: int | None = None
    namespace: str = ""
    replace_count: int = -1
    trigger: Trigger = Trigger.MANUAL
    cron: str = ""
    filters: tuple[Filter, ...] = ()
    does_delete: bool = False
    does_override: bool = True
    is_enabled: bool = True
    speed_kib: int = 0
    is_chunked: bool = False
    is_single: bool = False

    @property
    def is_push(self) -> bool:
        """Whether it goes from here to there."""
        return self.source_id is None

    @property
    def endpoint_id(self) -> int:
        """The other side."""
        found = self.target_id if self.source_id is None else self.source_id
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule as it is kept; `version` rises with each change, `whole_at` is when it last looked at all."""

    id: int
    words: PolicyWords
    version: int
    whole_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RepositoryState:
    """How far a rule is with one repository.

    `differing` counts what the last look found missing or different at the other side and could not mend;
    `behind_since` is None while nothing is. `fault` says what went wrong last.
    """

    source_repository: str
    target_repository: str
    wanted: int
    differing: int
    fault: str
    compared_at: datetime
    behind_since: datetime | None
