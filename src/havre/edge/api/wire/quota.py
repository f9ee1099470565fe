"""The shapes of quotas."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from havre.registry.model import ProjectQuota

_Whole = Annotated[int, Meta(ge=-1, le=2**63 - 1)]  # 64 bits, as the contract says; -1 is "no limit"


class ResourceList(msgspec.Struct, forbid_unknown_fields=True):
    """`ResourceList`: storage is the only resource that is limited."""

    storage: _Whole


class QuotaUpdateReq(msgspec.Struct):
    """`QuotaUpdateReq`."""

    hard: ResourceList


class QuotaRef(msgspec.Struct):
    """`QuotaRefObject`: the project."""

    id: int
    name: str
    owner_name: str


class QuotaShape(msgspec.Struct):
    """`Quota`."""

    id: int
    ref: QuotaRef
    creation_time: datetime
    update_time: datetime
    hard: ResourceList
    used: ResourceList


def quota_shape(quota: ProjectQuota) -> QuotaShape:
    """Show a quota."""
    return QuotaShape(
        id=quota.project_id,
        ref=QuotaRef(quota.project_id, quota.project, quota.owner),
        creation_time=quota.created_at,
        update_time=quota.updated_at,
        hard=ResourceList(quota.limit_bytes),
        used=ResourceList(quota.used_bytes),
    )
