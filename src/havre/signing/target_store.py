"""Rows of `trust_target`: what is signed in the roles that Docker goes by, so that a pull asks one read."""

from collections.abc import Mapping

from havre.kernel.work import Work


async def follow(work: Work, collection_id: int, released: Mapping[str, Mapping[str, str]]) -> None:
    """Take over what a collection signs now: digests by tag, of each role."""
    for role, wanted in released.items():
        rows = await work.all(
            "SELECT name, digest FROM trust_target WHERE collection_id = :id AND role = :role",
            {"id": collection_id, "role": role},
        )
        present = {row.name: row.digest for row in rows}
        place: dict[str, int | str] = {"id": collection_id, "role": role}
        await work.run_many(
            "DELETE FROM trust_target WHERE collection_id = :id AND role = :role AND name = :name",
            [{**place, "name": name} for name in sorted(present.keys() - wanted.keys())],
        )
        await work.run_many(
            """INSERT INTO trust_target (collection_id, role, name, digest)
               VALUES (:id, :role, :name, :digest)
               ON CONFLICT (collection_id, role, name) DO UPDATE SET digest = excluded.digest""",
            [
                {**place, "name": name, "digest": digest}
                for name, digest in sorted(wanted.items())
                if present.get(name) != digest
            ],
        )
