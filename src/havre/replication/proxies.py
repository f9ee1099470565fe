"""Which projects stand in front of another registry, and how they do it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from havre.kernel.globs import compile_glob
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database, Reader, Row

_FRESH_S: Final = 1.0  # a project made or changed in another process is seen after that
_HUB_HOSTS: Final = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io", "hub.docker.com"})
_HUB: Final = "docker-hub"
CompileRegex = Callable[[str], Callable[[str], bool]]


@dataclass(frozen=True, slots=True)
class Proxy:
    """A project, the registry behind it, and what its metadata say.

    `connections` of 0 and `speed_kib` of 0 or less are without limit.
    """

    project_id: int
    project: str
    endpoint_id: int
    kind: str
    host: str
    speed_kib: int = 0
    connections: int = 0
    serves_what_is_gone: bool = False
    passes_referrers: bool = False
    pattern: str = ""
    takes: Callable[[str], bool] = field(default=lambda _: True, compare=False)

    def upstream(self, repository: RepositoryName) -> str:
        """Name a repository as the registry behind does: without the project, the Hub's own in full."""
        path = repository.path
        return f"library/{path}" if self.kind == _HUB and "/" not in path else path


class Proxies:
    """Knows them; asks the database at most once a second unless somebody needs to be sure."""

    def __init__(self, database: Database, regex: CompileRegex) -> None:
        """`regex` compiles a regular expression of whole names and raises ValueError for what is none."""
        self._database = database
        self._regex = regex
        self._known: Mapping[str, Proxy] = {}
        self._asked_at = 0.0

    async def of(self, repository: RepositoryName) -> Proxy | None:
        """Find the proxy project of a repository; None for any other."""
        if time.monotonic() - self._asked_at > _FRESH_S:
            await self.refresh()
        return self._known.get(repository.project)

    async def in_front_of(self, host: str) -> Proxy | None:
        """Find the first proxy project in front of a registry's host, as containerd names it."""
        if time.monotonic() - self._asked_at > _FRESH_S:
            await self.refresh()
        wanted = "hub.docker.com" if host in _HUB_HOSTS else host
        return next((one for one in self._known.values() if one.host == wanted), None)

    async def refresh(self) -> None:
        """Read them anew."""
        async with self._database.read() as reader:
            self._known = await _read(reader, self._regex)
        self._asked_at = time.monotonic()


async def _read(reader: Reader, regex: CompileRegex) -> Mapping[str, Proxy]:
    rows = await reader.all(
        """SELECT p.id, p.name, p.registry_id, e.kind, e.url
           FROM project p JOIN endpoint e ON e.id = p.registry_id
           WHERE p.registry_id IS NOT NULL ORDER BY p.id LIMIT 10000"""
    )
    if not rows:
        return {}
    found = await reader.all(
        """SELECT m.project_id, m.name, m.value
           FROM project_metadata m JOIN project p ON p.id = m.project_id
           WHERE p.registry_id IS NOT NULL ORDER BY m.project_id LIMIT 200000"""
    )
    words: dict[int, dict[str, str]] = {}
    for one in found:
        words.setdefault(one.project_id, {})[one.name] = one.value
    return {row.name: _proxy(row, words.get(row.id, {}), regex) for row in rows}


def _proxy(row: Row, words: Mapping[str, str], regex: CompileRegex) -> Proxy:
    parts = urlsplit(row.url)
    port = f":{parts.port}" if parts.port else ""
    return Proxy(
        project_id=row.id,
        project=row.name,
        endpoint_id=row.registry_id,
        kind=row.kind,
        host=f"{parts.hostname}{port}",
        speed_kib=int(words.get("proxy_speed_kb", "0")),
        connections=max(0, int(words.get("max_upstream_conn", "0"))),
        serves_what_is_gone=words.get("proxy_cache_local_on_not_found") == "true",
        passes_referrers=words.get("proxy_referrer_api") == "true",
        pattern=words.get("proxy_cache_filter_pattern", ""),
        takes=_filter(words, regex),
    )


def _filter(words: Mapping[str, str], regex: CompileRegex) -> Callable[[str], bool]:
    """Compile what may pass; what cannot be read lets nothing pass."""
    pattern = words.get("proxy_cache_filter_pattern", "")
    if not pattern:
        return lambda _: True
    try:
        if words.get("proxy_cache_filter_kind") == "regex":
            return regex(pattern)
        return compile_glob(pattern).matches
    except ValueError:
        return lambda _: False
