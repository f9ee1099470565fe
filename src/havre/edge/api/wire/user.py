"""The shapes of users and of their permissions."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from havre.access import OidcAccount, Profile
from havre.access.model import User

_Name = Annotated[str, Meta(max_length=255)]  # 255: the contract's limit


class OidcUserInfo(msgspec.Struct, omit_defaults=True):
    """`OIDCUserInfo`; the secret is shown to its owner alone."""

    id: int
    user_id: int
    subiss: str
    creation_time: datetime
    update_time: datetime
    secret: str = ""


class UserShape(msgspec.Struct):
    """`UserResp`."""

    email: str
    realname: str
    comment: str
    user_id: int
    username: str
    sysadmin_flag: bool
    creation_time: datetime
    update_time: datetime
    admin_role_in_auth: bool = False
    oidc_user_meta: OidcUserInfo | msgspec.UnsetType = msgspec.UNSET


class UserFound(msgspec.Struct):
    """`UserSearchRespItem`."""

    user_id: int
    username: str


class UserCreationReq(msgspec.Struct):
    """`UserCreationReq`."""

    username: _Name = ""
    password: str = ""
    email: _Name | None = None
    realname: str | None = None
    comment: str | None = None

    def profile(self) -> Profile:
        """Read what it says about the person."""
        return Profile(self.email or "", self.realname or "", self.comment or "")


class UserProfile(msgspec.Struct):
    """`UserProfile`."""

    email: str | None = None
    realname: str | None = None
    comment: str | None = None

    def profile(self) -> Profile:
        """Read what it says about the person."""
        return Profile(self.email or "", self.realname or "", self.comment or "")


class PasswordReq(msgspec.Struct):
    """`PasswordReq`; administrators leave old_password out."""

    new_password: str
    old_password: str = ""


class SysAdminFlag(msgspec.Struct):
    """`UserSysAdminFlag`."""

    sysadmin_flag: bool


class PermissionShape(msgspec.Struct):
    """`Permission`."""

    resource: str
    action: str


def user_shape(user: User, oidc: OidcAccount | None = None, *, is_own: bool = False) -> UserShape:
    """Show an account; whether its groups make an administrator is shown to its owner alone."""
    return UserShape(
        email=user.email or "",
        realname=user.realname,
        comment=user.comment,
        user_id=user.id,
        username=user.username,
        sysadmin_flag=user.is_appointed,
        creation_time=user.created_at,
        update_time=user.updated_at,
        admin_role_in_auth=is_own and user.is_admin_in_auth,
        oidc_user_meta=msgspec.UNSET if oidc is None else _oidc_shape(oidc),
    )


def _oidc_shape(account: OidcAccount) -> OidcUserInfo:
    return OidcUserInfo(
        id=account.id,
        user_id=account.user_id,
        subiss=account.subject,
        creation_time=account.created_at,
        update_time=account.updated_at,
        secret="" if account.secret is None else account.secret.reveal(),
    )
