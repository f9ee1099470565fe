"""Simulate: tell for every tag of a project whether it would stay, and why. Changes nothing.

A place in the list is `path:tag`, or `path:digest` for an artifact without a tag; repositories come by name,
and in them the tags by name. Each page judges its repositories again: it tells what is true now.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import from_micros
from havre.kernel.names import RepositoryName
from havre.kernel.pages import Page
from havre.kernel.work import Database
from havre.registry import Census
from havre.registry.model import CensusRepository
from havre.retention import policy_store as store
from havre.retention.assess import Assess
from havre.retention.errors import RetentionInvalid, RetentionUnknown
from havre.retention.judge import Fate, Item, Judgement
from havre.retention.policy import CompiledRule, NewPolicy, compile_rules
from havre.retention.templates import NEVER

_REPOSITORIES: Final = 50  # looked at for one page: most may be empty
_BEHIND_ALL: Final = "~"  # sorts behind every tag and digest
_LONGEST_PLACE: Final = 600


@dataclass(frozen=True, slots=True)
class Simulated:
    """What would come of one tag, or of one artifact without a tag; `rules` are those that keep it."""

    repository: str
    tag: str | None
    digest: str
    is_kept: bool
    reason: str
    rules: tuple[int, ...]
    pushed_at: datetime
    pulled_at: datetime | None

    @property
    def key(self) -> str:
        """Its place in the repository."""
        return self.tag or self.digest


@dataclass(frozen=True, slots=True)
class _Plan:
    project_id: int
    project: str
    rules: Sequence[CompiledRule]
    is_per_tag: bool


class Simulate:
    """Plays a policy through."""

    def __init__(self, database: Database, access: Access, census: Census, assess: Assess) -> None:
        self._database = database
        self._access = access
        self._census = census
        self._assess = assess

    async def page(
        self, actor: Actor, project: str | int, policy: NewPolicy | None, after: str, size: int
    ) -> Page[Simulated]:
        """Tell a page of what a policy, or else the project's own, would do.

        Raises: RetentionInvalid, RulesAlike, RetentionUnknown, ProjectUnknown, Unauthenticated, Denied.
        """
        plan = await self._plan(actor, project, policy)
        path, key = _place(after)
        found = list[Simulated]()
        last = ""
        for repository in await self._repositories(plan, path, key):
            last = _path(repository)
            found += await self._told(plan, repository, key if last == path else "", size - len(found))
            if len(found) >= size:
                break
        else:
            has_more = bool(last) and await self._census.repositories(
                plan.project_id, f"{plan.project}/{last}", 1
            )
            return Page(found, f"{last}:{_BEHIND_ALL}" if has_more else None)
        return Page(found, f"{last}:{found[-1].key}")

    async def everything(
        self, actor: Actor, project: str | int, policy: NewPolicy | None
    ) -> AsyncIterator[Sequence[Simulated]]:
        """Tell all of it, a repository at a time.

        Raises: as `page`.
        """
        plan, after = await self._plan(actor, project, policy), ""
        while repositories := await self._census.repositories(plan.project_id, after, _REPOSITORIES):
            for repository in repositories:
                yield await self._told(plan, repository, "", None)
            after = repositories[-1].name

    async def _plan(self, actor: Actor, project: str | int, policy: NewPolicy | None) -> _Plan:
        standing = await self._access.require(actor, "tag-retention", "read", project)
        async with self._database.read() as reader:
            saved = await store.of_project(reader, standing.id)
        if policy is None and saved is None:
            raise RetentionUnknown(f"of project {standing.name}")
        rules = policy.rules if policy is not None else saved.rules if saved is not None else ()
        is_per_tag = None if policy is None else policy.is_per_tag
        if is_per_tag is None:
            is_per_tag = saved is not None and saved.is_per_tag
        return _Plan(standing.id, standing.name, compile_rules(rules), is_per_tag)

    async def _repositories(self, plan: _Plan, path: str, key: str) -> Sequence[CensusRepository]:
        """List the repository that the last page ended in, and those behind it."""
        begun = None
        if path and key != _BEHIND_ALL:
            begun = await self._census.repository(RepositoryName.parse(f"{plan.project}/{path}"))
        after = f"{plan.project}/{path}" if path else ""
        behind = await self._census.repositories(plan.project_id, after, _REPOSITORIES)
        return behind if begun is None else [begun, *behind]

    async def _told(
        self, plan: _Plan, repository: CensusRepository, after: str, limit: int | None
    ) -> Sequence[Simulated]:
        judgement = await self._assess.repository(repository, plan.rules, per_tag=plan.is_per_tag)
        keys = sorted(
            (key, position)
            for position, item in enumerate(judgement.items)
            for key in ([tag.name for tag in item.tags] or [item.artifact.digest])
            if key > after
        )
        return [_tell(repository.name, judgement, key, position) for key, position in keys[:limit]]


def _tell(repository: str, judgement: Judgement, key: str, position: int) -> Simulated:
    item = judgement.items[position]
    return Simulated(
        repository,
        key if item.tags else None,
        item.artifact.digest,
        judgement.fates[position] is not Fate.DOOMED,
        judgement.reason(position),
        tuple(rule.number for rule in judgement.keepers(position)),
        from_micros(item.pushed_at),
        _pulled(item),
    )


def _pulled(item: Item) -> datetime | None:
    return None if item.pulled_at == NEVER else from_micros(item.pulled_at)


def _path(repository: CensusRepository) -> str:
    return repository.name.partition("/")[2]


def _place(after: str) -> tuple[str, str]:
    """Take a cursor apart.

    Raises: RetentionInvalid.
    """
    path, colon, key = after.partition(":")
    if after and not (path and colon and key and len(after) <= _LONGEST_PLACE):
        raise RetentionInvalid(f"after {after[:40]!r} is no place: give the `next` of the page before")
    return path, key
