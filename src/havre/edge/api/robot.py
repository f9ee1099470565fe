"""Operations on robots, and the catalogue of what they can be permitted."""

from typing import Final

from starlette.responses import Response

from havre.access import ROBOT_ORDERS, RobotFilter, RobotLevel, may_on_instance
from havre.edge.api.conventions import created_item, done, item, page_of
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.robot import (
    RobotCreate,
    RobotReq,
    RobotSec,
    RobotSecReq,
    catalogue_shape,
    created_shape,
    read_level,
    robot_shape,
)
from havre.kernel.secret import Secret


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    found = await parts.robot.robots.list(request.actor, _filter(request), page)
    prefix = await parts.robot.robots.prefix()
    return page_of(request, page, [robot_shape(robot, prefix) for robot in found.items], found.total)


def _filter(request: ApiRequest) -> RobotFilter:
    # Harbor's clients write Level and ProjectID; its documents also level and project_id.
    query = request.filters("Level", "level", "ProjectID", "project_id", "name")
    level = query.exact("Level") or query.exact("level")
    project_id = None
    if level is not None and read_level(level) is RobotLevel.PROJECT:
        text = query.exact("ProjectID") or query.exact("project_id") or ""
        if not (text.isascii() and text.isdigit() and len(text) < 19):  # below 2 to the power of 63
            raise SchemaViolated("q needs ProjectID=<number> beside Level=project")
        project_id = int(text)
    order = read_order(request.query("sort"), ROBOT_ORDERS)
    return RobotFilter(project_id, query.text("name") or "", order)


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(RobotCreate)
    made = await parts.robot.create.create(request.actor, wanted.new())
    return created_item(f"/robots/{made.robot.id}", created_shape(made))


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    robot = await parts.robot.robots.get(request.actor, request.number("robot_id"))
    return item(robot_shape(robot, await parts.robot.robots.prefix()))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(RobotReq)
    await parts.robot.update.update(request.actor, request.number("robot_id"), wanted.changes())
    return done()


async def _refresh(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(RobotSecReq)
    chosen = Secret(wanted.secret) if wanted.secret else None
    secret = await parts.robot.refresh.refresh(
        request.actor, request.number("robot_id"), chosen, wanted.overlap_seconds
    )
    return item(RobotSec(secret.reveal() if chosen is None else ""))


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.robot.delete.delete(request.actor, request.number("robot_id"))
    return done()


async def _catalogue(parts: ApiParts, request: ApiRequest) -> Response:
    with_system = may_on_instance(request.actor, "robot", "create")
    return item(catalogue_shape(with_system=with_system))


HANDLERS: Final[Handlers] = {
    "ListRobot": _list,
    "CreateRobot": _create,
    "GetRobotByID": _get,
    "UpdateRobot": _update,
    "RefreshSec": _refresh,
    "DeleteRobot": _delete,
    "getPermissions": _catalogue,
}
