"""Operations on users; the permissions of the current one are in permissions.py."""

from typing import Final

from starlette.responses import Response

from havre.access import NewUser, UserSearch
from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.permissions import list_permissions
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.user import (
    PasswordReq,
    SysAdminFlag,
    UserCreationReq,
    UserFound,
    UserProfile,
    user_shape,
)

_ORDERS: Final = ("username", "creation_time", "user_id", "email")


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    query = request.filters("username", "email")
    exact = query.exact("username") or query.exact("email")
    part = query.fuzzy("username") or query.fuzzy("email") or ""
    search = UserSearch(exact, is_exact=True) if exact else UserSearch(part)
    order = read_order(request.query("sort"), _ORDERS) or None
    found = await parts.users.list(request.actor, page, search, order)
    return page_of(request, page, [user_shape(user) for user in found.items], found.total)


async def _search(parts: ApiParts, request: ApiRequest) -> Response:
    page, name = request.page(), request.query("username")
    if not name:
        raise SchemaViolated("username in query is required")
    found = await parts.users.search(request.actor, page, name)
    shapes = [UserFound(user.id, user.username) for user in found.items]
    return page_of(request, page, shapes, found.total)


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(UserCreationReq)
    new = NewUser(wanted.username, wanted.password, wanted.profile())
    user = await parts.create_user.create(request.actor, new)
    return created(f"/users/{user.id}")


async def _current(parts: ApiParts, request: ApiRequest) -> Response:
    user = await parts.users.current(request.actor)
    oidc = await parts.oidc.cli_secrets.account(request.actor, user)
    return item(user_shape(user, oidc, is_own=True))


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    user = await parts.users.get(request.actor, request.number("user_id"))
    return item(user_shape(user, await parts.oidc.cli_secrets.account(request.actor, user)))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(UserProfile)
    await parts.update_user.profile(request.actor, request.number("user_id"), wanted.profile())
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.delete_user.delete(request.actor, request.number("user_id"))
    return done()


async def _password(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(PasswordReq)
    await parts.change_password.change(
        request.actor, request.number("user_id"), wanted.new_password, wanted.old_password
    )
    return done()


async def _sysadmin(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(SysAdminFlag)
    user_id = request.number("user_id")
    await parts.update_user.admin_flag(request.actor, user_id, is_admin=wanted.sysadmin_flag)
    return done()


HANDLERS: Final[Handlers] = {
    "listUsers": _list,
    "searchUsers": _search,
    "createUser": _create,
    "getCurrentUserInfo": _current,
    "getCurrentUserPermissions": list_permissions,
    "getUser": _get,
    "updateUserProfile": _update,
    "deleteUser": _delete,
    "updateUserPassword": _password,
    "setUserSysAdmin": _sysadmin,
}
