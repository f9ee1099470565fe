"""The role matrix and the answers of Access."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.access import allows
from havre.access.errors import InsufficientScope, ProjectUnknown
from havre.access.model import Action, RepositoryAction, Resource, Role, Standing
from havre.kernel.actor import Actor, anonymous
from havre.kernel.errors import Denied, Unauthenticated
from havre.kernel.names import RepositoryName
from unit.access.house import ORIGIN, House

MEMBER = {role: Standing(roles=frozenset((role,)), is_authenticated=True) for role in Role}
PUBLIC = Standing(is_public=True)
APP = RepositoryName("demo/app")


@pytest.mark.parametrize(
    ("role", "resource", "action", "answer"),
    [
        (Role.PROJECT_ADMIN, "project", "delete", True),
        (Role.MAINTAINER, "project", "update", False),
        (Role.MAINTAINER, "repository", "delete", True),
        (Role.DEVELOPER, "repository", "push", True),
        (Role.DEVELOPER, "repository", "delete", False),
        (Role.DEVELOPER, "tag-retention", "operate", True),
        (Role.DEVELOPER, "tag", "delete", False),
        (Role.GUEST, "repository", "pull", True),
        (Role.GUEST, "repository", "push", False),
        (Role.GUEST, "member", "list", True),
        (Role.LIMITED_GUEST, "member", "list", False),
        (Role.LIMITED_GUEST, "repository", "pull", True),
        (Role.PROJECT_ADMIN, "immutable-tag", "read", False),
        (Role.MAINTAINER, "log", "list", False),
        (Role.PROJECT_ADMIN, "scan", "stop", True),
    ],
)
def test_the_role_decides_as_in_harbor(role: Role, resource: Resource, action: Action, answer: bool) -> None:
    assert allows(MEMBER[role], resource, action) is answer


def test_anybody_pulls_from_a_public_project_and_pushes_nowhere() -> None:
    assert allows(PUBLIC, "repository", "pull")
    assert not allows(PUBLIC, "repository", "push")
    assert not allows(PUBLIC, "member", "list")


@given(
    st.sampled_from(("project", "member", "repository", "artifact", "robot")),
    st.sampled_from(("create", "read", "update", "delete", "list", "pull", "push")),
)
def test_nobody_without_a_role_does_anything_in_a_private_project(resource: Resource, action: Action) -> None:
    assert not allows(Standing(is_authenticated=True), resource, action)


async def test_a_missing_project_is_told_to_administrators_alone(house: House) -> None:
    person = await house.person("ann")

    with pytest.raises(ProjectUnknown):
        await house.access.require(await house.admin(), "project", "read", "nowhere")
    with pytest.raises(Denied):
        await house.access.require(person, "project", "read", "nowhere")
    with pytest.raises(Unauthenticated):
        await house.access.require(anonymous(ORIGIN), "project", "read", "nowhere")


@pytest.mark.parametrize(("role", "may_push"), [(Role.DEVELOPER, True), (Role.GUEST, False)])
async def test_a_member_pushes_with_a_password_as_the_role_allows(
    house: House, role: Role, may_push: bool
) -> None:
    person = await house.person("ann")
    await house.project("demo")
    await house.members.add(await house.admin(), "demo", "ann", role)

    await house.access.require_repository(person, APP, "pull")
    assert await _passes(house, person, "push") is may_push


async def test_a_token_is_decided_by_its_grants_and_names_what_lacks(house: House) -> None:
    admin = await house.admin()
    await house.project("demo")
    actor = await house.tokens.verify(await house.token(admin, "repository:demo/app:pull"), ORIGIN)

    await house.access.require_repository(actor, APP, "pull")
    with pytest.raises(InsufficientScope) as refused:
        await house.access.require_repository(actor, APP, "push")
    assert refused.value.scope == "repository:demo/app:pull,push"


async def test_a_registry_token_opens_nothing_but_the_registry(house: House) -> None:
    await house.project("demo")
    actor = await house.tokens.verify(
        await house.token(await house.admin(), "repository:demo/app:pull,push,delete"), ORIGIN
    )

    with pytest.raises(Denied):
        await house.access.require(actor, "project", "delete", "demo")
    with pytest.raises(Denied):
        await house.delete_user.delete(actor, 2)


async def test_lists_show_public_projects_and_ones_own(house: House) -> None:
    public = await house.project("open", is_public=True)
    mine = await house.project("mine")
    await house.project("theirs")
    person = await house.person("ann")
    await house.members.add(await house.admin(), mine, "ann", Role.GUEST)

    assert await house.access.visible_projects(person) == frozenset((public, mine))
    assert await house.access.visible_projects(anonymous()) == frozenset((public,))
    assert await house.access.visible_projects(await house.admin()) is None


async def _passes(house: House, actor: Actor, action: RepositoryAction) -> bool:
    try:
        await house.access.require_repository(actor, APP, action)
    except Denied:
        return False
    return True
