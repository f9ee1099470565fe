"""Send: bring one repository of another registry to what ours is."""

from collections.abc import Mapping, Sequence

from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry.model import CensusRepository
from havre.replication import replica_store
from havre.replication.copy_out import CopyOut, OutPair, tag_there
from havre.replication.desired import Desired, desired_among, desired_of
from havre.replication.errors import RemoteRefused
from havre.replication.here import Here
from havre.replication.link import each
from havre.replication.patience import patiently
from havre.replication.replica_store import Replica
from havre.replication.selecting import select
from havre.replication.start import RepositoryOrder
from havre.replication.task import Bookkeeping, Task

Known = Mapping[str, Replica]


class Send:
    """The task of a rule that pushes."""

    def __init__(self, database: Database, here: Here, copy: CopyOut, books: Bookkeeping) -> None:
        self._database = database
        self._here = here
        self._copy = copy
        self._books = books

    async def repository(self, task: Task, order: RepositoryOrder) -> None:
        """Compare, send what is missing, delete what went here when the rule says so.

        Raises: what is HOPELESS; other failures are the task's.
        """
        name = RepositoryName.parse(task.source)
        repository = await self._here.census.repository(name)
        known = await self._known(task)
        if repository is None:
            await self._gone(task, known)
            return
        task.version = repository.version
        is_whole = not order.references and not order.deletions
        desired = await self._desired(task, repository, order)
        pair = OutPair(name, task.target, desired.accessories)
        task.wanted = len(desired.references)
        todo = self._todo(task, desired, known)
        task.failed += await each(todo, lambda one: self._one(task, pair, desired, one))
        gone = await self._delete(task, known, desired, order) if task.policy.words.does_delete else []
        if not task.failed:
            await self._books.finish(task, is_whole=is_whole, gone=gone)

    async def _known(self, task: Task) -> Known:
        async with self._database.read() as reader:
            return await replica_store.replicas(reader, task.policy.id, task.source)

    async def _desired(self, task: Task, repository: CensusRepository, order: RepositoryOrder) -> Desired:
        selection = select(task.policy.words.filters)
        if order.references or order.deletions:
            return await desired_among(
                self._here, repository, selection, [*order.references, *order.deletions]
            )
        return await desired_of(self._here, repository, selection)

    def _todo(self, task: Task, desired: Desired, known: Known) -> list[str]:
        """List what is to be looked at: all, or what is not known to be there as it is here."""
        if not task.is_quick:
            return [
                one for one, digest in desired.references.items() if not _is_theirs(known.get(one), digest)
            ]
        todo = [one for one, digest in desired.references.items() if not _fits(known.get(one), digest)]
        sent = {str(digest) for digest in desired.references.values()}
        for accessory in desired.all_accessories():
            digest, reference = Digest.parse(accessory.digest), f"@{accessory.digest}"
            if accessory.subject in sent and not _fits(known.get(reference), digest):
                desired.references[reference] = digest
                todo.append(reference)
        return todo

    async def _one(self, task: Task, pair: OutPair, desired: Desired, reference: str) -> None:
        digest, link = desired.references[reference], task.link
        if reference.startswith("@"):
            if await link.remote.stat_manifest(pair.target, str(digest)) is None:
                await self._copy.artifact(link, pair, digest, ())
                task.copied.append(reference)
        else:
            there = await tag_there(link, pair.target, reference)
            if there is not None and there != digest and not task.policy.words.does_override:
                task.refused.append(reference)
                link.tell(
                    f"{pair.target}:{reference} names {there} there and is left: the policy overrides nothing"
                )
                return
            if there != digest:
                await self._copy.artifact(link, pair, digest, (reference,))
                task.copied.append(reference)
                link.tell(f"{pair.source}:{reference} -> {pair.target}:{reference} {digest}")
        for accessory in await self._copy.accessories(link, pair, digest):
            task.is_there(f"@{accessory}", accessory)
        if task.is_there(reference, digest):
            await self._books.put_down(task)

    async def _delete(
        self, task: Task, known: Known, desired: Desired, order: RepositoryOrder
    ) -> Sequence[str]:
        """Delete at the other side what this rule put there and what is not here any more."""
        gone = [one for one in known if not one.startswith("@") and one not in desired.standing]
        if order.references or order.deletions:
            gone = [one for one in gone if one in order.deletions]
        gone += [one for one in order.deletions if one.startswith("@") and one not in desired.references]
        kept = {str(digest) for digest in desired.references.values()}
        return [one for one in gone if await self._delete_one(task, one, known.get(one), kept)]

    async def _delete_one(self, task: Task, reference: str, known: Replica | None, kept: set[str]) -> bool:
        link, target = task.link, task.target
        if reference.startswith("@"):
            if known is not None:
                await patiently(lambda: link.remote.delete_manifest(target, reference[1:]), link.tell)
                task.deleted.append(reference)
            return True
        there = await tag_there(link, target, reference)
        if there is None:
            return True
        if known is None or str(there) != known.digest:
            link.tell(
                f"{target}:{reference} names {there} there, which this policy did not put there: it stays"
            )
            return True
        try:
            await patiently(lambda: link.remote.delete_manifest(target, reference), link.tell)
        except RemoteRefused as error:
            if str(there) in kept:
                link.tell(f"{target}:{reference} stays, for other tags name {there} too: {error}")
                return True
            # A registry that takes no tag away by itself, as distribution before 3.0.
            await patiently(lambda: link.remote.delete_manifest(target, str(there)), link.tell)
        task.deleted.append(reference)
        link.tell(f"{target}:{reference} deleted there, as it was here")
        return True

    async def _gone(self, task: Task, known: Known) -> None:
        task.job.log(f"{task.source} is not here any more")
        gone: list[str] = []
        if task.policy.words.does_delete:
            tags = [one for one in known if not one.startswith("@")]
            gone = [one for one in tags if await self._delete_one(task, one, known[one], set())]
        await self._books.finish(
            task, is_whole=False, gone=[*gone, *(one for one in known if one.startswith("@"))]
        )


def _is_theirs(known: Replica | None, digest: Digest) -> bool:
    return known is not None and known.is_theirs and _fits(known, digest)


def _fits(known: Replica | None, digest: Digest) -> bool:
    return known is not None and known.digest == str(digest)
