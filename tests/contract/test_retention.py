"""Runs of retention on both engines: what goes and stays, dry runs, stops, kills, schedules, changes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract import keeping
from havre.jobs.errors import ExecutionUnknown
from havre.jobs.model import State
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName, Tag
from havre.registry import Census, Retire
from havre.registry.model import CensusArtifact, Retirement, RetireOutcome
from havre.retention import ImmutableTags, NewPolicy, Selector
from havre.retention.errors import ProjectRetained, RetentionUnknown
from kit.bench import until
from kit.house import ADMIN, CONFIG, RegistryHouse, encode, image, index, open_registry
from kit.postgres import Postgres
from kit.retained import ALL, Retained
from kit.shelf import matching, rule

APP, TOOL = RepositoryName.parse("library/app"), RepositoryName.parse("library/tool")


@pytest.fixture(params=["sqlite", "postgres"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RegistryHouse]:
    """A registry over either engine."""
    url = None
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.fresh()
    async with open_registry(tmp_path, url) as opened:
        yield opened


@pytest.fixture
def retained(house: RegistryHouse) -> Retained:
    return Retained(house)


async def push(house: RegistryHouse, count: int, name: RepositoryName = APP) -> list[Digest]:
    """Push images v0, v1, … a second apart."""
    digests = []
    for number in range(count):
        house.clock.wind(1)
        digests.append(await house.push_image(b"%s %d" % (name.text.encode(), number), f"v{number}", name))
    return digests


async def test_a_run_deletes_what_no_rule_keeps_in_each_repository_and_counts(retained: Retained) -> None:
    await push(retained.house, 5)
    await push(retained.house, 2, TOOL)
    await retained.set(rule("latestPushedK", 2))

    tasks = await retained.run()

    assert await retained.tags(APP) == ["v3", "v4"]
    assert await retained.tags(TOOL) == ["v0", "v1"]
    assert {name: (task.extra["total"], task.extra["retained"]) for name, task in tasks.items()} == {
        "app": (5, 2),
        "tool": (2, 2),
    }
    assert sorted(await retained.house.events("retention.finished")) == ["library/app", "library/tool"]
    assert await retained.house.findings() == []


async def test_the_log_of_a_task_is_a_table_with_action_and_reason(retained: Retained) -> None:
    await push(retained.house, 2)
    await retained.set(rule("latestPushedK", 1))

    log = await retained.log((await retained.run())["app"])

    lines = [line.partition(" ")[2] for line in log.splitlines()]
    assert "| action | tag | digest | pushed | pulled | reason |" in lines
    gone = next(line for line in lines if line.startswith("| DEL | v0 |"))
    kept = next(line for line in lines if line.startswith("| RETAIN | v1 |"))
    assert gone.endswith("| never | no rule keeps it; rule 1 (latestPushedK 1): 2nd of 2 by push |")
    assert kept.endswith("| rule 1 (latestPushedK 1): 1st of 2 by push |")


async def test_a_dry_run_deletes_nothing_and_tells_the_same(retained: Retained) -> None:
    await push(retained.house, 3)
    await retained.set(rule("latestPushedK", 1))

    task = (await retained.run(is_dry_run=True))["app"]

    assert await retained.tags(APP) == ["v0", "v1", "v2"]
    assert (task.extra["total"], task.extra["retained"]) == (3, 1)
    assert "| DEL | v0 |" in await retained.log(task)
    [run] = (await retained.parts.runs.list(ADMIN, retained.policy_id, ALL)).items
    assert run.extra == {"dry_run": True}


async def test_a_repository_that_no_rule_is_about_gets_no_task_and_stays(retained: Retained) -> None:
    await push(retained.house, 2)
    await push(retained.house, 2, TOOL)
    only_tool = (Selector("doublestar", "repoMatches", "to*"),)
    await retained.set(replace(rule("latestPushedK", 1), scope_selectors=only_tool))

    tasks = await retained.run()

    assert list(tasks) == ["tool"]
    assert await retained.tags(APP) == ["v0", "v1"]


async def test_per_tag_only_the_tag_goes_and_the_artifact_with_its_last_one(retained: Retained) -> None:
    house = retained.house
    [digest, other] = await push(house, 2)
    await house.change_tags.create(ADMIN, APP, digest, Tag("dev"))
    await house.change_tags.create(ADMIN, APP, other, Tag("dev2"))
    await retained.set(rule("always", tags=matching("v0")), per_tag=True)

    task = (await retained.run())["app"]

    assert await retained.tags(APP) == ["v0"]
    assert await house.rows("SELECT digest FROM manifest") == [(str(digest),)]
    assert await house.events("tag.deleted") == ["library/app:dev"]
    assert await house.events("manifest.deleted") == [f"library/app@{other}"]
    assert (task.extra["total"], task.extra["retained"], task.extra["deleted"]) == (4, 1, 3)


async def test_per_artifact_an_artifact_stays_with_all_its_tags(retained: Retained) -> None:
    [digest] = await push(retained.house, 1)
    await retained.house.change_tags.create(ADMIN, APP, digest, Tag("dev"))
    await retained.set(rule("always", tags=matching("v0")))

    await retained.run()

    assert await retained.tags(APP) == ["dev", "v0"]


async def test_an_index_goes_with_its_children_and_what_signs_it(retained: Retained) -> None:
    house = retained.house
    child, other = image(b"amd64"), image(b"arm64")
    for layer in (b"amd64", b"arm64", b"signature", CONFIG):
        await house.push_blob(layer)
    await house.push_manifest(child, str(Digest.of(encode(child))))
    await house.push_manifest(other, "arm64")
    multi = index(encode(child), encode(other))
    await house.push_manifest(multi, "multi")
    subject = {
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "digest": str(Digest.of(encode(multi))),
        "size": len(encode(multi)),
    }
    signature = image(b"signature", subject=subject)
    await house.push_manifest(signature, str(Digest.of(encode(signature))))
    await retained.set(rule("latestPushedK", 0))

    await retained.run()

    assert await house.one("SELECT COUNT(*) FROM manifest") == 0
    assert await house.findings() == []


async def test_the_tagged_child_of_an_index_that_stays_is_kept_with_its_parent_named(
    retained: Retained,
) -> None:
    house = retained.house
    child = image(b"amd64")
    for layer in (b"amd64", CONFIG):
        await house.push_blob(layer)
    await house.push_manifest(child, "amd64")
    await house.push_manifest(index(encode(child)), "multi")
    await retained.set(rule("always", tags=matching("multi")))

    log = await retained.log((await retained.run())["app"])

    assert await retained.tags(APP) == ["amd64", "multi"]
    assert f"child of {Digest.of(encode(index(encode(child))))}, which stays" in log


async def test_a_simulation_says_what_the_run_then_does(retained: Retained) -> None:
    await push(retained.house, 4)
    await push(retained.house, 3, TOOL)
    await retained.set(rule("latestPushedK", 2, matching("v*")), rule("always", tags=matching("v0")))

    told = await retained.simulated()
    await retained.run()

    kept = {f"{one.repository}:{one.tag}" for one in told if one.is_kept}
    assert kept == {f"{name}:{tag}" for name in (APP, TOOL) for tag in await retained.tags(name)}
    assert {one.rules for one in told if one.is_kept} == {(1,), (2,)}


@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_pages_of_a_simulation_of_any_size_tell_each_tag_once_in_order(
    retained: Retained, size: int
) -> None:
    await push(retained.house, 3)
    await push(retained.house, 2, TOOL)
    untagged = image(b"library/app 0", annotations={"a": "b"})
    digest = str((await retained.house.push_manifest(untagged, str(Digest.of(encode(untagged))))).digest)

    told = await retained.simulated(NewPolicy((rule("latestPushedK", 1),)), size)

    assert [(one.repository, one.tag or one.digest) for one in told] == [
        ("library/app", digest),
        ("library/app", "v0"),
        ("library/app", "v1"),
        ("library/app", "v2"),
        ("library/tool", "v0"),
        ("library/tool", "v1"),
    ]


async def test_a_simulation_without_any_policy_is_refused(retained: Retained) -> None:
    with pytest.raises(RetentionUnknown):
        await retained.simulated()


async def test_a_run_that_is_stopped_ends_between_batches_and_says_what_went(retained: Retained) -> None:
    await push(retained.house, 40)
    await retained.set(rule("latestPushedK", 0))
    execution = await retained.start()

    async with retained.running(held_behind=2) as runner:
        await retained.hold.reached.wait()
        await retained.parts.runs.stop(ADMIN, retained.policy_id, execution)
        await until(lambda: all(job.is_stopped for job, _ in runner._keeper._held.values()))
        retained.hold.released.set()
        run = await retained.ended(execution)

    assert run.state is State.STOPPED
    assert len(await retained.tags(APP)) == 10  # the batch under way was done
    assert (await retained.tasks(execution))["app"].extra["deleted"] == 30
    assert await retained.house.findings() == []


async def test_a_run_that_waits_is_stopped_at_once(retained: Retained) -> None:
    await push(retained.house, 1)
    await retained.set(rule("latestPushedK", 0))
    execution = await retained.start()

    await retained.parts.runs.stop(ADMIN, retained.policy_id, execution)

    assert (await retained.ended(execution)).state is State.STOPPED
    assert await retained.house.events("retention.stopped") == ["library"]


async def test_another_process_goes_on_where_one_was_killed_and_counts_all(retained: Retained) -> None:
    await push(retained.house, 40)
    await retained.set(rule("latestPushedK", 1))
    execution = await retained.start()

    async with retained.running(held_behind=2) as killed:
        await retained.hold.reached.wait()
        for _, working in killed._keeper._held.values():
            working.cancel()  # as kill -9: nothing is settled, the lease stays
    assert len(await retained.tags(APP)) == 20
    retained.house.clock.wind(3600)
    async with retained.running():
        await retained.ended(execution)

    assert await retained.tags(APP) == ["v39"]
    [task] = (await retained.tasks(execution)).values()
    assert (task.extra["total"], task.extra["retained"], task.extra["deleted"]) == (40, 1, 39)
    assert await retained.house.findings() == []


async def test_a_schedule_runs_the_rules_at_its_moment(retained: Retained) -> None:
    await push(retained.house, 2)
    policy_id = await retained.set(rule("latestPushedK", 1), cron="0 0 0 * * *")
    shown = await retained.parts.read.get(ADMIN, policy_id)
    assert shown.next_run_at is not None

    retained.house.clock.wind(25 * 3600)
    async with retained.running():
        await retained.bench.until(lambda rows: len(rows) == 2 and all(r.state == "succeeded" for r in rows))

    assert await retained.tags(APP) == ["v1"]
    [run] = (await retained.parts.runs.list(ADMIN, policy_id, ALL)).items
    assert run.cause == "SCHEDULE"


async def test_the_schedule_of_a_project_that_went_ends_by_itself(retained: Retained) -> None:
    await retained.set(rule("latestPushedK", 1), cron="0 0 0 * * *")
    await retained.bench.write("DELETE FROM retention_policy")

    retained.house.clock.wind(25 * 3600)
    async with retained.running():
        await retained.bench.until(lambda rows: len(rows) == 1 and rows[0].state == "succeeded")

    assert await retained.bench.ask("SELECT id FROM schedule") == []


async def test_a_policy_that_changes_before_its_run_is_obeyed_as_it_is_now(retained: Retained) -> None:
    await push(retained.house, 3)
    await retained.set(rule("latestPushedK", 0))
    execution = await retained.start()

    await retained.set(rule("latestPushedK", 2))
    async with retained.running():
        await retained.ended(execution)

    assert await retained.tags(APP) == ["v1", "v2"]


async def test_a_policy_that_changes_between_two_batches_is_obeyed_from_the_next_one_on(
    retained: Retained,
) -> None:
    await push(retained.house, 40)
    await retained.set(rule("latestPushedK", 0))
    execution = await retained.start()

    async with retained.running(held_behind=1):
        await retained.hold.reached.wait()
        left = await retained.tags(APP)
        await retained.set(rule("always", tags=matching("v*")))
        retained.hold.released.set()
        await retained.ended(execution)

    assert len(left) == 30
    assert await retained.tags(APP) == left
    [task] = (await retained.tasks(execution)).values()
    assert (task.extra["total"], task.extra["retained"], task.extra["deleted"]) == (40, 30, 10)
    assert f"retention policy {retained.policy_id} changed: judging again" in await retained.log(task)
    assert await retained.house.findings() == []


async def test_tags_that_become_immutable_amid_a_run_stay_and_the_log_says_why(retained: Retained) -> None:
    house = retained.house
    await push(house, 20)
    await retained.set(rule("latestPushedK", 0))
    execution = await retained.start()

    async with retained.running(held_behind=1):
        await retained.hold.reached.wait()
        left = await retained.tags(APP)
        await keeping.keep(house, APP, left[0])
        retained.hold.released.set()
        await retained.ended(execution)

    assert await retained.tags(APP) == left[:1]
    [task] = (await retained.tasks(execution)).values()
    assert (task.extra["total"], task.extra["retained"], task.extra["deleted"]) == (20, 1, 19)
    said = next(line for line in (await retained.log(task)).splitlines() if f"| RETAIN | {left[0]} |" in line)
    assert said.endswith("| a rule keeps its tags as they are since then |")


async def test_a_tag_that_was_immutable_before_is_judged_as_kept(retained: Retained) -> None:
    house = retained.house
    await push(house, 3)
    await keeping.keep(house, APP, "v0")
    await retained.set(rule("latestPushedK", 1))

    task = (await retained.run())["app"]

    assert await retained.tags(APP) == ["v0", "v2"]
    assert (task.extra["total"], task.extra["retained"]) == (3, 2)


async def test_a_policy_that_is_deleted_before_its_run_deletes_nothing(retained: Retained) -> None:
    await push(retained.house, 2)
    await retained.set(rule("latestPushedK", 0))
    await retained.start()

    await retained.parts.change.delete(ADMIN, retained.policy_id)
    async with retained.running():
        await retained.bench.until(lambda rows: all(row.state == "succeeded" for row in rows))

    assert await retained.tags(APP) == ["v0", "v1"]


async def test_the_project_says_its_policy_as_long_as_it_has_one(retained: Retained) -> None:
    said = "SELECT value FROM project_metadata WHERE project_id = 1 AND name = 'retention_id'"
    policy_id = await retained.set(rule("latestPushedK", 1))
    assert await retained.house.one(said) == str(policy_id)
    with pytest.raises(ProjectRetained):
        await retained.parts.change.create(ADMIN, 1, NewPolicy((rule("always"),)))

    await retained.parts.change.delete(ADMIN, policy_id)

    assert await retained.house.rows(said) == []
    with pytest.raises(RetentionUnknown):
        await retained.parts.read.get(ADMIN, policy_id)


async def test_a_run_is_found_under_its_own_policy_only(retained: Retained) -> None:
    await retained.set(rule("latestPushedK", 1))
    execution = await retained.start()
    number = await retained.house.project("other")
    other = await retained.parts.change.create(ADMIN, number, NewPolicy((rule("always"),)))

    with pytest.raises(ExecutionUnknown):
        await retained.parts.runs.tasks(ADMIN, other, execution, ALL)
    with pytest.raises(ExecutionUnknown):
        await retained.parts.runs.stop(ADMIN, other, execution)


async def test_what_is_tagged_or_pushed_again_after_it_was_judged_stays(retained: Retained) -> None:
    house = retained.house
    [digest, again] = await push(house, 2)
    judged = {one.digest: one for one in await census(house)}
    house.clock.wind(1)
    await house.change_tags.create(ADMIN, APP, digest, Tag("new"))
    await house.push_image(b"library/app 1", "v1")
    retire = Retire(house.database, house.access, house.clock, house.settings, ImmutableTags())

    outcomes = await retire.batch(
        ADMIN,
        APP,
        [Retirement(judged[str(name)], judged[str(name)].tags, is_whole=True) for name in (digest, again)],
        keeping.Alone(),
    )

    assert outcomes == [RetireOutcome.CHANGED, RetireOutcome.CHANGED]
    assert await retained.tags(APP) == ["new", "v0", "v1"]


async def census(house: RegistryHouse) -> list[CensusArtifact]:
    """Read what is in the repository."""

    found = await Census(house.database).repository(APP)
    assert found is not None
    return [one async for page in Census(house.database).artifacts(found.repo_id) for one in page]


async def test_a_repository_of_many_pages_is_read_whole_in_four_queries_a_page(retained: Retained) -> None:
    house = retained.house
    [digest] = await push(house, 1)
    async with house.database.write() as work:
        await work.run_many(
            """INSERT INTO manifest_body (digest, body) SELECT :new, body FROM manifest_body
               WHERE digest = :old""",
            [{"new": f"sha256:{number:064x}", "old": str(digest)} for number in range(2100)],
        )
        await work.run_many(
            """INSERT INTO manifest (repo_id, digest, media_type, size, total_size, pushed_by, pushed_at)
               SELECT repo_id, :new, media_type, size, total_size, pushed_by, :at FROM manifest
               WHERE digest = :old""",
            [
                {"new": f"sha256:{number:064x}", "old": str(digest), "at": number // 7}
                for number in range(2100)
            ],
        )

    found = await census(house)

    assert len({one.digest for one in found}) == len(found) == 2101
