"""Who may do what: the role matrix, and the questions every use case asks of it. Not who somebody is."""

from collections.abc import Iterator, Mapping
from typing import Final

from havre.access import store
from havre.access.errors import InsufficientScope, ProjectUnknown
from havre.access.model import (
    REPOSITORY_ACTIONS,
    ROLES_BY_POWER,
    Action,
    ProjectStanding,
    RepositoryAction,
    Resource,
    Role,
    Standing,
)
from havre.kernel.actor import Actor, Right, RobotRights
from havre.kernel.errors import Denied, Unauthenticated
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database

# Columns: projectAdmin, maintainer, developer, guest, limitedGuest, anybody on a public project.
# C create, R read, U update, D delete, L list; whole words stand for themselves.
# Source: Harbor's rbac_role.go and rbac_util.go, as in reference/harbor.md 1.2.
_MATRIX: Final = """
project             | RUD             | R               | R              | R       | R       | R
member              | CRUDL           | RL              | RL             | RL      |         |
metadata            | CRUD            | R               |                |         |         |
log                 | L               |                 |                |         |         |
label               | CRUDL           | CRUDL           | RL             | RL      |         | RL
quota               | R               | R               | R              | R       | R       |
repository          | CRUDL pull push | CRUDL pull push | CRUL pull push | RL pull | RL pull | L pull
tag-retention       | CRUDL operate   | CRUDL operate   | CRUDL operate  |         |         |
immutable-tag       | CUDL            | CUDL            |                |         |         |
configuration       | RU              | R               | R              | R       | R       |
robot               | CRUDL           | RL              | RL             | RL      |         |
notification-policy | CRUDL           | RL              |                |         |         |
scan                | CR stop         | CR stop         | R              | R       | R       | R
sbom                | CR stop         | CR stop         | R              | R       | R       |
scanner             | RC              | R               | R              | R       | R       | R
artifact            | CRDL            | CRDL            | CRL            | RL      | RL      | RL
artifact-addition   | R               | R               | R              | R       | R       | R
tag                 | CLD             | CLD             | CL             | L       | L       | L
accessory           | L               | L               | L              | L       | L       | L
artifact-label      | CD              | CD              | CD             |         |         |
preheat-policy      | CRUDL           |                 |                |         |         |
export-cve          | CRL             | CRL             | CRL            |         |         |
"""
_COLUMNS: Final = (*ROLES_BY_POWER, None)  # None: anybody on a public project
_LETTERS: Final = {"C": "create", "R": "read", "U": "update", "D": "delete", "L": "list"}


def _read_matrix(text: str) -> Mapping[tuple[Role | None, str], frozenset[str]]:
    rights: dict[tuple[Role | None, str], frozenset[str]] = {}
    for line in text.strip().splitlines():
        resource, *cells = (cell.strip() for cell in line.split("|"))
        for column, cell in zip(_COLUMNS, cells, strict=True):
            rights[column, resource] = frozenset(_read_cell(cell))
    return rights


def _read_cell(cell: str) -> Iterator[str]:
    for word in cell.split():
        if word.isupper():
            yield from (_LETTERS[letter] for letter in word)
        else:
            yield word


_RIGHTS: Final = _read_matrix(_MATRIX)


def allows(standing: Standing, resource: Resource, action: Action) -> bool:
    """Tell whether somebody who stands like this may do `action` on `resource` of the project."""
    if standing.is_admin or (resource, action) in standing.permitted:
        return True
    if any(action in _RIGHTS[role, resource] for role in standing.roles):
        return True
    return standing.is_public and action in _RIGHTS[None, resource]


def rights_of(standing: Standing, resource: Resource) -> frozenset[str]:
    """List everything somebody may do with `resource`; an administrator may do what a project admin may."""
    roles = {Role.PROJECT_ADMIN} if standing.is_admin else standing.roles
    permitted = frozenset(action for name, action in standing.permitted if name == resource)
    rights = permitted.union(*(_RIGHTS[role, resource] for role in roles))
    return rights | _RIGHTS[None, resource] if standing.is_public else rights


def refusal(actor: Actor, what: str, project_id: int | None = None) -> Unauthenticated | Denied:
    """Make the refusal that fits: prove who you are first, or you may not."""
    if actor.is_authenticated:
        return Denied(f"{actor.name} may not {what}", project_id)
    return Unauthenticated(f"log in to {what}")


def may_on_instance(actor: Actor, resource: str, action: str) -> bool:
    """Tell whether somebody is a system administrator, or a robot that is permitted this.

    Nobody may with a registry token.
    """
    if actor.grants is not None:
        return False
    return actor.is_admin or (actor.robot is not None and (resource, action) in actor.robot.on_instance)


def require_system(actor: Actor, resource: str, action: str) -> None:
    """Let a system administrator pass, or a robot that is permitted this on the instance.

    Every operation with a `system` permission in the table of operations asks by this.
    Raises: Unauthenticated, Denied.
    """
    if not may_on_instance(actor, resource, action):
        raise refusal(actor, f"{action} {resource} of the instance")


def require_admin(actor: Actor, what: str) -> None:
    """Let only a person who is system administrator pass: for what no robot can be permitted.

    Raises: Unauthenticated, Denied.
    """
    if not actor.is_admin or actor.grants is not None:
        raise refusal(actor, what)


def require_self_or_system(actor: Actor, user_id: int, action: Action, what: str) -> None:
    """Let a person pass who acts on their own account, or whoever may do it with any account.

    Raises: Unauthenticated, Denied.
    """
    is_own = actor.user_id == user_id and actor.grants is None
    if not is_own and not may_on_instance(actor, "user", action):
        raise refusal(actor, what)


class Access:
    """The questions about rights that need the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def require(
        self, actor: Actor, resource: Resource, action: Action, project: str | int
    ) -> ProjectStanding:
        """Find a project by name or number and let the caller pass who may do `action` there.

        A project that is missing looks like one that is forbidden to whoever is no administrator.
        Raises: ProjectUnknown, Denied, Unauthenticated.
        """
        found = await self._find(project, actor)
        return self._judge(actor, found, resource, action, project)

    async def _find(self, project: str | int, actor: Actor) -> ProjectStanding | None:
        if isinstance(project, int):
            return await store.standing_in_id(self._database, project, actor.user_id)
        return await store.standing_in(self._database, project, actor.user_id)

    def _judge(
        self,
        actor: Actor,
        found: ProjectStanding | None,
        resource: Resource,
        action: Action,
        project: str | int,
    ) -> ProjectStanding:
        if actor.grants is not None:  # a registry token opens /v2 alone, never the rest of the house
            raise Denied("a registry token serves /v2 only; use a password")
        if found is None:
            if _sees_missing(actor, resource, action):
                raise ProjectUnknown(project)
        elif allows(standing_of(actor, found), resource, action):
            return found
        raise refusal(actor, f"{action} {resource} in project {project}", None if found is None else found.id)

    async def require_repository(self, actor: Actor, name: RepositoryName, action: RepositoryAction) -> None:
        """Let the caller pass who may `action` this repository over /v2.

        A bearer token is decided by its grants alone, without the database: they were intersected with
        the owner's present rights when the token was verified.
        Raises: InsufficientScope, Unauthenticated, Denied, ProjectUnknown.
        """
        grants = actor.grants
        if grants is not None:
            granted = grants.repositories.get(name.text)
            if granted is None or action not in granted:
                raise InsufficientScope(name.text, _scope_for(action))
            return
        found = await store.standing_in(self._database, name.project, actor.user_id)
        if found is None and _sees_missing(actor, "repository", action):
            raise ProjectUnknown(name.project)
        if found is None or not allows(standing_of(actor, found), "repository", action):
            raise refusal(actor, f"{action} {name}", None if found is None else found.id)

    def require_catalog(self, actor: Actor) -> None:
        """Let anybody pass who proved who they are, or whose token names the catalog.

        What they then see is `visible_projects`.
        Raises: InsufficientScope, Unauthenticated.
        """
        if actor.grants is not None:
            if not actor.grants.may_list_catalog:
                raise InsufficientScope("catalog", ("*",), kind="registry")
        elif not actor.is_authenticated:
            raise Unauthenticated("log in to list the catalog")

    async def visible_projects(self, actor: Actor, action: Action = "list") -> frozenset[int] | None:
        """Tell of which projects a list may show the repositories; None means all of them.

        A robot sees those where it may do `action` with repositories, and the public ones.
        """
        robot = actor.robot
        if actor.is_admin or (robot is not None and ("repository", action) in robot.in_every_project):
            return None
        async with self._database.read() as reader:
            visible = await store.visible_projects(reader, actor.user_id)
        return visible if robot is None else visible | _projects_permitting(robot, ("repository", action))

    async def logged_projects(self, actor: Actor) -> frozenset[int]:
        """List the projects whose audit log the caller may read: as administrator, or permitted robot."""
        if actor.robot is not None:
            return _projects_permitting(actor.robot, ("log", "list"))
        async with self._database.read() as reader:
            return await store.projects_with_role(reader, actor.user_id, Role.PROJECT_ADMIN)


def standing_of(actor: Actor, project: ProjectStanding) -> Standing:
    """Put the caller and the project together."""
    permitted = frozenset[Right]() if actor.robot is None else actor.robot.in_project(project.id)
    return Standing(actor.is_admin, project.roles, project.is_public, actor.is_authenticated, permitted)


def _sees_missing(actor: Actor, resource: Resource, action: Action) -> bool:
    """Tell whether a missing project is told from a forbidden one: to whoever may do it everywhere."""
    if actor.robot is not None:
        return (resource, action) in actor.robot.in_every_project
    return actor.is_admin


def _projects_permitting(robot: RobotRights, right: Right) -> frozenset[int]:
    return frozenset(number for number, rights in robot.in_projects.items() if right in rights)


def _scope_for(action: RepositoryAction) -> tuple[str, ...]:
    # Clients ask for both when they push (Harbor's challenge says pull,push).
    return ("pull", "push") if action == "push" else (action,)


def repository_rights(standing: Standing) -> frozenset[str]:
    """List which of pull, push and delete somebody may do, for the token service."""
    return rights_of(standing, "repository") & frozenset(REPOSITORY_ACTIONS)
