"""Fills an instance with what a large site has: `python -m benchmarks.seed DATA [--database-url URL]`.

One image, its label and its project are made through the doors of a running server; their rows are then
copied straight into the database. A column that a later version adds is copied with them.

    big/app            --artifacts   artifacts, each with a tag, a label and a scan overview
    p00000 … p00999    --projects    projects with ten repositories of one artifact each
    the journal        --audit       rows
"""

import argparse
import asyncio
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.copier import Copier, Row, open_copier, vacuum
from benchmarks.registry import content
from benchmarks.registry.recipes import Havre
from benchmarks.registry.servers import FREE, Server
from benchmarks.registry.wire import Connection
from benchmarks.seed_audit import seed as seed_audit
from havre.adapters.database import open_database
from havre.audit import AuditJournal
from havre.kernel.clock import SystemClock

REPOSITORIES: Final = 10  # of each copied project
_OVERVIEW: Final = json.dumps(
    {
        "report_id": "5f62c830-f996-11e9-957f-0242c0a89008",
        "scan_status": "Success",
        "severity": "High",
        "duration": 3,
        "summary": {"total": 31, "fixable": 12, "summary": {"Critical": 2, "High": 9, "Medium": 20}},
        "start_time": "2026-01-01T00:00:00Z",
        "end_time": "2026-01-01T00:00:03Z",
        "complete_percent": 100,
        "scanner": {"name": "Havre", "vendor": "Havre", "version": "1"},
    }
)
_MIME: Final = "application/vnd.security.vulnerability.report; version=1.1"


def seed(data: Path, artifacts: int, projects: int, audit: int, database_url: str | None = None) -> Havre:
    """Make an instance in `data` and fill it; the recipe knows the administrator's password.

    `database_url` names an empty PostgreSQL database; without it the rows are in SQLite.
    """
    recipe = Havre(database_url=database_url)
    with Server(recipe, data, FREE) as server:
        _make_templates(server)
    path = data / "data" / "havre.db"
    with open_copier(path, database_url) as copier:
        _copy_artifacts(copier, artifacts)
        _copy_projects(copier, projects)
    asyncio.run(_fill_journal(database_url or f"sqlite:///{path}", audit))
    if database_url is not None:
        vacuum(database_url)  # autovacuum comes within a minute on a server that lives on
    return recipe


def _make_templates(server: Server) -> None:
    with Connection(server.port, basic(server.recipe)) as link:
        for name in ("big", "p"):
            _post(link, "projects", {"project_name": name, "metadata": {"public": "false"}})
        server.publish("big/app", "v0", content.make_image(2, 1024))
        server.publish("p/r", "v0", content.make_image(1, 1024))
        project = json.loads(link.request("GET", "/api/v2.0/projects/big").expect(200).body)
        _post(link, "labels", {"name": "checked", "scope": "p", "project_id": project["project_id"]})
        _post(link, "projects/big/repositories/app/artifacts/v0/labels", {"id": 1})


def _post(link: Connection, where: str, body: object) -> None:
    headers = {"Content-Type": "application/json"}
    answer = link.request("POST", f"/api/v2.0/{where}", headers, [json.dumps(body).encode()])
    if answer.status not in (200, 201):
        raise ValueError(f"POST {where}: {answer.status} {answer.body!r}")


def basic(recipe: object) -> str:
    """Make the administrator's Authorization header."""
    assert isinstance(recipe, Havre)
    return recipe.basic()


def _copy_artifacts(copier: Copier, count: int) -> None:
    repository = copier.one("repository", name="big/app")["id"]
    manifest = copier.one("manifest", repo_id=repository)
    first, numbers = copier.next_id("manifest"), range(count)
    digest = manifest["digest"]
    ids = [{"id": first + n, "digest": _digest("big", n), "pushed_at": _later(manifest, n)} for n in numbers]
    _copy_bodies(copier, digest, [str(row["digest"]) for row in ids])
    copier.add("manifest", manifest, ids)
    tag, tag_id = copier.one("tag", repo_id=repository), copier.next_id("tag")
    tags = ({"id": tag_id + n, "name": f"t{n}", "digest": _digest("big", n)} for n in numbers)
    copier.add("tag", tag, tags)
    _copy_references(copier, repository, digest, [str(row["digest"]) for row in ids])
    if copier.has("artifact_label"):
        label = copier.one("artifact_label", manifest_id=manifest["id"])
        copier.add("artifact_label", label, ({"manifest_id": first + n} for n in numbers))
    if copier.has("scan_overview"):
        overview: Row = {"digest": digest, "mime": _MIME, "overview": _OVERVIEW}
        copier.add("scan_overview", overview, ({"digest": _digest("big", n)} for n in numbers))


def _later(row: Row, number: int) -> int:
    pushed = row["pushed_at"]
    assert isinstance(pushed, int)
    return pushed + number + 1


def _digest(seed_word: str, number: int) -> str:
    return f"sha256:{hashlib.sha256(f'{seed_word}{number}'.encode()).hexdigest()}"


def _copy_bodies(copier: Copier, digest: object, digests: list[str]) -> None:
    body = copier.one("manifest_body", digest=digest)
    copier.add("manifest_body", body, ({"digest": one} for one in digests))
    if copier.has("artifact_facts"):
        facts = copier.one("artifact_facts", digest=digest)
        copier.add("artifact_facts", facts, ({"digest": one} for one in digests))


def _copy_references(copier: Copier, repository: object, digest: object, digests: list[str]) -> None:
    config = copier.one("manifest_ref", repo_id=repository, parent=digest, kind="config")
    copier.add("manifest_ref", config, ({"parent": one} for one in digests))


def _copy_projects(copier: Copier, count: int) -> None:
    project = copier.one("project", name="p")
    repository = copier.one("repository", name="p/r")
    manifest, tag = (copier.one(table, repo_id=repository["id"]) for table in ("manifest", "tag"))
    first = {table: copier.next_id(table) for table in ("project", "repository", "manifest", "tag")}
    copier.add("project", project, ({"id": first["project"] + n, "name": f"p{n:05}"} for n in range(count)))
    setting: Row = {"project_id": project["id"], "name": "auto_scan", "value": "true"}
    copier.add("project_metadata", setting, ({"project_id": first["project"] + n} for n in range(count)))

    def places() -> Iterator[tuple[int, int]]:
        return ((n, n // REPOSITORIES) for n in range(count * REPOSITORIES))

    copier.add(
        "repository",
        repository,
        (
            {
                "id": first["repository"] + n,
                "project_id": first["project"] + owner,
                "name": f"p{owner:05}/r{n % REPOSITORIES}",
            }
            for n, owner in places()
        ),
    )
    copier.add(
        "manifest",
        manifest,
        (
            {
                "id": first["manifest"] + n,
                "repo_id": first["repository"] + n,
                **({"project_id": first["project"] + owner} if "project_id" in manifest else {}),
            }
            for n, owner in places()
        ),
    )
    copier.add(
        "tag",
        tag,
        ({"id": first["tag"] + n, "repo_id": first["repository"] + n} for n, _ in places()),
    )


async def _fill_journal(url: str, count: int) -> None:
    database = open_database(url, AuditJournal(SystemClock()))
    await seed_audit(database, count)
    await database.close()


def main() -> None:
    """Read the sizes and fill the directory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seed", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--artifacts", type=int, default=100_000)
    parser.add_argument("--projects", type=int, default=1_000)
    parser.add_argument("--audit", type=int, default=1_000_000)
    parser.add_argument("--database-url", help="an empty PostgreSQL database; SQLite without it")
    chosen = parser.parse_args()
    started = time.monotonic()
    recipe = seed(chosen.data, chosen.artifacts, chosen.projects, chosen.audit, chosen.database_url)
    print(
        f"seeded {chosen.data} in {time.monotonic() - started:.0f} s; {recipe.name} serves {chosen.data}/data"
    )


if __name__ == "__main__":
    main()
