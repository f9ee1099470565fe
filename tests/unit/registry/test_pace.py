"""The collector's pace: a small share of the machine while others are served, the machine when nobody is."""

import asyncio
import time

from havre.kernel.traffic import Traffic
from havre.registry.pace import Pace
from kit.house import RegistryHouse


async def _rest_s(pace: Pace) -> float:
    started = time.monotonic()
    await pace.rest()
    return time.monotonic() - started


async def test_it_rests_long_while_others_are_served(house: RegistryHouse) -> None:
    traffic = Traffic()
    traffic.note()
    pace = Pace(traffic)
    pace.begin()
    async with pace.write(house.database):
        time.sleep(0.004)  # noqa: ASYNC251 - statements hold the event loop

    assert await _rest_s(pace) >= 0.1


async def test_it_rests_no_longer_than_it_worked_when_nobody_is_served() -> None:
    pace = Pace(Traffic())
    pace.begin()
    await asyncio.sleep(0.02)

    assert 0.02 <= await _rest_s(pace) < 0.5


async def test_a_rest_has_an_end_however_slow_a_batch_was(house: RegistryHouse) -> None:
    traffic = Traffic()
    traffic.note()
    pace = Pace(traffic)
    pace.begin()
    async with pace.write(house.database):
        time.sleep(0.1)  # noqa: ASYNC251 - 50 times that would be 5 s

    assert await _rest_s(pace) < 2
