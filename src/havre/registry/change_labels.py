"""Create, change and delete labels."""

import re
from typing import Final, Literal

from havre.access import Access, refusal, require_system
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import Fact, changes_between
from havre.kernel.work import Database, Work
from havre.registry.errors import LabelExists, LabelInvalid, LabelUnknown
from havre.registry.events import LabelCreated, LabelDeleted, LabelUpdated
from havre.registry.model import Label
from havre.registry.store import labels as store
from havre.registry.store.labels import LabelWords

_NAME_LENGTH: Final = 128  # Harbor's limit
_TEXT_LENGTH: Final = 1024
_COLOR: Final = re.compile(r"#[0-9a-fA-F]{3,8}\Z")  # it ends up in a style: nothing else may


class ChangeLabels:
    """Changes labels: an administrator those of all projects, a project's people their own."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def create(self, actor: Actor, project_id: int | None, words: LabelWords) -> int:
        """Add a label and return its number.

        Raises: LabelInvalid, LabelExists, ProjectUnknown, Unauthenticated, Denied.
        """
        if project_id is None:
            require_system(actor, "label", "create")
        else:
            await self._access.require(actor, "label", "create", project_id)
        _check(words)
        async with self._database.write() as work:
            label_id = await store.add_label(work, project_id, words, self._now())
            if label_id is None:
                raise LabelExists(words.name)
            work.announce(
                LabelCreated(
                    actor=actor,
                    resource=words.name,
                    project_id=project_id,
                    label_id=label_id,
                    changes=changes_between({}, _facts(words)),
                )
            )
        return label_id

    async def update(self, actor: Actor, label_id: int, words: LabelWords) -> None:
        """Write name, description and colour; the scope stays.

        Raises: LabelInvalid, LabelUnknown, LabelExists, Unauthenticated, Denied.
        """
        await self._authorize(actor, label_id, "update")
        _check(words)
        async with self._database.write() as work:
            label = await _present(work, label_id)
            if await store.is_taken(work, label, words.name):
                raise LabelExists(words.name)
            await store.change_label(work, label_id, words, self._now())
            before = _facts(LabelWords(label.name, label.description, label.color))
            work.announce(
                LabelUpdated(
                    actor=actor,
                    resource=words.name,
                    project_id=label.project_id,
                    label_id=label_id,
                    changes=changes_between(before, _facts(words)),
                )
            )

    async def delete(self, actor: Actor, label_id: int) -> None:
        """Remove a label; it falls off every artifact.

        Raises: LabelUnknown, Unauthenticated, Denied.
        """
        await self._authorize(actor, label_id, "delete")
        async with self._database.write() as work:
            label = await _present(work, label_id)
            await store.delete_label(work, label_id)
            before = _facts(LabelWords(label.name, label.description, label.color))
            work.announce(
                LabelDeleted(
                    actor=actor,
                    resource=label.name,
                    project_id=label.project_id,
                    label_id=label_id,
                    changes=changes_between(before, {}),
                )
            )

    async def _authorize(self, actor: Actor, label_id: int, action: Literal["update", "delete"]) -> None:
        async with self._database.read() as reader:
            label = await store.find_label(reader, label_id)
        if label is None:
            if not actor.is_authenticated:
                raise refusal(actor, f"{action} label {label_id}")
            raise LabelUnknown(label_id)
        if label.project_id is None:
            require_system(actor, "label", action)
        else:
            await self._access.require(actor, "label", action, label.project_id)

    def _now(self) -> int:
        return to_micros(self._clock.now())


async def _present(work: Work, label_id: int) -> Label:
    label = await store.find_label(work, label_id)
    if label is None:
        raise LabelUnknown(label_id)
    return label


def _check(words: LabelWords) -> None:
    if not 1 <= len(words.name) <= _NAME_LENGTH or words.name != words.name.strip():
        raise LabelInvalid(f"name of a label must be 1 to {_NAME_LENGTH} characters without blanks around")
    if len(words.description) > _TEXT_LENGTH:
        raise LabelInvalid(f"description of a label is longer than {_TEXT_LENGTH} characters")
    if words.color and not _COLOR.match(words.color):
        raise LabelInvalid(f"color of a label must be such as #61717D, not {words.color[:20]!r}")


def _facts(words: LabelWords) -> dict[str, Fact]:
    return {"name": words.name, "description": words.description, "color": words.color}
