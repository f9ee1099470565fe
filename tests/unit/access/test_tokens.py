"""Registry tokens: what they grant, when they end, which keys sign them."""

from datetime import timedelta
from pathlib import Path

import pytest

from havre.access.errors import TokenInvalid
from havre.access.model import Role
from havre.access.ports import AccessRules
from havre.adapters.vault import Vault
from havre.kernel.actor import Actor, anonymous
from havre.kernel.errors import StartRefused
from havre.projects.model import ProjectChanges
from unit.access.house import ORIGIN, PASSWORD, House, open_house

PUSH = "repository:demo/app:pull,push"


async def test_a_token_grants_what_was_asked_and_is_allowed(house: House) -> None:
    person = await _member(house, Role.GUEST)

    token = await house.token(person, PUSH, "repository:other/x:pull", "registry:catalog:*")
    actor = await house.tokens.verify(token, ORIGIN)

    assert actor.name == "ann"
    assert actor.user_id == person.user_id
    assert _granted(actor) == {"pull"}
    assert actor.grants is not None
    assert not actor.grants.repositories["other/x"]
    assert actor.grants.may_list_catalog


async def test_an_anonymous_token_pulls_what_is_public_alone(house: House) -> None:
    await house.project("demo", is_public=True)
    await house.project("shut")

    issued = await house.token(anonymous(ORIGIN), PUSH, "repository:shut/app:pull")
    actor = await house.tokens.verify(issued, ORIGIN)

    assert not actor.is_authenticated
    assert _granted(actor) == {"pull"}
    assert actor.grants is not None
    assert not actor.grants.repositories["shut/app"]


async def test_a_token_loses_what_its_owner_loses_and_finds_it_again(house: House) -> None:
    person = await _member(house, Role.DEVELOPER)
    token = await house.token(person, PUSH)
    assert _granted(await house.tokens.verify(token, ORIGIN)) == {"pull", "push"}

    await house.members.set_role(await house.admin(), "demo", await _member_id(house), Role.GUEST)
    assert _granted(await house.tokens.verify(token, ORIGIN)) == {"pull"}

    await house.members.remove(await house.admin(), "demo", await _member_id(house))
    assert not _granted(await house.tokens.verify(token, ORIGIN))

    await house.members.add(await house.admin(), "demo", "ann", Role.MAINTAINER)
    assert _granted(await house.tokens.verify(token, ORIGIN)) == {"pull", "push"}


async def test_the_token_of_a_deleted_user_is_refused(house: House) -> None:
    person = await _member(house, Role.DEVELOPER)
    token = await house.token(person, PUSH)
    await house.tokens.verify(token, ORIGIN)

    await house.delete_user.delete(await house.admin(), person.user_id or 0)

    with pytest.raises(TokenInvalid):
        await house.tokens.verify(token, ORIGIN)


async def test_a_token_first_seen_by_another_process_is_checked_against_present_rights(
    house: House, tmp_path: Path
) -> None:
    person = await _member(house, Role.DEVELOPER)
    token = await house.token(person, PUSH)
    await house.members.remove(await house.admin(), "demo", await _member_id(house))

    async with open_house(tmp_path / "havre.db") as other:
        assert not _granted(await other.tokens.verify(token, ORIGIN))


async def test_a_demoted_administrator_keeps_no_right(house: House) -> None:
    person = await house.person("ann")
    admin = await house.admin()
    await house.project("demo")
    await house.update_user.admin_flag(admin, person.user_id or 0, is_admin=True)
    token = await house.token(await house.login.by_password("ann", PASSWORD, ORIGIN), PUSH)
    assert _granted(await house.tokens.verify(token, ORIGIN)) == {"pull", "push"}

    await house.update_user.admin_flag(admin, person.user_id or 0, is_admin=False)

    actor = await house.tokens.verify(token, ORIGIN)
    assert not actor.is_admin
    assert not _granted(actor)


async def test_a_project_made_private_closes_to_anonymous_tokens(house: House) -> None:
    await house.project("demo", is_public=True)
    token = await house.token(anonymous(), PUSH)
    assert _granted(await house.tokens.verify(token, ORIGIN)) == {"pull"}

    await house.update_project.update(await house.admin(), "demo", ProjectChanges(is_public=False))

    assert not _granted(await house.tokens.verify(token, ORIGIN))


async def test_a_token_ends_after_its_time_and_a_minute(house: House) -> None:
    token = await house.token(await house.admin(), PUSH)

    house.clock.wind(timedelta(seconds=AccessRules().token_expiry_s + 59))
    await house.tokens.verify(token, ORIGIN)
    house.clock.wind(timedelta(seconds=2))
    with pytest.raises(TokenInvalid):
        await house.tokens.verify(token, ORIGIN)


async def test_a_token_of_a_clock_far_ahead_is_refused(house: House) -> None:
    token = await house.token(await house.admin(), PUSH)

    house.clock.wind(timedelta(seconds=-61))
    with pytest.raises(TokenInvalid):
        await house.tokens.verify(token, ORIGIN)


@pytest.mark.parametrize("place", [0, 40, 200, -30, -1])
async def test_a_token_with_one_letter_changed_is_refused(house: House, place: int) -> None:
    token = await house.token(await house.admin(), PUSH)
    letters = list(token)
    letters[place] = "A" if letters[place] != "A" else "z"

    with pytest.raises(TokenInvalid):
        await house.tokens.verify("".join(letters), ORIGIN)


@pytest.mark.parametrize(
    "token",
    [
        "", "a", "a.b", "a.b.c", "...", "é.é.é", "x" * 40_000,
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",  # alg none
        "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.e30.AAAA",
    ],
)  # fmt: skip
async def test_what_is_no_token_of_ours_is_refused(house: House, token: str) -> None:
    with pytest.raises(TokenInvalid):
        await house.tokens.verify(token, ORIGIN)


async def test_keys_rotate_and_the_old_one_verifies_until_its_tokens_are_over(
    house: House, tmp_path: Path
) -> None:
    admin = await house.admin()
    house.clock.wind(timedelta(0))
    await house.token(admin, PUSH)
    house.clock.wind(timedelta(days=30) - timedelta(seconds=1))
    old = await house.token(admin, PUSH)
    house.clock.wind(timedelta(seconds=2))
    new = await house.token(admin, PUSH)

    assert old.partition(".")[0] != new.partition(".")[0]
    async with open_house(tmp_path / "havre.db") as other:
        other.clock.moment = house.clock.moment
        await other.tokens.verify(old, ORIGIN)
        await other.tokens.verify(new, ORIGIN)
        other.clock.wind(timedelta(hours=1))
        with pytest.raises(TokenInvalid):
            await other.tokens.verify(old, ORIGIN)


async def test_processes_share_their_keys(house: House, tmp_path: Path) -> None:
    async with open_house(tmp_path / "havre.db") as other:
        token = await house.token(await house.admin(), PUSH)
        theirs = await other.token(await other.admin(), PUSH)

        assert (await other.tokens.verify(token, ORIGIN)).name == "admin"
        assert theirs.partition(".")[0] == token.partition(".")[0]


async def test_a_refresh_token_stands_for_the_password_until_that_changes(house: House) -> None:
    person = await house.person("ann")
    token = await house.refresh.issue(person, "docker")
    assert (await house.refresh.redeem(token, ORIGIN)).user_id == person.user_id

    await house.change_password.change(await house.admin(), person.user_id or 0, "Another-Harbour-2")

    with pytest.raises(TokenInvalid):
        await house.refresh.redeem(token, ORIGIN)


async def test_a_refresh_token_ends_with_its_days_and_with_its_owner(house: House) -> None:
    person = await house.person("ann")
    first = await house.refresh.issue(person, "docker")
    house.clock.wind(timedelta(days=91))
    second = await house.refresh.issue(person, "docker")

    with pytest.raises(TokenInvalid):
        await house.refresh.redeem(first, ORIGIN)
    await house.refresh.redeem(second, ORIGIN)
    await house.delete_user.delete(await house.admin(), person.user_id or 0)
    with pytest.raises(TokenInvalid):
        await house.refresh.redeem(second, ORIGIN)


async def test_the_database_holds_neither_refresh_tokens_nor_private_keys(
    house: House, tmp_path: Path
) -> None:
    token = await house.refresh.issue(await house.admin(), "docker")
    await house.token(await house.admin(), PUSH)
    content = _bytes_below(tmp_path)

    assert token.encode() not in content
    assert b"PRIVATE KEY" not in content
    assert PASSWORD.encode() not in content
    assert b"PUBLIC KEY" in content


def test_another_master_key_does_not_unwrap() -> None:
    wrapped = Vault(bytes(32)).wrap(b"secret")

    with pytest.raises(StartRefused):
        Vault(b"1" * 32).unwrap(wrapped)


def _bytes_below(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.iterdir() if path.is_file())


async def _member(house: House, role: Role) -> Actor:
    person = await house.person("ann")
    await house.project("demo")
    await house.members.add(await house.admin(), "demo", "ann", role)
    return person


async def _member_id(house: House) -> int:
    async with house.database.read() as reader:
        row = await reader.first(
            "SELECT member.id FROM member JOIN account ON account.id = member.account_id"
            " WHERE account.username = 'ann'"
        )
    assert row is not None
    return int(row.id)


def _granted(actor: Actor) -> frozenset[str]:
    assert actor.grants is not None
    return actor.grants.repositories["demo/app"]
