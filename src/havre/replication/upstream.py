"""Ask the registry behind a proxy project: once for many who ask, with patience where it wants some."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.registry import ManifestUpload
from havre.registry.errors import ManifestUnknown
from havre.registry.model import ManifestContent
from havre.replication.copy_in import CopyIn, InPair
from havre.replication.errors import (
    RemoteBusy,
    RemoteFailed,
    RemoteMissing,
    UpstreamBusy,
    UpstreamExcluded,
    UpstreamFailed,
)
from havre.replication.flights import Flight, Flights
from havre.replication.here import ACTOR, Here
from havre.replication.link import Link
from havre.replication.pace import Bandwidth, pace_of
from havre.replication.ports import Claims, Referring, Remote, RemoteDescriptor, Remotes
from havre.replication.proxies import Proxy

_log: Final = logging.getLogger("havre.proxy")
_LONGEST_S: Final = 600.0  # a registry that wants more patience is asked again after that
_SHORTEST_S: Final = 5.0
_SEEN: Final = 50_000  # tags whose freshness is remembered; the oldest are asked about again
_LOOK_S: Final = 0.02  # between two looks at what another process fetches, growing to
_LOOK_MOST_S: Final = 0.2
_BUSY_CONNECTIONS: Final = 32  # without a limit of the project's
Result = TypeVar("Result")


@dataclass(slots=True)
class _Way:
    """What this process shares between all who use one proxy project."""

    proxy: Proxy
    slots: asyncio.Semaphore
    pace: Bandwidth | None
    busy_until: float = 0.0
    tags: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """How long a tag is taken for what it was, in seconds, and where the file of a storage key is."""

    fresh_s: int
    path_of: Callable[[str], str | None]


class Upstream:
    """Brings manifests and blobs here, when they are asked for."""

    def __init__(
        self, here: Here, remotes: Remotes, copy: CopyIn, claims: Claims, settings: UpstreamSettings
    ) -> None:
        """`here` takes manifests whose blobs come later."""
        self._here = here
        self._remotes = remotes
        self._copy = copy
        self._claims = claims
        self._fresh_s = settings.fresh_s
        self._path_of = settings.path_of
        self._ways: dict[str, _Way] = {}
        self._seen: dict[tuple[str, str], float] = {}
        self._asking: dict[tuple[str, str], asyncio.Task[None]] = {}
        self.flights = Flights()

    async def bring_manifest(self, proxy: Proxy, repository: RepositoryName, reference: Reference) -> None:
        """See that a manifest is here as the registry has it, or as it was when the registry cannot be asked.

        Raises: ManifestUnknown, UpstreamFailed, UpstreamBusy, UpstreamExcluded.
        """
        self._refuse_excluded(proxy, repository)
        key = repository.text, str(reference)
        ours = await self._here.manifest(repository, reference)
        if ours is not None and (isinstance(reference, Digest) or self._is_fresh(key)):
            return
        task = self._asking.get(key)
        if task is None:
            task = asyncio.create_task(self._refresh(proxy, repository, reference, ours))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        await asyncio.shield(task)

    async def _refresh(
        self, proxy: Proxy, repository: RepositoryName, reference: Reference, ours: ManifestContent | None
    ) -> None:
        try:
            await self._ask(proxy, lambda remote: self._compare(proxy, remote, repository, reference, ours))
        except RemoteMissing as error:
            if ours is None or not proxy.serves_what_is_gone:
                raise ManifestUnknown(repository, reference) from error
        except (UpstreamFailed, UpstreamBusy) as error:
            if ours is None:
                raise
            _log.warning(
                "proxy serves what it has repository=%s reference=%s why=%s",
                *(repository, reference, error.__cause__ or error),
            )
        self._note_seen((repository.text, str(reference)))

    async def _compare(
        self,
        proxy: Proxy,
        remote: Remote,
        repository: RepositoryName,
        reference: Reference,
        ours: ManifestContent | None,
    ) -> None:
        source, digest = proxy.upstream(repository), str(reference)
        if isinstance(reference, Tag):
            there = await remote.stat_manifest(source, reference.text)
            if there is None:
                raise RemoteMissing(f"{source}:{reference} is not there")
            if ours is not None and ours.digest == str(there.digest):
                return
            digest = str(there.digest)
        found = await remote.manifest(source, digest)
        tags = (reference,) if isinstance(reference, Tag) else ()
        upload = ManifestUpload(found.body, found.media_type, found.digest, tags)
        await self._here.push.manifest(ACTOR, repository, upload)

    async def find_blob(self, proxy: Proxy, repository: RepositoryName, digest: Digest) -> int | None:
        """Tell the size of a blob there; None when it is not.

        Raises: UpstreamFailed, UpstreamBusy, UpstreamExcluded.
        """
        self._refuse_excluded(proxy, repository)
        return await self._ask(proxy, lambda remote: remote.stat_blob(proxy.upstream(repository), digest))

    async def bring_blob(self, proxy: Proxy, repository: RepositoryName, digest: Digest) -> Flight | None:
        """Let a blob come, or find it on its way; None when it is not there, or came from beside.

        Raises: UpstreamFailed, UpstreamBusy, UpstreamExcluded.
        """
        key = f"{repository}@{digest}"
        found = self.flights.find(key)
        if found is not None:
            return found
        size = await self.find_blob(proxy, repository, digest)
        if size is None or await self._here.mount.blob(ACTOR, repository, digest, None):
            return None
        found = self.flights.find(key)  # somebody may have been quicker
        if found is None:
            found = Flight(digest, size, self._path_of)
            self.flights.start(key, found, lambda flight: self._fly(proxy, repository, key, flight))
        return found

    async def _fly(self, proxy: Proxy, repository: RepositoryName, key: str, flight: Flight) -> None:
        """Fetch a blob, or see it come that another process on our data fetches."""
        has_joined, wait_s = False, _LOOK_S
        while not self._claims.take(key):
            if has_joined:
                flight.looks()
            else:
                found = await self._copy.under_way(proxy.endpoint_id, repository, flight.digest)
                has_joined = found is not None and flight.joins(found)
            await asyncio.sleep(wait_s)
            wait_s = min(_LOOK_MOST_S, wait_s * 1.5)
        try:
            here = await self._here.blob(repository, flight.digest)
            if here is None:
                await self._fetch(proxy, repository, flight)
            else:
                flight.joins(here.key)
        finally:
            self._claims.drop(key)

    async def _fetch(self, proxy: Proxy, repository: RepositoryName, flight: Flight) -> None:
        way = self._way(proxy)
        remote = await self._remotes.remote(proxy.endpoint_id)
        link = Link(proxy.endpoint_id, remote, lambda line: _log.info("proxy %s", line), way.pace)
        pair = InPair(proxy.upstream(repository), repository)
        async with way.slots:
            await self._copy.blob(link, pair, flight.digest, flight.size, flight)

    async def tags(self, proxy: Proxy, repository: RepositoryName) -> frozenset[str]:
        """List the tags there, as they were within the window.

        Raises: UpstreamFailed, UpstreamBusy, UpstreamExcluded; nothing for a repository that is not there.
        """
        self._refuse_excluded(proxy, repository)
        way, now = self._way(proxy), time.monotonic()
        kept = way.tags.get(repository.text)
        if kept is not None and now - kept[0] < self._fresh_s:
            return kept[1]

        async def read(remote: Remote) -> frozenset[str]:
            return frozenset([tag async for tag in remote.tags(proxy.upstream(repository))])

        try:
            found = await self._ask(proxy, read)
        except RemoteMissing:
            found = frozenset()
        if len(way.tags) > _SEEN // 100:
            way.tags.clear()
        way.tags[repository.text] = now, found
        return found

    async def referrers(
        self, proxy: Proxy, repository: RepositoryName, subject: Digest
    ) -> Sequence[RemoteDescriptor]:
        """List what refers to a manifest there.

        Raises: UpstreamFailed, UpstreamBusy, UpstreamExcluded.
        """
        self._refuse_excluded(proxy, repository)

        async def read(remote: Remote) -> Sequence[RemoteDescriptor]:
            if not isinstance(remote, Referring):
                return ()
            return await remote.referrers(proxy.upstream(repository), subject)

        return await self._ask(proxy, read)

    async def _ask(self, proxy: Proxy, ask: Callable[[Remote], Awaitable[Result]]) -> Result:
        """Ask something, unless the registry just asked for patience.

        Raises: RemoteMissing, UpstreamBusy, UpstreamFailed.
        """
        way = self._way(proxy)
        left_s = way.busy_until - time.monotonic()
        if left_s > 0:
            raise _busy(proxy, left_s)
        try:
            async with way.slots:
                return await ask(await self._remotes.remote(proxy.endpoint_id))
        except RemoteMissing:
            raise
        except RemoteBusy as error:
            wait_s = min(_LONGEST_S, max(_SHORTEST_S, error.retry_after_s or _SHORTEST_S))
            way.busy_until = time.monotonic() + wait_s
            raise _busy(proxy, wait_s) from error
        except RemoteFailed as error:  # its text is for the log: it tells of the house
            raise UpstreamFailed(
                f"the registry behind project {proxy.project} cannot be used now: try again later"
            ) from error

    def _way(self, proxy: Proxy) -> _Way:
        known = self._ways.get(proxy.project)
        if known is None or known.proxy != proxy:
            known = _Way(
                proxy, asyncio.Semaphore(proxy.connections or _BUSY_CONNECTIONS), pace_of(proxy.speed_kib)
            )
            self._ways[proxy.project] = known
        return known

    def _is_fresh(self, key: tuple[str, str]) -> bool:
        seen = self._seen.get(key)
        return seen is not None and time.monotonic() - seen < self._fresh_s

    def _note_seen(self, key: tuple[str, str]) -> None:
        self._seen.pop(key, None)
        self._seen[key] = time.monotonic()
        if len(self._seen) > _SEEN:
            del self._seen[next(iter(self._seen))]

    def _refuse_excluded(self, proxy: Proxy, repository: RepositoryName) -> None:
        if not proxy.takes(proxy.upstream(repository)):
            raise UpstreamExcluded(repository.text, proxy.pattern)


def _busy(proxy: Proxy, wait_s: float) -> UpstreamBusy:
    return UpstreamBusy(
        f"the registry behind project {proxy.project} takes no more questions for now", int(wait_s) + 1
    )
