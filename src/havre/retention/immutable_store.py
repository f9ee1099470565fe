"""Rows of `immutable_rule`."""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from havre.kernel.pages import PageRequest
from havre.kernel.work import Parameters, Reader, Row, Work
from havre.retention.immutable_model import ImmutableRule, RuleWords
from havre.retention.selectors import Selector

_COLUMNS: Final = "id, project_id, is_disabled, priority, tag_selectors, repository_selectors"
RULE_ORDERS: Final = {
    "": "id",
    "id": "id",
    "-id": "id DESC",
    "priority": "priority, id",
    "-priority": "priority DESC, id DESC",
}
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[Selector, ...]).decode


async def lock_project(work: Work, project_id: int) -> bool:
    """Wait for everybody who holds the project's rules, and let nobody hold them until the end.

    False when the project is gone.
    """
    row = await work.first("SELECT id FROM project WHERE id = :id FOR UPDATE", {"id": project_id})
    return row is not None


async def hold_rules(work: Work, project_id: int) -> None:
    """Keep the project's rules as they are until the end; many may hold them at once."""
    await work.first("SELECT id FROM project WHERE id = :id FOR KEY SHARE", {"id": project_id})


async def rules_in_force(reader: Reader, project_id: int) -> Sequence[ImmutableRule]:
    """List the rules of a project that are not disabled (index immutable_rule_once)."""
    rows = await reader.all(
        f"""SELECT {_COLUMNS} FROM immutable_rule WHERE project_id = :project_id AND NOT is_disabled
            ORDER BY priority, id LIMIT 1000""",  # noqa: S608 - columns of ours
        {"project_id": project_id},
    )
    return [_rule(row) for row in rows]


async def count_rules(reader: Reader, project_id: int) -> int:
    """Count the rules of a project (index immutable_rule_once)."""
    row = await reader.first(
        "SELECT COUNT(*) AS total FROM immutable_rule WHERE project_id = :project_id",
        {"project_id": project_id},
    )
    return 0 if row is None else int(row.total)


async def list_rules(
    reader: Reader, project_id: int, order: str, page: PageRequest
) -> Sequence[ImmutableRule]:
    """List one page of the rules of a project (index immutable_rule_once); they are few."""
    rows = await reader.all(
        f"""SELECT {_COLUMNS} FROM immutable_rule WHERE project_id = :project_id
            ORDER BY {RULE_ORDERS[order]} LIMIT :limit OFFSET :offset""",  # noqa: S608 - fixed parts
        {"project_id": project_id, "limit": page.size, "offset": page.offset},
    )
    return [_rule(row) for row in rows]


async def find_rule(reader: Reader, project_id: int, rule_id: int) -> ImmutableRule | None:
    """Read one rule of a project (primary key)."""
    row = await reader.first(
        f"SELECT {_COLUMNS} FROM immutable_rule WHERE id = :id AND project_id = :project_id",  # noqa: S608 - columns of ours
        {"id": rule_id, "project_id": project_id},
    )
    return None if row is None else _rule(row)


async def find_twin(reader: Reader, project_id: int, words: RuleWords) -> int | None:
    """Find the rule of a project that selects the same (index immutable_rule_once)."""
    row = await reader.first(
        "SELECT id FROM immutable_rule WHERE project_id = :project_id AND fingerprint = :fingerprint",
        {"project_id": project_id, "fingerprint": _fingerprint(words)},
    )
    return None if row is None else int(row.id)


async def add_rule(work: Work, project_id: int, words: RuleWords, now: int) -> int:
    """Insert a rule and return its number."""
    row = await work.first(
        """INSERT INTO immutable_rule (project_id, is_disabled, priority, tag_selectors,
               repository_selectors, fingerprint, created_at, updated_at)
           VALUES (:project_id, :is_disabled, :priority, :tags, :repositories, :fingerprint, :now, :now)
           RETURNING id""",
        {"project_id": project_id, **_values(words, now)},
    )
    assert row is not None
    return int(row.id)


async def change_rule(work: Work, rule_id: int, words: RuleWords, now: int) -> None:
    """Write what a rule says."""
    await work.run(
        """UPDATE immutable_rule SET is_disabled = :is_disabled, priority = :priority,
               tag_selectors = :tags, repository_selectors = :repositories, fingerprint = :fingerprint,
               updated_at = :now WHERE id = :id""",
        {"id": rule_id, **_values(words, now)},
    )


async def delete_rule(work: Work, rule_id: int) -> None:
    """Delete a rule."""
    await work.run("DELETE FROM immutable_rule WHERE id = :id", {"id": rule_id})


def _values(words: RuleWords, now: int) -> Parameters:
    return {
        "is_disabled": words.is_disabled,
        "priority": words.priority,
        "tags": _encode(words.tag_selectors).decode(),
        "repositories": _encode(words.repository_selectors).decode(),
        "fingerprint": _fingerprint(words),
        "now": now,
    }


def _fingerprint(words: RuleWords) -> str:
    """Shorten what a rule selects to what an index takes."""
    said = [
        [(one.kind, one.decoration, one.pattern) for one in selectors]
        for selectors in (words.tag_selectors, words.repository_selectors)
    ]
    return hashlib.sha256(_encode(said)).hexdigest()


def _rule(row: Row) -> ImmutableRule:
    words = RuleWords(
        _decode(row.tag_selectors),
        _decode(row.repository_selectors),
        is_disabled=bool(row.is_disabled),
        priority=row.priority,
    )
    return ImmutableRule(row.id, row.project_id, words)
