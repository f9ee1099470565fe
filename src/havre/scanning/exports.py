"""Exports of what was found, as files: started, followed and read by whoever started them.

SCAN_DATA_EXPORT   write_export.py; the file stays for a day
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from havre.access import Access
from havre.jobs import (
    ExecutionFilter,
    JobOptions,
    NewExecution,
    enqueue,
    find_execution,
    list_executions,
    start_execution,
)
from havre.jobs.errors import ExecutionUnknown
from havre.jobs.model import Execution
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.errors import Denied
from havre.kernel.globs import GlobInvalid, compile_glob
from havre.kernel.pages import PageRequest
from havre.kernel.work import Database
from havre.scanning import export_store as store
from havre.scanning.errors import ExportInvalid, ExportUnknown
from havre.scanning.events import ExportStarted

EXPORT_KIND: Final = "SCAN_DATA_EXPORT"  # Harbor's vendor type
_NAME_CHARS: Final = 255
_MOST: Final = 1000  # labels and CVEs of one export
_LATEST: Final = PageRequest(1, 100)


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is exported; an empty field asks for all. `repositories` and `tags` are globs, `{a,b}` for two."""

    projects: Sequence[int]
    name: str = ""
    repositories: str = ""
    tags: str = ""
    labels: Sequence[int] = ()
    cves: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Export:
    """An export as it is shown."""

    execution: Execution
    is_present: bool


class Exports:
    """Starts exports and hands them out."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def start(self, actor: Actor, wish: ExportWish) -> int:
        """Start an export of one project and return its number.

        Raises: ExportInvalid, and the refusals of Access.
        """
        if len(wish.projects) != 1:
            raise ExportInvalid(f"projects names {len(wish.projects)} projects: name exactly one")
        project = await self._access.require(actor, "export-cve", "create", wish.projects[0])
        _check(wish)
        payload: dict[str, str | int | Sequence[str]] = {
            "project_id": project.id,
            "repositories": wish.repositories,
            "tags": wish.tags,
            "labels": list(map(str, wish.labels)),
            "cves": list(wish.cves),
        }
        extra = {"user_name": actor.name, "job_name": wish.name, "project_id": project.id}
        async with self._database.write() as work:
            new = NewExecution(EXPORT_KIND, _owner(actor), extra=extra)
            number = await start_execution(work, self._clock, new)
            await enqueue(
                work, self._clock, EXPORT_KIND, payload, JobOptions(max_attempts=3, execution_id=number)
            )
            work.announce(ExportStarted(actor=actor, resource=str(number), project_id=project.id))
        return number

    async def list(self, actor: Actor) -> Sequence[Export]:
        """List the caller's latest exports, newest first."""
        async with self._database.read() as reader:
            found = await list_executions(reader, ExecutionFilter(EXPORT_KIND, _owner(actor)), _LATEST)
            present = await store.present(reader, [one.id for one in found.items])
        return [Export(one, one.id in present) for one in found.items]

    async def get(self, actor: Actor, number: int) -> Export:
        """Read one of the caller's exports.

        Raises: ExportUnknown, Denied for somebody else's, and the refusals of Access.
        """
        async with self._database.read() as reader:
            try:
                found = await find_execution(reader, number, EXPORT_KIND)
            except ExecutionUnknown as error:
                raise ExportUnknown(f"there is no export {number}") from error
            present = await store.present(reader, [number])
        if found.vendor_id != _owner(actor) and not actor.is_admin:
            raise Denied(f"export {number} is somebody else's")
        project_id = found.extra.get("project_id")
        if isinstance(project_id, int):  # who is no member any more reads nothing any more
            await self._access.require(actor, "export-cve", "read", project_id)
        return Export(found, number in present)

    async def read(self, actor: Actor, number: int) -> AsyncIterator[bytes]:
        """Read the file of one, in pieces.

        Raises: ExportUnknown, also when it is not written yet or forgotten, and the refusals of Access.
        """
        found = await self.get(actor, number)
        if not found.is_present:
            state = found.execution.state
            raise ExportUnknown(
                f"export {number} has no file: it is {state}, and files are kept for a day; start it again"
            )
        return self._pieces(number)

    async def _pieces(self, number: int) -> AsyncIterator[bytes]:
        place = 0
        while True:
            async with self._database.read() as reader:
                piece = await store.piece(reader, number, place)
            if piece is None:
                return
            yield piece
            place += 1


def _check(wish: ExportWish) -> None:
    if len(wish.name) > _NAME_CHARS:
        raise ExportInvalid(f"job_name is longer than {_NAME_CHARS} characters")
    if len(wish.labels) > _MOST or len(wish.cves) > _MOST:
        raise ExportInvalid(f"labels and cveIds have at most {_MOST} items")
    for field_name, pattern in (("repositories", wish.repositories), ("tags", wish.tags)):
        try:
            compile_glob(pattern)
        except GlobInvalid as error:
            raise ExportInvalid(f"{field_name}: {error}") from error


def _owner(actor: Actor) -> int:
    """Number the caller: people by their accounts, robots below zero."""
    if actor.user_id is not None:
        return actor.user_id
    return -actor.robot.robot_id - 1 if actor.robot is not None else 0
