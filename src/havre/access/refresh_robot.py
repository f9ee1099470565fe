"""A robot's new secret; the older ones may go on for a while, so that nothing stands still meanwhile."""

from datetime import timedelta
from typing import Final

from havre.access import robot_store, store
from havre.access.decide import Access
from havre.access.errors import RobotInvalid, RobotUnknown
from havre.access.events import RobotSecretChanged
from havre.access.passwords import Passwords
from havre.access.ports import RulesNow, default_rules
from havre.access.robot_names import full_name
from havre.access.robot_rules import check_editable, find_robot
from havre.access.robot_secrets import make_secret
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.secret import Secret
from havre.kernel.work import Database

_LONGEST_OVERLAP_S: Final = 30 * 86_400  # a month: longer is no rotation


class RefreshRobot:
    """Changes the secret of robots."""

    def __init__(
        self,
        database: Database,
        access: Access,
        passwords: Passwords,
        clock: Clock,
        rules: RulesNow = default_rules,
    ) -> None:
        self._database = database
        self._access = access
        self._passwords = passwords
        self._clock = clock
        self._rules = rules

    async def refresh(self, actor: Actor, robot_id: int, chosen: Secret | None, overlap_s: int = 0) -> Secret:
        """Give a robot the chosen secret, or one that is made up; returns it, this once.

        The older secrets let it in for `overlap_s` more seconds, none by default.
        Raises: RobotUnknown, RobotInvalid, PasswordRefused, Unauthenticated, Denied.
        """
        if not 0 <= overlap_s <= _LONGEST_OVERLAP_S:
            raise RobotInvalid(f"overlap_seconds: use 0 to {_LONGEST_OVERLAP_S}")
        async with self._database.read() as reader:
            found, _ = await find_robot(reader, self._access, actor, "update", robot_id)
        check_editable(found)
        secret, hashed = await make_secret(self._passwords, chosen)
        prefix = (await self._rules()).robot_name_prefix
        now = self._clock.now()
        async with self._database.write() as work:
            robot = await robot_store.lock_robot(work, robot_id)
            if robot is None:
                raise RobotUnknown(robot_id)
            await robot_store.end_secrets(work, robot_id, now, now + timedelta(seconds=overlap_s))
            await robot_store.add_secret(work, robot_id, hashed, now)
            await store.raise_epoch(work)
            work.announce(
                RobotSecretChanged(
                    actor=actor,
                    resource=full_name(prefix, robot.project, robot.name),
                    project_id=robot.project_id,
                    overlap_s=overlap_s,
                )
            )
        return Secret(secret)
