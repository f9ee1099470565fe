"""The shapes of members."""

from typing import Annotated

import msgspec
from msgspec import Meta

from havre.access import ExternalGroup, parse_group
from havre.access.model import GroupType, Member
from havre.edge.api.faults import SchemaViolated

Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # 64 bits, as the columns


class MemberShape(msgspec.Struct):
    """`ProjectMemberEntity`; entity_type u is a user, g a group."""

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


class GroupEntity(msgspec.Struct):
    """`UserGroup`, as it names a member."""

    id: Id = 0
    group_name: str = ""
    group_type: Id = 0
    ldap_group_dn: str = ""


class MemberReq(msgspec.Struct):
    """`ProjectMember`."""

    role_id: Id
    member_user: UserEntity | None = None
    member_group: GroupEntity | None = None

    def user(self) -> str | int:
        """Read which user is meant, by number or name.

        Raises: SchemaViolated when there is none.
        """
        user = self.member_user
        if user is None or not (user.user_id or user.username):
            raise SchemaViolated(
                "member_user or member_group in body is required: give a user_id or a username, "
                "or an id, a group_name or an ldap_group_dn"
            )
        return user.user_id or user.username

    def group(self) -> int | ExternalGroup | None:
        """Read which group is meant, by number or as its system names it; None when none is.

        Raises: GroupInvalid.
        """
        group = self.member_group
        if group is None or not (group.id or group.group_name or group.ldap_group_dn):
            return None
        if group.id:
            return group.id
        default = GroupType.LDAP if group.ldap_group_dn else GroupType.OIDC
        return parse_group(group.group_type or default, group.group_name, group.ldap_group_dn)


class RoleReq(msgspec.Struct):
    """`RoleRequest`."""

    role_id: Id


def member_shape(member: Member) -> MemberShape:
    """Show a member."""
    return MemberShape(
        id=member.id,
        project_id=member.project_id,
        entity_name=member.entity_name,
        role_name=member.role.word,
        role_id=int(member.role),
        entity_id=member.entity_id,
        entity_type="g" if member.is_group else "u",
    )
