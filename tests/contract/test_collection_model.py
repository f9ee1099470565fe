"""Random pushes, deletions, rules, retention and collections at once.

Nothing alive is lost, nothing dead survives, and what a rule holds stays what it is.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contract import keeping
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName, Tag
from havre.registry import Collect, CollectOptions, RegistrySettings
from havre.registry.errors import (
    BlobUnknown,
    ManifestInUse,
    ManifestReferenceUnknown,
    ManifestUnknown,
    RepositoryUnknown,
    TagImmutable,
)
from kit.house import ADMIN, CONFIG, RegistryHouse, encode, image, index, open_registry
from kit.postgres import Postgres

GRACE_S = 100
REPOSITORIES = [RepositoryName.parse(f"library/r{number}") for number in range(2)]
CONTENTS = [b"layer %d" % number for number in range(4)]
TAGS = ["a", "b"]
GONE = (ManifestUnknown, RepositoryUnknown, ManifestInUse, BlobUnknown)


@dataclass(frozen=True)
class Step:
    """One thing that a client or the collector does."""

    verb: str
    repository: int = 0
    other: int = 0
    contents: tuple[int, ...] = ()
    tag: int = 0

    @property
    def name(self) -> RepositoryName:
        """The repository it happens in."""
        return REPOSITORIES[self.repository]

    @property
    def document(self) -> dict[str, object]:
        """The image that it is about."""
        return image(*(CONTENTS[number] for number in self.contents))

    @property
    def digest(self) -> Digest:
        """The digest of that image."""
        return Digest.of(encode(self.document))


VERB_NAMES = [
    "push",
    "push by digest",
    "index",
    "mount",
    "upload",
    "delete tag",
    "delete",
    "collect",
    "collect all",
    "sweep",
    "keep",
    "free",
    "retain artifacts",
    "retain tags",
]
STEPS = st.builds(
    Step,
    verb=st.sampled_from([*VERB_NAMES, "push"]),
    repository=st.integers(0, len(REPOSITORIES) - 1),
    other=st.integers(0, len(REPOSITORIES) - 1),
    contents=st.lists(st.integers(0, len(CONTENTS) - 1), min_size=1, max_size=3, unique=True).map(tuple),
    tag=st.integers(0, len(TAGS) - 1),
)
ROUNDS = st.lists(
    st.tuples(st.sampled_from([0, 60, GRACE_S + 1]), st.lists(STEPS, min_size=5, max_size=9)),
    min_size=6,
    max_size=10,
)


async def push(house: RegistryHouse, step: Step) -> None:
    await house.push_blob(CONFIG, step.name)
    for number in step.contents:
        await house.push_blob(CONTENTS[number], step.name)
    reference = TAGS[step.tag] if step.verb == "push" else str(step.digest)
    await house.push_manifest(step.document, reference, step.name)


async def push_index(house: RegistryHouse, step: Step) -> None:
    try:
        await house.push_manifest(index(encode(step.document)), TAGS[step.tag], step.name)
    except ManifestReferenceUnknown:
        return


async def upload(house: RegistryHouse, step: Step) -> None:
    await house.push_blob(CONTENTS[step.contents[0]], step.name)


async def mount(house: RegistryHouse, step: Step) -> None:
    digest = Digest.of(CONTENTS[step.contents[0]])
    await house.mount.blob(ADMIN, step.name, digest, REPOSITORIES[step.other])


async def delete(house: RegistryHouse, step: Step) -> None:
    reference = Tag(TAGS[step.tag]) if step.verb == "delete tag" else step.digest
    try:
        await house.delete.manifest(ADMIN, step.name, reference)
    except GONE:
        return


async def collect(house: RegistryHouse, step: Step) -> None:
    options = CollectOptions(untagged=step.verb == "collect all")
    await Collect(house.database, house.clock, house.settings).run(options)


async def sweep(house: RegistryHouse, _: Step) -> None:
    await house.sweep.run()


async def retain(house: RegistryHouse, step: Step) -> None:
    await keeping.retain(house, step.name, TAGS[step.tag], per_tag=step.verb == "retain tags")


VERBS: dict[str, Callable[[RegistryHouse, Step], Awaitable[None]]] = {
    "push": push,
    "push by digest": push,
    "index": push_index,
    "mount": mount,
    "upload": upload,
    "delete tag": delete,
    "delete": delete,
    "collect": collect,
    "collect all": collect,
    "sweep": sweep,
    "keep": lambda house, step: keeping.keep(house, step.name, TAGS[step.tag]),
    "free": lambda house, _: keeping.free(house),
    "retain artifacts": retain,
    "retain tags": retain,
}


async def assert_nothing_alive_is_lost(house: RegistryHouse) -> None:
    """Every manifest can be pulled with every blob that it names."""
    assert await house.findings() == []
    for name, digest in await house.rows(
        "SELECT r.name, m.digest FROM manifest m JOIN repository r ON r.id = m.repo_id"
    ):
        await house.pull.manifest(ADMIN, RepositoryName.parse(str(name)), Digest.parse(str(digest)))
    for name, child in await house.rows(
        """SELECT r.name, f.child FROM manifest_ref f JOIN repository r ON r.id = f.repo_id
           WHERE f.kind <> 'manifest'"""
    ):
        found = await house.pull.blob(ADMIN, RepositoryName.parse(str(name)), Digest.parse(str(child)))
        assert house.path(found.key).stat().st_size == found.size


async def assert_nothing_dead_survives(house: RegistryHouse) -> None:
    """After its grace period, nothing is stored that no manifest names; without manifests nothing is."""
    await keeping.free(house)
    for _ in range(4):  # an index, its children, their referrers, the blobs: one grace period each
        house.clock.wind(GRACE_S + 1)
        await collect(house, Step("collect"))
    unnamed = (
        "SELECT COUNT(*) FROM blob WHERE digest NOT IN (SELECT blob FROM manifest_ref WHERE blob IS NOT NULL)"
    )
    assert await house.one(unnamed) == 0
    for name, digest in await house.rows(
        "SELECT r.name, m.digest FROM manifest m JOIN repository r ON r.id = m.repo_id ORDER BY m.size"
    ):
        try:
            await house.delete.manifest(ADMIN, RepositoryName.parse(str(name)), Digest.parse(str(digest)))
        except ManifestInUse:
            continue  # its index goes later in this loop, and it follows
    for _ in range(4):
        house.clock.wind(GRACE_S + 1)
        await collect(house, Step("collect"))
    house.clock.wind(8 * 24 * 3600)
    await house.sweep.run()
    for table in ("manifest", "manifest_body", "blob", "repo_blob", "gc_queue", "trash"):
        assert await house.one(f"SELECT COUNT(*) FROM {table}") == 0, table
    assert [key async for key in house.blobs.keys()] == []  # noqa: SIM118 - no dict


async def play(house: RegistryHouse, rounds: Sequence[tuple[int, Sequence[Step]]]) -> None:
    """Run the steps of each round at once."""
    for seconds, steps in rounds:
        house.clock.wind(seconds)
        held = await keeping.held(house)
        results = await asyncio.gather(
            *(VERBS[step.verb](house, step) for step in steps), return_exceptions=True
        )
        for step, result in zip(steps, results, strict=True):
            assert result is None or isinstance(result, TagImmutable), (
                f"{step} failed: {result!r}, caused by {getattr(result, '__cause__', None)!r}"
            )
        await keeping.assert_held_tags_stayed(house, held)
        await assert_nothing_alive_is_lost(house)
    await assert_nothing_dead_survives(house)


@asynccontextmanager
async def fresh_house(url: str | None) -> AsyncIterator[RegistryHouse]:
    with TemporaryDirectory(prefix="havre-model-") as directory:
        async with open_registry(Path(directory), url, RegistrySettings(grace_s=GRACE_S)) as house:
            yield house


def check_model(rounds: Sequence[tuple[int, Sequence[Step]]], url: str | None) -> None:
    async def run() -> None:
        async with fresh_house(url) as house:
            await play(house, rounds)

    asyncio.run(run())


QUICK = settings(
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
STATED = settings(QUICK, max_examples=600)


@given(rounds=ROUNDS)
@QUICK
def test_on_sqlite_nothing_alive_is_lost_and_nothing_dead_survives(
    rounds: Sequence[tuple[int, Sequence[Step]]],
) -> None:
    check_model(rounds, None)


@pytest.mark.timeout(600)
@given(rounds=ROUNDS)
@QUICK
def test_on_postgresql_nothing_alive_is_lost_and_nothing_dead_survives(
    postgres: Postgres, rounds: Sequence[tuple[int, Sequence[Step]]]
) -> None:
    check_model(rounds, postgres.fresh())


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@given(rounds=ROUNDS)
@STATED
def test_at_stated_size_nothing_alive_is_lost_and_nothing_dead_survives(
    postgres: Postgres, engine: str, rounds: Sequence[tuple[int, Sequence[Step]]]
) -> None:
    check_model(rounds, postgres.fresh() if engine == "postgresql" else None)
