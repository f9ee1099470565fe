"""Creating, changing and deleting people and members."""

import pytest

from havre.access import CreateUser, Members, NewUser, Profile, UserSearch, create_first_admin
from havre.access.errors import (
    AdminKept,
    MemberExists,
    MemberUnknown,
    PasswordRefused,
    ProfileInvalid,
    RoleUnknown,
    UserExists,
    UserUnknown,
)
from havre.access.model import Role
from havre.access.ports import AccessRules
from havre.kernel.actor import anonymous
from havre.kernel.errors import Denied, StartRefused, Unauthenticated
from havre.kernel.names import NameInvalid
from havre.kernel.pages import PageRequest
from unit.access.house import ORIGIN, PASSWORD, House


@pytest.mark.parametrize("password", ["short1A", "nouppercase1", "NOLOWERCASE1", "NoDigitsHere", "Aa1" * 43])
async def test_a_weak_password_is_refused(house: House, password: str) -> None:
    with pytest.raises(PasswordRefused):
        await house.create_user.create(await house.admin(), NewUser("ann", password))


@pytest.mark.parametrize("name", ["", "a b", "a,b", 'a"b', "a~b", "a#b", "a%b", "a$b", "x" * 256])
async def test_a_bad_user_name_is_refused(house: House, name: str) -> None:
    with pytest.raises(NameInvalid):
        await house.create_user.create(await house.admin(), NewUser(name, PASSWORD))


@pytest.mark.parametrize("email", ["nobody", "a@b", "@example.test", "a b@example.test"])
async def test_a_bad_address_is_refused(house: House, email: str) -> None:
    with pytest.raises(ProfileInvalid):
        await house.create_user.create(await house.admin(), NewUser("ann", PASSWORD, Profile(email)))


async def test_names_and_addresses_are_taken_once(house: House) -> None:
    admin = await house.admin()
    await house.create_user.create(admin, NewUser("ann", PASSWORD, Profile("ann@example.test")))
    bob = await house.create_user.create(admin, NewUser("bob", PASSWORD))

    with pytest.raises(UserExists):
        await house.create_user.create(admin, NewUser("ann", PASSWORD))
    with pytest.raises(UserExists):
        await house.create_user.create(admin, NewUser("eve", PASSWORD, Profile("ann@example.test")))
    with pytest.raises(UserExists):
        await house.update_user.profile(admin, bob.id, Profile("ann@example.test"))


async def test_nobody_registers_unless_it_is_allowed(house: House) -> None:
    with pytest.raises(Unauthenticated):
        await house.create_user.create(anonymous(ORIGIN), NewUser("ann", PASSWORD))

    async def rules() -> AccessRules:
        return AccessRules(may_sign_up=True)

    open_door = CreateUser(house.database, house.passwords, house.clock, rules)
    made = await open_door.create(anonymous(ORIGIN), NewUser("ann", PASSWORD))
    assert not made.is_admin


async def test_people_see_and_change_themselves_alone(house: House) -> None:
    ann, bob = await house.person("ann"), await house.person("bob")
    assert ann.user_id is not None
    await house.update_user.profile(ann, ann.user_id, Profile("", "Ann Other", "hi"))

    assert (await house.users.current(ann)).realname == "Ann Other"
    with pytest.raises(Denied):
        await house.users.get(bob, ann.user_id)
    with pytest.raises(Denied):
        await house.update_user.profile(bob, ann.user_id, Profile())
    with pytest.raises(Denied):
        await house.users.list(bob, PageRequest())
    with pytest.raises(Denied):
        await house.update_user.admin_flag(bob, bob.user_id or 0, is_admin=True)


async def test_a_list_searches_sorts_and_pages(house: House) -> None:
    admin = await house.admin()
    for name in ("carol", "Anna", "under_score", "percent"):
        await house.create_user.create(admin, NewUser(name, PASSWORD))

    page = await house.users.list(admin, PageRequest(2, 2), sort="-username")
    found = await house.users.list(admin, PageRequest(), search=UserSearch("ann"))
    literal = await house.users.list(admin, PageRequest(), search=UserSearch("_"))

    assert page.total == 5
    assert [user.username for user in page.items] == ["carol", "admin"]
    assert [user.username for user in found.items] == ["Anna"]
    assert [user.username for user in literal.items] == ["under_score"]


async def test_the_first_administrator_and_oneself_cannot_be_removed(house: House) -> None:
    admin = await house.admin()
    ann = await house.person("ann")
    await house.update_user.admin_flag(admin, ann.user_id or 0, is_admin=True)
    ann = await house.login.by_password("ann", PASSWORD, ORIGIN)

    with pytest.raises(AdminKept):
        await house.delete_user.delete(ann, 1)
    with pytest.raises(AdminKept):
        await house.update_user.admin_flag(ann, 1, is_admin=False)
    with pytest.raises(AdminKept):
        await house.delete_user.delete(ann, ann.user_id or 0)
    with pytest.raises(UserUnknown):
        await house.delete_user.delete(ann, 99)


async def test_ones_own_password_needs_the_old_one(house: House) -> None:
    ann = await house.person("ann")

    with pytest.raises(Denied):
        await house.change_password.change(ann, ann.user_id or 0, "Another-Harbour-2", "wrong")
    with pytest.raises(PasswordRefused):
        await house.change_password.change(ann, ann.user_id or 0, PASSWORD, PASSWORD)
    with pytest.raises(Denied):
        await house.change_password.change(ann, 1, "Another-Harbour-2", PASSWORD)


async def test_members_are_added_changed_and_removed_with_their_events(house: House) -> None:
    admin = await house.admin()
    ann = await house.person("ann")
    project = await house.project("demo")

    member = await house.members.add(admin, "demo", ann.user_id or 0, 3)
    await house.members.set_role(admin, project, member.id, 2)
    shown = await Members(house.database, house.access).list(ann, "demo", PageRequest(), "ann")
    await house.members.remove(admin, "demo", member.id)

    assert [(item.entity_name, item.role) for item in shown.items] == [("ann", Role.DEVELOPER)]
    assert house.journal.names()[-3:] == ["member.added", "member.role_changed", "member.removed"]
    assert house.journal.events[-1].project_id == project


async def test_a_member_is_added_once_with_a_role_that_exists(house: House) -> None:
    admin = await house.admin()
    ann = await house.person("ann")
    await house.project("demo")
    await house.members.add(admin, "demo", "ann", 2)

    with pytest.raises(MemberExists):
        await house.members.add(admin, "demo", "ann", 3)
    with pytest.raises(UserUnknown):
        await house.members.add(admin, "demo", "nobody", 3)
    with pytest.raises(RoleUnknown):
        await house.members.add(admin, "demo", "admin", 9)
    with pytest.raises(MemberUnknown):
        await house.members.remove(admin, "demo", 999)
    with pytest.raises(Denied):
        await house.members.add(ann, "demo", "admin", 1)


async def test_the_first_start_makes_one_administrator_and_tells_a_made_up_password_once(
    house: House,
) -> None:
    async with house.database.write() as work:
        await work.run("DELETE FROM member")
        await work.run("DELETE FROM account")

    with pytest.raises(StartRefused):
        await create_first_admin(house.database, house.passwords, house.clock, "weak")
    password = await create_first_admin(house.database, house.passwords, house.clock, None)
    again = await create_first_admin(house.database, house.passwords, house.clock, None)

    assert password is not None
    assert again is None
    actor = await house.login.by_password("admin", password, ORIGIN)
    assert (actor.user_id, actor.is_admin) == (1, True)
