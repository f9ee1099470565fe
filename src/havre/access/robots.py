"""Reading robots: list, get. Changing them has a module for each verb."""

from havre.access import robot_store
from havre.access.decide import Access, require_system
from havre.access.ports import RulesNow, default_rules
from havre.access.robot_model import Robot
from havre.access.robot_rules import find_robot
from havre.access.robot_store import RobotFilter
from havre.kernel.actor import Actor
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database


class Robots:
    """Shows robots to those who may see them."""

    def __init__(self, database: Database, access: Access, rules: RulesNow = default_rules) -> None:
        self._database = database
        self._access = access
        self._rules = rules

    async def list(self, actor: Actor, wanted: RobotFilter, page: PageRequest) -> NumberedPage[Robot]:
        """List the robots of the instance or of one project.

        Raises: ProjectUnknown, Unauthenticated, Denied.
        """
        if wanted.project_id is None:
            require_system(actor, "robot", "list")
        else:
            await self._access.require(actor, "robot", "list", wanted.project_id)
        async with self._database.read() as reader:
            total = await robot_store.count_robots(reader, wanted)
            found = await robot_store.robots(reader, wanted, page.size, page.offset)
        return NumberedPage(found, total)

    async def get(self, actor: Actor, robot_id: int) -> Robot:
        """Read one robot.

        Raises: RobotUnknown, Unauthenticated, Denied.
        """
        async with self._database.read() as reader:
            robot, _ = await find_robot(reader, self._access, actor, "read", robot_id)
        return robot

    async def prefix(self) -> str:
        """Tell what the names of robots begin with now."""
        return (await self._rules()).robot_name_prefix
