"""Signing in by a directory: accounts, groups, the cache, and that local accounts never depend on it.

Over a directory in memory; tests/signin asks a real one.
"""

from dataclasses import dataclass, field, replace

import pytest

from havre.access import AccessSettings, ChangeMembers, DirectoryPasswords, ImportUsers, Login
from havre.access.errors import CredentialsWrong, DirectoryUnavailable, MemberExists, UserUnknown
from havre.access.model import AccountOrigin, Role
from havre.access.ports import DirectoryGroup, LdapSettings
from havre.kernel.errors import Denied
from havre.kernel.pages import PageRequest
from havre.kernel.secret import Secret
from kit.directory import URL, MemoryDirectory
from unit.access.house import ORIGIN, PASSWORD, House

ELSEWHERE = "Elsewhere-1"
_IN_USE = LdapSettings(
    url=URL, base_dn="dc=test", group_admin_dn="cn=Chiefs,ou=groups,dc=test", is_in_use=True
)


@dataclass
class Door:
    """A login with a directory behind it."""

    house: House
    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    settings: LdapSettings = _IN_USE

    def __post_init__(self) -> None:
        provider = DirectoryPasswords(self.house.database, self.directory, self.now, self.house.onboard)
        self.login = Login(self.house.database, self.house.passwords, AccessSettings(), [provider])

    async def now(self) -> LdapSettings:
        """Give the settings of the moment."""
        return self.settings

    async def reconfigure(self, settings: LdapSettings) -> None:
        """Change the settings as the API does, which raises the epoch of rights."""
        self.settings = settings
        async with self.house.database.write() as work:
            await work.run("UPDATE access_epoch SET epoch = epoch + 1")


@pytest.fixture
def door(house: House) -> Door:
    made = Door(house)
    made.directory.add("eve", ELSEWHERE, "team")
    return made


async def test_the_first_login_makes_the_account_with_its_groups(door: Door, house: House) -> None:
    await house.project("demo")
    actor = await door.login.by_password("eve", ELSEWHERE, ORIGIN)
    (group,) = (await house.user_groups.search(actor, _page(), "team")).items
    await house.members.add_group(await house.admin(), "demo", group.id, Role.DEVELOPER)

    user = await house.users.current(actor)
    created = [event for event in house.journal.events if event.name == "user.created"][-1]
    assert (user.username, user.email, user.origin) == ("eve", "eve@example.test", AccountOrigin.LDAP)
    assert (created.resource, created.actor.name, created.actor.origin) == ("eve", "eve", ORIGIN)
    await house.access.require(actor, "repository", "push", "demo")


def _page() -> PageRequest:
    return PageRequest()


async def test_a_name_in_other_letters_is_the_same_account(door: Door, house: House) -> None:
    first = await door.login.by_password("eve", ELSEWHERE, ORIGIN)
    second = await door.login.by_password("EVE", ELSEWHERE, ORIGIN)

    assert (first.user_id, first.name) == (second.user_id, second.name)


@pytest.mark.parametrize(
    ("name", "password"), [("eve", "wrong"), ("eve", ""), ("", ELSEWHERE), (" ", ELSEWHERE), ("nobody", "x")]
)
async def test_a_wrong_or_an_empty_password_fits_nobody(door: Door, name: str, password: str) -> None:
    door.directory.passwords["eve"] = password if name == "eve" and not password else ELSEWHERE

    with pytest.raises(CredentialsWrong):
        await door.login.by_password(name, password, ORIGIN)


async def test_a_second_login_asks_the_directory_no_more_until_the_settings_change(door: Door) -> None:
    await door.login.by_password("eve", ELSEWHERE, ORIGIN)
    await door.login.by_password("eve", ELSEWHERE, ORIGIN)
    await door.login.by_password("eve", ELSEWHERE, ORIGIN)
    remembered = door.directory.proofs

    await door.reconfigure(replace(door.settings, search_password=Secret("another")))
    await door.login.by_password("eve", ELSEWHERE, ORIGIN)

    assert (remembered, door.directory.proofs) == (1, 2)


async def test_what_is_remembered_ends_with_the_mode_and_with_the_account(door: Door, house: House) -> None:
    eve = await door.login.by_password("eve", ELSEWHERE, ORIGIN)
    await house.delete_user.delete(await house.admin(), eve.user_id or 0)
    again = await door.login.by_password("eve", ELSEWHERE, ORIGIN)
    await door.reconfigure(replace(door.settings, is_in_use=False))

    assert again.user_id != eve.user_id
    with pytest.raises(CredentialsWrong):
        await door.login.by_password("eve", ELSEWHERE, ORIGIN)


async def test_local_accounts_get_in_while_the_directory_is_away(door: Door, house: House) -> None:
    await house.person("bob")
    door.directory.is_up = False

    assert (await door.login.by_password("admin", PASSWORD, ORIGIN)).is_admin
    assert (await door.login.by_password("bob", PASSWORD, ORIGIN)).name == "bob"
    with pytest.raises(DirectoryUnavailable):
        await door.login.by_password("eve", ELSEWHERE, ORIGIN)
    with pytest.raises(CredentialsWrong):
        await door.login.by_password("bob", "wrong", ORIGIN)


async def test_a_directory_that_is_away_counts_as_no_failed_login(door: Door) -> None:
    door.directory.is_up = False
    for _ in range(12):  # more than are free of delay
        with pytest.raises(DirectoryUnavailable):
            await door.login.by_password("eve", ELSEWHERE, ORIGIN)
    door.directory.is_up = True

    assert (await door.login.by_password("eve", ELSEWHERE, ORIGIN)).name == "eve"


async def test_the_directory_never_speaks_for_a_local_account(door: Door, house: House) -> None:
    await house.person("bob")
    for name in ("bob", "admin"):
        door.directory.add(name, ELSEWHERE)

    for name in ("bob", "admin"):
        with pytest.raises(CredentialsWrong):
            await door.login.by_password(name, ELSEWHERE, ORIGIN)
    with pytest.raises(Denied, match="taken by another account"):
        await door.login.by_password("Admin", ELSEWHERE, ORIGIN)
    assert door.directory.proofs == 1


async def test_the_admin_group_makes_an_administrator_however_its_dn_is_written(door: Door) -> None:
    door.directory.add("root", ELSEWHERE, "chiefs")

    root = await door.login.by_password("root", ELSEWHERE, ORIGIN)
    eve = await door.login.by_password("eve", ELSEWHERE, ORIGIN)

    assert (root.is_admin, eve.is_admin) == (True, False)


async def test_groups_of_odd_names_keep_nobody_out(door: Door, house: House) -> None:
    names = [("x" * 300, "cn=x,dc=test"), ("y", "no dn"), ("ok", "cn=ok,dc=test")]
    odd = [DirectoryGroup(name, dn) for name, dn in names]
    door.directory.people_by_uid["eve"] = replace(door.directory.people_by_uid["eve"], groups=odd)

    await door.login.by_password("eve", ELSEWHERE, ORIGIN)

    found = (await house.user_groups.list(await house.admin(), _page())).items
    assert [group.name for group in found] == ["ok"]


async def test_a_name_that_can_be_no_account_is_told_so(door: Door) -> None:
    door.directory.add("eve,x", ELSEWHERE)

    with pytest.raises(Denied, match="user name"):
        await door.login.by_password("eve,x", ELSEWHERE, ORIGIN)


async def test_somebody_of_the_directory_gets_no_refresh_token(door: Door, house: House) -> None:
    eve = await door.login.by_password("eve", ELSEWHERE, ORIGIN)

    assert await house.refresh.issue(eve, "docker") == ""
    assert await house.refresh.issue(await house.admin(), "docker")


async def test_somebody_of_the_directory_is_made_a_member_before_the_first_login(
    door: Door, house: House
) -> None:
    admin = await house.admin()
    await house.project("demo")
    bring = ImportUsers(door.directory, door.now, house.onboard)
    members = ChangeMembers(house.database, house.access, house.clock, bring)

    member = await members.add(admin, "demo", "eve", Role.GUEST)
    eve = await door.login.by_password("eve", ELSEWHERE, ORIGIN)

    assert (member.entity_name, member.entity_id) == ("eve", eve.user_id)
    await house.access.require(eve, "repository", "pull", "demo")
    with pytest.raises(UserUnknown):
        await members.add(admin, "demo", "nobody", Role.GUEST)
    with pytest.raises(MemberExists):
        await members.add(admin, "demo", "eve", Role.GUEST)


async def test_nobody_is_brought_in_by_whoever_may_not_add_members_or_in_another_mode(
    door: Door, house: House
) -> None:
    bob = await house.person("bob")
    await house.project("demo")
    bring = ImportUsers(door.directory, door.now, house.onboard)
    members = ChangeMembers(house.database, house.access, house.clock, bring)

    with pytest.raises(Denied):
        await members.add(bob, "demo", "eve", Role.GUEST)
    await door.reconfigure(replace(door.settings, is_in_use=False))
    with pytest.raises(UserUnknown):
        await members.add(await house.admin(), "demo", "eve", Role.GUEST)
    assert [user.username for user in (await house.users.list(await house.admin(), _page())).items] == [
        "admin",
        "bob",
    ]
