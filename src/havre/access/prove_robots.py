"""Secrets of robots: a way to prove a name and a password. Not for people: that is local_passwords.py."""

from collections.abc import Sequence
from typing import Final

from havre.access import robot_store
from havre.access.errors import RobotStopped
from havre.access.passwords import Passwords
from havre.access.ports import Proof, RulesNow, default_rules
from havre.access.robot_model import Robot, StoredSecret, rights_of_robot
from havre.access.robot_names import full_name, read_full_name
from havre.access.robot_secrets import secret_fits
from havre.kernel.actor import Actor, ActorKind, Origin
from havre.kernel.clock import Clock
from havre.kernel.work import Database

_LONGEST: Final = 128  # the limit of a secret: anything longer fits nobody


class RobotSecrets:
    """Checks secrets of robots; a PasswordProvider. The seal is the number of the secret's row."""

    def __init__(
        self, database: Database, passwords: Passwords, clock: Clock, rules: RulesNow = default_rules
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock
        self._rules = rules

    async def prove(self, username: str, password: str, origin: Origin) -> Proof | None:
        """Check the secret; None for a name that is no robot's, so that a user may have it.

        Raises: RobotStopped when the secret fits a robot that is disabled or expired.
        """
        if len(password) > _LONGEST:
            return None
        prefix = (await self._rules()).robot_name_prefix
        robot, stored = await self._find(username, prefix)
        if robot is None:
            return None
        for secret in stored:
            if await secret_fits(self._passwords, password, secret.hashed):
                if not robot.is_live(self._clock.now()):
                    state = "disabled" if robot.is_disabled else "expired"
                    raise RobotStopped(f"robot {username} is {state}: ask its owner to renew it")
                return _proof(robot, secret, prefix)
        return None

    async def still(self, proof: Proof) -> Proof | None:
        """Read the robot again: the same row means the same secret, whatever it costs to hash."""
        if proof.actor.robot is None:
            return None
        prefix = (await self._rules()).robot_name_prefix
        async with self._database.read() as reader:
            robot = await robot_store.robot_by_id(reader, proof.actor.robot.robot_id)
            if robot is None or not robot.is_live(self._clock.now()):
                return None
            stored = await robot_store.secrets_of(reader, robot.id, self._clock.now())
        same = (secret for secret in stored if str(secret.id) == proof.seal)
        secret = next(same, None)
        return None if secret is None else _proof(robot, secret, prefix)

    async def _find(self, username: str, prefix: str) -> tuple[Robot | None, Sequence[StoredSecret]]:
        name = read_full_name(username, prefix)
        if name is None:
            return None, ()
        async with self._database.read() as reader:
            robot = await robot_store.robot_by_name(reader, *name)
            if robot is None:
                return None, ()
            return robot, await robot_store.secrets_of(reader, robot.id, self._clock.now())


def _proof(robot: Robot, secret: StoredSecret, prefix: str) -> Proof:
    name = full_name(prefix, robot.project, robot.name)
    actor = Actor(ActorKind.ROBOT, name, robot=rights_of_robot(robot))
    ends = [moment for moment in (robot.expires_at, secret.expires_at) if moment is not None]
    return Proof(actor, str(secret.id), min(ends, default=None))
