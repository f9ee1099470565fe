"""Fetch: bring one repository of ours to what another registry's is."""

from collections.abc import Mapping
from dataclasses import dataclass

from havre.kernel.digest import Digest
from havre.kernel.names import NameInvalid, RepositoryName, Tag, TagInvalid
from havre.kernel.work import Database
from havre.registry import kind_of, parse_manifest
from havre.registry.errors import ManifestInvalid
from havre.replication import replica_store
from havre.replication.copy_in import CopyIn, InPair
from havre.replication.errors import RemoteMissing
from havre.replication.here import Here
from havre.replication.link import each
from havre.replication.patience import patiently
from havre.replication.policy_model import FilterKind
from havre.replication.ports import Labelled
from havre.replication.replica_store import Replica
from havre.replication.selecting import Selection, select
from havre.replication.start import RepositoryOrder
from havre.replication.task import Bookkeeping, Task

Labels = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the rule's filters are asked of each tag."""

    selection: Selection
    labels: Labels


class Fetch:
    """The task of a rule that pulls."""

    def __init__(self, database: Database, here: Here, copy: CopyIn, books: Bookkeeping) -> None:
        self._database = database
        self._here = here
        self._copy = copy
        self._books = books

    async def repository(self, task: Task, order: RepositoryOrder) -> None:
        """Compare, fetch what is missing, delete what went there when the rule says so.

        Raises: what is HOPELESS; other failures are the task's.
        """
        try:
            target = RepositoryName.parse(task.target)
        except NameInvalid as error:
            task.failed.append((task.target, error))
            return
        if not target.path:
            task.failed.append(
                (task.target, NameInvalid(f"{target} has no project: give the policy a dest_namespace"))
            )
            return
        tags = await self._tags(task)
        pair = InPair(task.source, target, frozenset(tags))
        wanted = _Wanted(select(task.policy.words.filters), await self._labels(task))
        todo = [tag for tag in tags if wanted.selection.takes_tag(tag)]
        task.wanted = len(todo)
        if todo:
            await self._here.ensure_project(target)
        task.failed += await each(todo, lambda tag: self._one(task, pair, tag, wanted))
        gone = await self._delete(task, pair) if task.policy.words.does_delete else []
        if not task.failed:
            await self._books.finish(task, is_whole=True, gone=gone)

    async def _tags(self, task: Task) -> list[str]:
        async def read() -> list[str]:
            return [tag async for tag in task.link.remote.tags(task.source)]

        try:
            found = await patiently(read, task.job.log)
        except RemoteMissing:
            task.job.log(f"{task.source} is not there")
            return []
        return [tag for tag in found if _is_tag(tag)]

    async def _labels(self, task: Task) -> Labels:
        by_label = any(one.kind is FilterKind.LABEL for one in task.policy.words.filters)
        if by_label and isinstance(task.link.remote, Labelled):
            labelled = task.link.remote
            return await patiently(lambda: labelled.labels(task.source), task.job.log)
        return {}

    async def _one(self, task: Task, pair: InPair, tag: str, wanted: _Wanted) -> None:
        link = task.link
        there = await patiently(lambda: link.remote.stat_manifest(pair.source, tag), link.tell)
        if there is None or not await self._is_meant(task, pair, there.digest, wanted):
            return
        ours = await self._here.manifest(pair.target, Tag(tag))
        is_same = ours is not None and ours.digest == str(there.digest)
        if ours is not None and not is_same and not task.policy.words.does_override:
            task.refused.append(tag)
            link.tell(
                f"{pair.target}:{tag} names {ours.digest} here and is left: the policy overrides nothing"
            )
            return
        if not is_same:
            await self._copy.artifact(link, pair, there.digest, (tag,))
            task.copied.append(tag)
            link.tell(f"{pair.source}:{tag} -> {pair.target}:{tag} {there.digest}")
        await self._copy.accessories(link, pair, there.digest)
        if task.is_there(tag, there.digest):
            await self._books.put_down(task)

    async def _is_meant(self, task: Task, pair: InPair, digest: Digest, wanted: _Wanted) -> bool:
        if not wanted.selection.takes_labels(wanted.labels.get(str(digest), frozenset())):
            return False
        if not wanted.selection.images_only:
            return True
        found = await patiently(lambda: task.link.remote.manifest(pair.source, str(digest)), task.job.log)
        try:
            return wanted.selection.takes_kind(kind_of(parse_manifest(found.body, found.media_type)))
        except ManifestInvalid:
            return False

    async def _delete(self, task: Task, pair: InPair) -> list[str]:
        """Delete here what this rule brought and what is not there any more, unless it was changed here."""
        async with self._database.read() as reader:
            known = await replica_store.replicas(reader, task.policy.id, task.source)
        gone: list[str] = []
        for reference, replica in known.items():
            if reference not in pair.tags:
                await self._delete_one(task, pair, replica)
                gone.append(reference)
        return gone

    async def _delete_one(self, task: Task, pair: InPair, replica: Replica) -> None:
        tag = Tag(replica.reference)
        ours = await self._here.manifest(pair.target, tag)
        if ours is None:
            return
        if ours.digest != replica.digest:
            task.job.log(f"{pair.target}:{tag} was changed here since: it stays")
            return
        await self._here.delete_reference(pair.target, tag)
        task.deleted.append(tag.text)
        task.job.log(f"{pair.target}:{tag} deleted here, as it was there")


def _is_tag(text: str) -> bool:
    try:
        Tag.parse(text)
    except TagInvalid:
        return False
    return True
