"""Rows of exports: the images that are written, and the pieces of the file."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from havre.kernel.work import Reader, Work


@dataclass(frozen=True, slots=True)
class ExportImage:
    """An image that was scanned; `number` rises with pushes."""

    number: int
    repo_id: int
    repository: str
    digest: str
    project: str
    owner: str
    scanner: str


async def images_after(reader: Reader, project_id: int, after: int, size: int) -> Sequence[ExportImage]:
    """List the images of a project with a report, by their numbers, above one (manifest_of_project)."""
    rows = await reader.all(
        """SELECT m.id, m.repo_id, r.name, m.digest, p.name AS project, p.owner_name, s.scanner
           FROM manifest m JOIN repository r ON r.id = m.repo_id JOIN project p ON p.id = m.project_id
           JOIN image_scan s ON s.digest = m.digest AND s.status = 'success'
           WHERE m.project_id = :project_id AND m.id > :after ORDER BY m.id LIMIT :size""",
        {"project_id": project_id, "after": after, "size": size},
    )
    return [
        ExportImage(row.id, row.repo_id, row.name, row.digest, row.project, row.owner_name, row.scanner)
        for row in rows
    ]


async def tags_over(reader: Reader, image: ExportImage) -> Sequence[str]:
    """List the tags on an image and on the indexes that list it."""
    rows = await reader.all(
        """SELECT name FROM tag WHERE repo_id = :repo_id AND (digest = :digest OR digest IN (
               SELECT c.parent FROM manifest_ref c
               WHERE c.repo_id = :repo_id AND c.child = :digest AND c.kind = 'manifest'))
           ORDER BY name LIMIT 10000""",
        {"repo_id": image.repo_id, "digest": image.digest},
    )
    return [row.name for row in rows]


async def has_label(reader: Reader, image: ExportImage, labels: Sequence[int]) -> bool:
    """Tell whether an image, or an index that lists it, has any of some labels."""
    row = await reader.first(
        """SELECT 1 AS found FROM artifact_label l JOIN manifest m ON m.id = l.manifest_id
           WHERE l.label_id IN :labels AND m.repo_id = :repo_id AND (m.digest = :digest OR m.digest IN (
               SELECT c.parent FROM manifest_ref c
               WHERE c.repo_id = :repo_id AND c.child = :digest AND c.kind = 'manifest')) LIMIT 1""",
        {"labels": list(labels), "repo_id": image.repo_id, "digest": image.digest},
    )
    return row is not None


async def begin(work: Work, execution_id: int) -> None:
    """Drop what an attempt before this one wrote."""
    await work.run("DELETE FROM export_piece WHERE execution_id = :id", {"id": execution_id})


async def add_piece(work: Work, execution_id: int, number: int, text: str, now: int) -> None:
    """Add a piece of the file."""
    await work.run(
        """INSERT INTO export_piece (execution_id, number, content, written_at)
           VALUES (:id, :number, :content, :now)""",
        {"id": execution_id, "number": number, "content": zlib.compress(text.encode(), 6), "now": now},
    )


async def piece(reader: Reader, execution_id: int, number: int) -> bytes | None:
    """Read a piece; None behind the last."""
    row = await reader.first(
        "SELECT content FROM export_piece WHERE execution_id = :id AND number = :number",
        {"id": execution_id, "number": number},
    )
    return None if row is None else zlib.decompress(row.content)


async def present(reader: Reader, execution_ids: Sequence[int]) -> frozenset[int]:
    """Tell which exports have their file."""
    rows = await reader.all(
        "SELECT execution_id FROM export_piece WHERE execution_id IN :ids AND number = 0",
        {"ids": list(execution_ids)},
    )
    return frozenset(row.execution_id for row in rows)


async def forget(work: Work, before: int) -> None:
    """Drop files that were written before a moment (index export_piece_written_at)."""
    await work.run("DELETE FROM export_piece WHERE written_at < :before", {"before": before})
