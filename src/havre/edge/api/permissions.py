"""What the current user may do, as the portal asks before it shows a button."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Final, get_args

from starlette.responses import Response

from havre.access import allows, may_on_instance, standing_of
from havre.access.model import Action, Resource
from havre.edge.api.conventions import item
from havre.edge.api.operations import OPERATIONS, PermissionScope
from havre.edge.api.parts import ApiParts
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.user import PermissionShape
from havre.kernel.errors import Denied, NotFound

_PROJECT_SCOPE: Final = re.compile(r"/project/([0-9]{1,18})\Z")
_RESOURCES: Final[tuple[Resource, ...]] = get_args(Resource)
_ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
_SYSTEM: Final = sorted(
    {
        (operation.permission.resource, operation.permission.action)
        for operation in OPERATIONS
        if operation.permission.scope is PermissionScope.SYSTEM
    }
)


async def list_permissions(parts: ApiParts, request: ApiRequest) -> Response:
    """Answer getCurrentUserPermissions: of one project (`scope=/project/7`) or of the instance."""
    scope = request.query("scope") or ""
    is_relative = request.query_flag("relative", default=False)
    found = _PROJECT_SCOPE.match(scope)
    if found is None:
        return item(list(_of_the_instance(request, is_relative=is_relative)))
    prefix = "" if is_relative else f"{scope}/"
    try:
        project = await parts.access.require(request.actor, "project", "read", int(found[1]))
    except (Denied, NotFound):
        return item([])  # the contract knows no refusal here: somebody outside may do nothing
    standing = standing_of(request.actor, project)
    rights = product(_RESOURCES, _ACTIONS)
    shapes = [PermissionShape(_name(prefix, r), a) for r, a in rights if allows(standing, r, a)]
    return item(shapes)


def _name(prefix: str, resource: Resource) -> str:
    # The project itself is the scope: Harbor calls it "self" when relative to it.
    if resource == "project":
        return prefix.removesuffix("/") or "self"
    return prefix + resource


def _of_the_instance(request: ApiRequest, *, is_relative: bool) -> Iterator[PermissionShape]:
    prefix = "" if is_relative else "/system/"
    for resource, action in _SYSTEM:
        if may_on_instance(request.actor, resource, action):
            yield PermissionShape(prefix + resource, action)
