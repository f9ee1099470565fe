"""Operations on the members of a project."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.member import MemberReq, RoleReq, member_shape


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    search = request.query("entityname") or ""
    found = await parts.members.list(request.actor, request.project(), page, search)
    return page_of(request, page, [member_shape(member) for member in found.items], found.total)


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(MemberReq)
    actor, project, change, group = request.actor, request.project(), parts.change_members, wanted.group()
    if group is None:
        member = await change.add(actor, project, wanted.user(), wanted.role_id)
    else:
        member = await change.add_group(actor, project, group, wanted.role_id)
    return created(f"/projects/{member.project_id}/members/{member.id}")


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    member = await parts.members.get(request.actor, request.project(), request.number("mid"))
    return item(member_shape(member))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(RoleReq)
    await parts.change_members.set_role(
        request.actor, request.project(), request.number("mid"), wanted.role_id
    )
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.change_members.remove(request.actor, request.project(), request.number("mid"))
    return done()


HANDLERS: Final[Handlers] = {
    "listProjectMembers": _list,
    "createProjectMember": _create,
    "getProjectMember": _get,
    "updateProjectMember": _update,
    "deleteProjectMember": _delete,
}
