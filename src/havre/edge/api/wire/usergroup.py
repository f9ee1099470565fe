"""The shapes of groups of other systems."""

from typing import Annotated

import msgspec
from msgspec import Meta

from havre.access.model import UserGroup

_Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # 64 bits, as the columns


class UserGroupShape(msgspec.Struct):
    """`UserGroup`."""

    id: int
    group_name: str
    group_type: int
    ldap_group_dn: str


class UserGroupFound(msgspec.Struct):
    """`UserGroupSearchItem`."""

    id: int
    group_name: str
    group_type: int


class UserGroupReq(msgspec.Struct):
    """`UserGroup`, as it is sent; an update reads the name alone."""

    group_name: str = ""
    group_type: _Number = 0
    ldap_group_dn: str = ""


def group_shape(group: UserGroup) -> UserGroupShape:
    """Show a group."""
    return UserGroupShape(group.id, group.name, int(group.type), group.ldap_group_dn)
