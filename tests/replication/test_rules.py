"""Rules between two instances: push, pull, event, filters, names, deletion, override, signatures."""

import os
import time

import pytest

from replication.conftest import MakeSite
from replication.site import Site, until

_ALL = [{"type": "name", "value": "lib/**"}]


@pytest.fixture
def pair(site: MakeSite) -> tuple[Site, Site]:
    """Two instances; `lib` is a project of the first alone."""
    here, there = site("here"), site("there")
    here.api("POST", "/projects", {"project_name": "lib"})
    return here, there


def test_a_push_brings_images_indexes_and_signatures_and_nothing_twice(pair: tuple[Site, Site]) -> None:
    here, there = pair
    layer = os.urandom(300_000)
    image = here.push_image("lib/app", "v1", [layer])
    index, children = here.push_index("lib/multi", "latest", [b"one", b"two", layer])
    signature = here.sign("lib/app", image)
    of_signature = here.sign("lib/app", signature, b"countersigned")
    of_child = here.sign("lib/multi", children[1], b"child")
    rule = here.push_rule(here.add_registry(there), filters=_ALL)

    first = here.run(rule)
    again = here.run(rule)

    assert there.digest("lib/app", "v1") == image
    assert there.pull("lib/app", "v1") == [layer]
    assert there.digest("lib/multi", "latest") == index
    assert [there.digest("lib/multi", child) for child in children] == children
    assert there.referrers("lib/app", image) == [signature]
    assert there.referrers("lib/app", signature) == [of_signature]
    assert there.referrers("lib/multi", children[1]) == [of_child]
    assert (first["total"], first["succeed"], again["succeed"]) == (2, 2, 2)
    assert "0 manifests and 0 blobs of 0 bytes copied" in here.logs(int(again["id"]))
    assert [(one["artifacts"], one["differing"], one["lag_s"]) for one in here.states(rule)] == [
        (1, 0, 0)
    ] * 2


def test_a_pull_brings_the_same(pair: tuple[Site, Site]) -> None:
    here, there = pair
    image = here.push_image("lib/app", "v1", [os.urandom(5_000_000)])
    index, _ = here.push_index("lib/multi", "latest", [b"one", b"two"])
    signature = here.sign("lib/app", image)
    here.push_image("lib/app", "sha256-" + image[7:] + ".sig", [b"cosign's older way"])
    rule = there.pull_rule(
        there.add_registry(here), filters=_ALL, dest_namespace="mirror", dest_namespace_replace_count=1
    )

    there.run(rule)

    assert there.digest("mirror/app", "v1") == image
    assert there.digest("mirror/multi", "latest") == index
    assert signature in there.referrers("mirror/app", image)
    assert there.digest("mirror/app", "sha256-" + image[7:] + ".sig") is not None
    assert there.pull("mirror/app", "v1") == here.pull("lib/app", "v1")


def test_events_bring_pushes_tags_signatures_and_deletions(pair: tuple[Site, Site]) -> None:
    here, there = pair
    rule = here.push_rule(
        here.add_registry(there), filters=_ALL, trigger={"type": "event_based"}, replicate_deletion=True
    )

    image = here.push_image("lib/app", "v1")
    until(lambda: there.digest("lib/app", "v1") == image)
    signature = here.sign("lib/app", image)
    until(lambda: there.referrers("lib/app", image) == [signature])
    here.api("POST", "/projects/lib/repositories/app/artifacts/v1/tags", {"name": "stable"})
    until(lambda: there.digest("lib/app", "stable") == image)
    moved = here.push_image("lib/app", "v1", [b"another"])
    until(lambda: there.digest("lib/app", "v1") == moved)
    here.delete("lib/app", "stable")
    until(lambda: there.digest("lib/app", "stable") is None)
    here.api("DELETE", "/projects/lib/repositories/app")
    until(lambda: there.digest("lib/app", "v1") is None)

    runs = here.api("GET", f"/replication/executions?policy_id={rule}&page_size=100").json()
    assert {one["trigger"] for one in runs} == {"event_based"}
    assert {one["status"] for one in runs} == {"Succeed"}


def test_filters_choose_names_tags_labels_and_kinds(pair: tuple[Site, Site]) -> None:
    here, there = pair
    for repository in ("lib/app", "lib/deep/app", "lib/other"):
        for tag in ("v1", "v2", "dev-1"):
            here.push_image(repository, tag, [f"{repository}{tag}".encode()])
    chart = {
        "config": here.push_blob("lib/app", b"{}") | {"mediaType": "application/vnd.cncf.helm.config.v1+json"}
    }
    here.push_image("lib/app", "v3", [b"chart"], chart)
    label = here.create("/labels", {"name": "stable", "scope": "g"})
    for tag in ("v1", "v3"):
        here.api("POST", f"/projects/lib/repositories/app/artifacts/{tag}/labels", {"id": label})
    registry = here.add_registry(there)

    def brought(namespace: str, *filters: object) -> list[str]:
        here.run(
            here.push_rule(
                registry, filters=list(filters), dest_namespace=namespace, dest_namespace_replace_count=1
            )
        )
        found = there.http.get("/v2/_catalog").json()["repositories"]
        names = [name for name in found if name.startswith(f"{namespace}/")]
        return sorted(
            f"{name.partition('/')[2]}:{tag}"
            for name in names
            for tag in there.http.get(f"/v2/{name}/tags/list").json()["tags"]
        )

    name = {"type": "name", "value": "lib/{app,deep/*}"}
    assert brought("a", name, {"type": "tag", "value": "v*", "decoration": "matches"}) == [
        *("app:v1", "app:v2", "app:v3"),
        *("deep/app:v1", "deep/app:v2"),
    ]
    assert brought("b", name, {"type": "tag", "value": "v*", "decoration": "excludes"}) == [
        "app:dev-1",
        "deep/app:dev-1",
    ]
    assert brought("c", name, {"type": "label", "value": ["stable"], "decoration": "matches"}) == [
        "app:v1",
        "app:v3",
    ]
    labelled = {"type": "label", "value": ["stable"]}
    assert brought("d", name, labelled, {"type": "resource", "value": "image"}) == ["app:v1"]


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (-1, ["ns/app", "ns/other"]),
        (0, ["ns/lib/app", "ns/lib/deep/app", "ns/lib/other"]),
        (1, ["ns/app", "ns/deep/app", "ns/other"]),
        (2, ["ns/app", "ns/other"]),
    ],
)
def test_names_are_flattened_as_far_as_the_rule_says(
    pair: tuple[Site, Site], count: int, names: list[str]
) -> None:
    here, there = pair
    for name in ("lib/app", "lib/deep/app", "lib/other"):
        here.push_image(name, "v1", [name.encode()])
    rule = here.push_rule(
        here.add_registry(there), filters=_ALL, dest_namespace="ns", dest_namespace_replace_count=count
    )

    here.run(rule)

    assert there.http.get("/v2/_catalog").json()["repositories"] == names
    assert there.pull(names[0], "v1") == [b"lib/app"]  # a second that would have its name is left out


def test_a_rule_that_overrides_nothing_leaves_what_is_there_and_says_so(pair: tuple[Site, Site]) -> None:
    here, there = pair
    here.push_image("lib/app", "v1", [b"ours"])
    there.api("POST", "/projects", {"project_name": "lib"})
    theirs = there.push_image("lib/app", "v1", [b"theirs"])
    rule = here.push_rule(here.add_registry(there), filters=_ALL, override=False)

    run = here.run(rule)

    assert there.digest("lib/app", "v1") == theirs
    assert "is left: the policy overrides nothing" in here.logs(int(run["id"]))
    assert [one["differing"] for one in here.states(rule)] == [1]


def test_only_what_a_rule_put_there_is_deleted_there(pair: tuple[Site, Site]) -> None:
    here, there = pair
    for tag in ("gone", "changed", "kept"):
        here.push_image("lib/app", tag, [tag.encode()])
    registry = here.add_registry(there)
    rule = here.push_rule(registry, filters=_ALL, replicate_deletion=True)
    here.run(rule)
    theirs = there.push_image("lib/app", "theirs", [b"theirs"])
    changed = there.push_image("lib/app", "changed", [b"changed there"])

    for tag in ("gone", "changed"):
        here.delete("lib/app", tag)
    here.run(rule)

    assert there.digest("lib/app", "gone") is None
    assert there.digest("lib/app", "changed") == changed
    assert there.digest("lib/app", "theirs") == theirs
    assert there.digest("lib/app", "kept") is not None


def test_a_pull_deletes_what_went_there(pair: tuple[Site, Site]) -> None:
    here, there = pair
    for tag in ("gone", "kept"):
        here.push_image("lib/app", tag, [tag.encode()])
    rule = there.pull_rule(there.add_registry(here), filters=_ALL, replicate_deletion=True)
    there.run(rule)
    here.delete("lib/app", "gone")

    there.run(rule)

    assert there.digest("lib/app", "gone") is None
    assert there.digest("lib/app", "kept") is not None


def test_an_immutable_tag_there_fails_that_tag_alone(pair: tuple[Site, Site]) -> None:
    here, there = pair
    for tag in ("v1", "v2"):
        here.push_image("lib/app", tag, [tag.encode()])
    assert there.server is not None
    there.api("POST", "/projects", {"project_name": "lib"})
    there.server.api.keep_tags("lib", "v1")
    held = there.push_image("lib/app", "v1", [b"held"])
    rule = here.push_rule(here.add_registry(there), filters=_ALL)

    run = here.run(rule, "Failed")

    assert there.digest("lib/app", "v1") == held
    assert there.digest("lib/app", "v2") is not None
    assert "immutable" in str(here.states(rule)[0]["fault"])
    assert run["failed"] == 1


def test_a_bandwidth_limit_holds_within_a_tenth(pair: tuple[Site, Site]) -> None:
    here, there = pair
    body, kib = os.urandom(6 << 20), 1024
    here.push_image("lib/app", "v1", [body[: 4 << 20], body[4 << 20 :]])
    rule = here.push_rule(here.add_registry(there), filters=_ALL, speed=kib)

    started = time.monotonic()
    here.run(rule)
    took_s = time.monotonic() - started

    # The run waits up to a second to be seen, and to be found ended.
    assert len(body) / (kib * 1024) * 0.9 <= took_s <= len(body) / (kib * 1024) * 1.1 + 3


def test_a_rule_that_runs_alone_skips_a_second_run(pair: tuple[Site, Site]) -> None:
    here, there = pair
    here.push_image("lib/app", "v1", [os.urandom(3 << 20)])
    rule = here.push_rule(here.add_registry(there), filters=_ALL, speed=512, single_active_replication=True)

    first, second = here.start(rule), here.start(rule)

    skipped = here.wait(second, "Stopped")
    assert f"execution {first}" in skipped["status_text"]
    here.wait(first)


def test_a_run_is_stopped_in_the_middle_of_a_layer(pair: tuple[Site, Site]) -> None:
    here, there = pair
    here.push_image("lib/app", "v1", [os.urandom(8 << 20)])
    rule = here.push_rule(here.add_registry(there), filters=_ALL, speed=256)
    run = here.start(rule)
    until(lambda: any(one["status"] == "InProgress" for one in here.tasks(run)))

    here.api("PUT", f"/replication/executions/{run}")

    here.wait(run, "Stopped", deadline_s=30)
    assert there.digest("lib/app", "v1") is None


def test_two_rules_against_each_other_come_to_rest(pair: tuple[Site, Site]) -> None:
    here, there = pair
    there.api("POST", "/projects", {"project_name": "lib"})
    event = {"type": "event_based"}
    forth = here.push_rule(here.add_registry(there), filters=_ALL, trigger=event)
    back = there.push_rule(there.add_registry(here), filters=_ALL, trigger=event)
    digests = [here.push_image("lib/app", "v1", [f"{number}".encode()]) for number in range(5)]
    digests.append(there.push_image("lib/app", "v2"))

    until(
        lambda: there.digest("lib/app", "v1") == digests[-2] and here.digest("lib/app", "v2") == digests[-1]
    )

    def rests() -> bool:
        counts = []
        for one, rule in ((here, forth), (there, back)):
            runs = one.api("GET", f"/replication/executions?policy_id={rule}&page_size=100").json()
            counts.append((len(runs), all(run["status"] == "Succeed" for run in runs)))
        time.sleep(2)  # two turns of the queue: a loop would show
        return all(done for _, done in counts) and counts == [
            (len(one.api("GET", f"/replication/executions?policy_id={rule}&page_size=100").json()), True)
            for one, rule in ((here, forth), (there, back))
        ]

    until(rests, every_s=0.5)
    assert here.digest("lib/app", "v1") == there.digest("lib/app", "v1") == digests[-2]


def test_what_came_from_an_instance_is_not_sent_back_over_what_is_newer_there(
    pair: tuple[Site, Site],
) -> None:
    here, there = pair
    there.api("POST", "/projects", {"project_name": "lib"})
    forth = here.push_rule(here.add_registry(there), filters=_ALL)
    back = there.push_rule(there.add_registry(here), filters=_ALL, trigger={"type": "event_based"})
    old = here.push_image("lib/app", "v1", [b"old"])
    here.run(forth)
    new = here.push_image("lib/app", "v1", [b"new"])
    own = there.push_image("lib/app", "v2", [b"own"])

    there.run(back)

    assert there.digest("lib/app", "v1") == old
    assert here.digest("lib/app", "v1") == new
    assert here.digest("lib/app", "v2") == own
    until(lambda: [one["differing"] for one in there.states(back)] == [0])
    changed = there.push_image("lib/app", "v1", [b"changed there"])  # theirs no more
    until(lambda: here.digest("lib/app", "v1") == changed)
