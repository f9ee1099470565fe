"""The pure parts of replication: names, filters, what rules and registries must look like, pace, patience."""

import asyncio
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.kernel.secret import Secret
from havre.replication import EndpointWords, endpoint_rules, policy_rules
from havre.replication.endpoint_model import Credential
from havre.replication.errors import (
    EndpointInvalid,
    PolicyInvalid,
    RemoteBusy,
    RemoteDenied,
    RemoteMissing,
    RemoteUnreachable,
)
from havre.replication.link import each
from havre.replication.naming import target_name
from havre.replication.pace import pace_of
from havre.replication.patience import patiently
from havre.replication.policy_model import Filter, FilterKind, PolicyWords, Trigger
from havre.replication.providers import PROVIDERS
from havre.replication.selecting import fixed_name, fixed_prefix, select

NAME, TAG, LABEL, RESOURCE = FilterKind.NAME, FilterKind.TAG, FilterKind.LABEL, FilterKind.RESOURCE
_PART = st.text("abc", min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("source", "namespace", "count", "expected"),
    [
        ("a/b/c/app", "", 3, "a/b/c/app"),
        ("a/b/c/app", "ns", -1, "ns/app"),
        ("a/b/c/app", "ns", 0, "ns/a/b/c/app"),
        ("a/b/c/app", "ns", 1, "ns/b/c/app"),
        ("a/b/c/app", "ns", 2, "ns/c/app"),
        ("a/b/c/app", "ns", 3, "ns/app"),
        ("a/b/c/app", "ns", 127, "ns/app"),
        ("app", "ns/deep", 1, "ns/deep/app"),
    ],
)
def test_a_namespace_replaces_components(source: str, namespace: str, count: int, expected: str) -> None:
    assert target_name(source, namespace, count) == expected


@given(st.lists(_PART, min_size=1, max_size=6), st.integers(-1, 127))
def test_the_last_component_always_stays(parts: list[str], count: int) -> None:
    found = target_name("/".join(parts), "ns", count).split("/")
    assert found[0] == "ns"
    assert found[-1] == parts[-1]
    assert found[1:] == parts[len(parts) - len(found) + 1 :]


def test_filters_must_all_let_something_pass() -> None:
    found = select(
        [
            Filter(NAME, ("lib/**",)),
            Filter(TAG, ("v*",)),
            Filter(TAG, ("*-dev",), "excludes"),
            Filter(LABEL, ("stable", "signed")),
            Filter(LABEL, ("broken",), "excludes"),
            Filter(RESOURCE, ("image",)),
        ]
    )
    assert [name for name in ("lib/a", "lib/a/b", "lib", "other/a") if found.takes_repository(name)] == [
        *("lib/a", "lib/a/b")
    ]
    assert [tag for tag in ("v1", "v1-dev", "1") if found.takes_tag(tag)] == ["v1"]
    assert found.takes_labels(frozenset({"stable", "signed", "more"}))
    assert not found.takes_labels(frozenset({"stable"}))
    assert not found.takes_labels(frozenset({"stable", "signed", "broken"}))
    assert found.takes_kind("IMAGE")
    assert not found.takes_kind("CHART")


def test_no_filters_let_everything_pass() -> None:
    found = select([Filter(NAME, ("",)), Filter(TAG, ("",)), Filter(LABEL, ()), Filter(RESOURCE, ("",))])
    assert found.takes_repository("any/thing")
    assert found.takes_tag("x")
    assert found.takes_labels(frozenset())
    assert found.takes_kind("CHART")


@pytest.mark.parametrize(
    ("pattern", "name", "prefix"),
    [
        ("lib/app", "lib/app", "lib/"),
        ("lib/**", None, "lib/"),
        ("lib/team/a*", None, "lib/team/"),
        ("**", None, ""),
        ("{a,b}/x", None, ""),
        ("", None, ""),
    ],
)
def test_what_a_name_filter_fixes(pattern: str, name: str | None, prefix: str) -> None:
    filters = [Filter(TAG, ("v1",)), Filter(NAME, (pattern,))]
    assert fixed_name(filters) == name
    assert fixed_prefix(filters) == prefix


WORDS = PolicyWords(name=" nightly ", target_id=1, namespace="/mirror/")


def test_a_rule_is_put_in_its_form() -> None:
    found = policy_rules.checked(replace(WORDS, trigger=Trigger.SCHEDULED, cron=" 0 0 2 * * * "))
    assert (found.name, found.namespace, found.cron) == ("nightly", "mirror", "0 0 2 * * *")
    assert policy_rules.checked(replace(WORDS, cron="left over")).cron == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"description": "x" * 4097}, "description"),
        ({"target_id": None}, "src_registry"),
        ({"source_id": 2}, "src_registry"),
        ({"namespace": "Not Valid"}, "dest_namespace"),
        ({"replace_count": -2}, "dest_namespace_replace_count"),
        ({"filters": (Filter(NAME, ("a",)),) * 21}, "more than 20"),
        ({"filters": (Filter(NAME, ("[",)),)}, r"filters\[0\]"),
        ({"filters": (Filter(NAME, ("a",), "excludes"),)}, "decoration"),
        ({"filters": (Filter(TAG, ("a",), "maybe"),)}, "decoration"),
        ({"filters": (Filter(RESOURCE, ("chart",)),)}, "image or artifact"),
        ({"filters": (Filter(LABEL, ("x",) * 101),)}, "longer"),
        ({"trigger": Trigger.SCHEDULED}, "cron is missing"),
        ({"trigger": Trigger.EVENT, "target_id": None, "source_id": 1}, "not told here"),
    ],
)
def test_a_rule_without_sense_is_refused_by_its_field(changes: dict[str, object], said: str) -> None:
    with pytest.raises(PolicyInvalid, match=said):
        policy_rules.checked(replace(WORDS, **changes))  # type: ignore[arg-type]  # rows of the table above


def test_a_rule_asks_of_a_registry_what_it_can_do() -> None:
    pull = replace(WORDS, target_id=None, source_id=1, filters=(Filter(LABEL, ("stable",)),))
    policy_rules.check_endpoint(pull, "harbor")
    with pytest.raises(PolicyInvalid, match="no labels"):
        policy_rules.check_endpoint(pull, "quay")
    deleting = replace(WORDS, does_delete=True)
    policy_rules.check_endpoint(deleting, "docker-hub")
    with pytest.raises(PolicyInvalid, match="deletes nothing"):
        policy_rules.check_endpoint(deleting, "github-ghcr")


ENDPOINT = EndpointWords(name="far", kind="harbor", url="registry.example.com/")


def test_an_address_is_put_in_its_form() -> None:
    assert endpoint_rules.checked(ENDPOINT).url == "https://registry.example.com"
    assert (
        endpoint_rules.checked(replace(ENDPOINT, url="http://[::1]:5000/sub/")).url == "http://[::1]:5000/sub"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"kind": "floppy"}, "docker-registry"),
        ({"url": "ftp://x"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://user:secret@x"}, "access_key"),
        ({"url": "https://x?a=b"}, "query"),
        ({"url": "https://x:port"}, "url"),
        ({"url": "https://x:0"}, "url"),
        ({"url": "https://a b"}, "url"),
        ({"ca_pem": "none"}, "PEM"),
        ({"credential": Credential("kerberos", "a", Secret("b"))}, "credential type"),
        ({"credential": Credential("basic", "a:b", Secret("b"))}, "colon"),
        ({"credential": Credential("basic", "a\r\nb", Secret("b"))}, "line break"),
        ({"credential": Credential("basic", "a", Secret("b" * 20_000))}, "access_secret"),
    ],
)
def test_a_registry_without_sense_is_refused_by_its_field(changes: dict[str, object], said: str) -> None:
    with pytest.raises(EndpointInvalid, match=said):
        endpoint_rules.checked(replace(ENDPOINT, **changes))  # type: ignore[arg-type]  # rows of the table above


@pytest.mark.parametrize(
    ("url", "has_moved"),
    [
        ("https://a.example/other", False),
        ("http://a.example", True),
        ("https://a.example:444", True),
        ("https://b.example", True),
    ],
)
def test_a_secret_is_for_one_server(url: str, has_moved: bool) -> None:
    before = replace(ENDPOINT, url="https://a.example")
    assert endpoint_rules.has_moved(before, replace(before, url=url)) is has_moved


def test_the_addresses_of_kinds_are_taken() -> None:
    for kind, provider in PROVIDERS.items():
        for url in (provider.endpoints or {}).values():
            assert endpoint_rules.checked(replace(ENDPOINT, kind=kind, url=url)).url == url


def test_a_pace_makes_up_for_a_second_and_no_more() -> None:
    assert pace_of(0) is None
    assert pace_of(-1) is None
    pace = pace_of(1)
    assert pace is not None
    assert pace.take(1024) == pytest.approx(1.0, abs=0.05)
    assert pace.take(2048) == pytest.approx(3.0, abs=0.05)
    idle = pace_of(1)
    assert idle is not None
    idle._free_at = time.monotonic() - 100
    assert idle.take(3 * 1024) == pytest.approx(2.0, abs=0.05)


async def test_patience_waits_as_it_is_asked_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def no_sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    failures: list[Exception] = [
        RemoteUnreachable("cut"),
        RemoteBusy("later", 30.0),
        RemoteBusy("later", None),
    ]

    async def call() -> str:
        if failures:
            raise failures.pop(0)
        return "done"

    assert await patiently(call, lambda _: None) == "done"
    assert waited == [1.0, 30.0, 4.0]
    failures[:] = [RemoteBusy("much later", 121.0)]
    with pytest.raises(RemoteBusy):
        await patiently(call, lambda _: None)
    failures[:] = [RemoteMissing("gone")]
    with pytest.raises(RemoteMissing):
        await patiently(call, lambda _: None)
    failures[:] = [RemoteUnreachable("cut")] * 6
    with pytest.raises(RemoteUnreachable):
        await patiently(call, lambda _: None)


async def test_what_fails_for_one_item_is_told_and_what_is_hopeless_ends_all() -> None:
    done: list[int] = []

    async def do(item: int) -> None:
        if item == 3:
            raise RemoteMissing("three is not there")
        if item == 99:
            raise RemoteDenied("nobody knows you")
        done.append(item)

    failed = await each(range(10), do)
    assert [(item, str(error)) for item, error in failed] == [(3, "three is not there")]
    assert sorted(done) == [number for number in range(10) if number != 3]
    with pytest.raises(RemoteDenied):
        await each([1, 99, 2], do)
