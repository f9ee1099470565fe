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
from havre.kernel.actor import Actor
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
    if standing.is_admin:
        return True
    if any(action in _RIGHTS[role, resource] for role in standing.roles):
        return True
    return standing.is_public and action in _RIGHTS[None, resource]


def rights_of(standing: Standing, resource: Resource) -> frozenset[str]:
    """List everything somebody may do with `resource`; an administrator may do what a project admin may."""
    roles = {Role.PROJECT_ADMIN} if standing.is_admin else standing.roles
    rights = frozenset[str]().union(*(_RIGHTS[role, resource] for role in roles))
    return rights | _RIGHTS[None, resource] if standing.is_public else rights


def refusal(actor: Actor, what: str, project_id: int | None = None) -> Unauthenticated | Denied:
    """Make the refusal that fits: prove who you are first, or you may not."""
    if actor.is_authenticated:
        return Denied(f"{actor.name} may not {what}", project_id)
    return Unauthenticated(f"log in to {what}")


def require_admin(actor: Actor, what: str) -> None:
    """Let only a system administrator who did not come with a registry token pass.

    Raises: Unauthenticated, Denied.
    """
    if not actor.is_admin or actor.grants is not None:
        raise refusal(actor, what)


def require_self_or_admin(actor: Actor, user_id: int, what: str) -> None:
    """Let a person pass who acts on their own account, or a system administrator.

    Raises: Unauthenticated, Denied.
    """
    if actor.user_id != user_id or actor.grants is not None:
        require_admin(actor, what)


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
            if actor.is_admin:
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
        if found is None and actor.is_admin:
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

    async def visible_projects(self, actor: Actor) -> frozenset[int] | None:
        """Tell which projects a list may show to the caller; None means all of them."""
        if actor.is_admin:
            return None
        async with self._database.read() as reader:
            return await store.visible_projects(reader, actor.user_id)

    async def logged_projects(self, actor: Actor) -> frozenset[int]:
        """List the projects whose audit log the caller may read as their administrator."""
        async with self._database.read() as reader:
            return await store.projects_with_role(reader, actor.user_id, Role.PROJECT_ADMIN)


def standing_of(actor: Actor, project: ProjectStanding) -> Standing:
    """Put the caller and the project together."""
    return Standing(actor.is_admin, project.roles, project.is_public, actor.is_authenticated)


def _scope_for(action: RepositoryAction) -> tuple[str, ...]:
    # Clients ask for both when they push (Harbor's challenge says pull,push).
    return ("pull", "push") if action == "push" else (action,)


def repository_rights(standing: Standing) -> frozenset[str]:
    """List which of pull, push and delete somebody may do, for the token service."""
    return rights_of(standing, "repository") & frozenset(REPOSITORY_ACTIONS)
