"""The shapes of members."""

from typing import Annotated

import msgspec
from msgspec import Meta

from havre.access.model import Member
from havre.edge.api.faults import SchemaViolated
from havre.kernel.errors import Unsupported

Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # 64 bits, as the columns


class MemberShape(msgspec.Struct):
    """`ProjectMemberEntity`; entity_type u is a user."""

    id: int
    project_id: int
    entity_name: str
    role_name: str
    role_id: int
    entity_id: int
    entity_type: str = "u"


class UserEntity(msgspec.Struct):
    """`UserEntity`."""

    user_id: Id = 0
    username: str = ""


class UserGroup(msgspec.Struct):
    """`UserGroup`, as far as it is read."""

    id: Id = 0
    group_name: str = ""


class MemberReq(msgspec.Struct):
    """`ProjectMember`."""

    role_id: Id
    member_user: UserEntity | None = None
    member_group: UserGroup | None = None

    def user(self) -> str | int:
        """Read which user is meant, by number or name.

        Raises: Unsupported for a group, SchemaViolated when there is none.
        """
        if self.member_group is not None and (self.member_group.id or self.member_group.group_name):
            raise Unsupported("member_group: groups as members come with the release of the platform API")
        user = self.member_user
        if user is None or not (user.user_id or user.username):
            raise SchemaViolated("member_user in body is required: give a user_id or a username")
        return user.user_id or user.username


class RoleReq(msgspec.Struct):
    """`RoleRequest`."""

    role_id: Id


def member_shape(member: Member) -> MemberShape:
    """Show a member."""
    return MemberShape(
        id=member.id,
        project_id=member.project_id,
        entity_name=member.username,
        role_name=member.role.word,
        role_id=int(member.role),
        entity_id=member.user_id,
    )
