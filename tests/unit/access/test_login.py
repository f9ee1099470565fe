"""Logging in by password: the cache, the throttle, the journal."""

import asyncio

import pytest

from havre.access.errors import CredentialsWrong
from havre.access.throttle import Throttle
from havre.kernel.actor import Origin
from havre.kernel.errors import Throttled
from unit.access.house import ORIGIN, PASSWORD, House


async def test_a_login_is_written_down_once_while_it_is_cached(house: House) -> None:
    for _ in range(3):
        actor = await house.login.by_password("admin", PASSWORD, ORIGIN)

    assert actor.is_admin
    assert house.journal.names().count("user.logged_in") == 1


async def test_many_requests_at_once_cost_one_check(house: House) -> None:
    actors = await asyncio.gather(*(house.login.by_password("admin", PASSWORD, ORIGIN) for _ in range(20)))

    assert {actor.user_id for actor in actors} == {1}
    assert house.journal.names().count("user.logged_in") == 1


@pytest.mark.parametrize("name", ["admin", "nobody", "null\0byte", "x" * 300])
async def test_a_wrong_password_is_refused_whatever_the_name(house: House, name: str) -> None:
    with pytest.raises(CredentialsWrong):
        await house.login.by_password(name, "Wrong-Harbour-1", ORIGIN)


async def test_a_failed_login_is_written_down(house: House) -> None:
    with pytest.raises(CredentialsWrong):
        await house.login.by_password("admin", "Wrong-Harbour-1", ORIGIN)

    failed = house.journal.events[-1]
    assert (failed.name, failed.resource, failed.succeeded) == ("user.login_failed", "admin", False)
    assert failed.actor.origin == ORIGIN


async def test_guesses_at_once_are_counted_one_after_the_other(house: House) -> None:
    answers = await asyncio.gather(
        *(house.login.by_password("admin", f"Wrong-{n}", ORIGIN) for n in range(12)), return_exceptions=True
    )

    refused = [answer for answer in answers if isinstance(answer, CredentialsWrong)]
    slowed = [answer for answer in answers if isinstance(answer, Throttled)]
    assert len(refused) == house.settings.failures_before_delay
    assert len(slowed) == 12 - len(refused)


async def test_whoever_is_logged_in_is_not_locked_out_by_a_guesser(house: House) -> None:
    await house.admin()
    for n in range(6):
        with pytest.raises((CredentialsWrong, Throttled)):
            await house.login.by_password("admin", f"Wrong-{n}", ORIGIN)

    assert (await house.admin()).is_admin


async def test_a_guesser_does_not_lock_the_owner_out_elsewhere(house: House) -> None:
    for n in range(8):
        with pytest.raises((CredentialsWrong, Throttled)):
            await house.login.by_password("admin", f"Wrong-{n}", ORIGIN)

    with pytest.raises(Throttled):
        await house.login.by_password("admin", PASSWORD, ORIGIN)
    assert (await house.login.by_password("admin", PASSWORD, Origin("198.51.100.9"))).is_admin


async def test_a_new_password_ends_the_cached_login(house: House) -> None:
    person = await house.person("ann")
    await house.change_password.change(person, person.user_id or 0, "Another-Harbour-2", PASSWORD)

    with pytest.raises(CredentialsWrong):
        await house.login.by_password("ann", PASSWORD, ORIGIN)
    assert (await house.login.by_password("ann", "Another-Harbour-2", ORIGIN)).name == "ann"


async def test_an_appointment_is_seen_by_a_cached_login(house: House) -> None:
    person = await house.person("ann")
    await house.update_user.admin_flag(await house.admin(), person.user_id or 0, is_admin=True)

    assert (await house.login.by_password("ann", PASSWORD, ORIGIN)).is_admin


async def test_a_deleted_user_is_out_at_once(house: House) -> None:
    person = await house.person("ann")
    await house.delete_user.delete(await house.admin(), person.user_id or 0)

    with pytest.raises(CredentialsWrong):
        await house.login.by_password("ann", PASSWORD, ORIGIN)


def test_each_failure_doubles_the_wait_up_to_the_longest() -> None:
    now = [0.0]
    throttle = Throttle(free=1, longest_delay_s=8, ticks=lambda: now[0])
    waits = []
    for _ in range(6):
        throttle.failed("ann")
        try:
            throttle.check("ann")
        except Throttled as error:
            waits.append(error.retry_after_s)

    assert waits == [1, 2, 4, 8, 8, 8]
    now[0] = 8.0
    throttle.check("ann")
