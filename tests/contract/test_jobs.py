"""The jobs' tests again, over every engine: the fixtures here give the database."""

import pytest

from havre.kernel.work import Database
from kit.bench import Bench
from kit.clock import WoundClock
from unit.jobs.test_away import *  # noqa: F403 - every test of the module
from unit.jobs.test_control import *  # noqa: F403 - every test of the module
from unit.jobs.test_jobs import *  # noqa: F403 - every test of the module
from unit.jobs.test_schedules import *  # noqa: F403 - every test of the module


@pytest.fixture
def clock() -> WoundClock:
    return WoundClock()


@pytest.fixture
def bench(database: Database, clock: WoundClock) -> Bench:
    return Bench(database, clock)
