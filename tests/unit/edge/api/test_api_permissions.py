"""Who may call what: every built operation as everybody, against the table and the role matrix."""

from pathlib import Path
from typing import cast

import pytest

from havre.access import allows
from havre.access.model import Action, Resource, Standing
from havre.edge.api.operations import BY_ID, Operation, PermissionScope
from unit.edge.api.calls import BUILT, body_of, call_of, url_of
from unit.edge.api.rig import ROLES, Instance, open_instance
from unit.edge.api.test_api_contract import target_member

_PEOPLE = ("", "plain", *ROLES, "admin")


def _expected(operation: Operation, who: str, *, is_public: bool) -> int:
    """Tell the status that the table and the matrix say."""
    permission, allowed = operation.permission, call_of(operation.operation_id).status
    refused = 403 if who else 401
    match permission.scope:
        case PermissionScope.NONE:
            return allowed
        case PermissionScope.LOGIN:
            return allowed if who else 401
        case PermissionScope.SELF | PermissionScope.SYSTEM:  # the calls are on somebody else's account
            return allowed if who == "admin" else refused
        case PermissionScope.PROJECT:
            roles = frozenset({ROLES[who]} if who in ROLES else ())
            standing = Standing(who == "admin", roles, is_public, bool(who))
            resource, action = cast("Resource", permission.resource), cast("Action", permission.action)
            return allowed if allows(standing, resource, action) else refused


@pytest.mark.parametrize(
    "project", ["demo", pytest.param("open", marks=pytest.mark.full)]
)  # tests/api asks for both
@pytest.mark.parametrize("operation_id", BUILT)
async def test_an_operation_lets_those_pass_whom_the_matrix_names(
    tmp_path: Path, operation_id: str, project: str
) -> None:
    operation, waiting, statuses = BY_ID[operation_id], list(_PEOPLE), dict[str, int]()
    while waiting:
        async with open_instance(tmp_path) as instance:
            statuses |= await _ask_until_changed(instance, operation, project, waiting)

    is_public = project == "open"
    assert statuses == {who: _expected(operation, who, is_public=is_public) for who in _PEOPLE}


async def _ask_until_changed(
    instance: Instance, operation: Operation, project: str, waiting: list[str]
) -> dict[str, int]:
    """Let people call, until one of them has changed the scene for the next."""
    member_id = await target_member(instance, project)
    url, body = url_of(operation, project, member_id), body_of(operation.operation_id, project)
    statuses, has_changed = dict[str, int](), False
    while waiting and not has_changed:
        who = waiting.pop(0)
        statuses[who] = (await instance.ask(operation.method, url, who, body)).status_code
        has_changed = operation.method not in ("GET", "HEAD") and statuses[who] not in (401, 403)
    return statuses


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/users/8", None),
        ("PUT", "/users/8", {"email": "p@example.test", "realname": "P", "comment": ""}),
        ("PUT", "/users/8/password", {"old_password": "Harbour-Test-1", "new_password": "Harbour-Test-2"}),
    ],
)
async def test_anybody_may_read_and_change_their_own_account(
    instance: Instance, method: str, path: str, body: object
) -> None:
    assert (await instance.ask(method, path, "plain", body)).status_code == 200


async def test_a_project_that_is_missing_looks_forbidden_to_all_but_administrators(
    instance: Instance,
) -> None:
    statuses = {who: (await instance.ask("GET", "/projects/none", who)).status_code for who in _PEOPLE}

    assert statuses == {**dict.fromkeys(_PEOPLE, 403), "": 401, "admin": 404}


async def test_a_registry_token_does_not_open_the_api(instance: Instance) -> None:
    who = await instance.ask("GET", "/users/current", "admin")
    actor = await instance.actor("admin")
    token = (await instance.tokens.issue(actor, [])).token

    answers = [
        await instance.ask("GET", path, headers={"Authorization": f"Bearer {token}"})
        for path in ("/projects", "/users/current", "/users", "/repositories")
    ]

    assert who.status_code == 200
    assert {answer.status_code for answer in answers} == {403}


async def test_lists_show_only_what_the_caller_may_see(instance: Instance) -> None:
    seen = {
        who: {project["name"] for project in (await instance.ask("GET", "/projects", who)).json()}
        for who in ("", "plain", "guest", "admin")
    }
    repositories = {
        who: {one["name"] for one in (await instance.ask("GET", "/repositories", who)).json()}
        for who in ("", "guest")
    }

    assert seen == {
        "": {"open"},
        "plain": {"open"},
        "guest": {"demo", "open"},
        "admin": {"demo", "open"},
    }
    assert repositories == {"": {"open/team/app"}, "guest": {"demo/team/app", "open/team/app"}}
