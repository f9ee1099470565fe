"""The contract of the Directory port, held to the one in memory and to LDAP."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from havre.access.errors import DirectoryUnavailable
from havre.access.ports import Directory, LdapSettings
from havre.adapters.identity.ldap import LdapDirectory
from kit.directory import URL, MemoryDirectory
from kit.slapd import PASSWORD, Slapd

Asked = tuple[Directory, LdapSettings]


def _memory(request: pytest.FixtureRequest) -> Asked:
    directory = MemoryDirectory()
    directory.add("ann", PASSWORD, "team", "ops")
    directory.add("bob", PASSWORD, "team")
    return directory, LdapSettings(url=URL, base_dn="dc=test")


def _ldap(request: pytest.FixtureRequest) -> Asked:
    slapd: Slapd = request.getfixturevalue("slapd")
    return LdapDirectory(), replace(slapd.settings, group_search_filter="(|(cn=team)(cn=ops))")


@pytest.fixture(params=[_memory, _ldap])
def asked(request: pytest.FixtureRequest) -> Asked:
    """A directory with ann in team and ops, and bob in team, and how it is asked."""
    make: Callable[[pytest.FixtureRequest], Asked] = request.param
    return make(request)


async def test_a_right_password_gives_the_person_with_groups(asked: Asked) -> None:
    directory, settings = asked

    ann = await directory.prove(settings, "ann", PASSWORD)

    assert ann is not None
    assert ann.uid == "ann"
    assert "@" in ann.email
    assert {group.name for group in ann.groups} == {"team", "ops"}
    assert {group.dn for group in ann.groups} <= set(ann.member_of)


@pytest.mark.parametrize(("uid", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("*", PASSWORD)])
async def test_whatever_does_not_fit_gives_nobody(asked: Asked, uid: str, password: str) -> None:
    directory, settings = asked

    assert await directory.prove(settings, uid, password) is None


async def test_a_uid_in_capitals_gives_the_uid_of_the_directory(asked: Asked) -> None:
    directory, settings = asked

    ann = await directory.prove(settings, "ANN", PASSWORD)

    assert ann is not None
    assert ann.uid == "ann"


async def test_people_are_found_by_their_whole_uid_or_all(asked: Asked) -> None:
    directory, settings = asked

    assert [one.uid for one in await directory.people(settings, "bob")] == ["bob"]
    assert await directory.people(settings, "bo") == []
    assert {"ann", "bob"} <= {one.uid for one in await directory.people(settings, "")}


async def test_groups_are_found_by_name_by_dn_or_all(asked: Asked) -> None:
    directory, settings = asked
    (ops,) = await directory.groups(settings, "ops", "")

    assert ops.name == "ops"
    assert await directory.groups(settings, "", ops.dn) == [ops]
    assert await directory.groups(settings, "op", "") == []
    assert {one.name for one in await directory.groups(settings, "", "")} == {"team", "ops"}


async def test_a_directory_that_is_not_there_is_unavailable_for_every_question(asked: Asked) -> None:
    directory, settings = asked
    away = replace(settings, url="ldap://127.0.0.1:1")

    for question in (
        directory.check(away),
        directory.people(away, ""),
        directory.prove(away, "ann", PASSWORD),
        directory.groups(away, "", ""),
    ):
        with pytest.raises(DirectoryUnavailable):
            await question
    await directory.check(settings)
