"""Tells that robots expire soon, once for each. Runs on a daily schedule, safe to repeat."""

from datetime import timedelta
from typing import Final

from havre.access import robot_store
from havre.access.events import RobotExpiring
from havre.access.ports import RulesNow, default_rules
from havre.access.robot_names import full_name
from havre.kernel.actor import system
from havre.kernel.clock import Clock
from havre.kernel.work import Database

_BATCH: Final = 200


class WarnRobots:
    """Announces robots whose end is near."""

    def __init__(self, database: Database, clock: Clock, days: int, rules: RulesNow = default_rules) -> None:
        self._database = database
        self._clock = clock
        self._ahead = timedelta(days=days)
        self._rules = rules

    async def run(self) -> int:
        """Announce every robot that ends within the days ahead; returns how many there were."""
        prefix = (await self._rules()).robot_name_prefix
        told = 0
        while True:
            now = self._clock.now()
            async with self._database.write() as work:
                ending = await robot_store.expiring_robots(work, now, now + self._ahead, _BATCH)
                for robot in ending:
                    assert robot.expires_at is not None
                    work.announce(
                        RobotExpiring(
                            actor=system("robots"),
                            resource=full_name(prefix, robot.project, robot.name),
                            project_id=robot.project_id,
                            expires_at=robot.expires_at.isoformat(),
                        )
                    )
                if ending:
                    await robot_store.mark_warned(work, [robot.id for robot in ending], now)
            told += len(ending)
            if len(ending) < _BATCH:
                return told
