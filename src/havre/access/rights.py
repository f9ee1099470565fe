"""What an owner may do now with the repositories that a token names. Not the token itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from havre.access import store
from havre.access.decide import repository_rights
from havre.access.model import ProjectStanding, Standing
from havre.kernel.actor import Right, RobotRights
from havre.kernel.work import Database

Wanted = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose rights are asked for; without `user_id` and `robot` it is the anonymous caller."""

    user_id: int | None
    is_admin: bool
    robot: RobotRights | None = None


async def present_rights(database: Database, owner: Owner, wanted: Wanted) -> Wanted:
    """Intersect the actions wanted on each repository with what the owner may do at this moment.

    Whoever may push everywhere is granted repositories of missing projects too, so that a push into one is
    answered by the reason and not by a refusal.
    """
    projects: dict[str, ProjectStanding | None] = {}
    granted: dict[str, frozenset[str]] = {}
    for repository, actions in wanted.items():
        name = repository.partition("/")[0]
        if name not in projects:
            projects[name] = await store.standing_in(database, name, owner.user_id)
        granted[repository] = actions & _rights(owner, projects[name])
    return granted


def _rights(owner: Owner, project: ProjectStanding | None) -> frozenset[str]:
    robot = owner.robot
    is_known = owner.user_id is not None or robot is not None
    if project is None:
        everywhere = frozenset[Right]() if robot is None else robot.in_every_project
        return repository_rights(Standing(owner.is_admin, frozenset(), False, is_known, everywhere))
    permitted = frozenset[Right]() if robot is None else robot.in_project(project.id)
    return repository_rights(Standing(owner.is_admin, project.roles, project.is_public, is_known, permitted))
