"""Sessions: how long they last, and what is kept of them."""

from datetime import timedelta

import pytest

from havre.access import Sessions
from havre.access.errors import SessionOver
from havre.access.ports import AccessRules
from unit.access.house import ORIGIN, House


async def _rules() -> AccessRules:
    return AccessRules(session_idle_s=600)


def _sessions(house: House) -> Sessions:
    return Sessions(house.database, house.vault, house.clock, _rules)


async def test_a_session_lasts_while_it_is_used(house: House) -> None:
    sessions = _sessions(house)
    token = await sessions.begin(await house.person("ann"))

    for _ in range(3):
        house.clock.wind(timedelta(seconds=599))
        assert (await sessions.recognise(token, ORIGIN)).name == "ann"
    house.clock.wind(timedelta(seconds=600))
    with pytest.raises(SessionOver):
        await sessions.recognise(token, ORIGIN)


async def test_polling_does_not_keep_a_session_alive(house: House) -> None:
    sessions = _sessions(house)
    token = await sessions.begin(await house.person("ann"))

    house.clock.wind(timedelta(seconds=500))
    await sessions.recognise(token, ORIGIN, renews=False)
    house.clock.wind(timedelta(seconds=100))

    with pytest.raises(SessionOver):
        await sessions.recognise(token, ORIGIN)


async def test_neither_the_token_nor_the_providers_is_in_the_database(house: House) -> None:
    sessions = _sessions(house)
    token = await sessions.begin(await house.person("ann"), id_token="the-providers-token")

    async with house.database.read() as reader:
        row = await reader.first("SELECT token_hash, wrapped_id_token FROM session")

    assert row is not None
    assert token not in row.token_hash
    assert b"the-providers-token" not in bytes(row.wrapped_id_token)
    assert await sessions.end(token, ORIGIN) == "the-providers-token"
    assert await sessions.end(token, ORIGIN) is None


async def test_a_session_has_the_rights_of_now(house: House) -> None:
    sessions = _sessions(house)
    ann = await house.person("ann")
    token = await sessions.begin(ann)
    assert ann.user_id is not None

    await house.update_user.admin_flag(await house.admin(), ann.user_id, is_admin=True)

    assert (await sessions.recognise(token, ORIGIN)).is_admin


async def test_sessions_that_nobody_uses_are_removed_with_the_next_sign_in(house: House) -> None:
    sessions = _sessions(house)
    ann = await house.person("ann")
    await sessions.begin(ann)
    house.clock.wind(timedelta(seconds=601))

    await sessions.begin(ann)

    async with house.database.read() as reader:
        assert len(await reader.all("SELECT id FROM session")) == 1
