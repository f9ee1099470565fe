"""Operations on groups of other systems."""

from typing import Final

from starlette.responses import Response

from havre.access import parse_group
from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.usergroup import UserGroupFound, UserGroupReq, group_shape


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    name, dn = request.query("group_name") or "", request.query("ldap_group_dn") or ""
    found = await parts.user_groups.list(request.actor, page, name, dn)
    return page_of(request, page, [group_shape(group) for group in found.items], found.total)


async def _search(parts: ApiParts, request: ApiRequest) -> Response:
    page, name = request.page(), request.query("groupname")
    if not name:
        raise SchemaViolated("groupname in query is required")
    found = await parts.user_groups.search(request.actor, page, name)
    shapes = [UserGroupFound(group.id, group.name, int(group.type)) for group in found.items]
    return page_of(request, page, shapes, found.total)


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(UserGroupReq)
    new = parse_group(wanted.group_type, wanted.group_name, wanted.ldap_group_dn)
    group = await parts.change_groups.create(request.actor, new)
    return created(f"/usergroups/{group.id}")


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(group_shape(await parts.user_groups.get(request.actor, request.number("group_id"))))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(UserGroupReq)
    await parts.change_groups.rename(request.actor, request.number("group_id"), wanted.group_name)
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.change_groups.delete(request.actor, request.number("group_id"))
    return done()


HANDLERS: Final[Handlers] = {
    "listUserGroups": _list,
    "searchUserGroups": _search,
    "createUserGroup": _create,
    "getUserGroup": _get,
    "updateUserGroup": _update,
    "deleteUserGroup": _delete,
}
