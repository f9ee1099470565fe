"""Rows of `label` and `artifact_label`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from havre.kernel.clock import from_micros
from havre.kernel.pages import PageRequest
from havre.kernel.work import Parameters, Reader, Row, Value, Work
from havre.registry.model import Label

_COLUMNS: Final = "l.id, l.project_id, l.name, l.description, l.color, l.created_at, l.updated_at"
LABEL_ORDERS: Final = {
    "": "l.name, l.id",
    "name": "l.name, l.id",
    "-name": "l.name DESC, l.id DESC",
    "id": "l.id",
    "-id": "l.id DESC",
    "creation_time": "l.created_at, l.id",
    "-creation_time": "l.created_at DESC, l.id DESC",
    "update_time": "l.updated_at, l.id",
    "-update_time": "l.updated_at DESC, l.id DESC",
}


def _scope(project_id: int | None) -> str:
    return "l.project_id IS NULL" if project_id is None else "l.project_id = :project_id"


async def count_labels(reader: Reader, project_id: int | None, like: str) -> int:
    """Count the labels of one scope (indexes label_global, label_project)."""
    row = await reader.first(
        f"SELECT COUNT(*) AS total FROM label l WHERE {_scope(project_id)} AND l.name LIKE :like ESCAPE '!'",  # noqa: S608 - fixed parts
        _place(project_id, like),
    )
    return 0 if row is None else int(row.total)


async def list_labels(
    reader: Reader, project_id: int | None, like: str, order: str, page: PageRequest
) -> Sequence[Label]:
    """List one page of the labels of one scope (indexes label_global, label_project)."""
    rows = await reader.all(
        f"SELECT {_COLUMNS} FROM label l WHERE {_scope(project_id)} AND l.name LIKE :like ESCAPE '!' "  # noqa: S608 - fixed parts
        f"ORDER BY {LABEL_ORDERS[order]} LIMIT :limit OFFSET :offset",
        {**_place(project_id, like), "limit": page.size, "offset": page.offset},
    )
    return [_label(row) for row in rows]


def _place(project_id: int | None, like: str) -> Parameters:
    return {"like": like} if project_id is None else {"like": like, "project_id": project_id}


async def find_label(reader: Reader, label_id: int) -> Label | None:
    """Read one label (primary key)."""
    row = await reader.first(
        f"SELECT {_COLUMNS} FROM label l WHERE l.id = :id",  # noqa: S608 - fixed parts
        {"id": label_id},
    )
    return None if row is None else _label(row)


@dataclass(frozen=True, slots=True)
class LabelWords:
    """What a person says about a label."""

    name: str
    description: str = ""
    color: str = ""


async def add_label(work: Work, project_id: int | None, words: LabelWords, now: int) -> int | None:
    """Insert a label and return its number; None when the name is taken in its scope."""
    row = await work.first(
        """INSERT INTO label (project_id, name, description, color, created_at, updated_at)
           VALUES (:project_id, :name, :description, :color, :now, :now)
           ON CONFLICT DO NOTHING RETURNING id""",
        {
            "project_id": project_id,
            "name": words.name,
            "description": words.description,
            "color": words.color,
            "now": now,
        },
    )
    return None if row is None else int(row.id)


async def is_taken(reader: Reader, label: Label, name: str) -> bool:
    """Tell whether another label of the same scope has this name."""
    parameters: dict[str, Value] = {"name": name, "id": label.label_id}
    if label.project_id is not None:
        parameters["project_id"] = label.project_id
    row = await reader.first(
        f"SELECT 1 AS one FROM label l WHERE {_scope(label.project_id)} AND l.name = :name AND l.id <> :id",  # noqa: S608 - fixed parts
        parameters,
    )
    return row is not None


async def change_label(work: Work, label_id: int, words: LabelWords, now: int) -> None:
    """Write name, description and colour."""
    await work.run(
        """UPDATE label SET name = :name, description = :description, color = :color, updated_at = :now
           WHERE id = :id""",
        {
            "id": label_id,
            "name": words.name,
            "description": words.description,
            "color": words.color,
            "now": now,
        },
    )


async def delete_label(work: Work, label_id: int) -> bool:
    """Delete a label; it falls off every artifact. False when it was not there."""
    return await work.run("DELETE FROM label WHERE id = :id", {"id": label_id}) == 1


async def attach(work: Work, manifest_id: int, label_id: int, now: int) -> bool:
    """Put a label on an artifact; False when it is there already."""
    added = await work.run(
        """INSERT INTO artifact_label (manifest_id, label_id, created_at) VALUES (:manifest, :label, :now)
           ON CONFLICT (manifest_id, label_id) DO NOTHING""",
        {"manifest": manifest_id, "label": label_id, "now": now},
    )
    return added == 1


async def detach(work: Work, manifest_id: int, label_id: int) -> bool:
    """Take a label off an artifact; False when it was not there."""
    gone = await work.run(
        "DELETE FROM artifact_label WHERE manifest_id = :manifest AND label_id = :label",
        {"manifest": manifest_id, "label": label_id},
    )
    return gone == 1


async def labels_of(reader: Reader, manifest_ids: Sequence[int]) -> Mapping[int, Sequence[Label]]:
    """Read the labels of some artifacts in one query (primary key of artifact_label)."""
    rows = await reader.all(
        f"""SELECT al.manifest_id, {_COLUMNS} FROM artifact_label al JOIN label l ON l.id = al.label_id
            WHERE al.manifest_id IN :ids ORDER BY al.manifest_id, l.name, l.id LIMIT 20000""",  # noqa: S608 - fixed parts
        {"ids": list(manifest_ids)},
    )
    found: dict[int, list[Label]] = defaultdict(list)
    for row in rows:
        found[row.manifest_id].append(_label(row))
    return found


def _label(row: Row) -> Label:
    return Label(
        label_id=row.id,
        project_id=row.project_id,
        name=row.name,
        description=row.description,
        color=row.color,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
    )
