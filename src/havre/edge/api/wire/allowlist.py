"""The shapes of CVE allowlists."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from havre.projects import Allowlist, NewAllowlist

_Moment = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # seconds since the epoch, 64 bits


class AllowlistItem(msgspec.Struct):
    """`CVEAllowlistItem`."""

    cve_id: str = ""


class AllowlistReq(msgspec.Struct):
    """`CVEAllowlist`, as far as it is read."""

    items: list[AllowlistItem] | None = None
    expires_at: _Moment | None = None
    project_id: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None  # held to its type: the path decides

    def wanted(self) -> NewAllowlist:
        """Read it as what a list is set to."""
        return NewAllowlist([item.cve_id for item in self.items or ()], self.expires_at)


class AllowlistShape(msgspec.Struct):
    """`CVEAllowlist`."""

    id: int
    project_id: int
    items: list[AllowlistItem]
    creation_time: datetime
    update_time: datetime
    expires_at: int | UnsetType = UNSET


def allowlist_shape(found: Allowlist) -> AllowlistShape:
    """Show a list."""
    expires_at = found.held.expires_at_s
    return AllowlistShape(
        id=found.id,
        project_id=found.project_id,
        items=[AllowlistItem(cve) for cve in found.held.cves],
        creation_time=found.created_at,
        update_time=found.updated_at,
        expires_at=UNSET if expires_at is None else expires_at,
    )
