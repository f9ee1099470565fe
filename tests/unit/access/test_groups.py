"""Groups of other systems: learnt at login, members of projects, their roles added up.

tests/contract/test_group_decisions.py runs the same over PostgreSQL.
"""

import pytest

from havre.access import ROLE_MASK, ExternalGroup, ExternalPerson, Members, parse_group
from havre.access.actors import actor_of
from havre.access.errors import GroupExists, GroupUnknown, MemberExists, UserExists
from havre.access.model import AccountOrigin, GroupType, RepositoryAction, Role, User
from havre.adapters.database.sqlite import SqliteDatabase
from havre.kernel.actor import Actor, Origin
from havre.kernel.errors import Denied
from havre.kernel.names import NameInvalid
from havre.kernel.pages import PageRequest
from havre.projects.model import ProjectFilter
from unit.access.house import ORIGIN, PASSWORD, House

TEAM = parse_group(3, "team")
OPS = parse_group(1, "", "cn=Ops,ou=groups,dc=example")
_ACTIONS: tuple[RepositoryAction, ...] = ("pull", "push", "delete")


async def _enter(house: House, *groups: ExternalGroup, is_admin: bool = False, name: str = "ann") -> User:
    person = ExternalPerson(
        AccountOrigin.OIDC, f"issuer#{name}", name, f"{name}@example.test", "A", groups, is_admin
    )
    return await house.onboard.enter(person, ORIGIN)


def _actor(user: User) -> Actor:
    return actor_of(user, ORIGIN)


async def _may(house: House, user: User) -> list[str]:
    passed = list[str]()
    for action in _ACTIONS:
        try:
            await house.access.require(_actor(user), "repository", action, "demo")
        except Denied:
            continue
        passed.append(action)
    return passed


async def test_roles_of_the_person_and_of_each_group_add_up(house: House) -> None:
    admin = await house.admin()
    await house.project("demo")
    await house.members.add_group(admin, "demo", TEAM, Role.GUEST)
    await house.members.add_group(admin, "demo", OPS, Role.DEVELOPER)

    alone = await _may(house, await _enter(house))
    guest = await _may(house, await _enter(house, TEAM))
    developer = await _may(house, await _enter(house, TEAM, OPS))
    ann = await _enter(house, OPS)
    await house.members.add(admin, "demo", "ann", Role.MAINTAINER)

    assert (alone, guest, developer) == ([], ["pull"], ["pull", "push"])
    assert await _may(house, ann) == ["pull", "push", "delete"]
    project = await house.projects.get(_actor(ann), "demo")
    assert project.roles == {Role.DEVELOPER, Role.MAINTAINER}


async def test_a_role_by_a_group_ends_with_the_group_the_membership_and_the_member(house: House) -> None:
    admin = await house.admin()
    await house.project("demo")
    member = await house.members.add_group(admin, "demo", TEAM, Role.GUEST)
    ann = await _enter(house, TEAM)
    before = await _may(house, ann)

    left = await _may(house, await _enter(house))
    back = await _may(house, await _enter(house, TEAM))
    await house.members.remove(admin, "demo", member.id)
    removed = await _may(house, ann)
    await house.members.add_group(admin, "demo", member.entity_id, Role.GUEST)
    again = await _may(house, ann)
    await house.change_groups.delete(admin, member.entity_id)

    assert (before, left, back, removed, again) == (["pull"], [], ["pull"], [], ["pull"])
    assert await _may(house, ann) == []


async def test_a_token_loses_what_a_group_gave_with_the_next_request(house: House) -> None:
    admin = await house.admin()
    await house.project("demo")
    member = await house.members.add_group(admin, "demo", TEAM, Role.DEVELOPER)
    ann = _actor(await _enter(house, TEAM))
    token = await house.token(ann, "repository:demo/app:pull,push")
    before = (await house.tokens.verify(token, ORIGIN)).grants

    await house.members.set_role(admin, "demo", member.id, Role.GUEST)
    guest = (await house.tokens.verify(token, ORIGIN)).grants
    await _enter(house)
    nobody = (await house.tokens.verify(token, ORIGIN)).grants

    assert before is not None
    assert guest is not None
    assert nobody is not None
    assert before.repositories == {"demo/app": {"pull", "push"}}
    assert guest.repositories == {"demo/app": {"pull"}}
    assert nobody.repositories == {"demo/app": frozenset()}


async def test_projects_of_a_group_are_listed_once_and_their_log_is_open_to_its_administrators(
    house: House,
) -> None:
    admin = await house.admin()
    number = await house.project("demo")
    await house.project("other")
    await house.members.add_group(admin, "demo", TEAM, Role.PROJECT_ADMIN)
    await house.members.add_group(admin, "demo", OPS, Role.GUEST)
    ann = _actor(await _enter(house, TEAM, OPS))

    page = await house.projects.list(ann, ProjectFilter(), PageRequest())

    assert ([project.name for project in page.items], page.total) == (["demo"], 1)
    assert await house.access.visible_projects(ann) == frozenset({number})
    assert await house.access.logged_projects(ann) == {number}


async def test_a_group_makes_an_administrator_until_it_does_not(house: House) -> None:
    ann = await _enter(house, TEAM, is_admin=True)
    no_more = await _enter(house, TEAM)

    assert (ann.is_admin, ann.is_admin_in_auth, ann.is_appointed) == (True, True, False)
    assert not no_more.is_admin


async def test_an_appointed_administrator_stays_one_whatever_the_groups_say(house: House) -> None:
    admin = await house.admin()
    ann = await _enter(house)
    await house.update_user.admin_flag(admin, ann.id, is_admin=True)

    again = await _enter(house, is_admin=False)

    assert (again.is_admin, again.is_appointed, again.is_admin_in_auth) == (True, True, False)


async def test_a_login_makes_unknown_groups_known_and_writes_nothing_when_nothing_changed(
    house: House,
) -> None:
    admin = await house.admin()
    await _enter(house, TEAM, OPS)
    count = len(house.journal.events)
    epoch = await house.epoch()

    await _enter(house, OPS, TEAM)

    groups = (await house.user_groups.list(admin, PageRequest())).items
    assert [(group.name, group.type) for group in groups] == [
        ("Ops", GroupType.LDAP),
        ("team", GroupType.OIDC),
    ]
    assert house.journal.names()[:count].count("user_group.created") == 2
    assert (len(house.journal.events), await house.epoch()) == (count, epoch)


async def test_an_ldap_group_is_one_however_its_dn_is_written(house: House) -> None:
    admin = await house.admin()
    known = await house.change_groups.create(admin, OPS)
    await house.project("demo")
    member = await house.members.add_group(admin, "demo", known.id, Role.GUEST)

    ann = await _enter(house, parse_group(1, "", "CN=ops, OU=Groups, DC=example"))

    assert await _may(house, ann) == ["pull"]
    assert (member.entity_name, member.is_group) == ("Ops", True)
    with pytest.raises(GroupExists):
        await house.change_groups.create(admin, parse_group(1, "x", "cn=OPS,ou=groups,dc=example"))
    with pytest.raises(MemberExists):
        await house.members.add_group(admin, "demo", OPS, Role.GUEST)


async def test_groups_and_people_are_members_side_by_side(house: House) -> None:
    admin = await house.admin()
    await house.project("demo")
    await house.members.add_group(admin, "demo", TEAM, Role.GUEST)
    await _enter(house, name="teammate")
    await house.members.add(admin, "demo", "teammate", Role.DEVELOPER)

    page = await Members(house.database, house.access).list(admin, "demo", PageRequest(), "TEAM")

    assert [(one.entity_name, one.is_group) for one in page.items] == [("team", True), ("teammate", False)]
    assert page.total == 2


async def test_a_renamed_oidc_group_keeps_its_place_and_waits_for_logins_with_the_new_name(
    house: House,
) -> None:
    admin = await house.admin()
    await house.project("demo")
    member = await house.members.add_group(admin, "demo", TEAM, Role.GUEST)
    ann = await _enter(house, TEAM)

    await house.change_groups.rename(admin, member.entity_id, "crew")

    assert await _may(house, ann) == []
    assert await _may(house, await _enter(house, parse_group(3, "crew"))) == ["pull"]


async def test_a_group_that_is_not_there_is_unknown(house: House) -> None:
    admin = await house.admin()
    await house.project("demo")

    for attempt in (
        house.members.add_group(admin, "demo", 77, Role.GUEST),
        house.change_groups.rename(admin, 77, "x"),
        house.change_groups.delete(admin, 77),
        house.user_groups.get(admin, 77),
    ):
        with pytest.raises(GroupUnknown):
            await attempt


async def test_an_account_of_another_system_has_no_password_here(house: House) -> None:
    admin = await house.admin()
    ann = await _enter(house)

    with pytest.raises(Denied, match="known by oidc"):
        await house.change_password.change(admin, ann.id, PASSWORD)


async def test_nobody_of_another_system_takes_over_a_local_account(house: House) -> None:
    await house.person("bob")

    with pytest.raises(UserExists):
        await _enter(house, name="bob")
    with pytest.raises(UserExists):
        await _enter(house, name="admin", is_admin=True)
    with pytest.raises(NameInvalid):
        await _enter(house, name="a b")


async def test_an_address_that_is_taken_or_unusable_is_left_out(house: House) -> None:
    await _enter(house)
    person = ExternalPerson(AccountOrigin.LDAP, "eve", "eve", "ann@example.test", "E" * 400)
    odd = ExternalPerson(AccountOrigin.LDAP, "odd", "odd", "no address")

    eve = await house.onboard.enter(person, ORIGIN)

    assert (eve.email, len(eve.realname), eve.origin) == (None, 255, AccountOrigin.LDAP)
    assert (await house.onboard.add(await house.admin(), odd)).email is None
    assert house.journal.events[-1].actor.name == "admin"


async def test_one_subject_is_one_account_for_each_origin(house: House) -> None:
    first = await _enter(house)
    second = await _enter(house)
    other = await house.onboard.enter(ExternalPerson(AccountOrigin.LDAP, "issuer#ann", "ann2"), Origin())

    assert first.id == second.id != other.id


async def test_a_decision_reads_the_memberships_of_the_caller_and_no_others(house: House) -> None:
    number = await house.project("demo")
    async with house.database.read() as reader:
        if not isinstance(house.database, SqliteDatabase):
            pytest.skip("the plan is SQLite's")
        rows = await reader.all(
            f"EXPLAIN QUERY PLAN SELECT {ROLE_MASK} FROM project WHERE project.id = :id",
            {"id": number, "account": 1},
        )

    plan = [row.detail for row in rows]
    assert [line for line in plan if line.startswith("SCAN")] == []
    assert [line.count("=?") for line in plan if line.startswith("SEARCH member")] == [2, 2]
