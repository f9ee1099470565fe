"""The Directory port over a real slapd: searching, proving, groups, TLS, and what is refused."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from havre.access.errors import DirectoryUnavailable
from havre.access.ports import LdapSettings
from havre.adapters.identity.ldap import LdapDirectory
from havre.kernel.secret import Secret
from kit.slapd import BASE, CAREFUL_DN, PASSWORD, Slapd


@pytest.fixture(scope="session")
def directory() -> LdapDirectory:
    return LdapDirectory()


@pytest.fixture
def settings(slapd: Slapd) -> LdapSettings:
    return slapd.settings


async def test_a_person_is_found_and_proved_with_groups(
    directory: LdapDirectory, settings: LdapSettings
) -> None:
    ann = await directory.prove(settings, "ann", PASSWORD)

    assert ann is not None
    assert (ann.uid, ann.email, ann.realname) == ("ann", "ann@example.org", "Ann Example")
    assert ann.dn == f"uid=ann,ou=people,{BASE}"
    assert sorted(group.name for group in ann.groups) == ["Admins", "ops", "team"]  # not `far`
    assert f"cn=far,ou=elsewhere,{BASE}" in ann.member_of


async def test_a_name_is_one_however_it_is_written(directory: LdapDirectory, settings: LdapSettings) -> None:
    found = await directory.prove(settings, "ANN", PASSWORD)

    assert found is not None
    assert found.uid == "ann"


@pytest.mark.parametrize(
    ("uid", "password"),
    [
        ("ann", "wrong"),
        ("nobody", PASSWORD),
        ("*", PASSWORD),
        ("an*", PASSWORD),
        ("ann)(uid=*", PASSWORD),
        ("ann)(|(uid=*", PASSWORD),
        ("twin", PASSWORD),  # two entries: nobody knows which
        ("\\2a", PASSWORD),
        ("", PASSWORD),
    ],
)
async def test_nobody_is_proved_by_a_wrong_password_a_wildcard_or_half_a_filter(
    directory: LdapDirectory, settings: LdapSettings, uid: str, password: str
) -> None:
    assert await directory.prove(settings, uid, password) is None


async def test_a_name_with_a_star_is_that_name(directory: LdapDirectory, settings: LdapSettings) -> None:
    found = await directory.prove(settings, "odd*one", PASSWORD)

    assert found is not None
    assert found.uid == "odd*one"


async def test_a_filter_with_and_without_parentheses_narrows_the_search(
    directory: LdapDirectory, settings: LdapSettings
) -> None:
    for wanted in ("cn=Bob", "(cn=Bob)", "(|(cn=Bob)(cn=Nobody))"):
        narrow = replace(settings, filter=wanted)

        assert [one.uid for one in await directory.people(narrow, "")] == ["bob"]
        assert await directory.prove(narrow, "ann", PASSWORD) is None


async def test_the_scope_is_the_entry_the_level_or_the_tree(
    directory: LdapDirectory, settings: LdapSettings
) -> None:
    def below(base: str, scope: int) -> LdapSettings:
        return replace(settings, base_dn=base, scope=scope)

    people = f"ou=people,{BASE}"
    assert await directory.people(below(BASE, 1), "ann") == []
    assert len(await directory.people(below(people, 1), "ann")) == 1
    assert len(await directory.people(below(f"uid=ann,{people}", 0), "ann")) == 1
    assert len(await directory.people(below(BASE, 2), "ann")) == 1


async def test_groups_are_read_the_same_in_parallel(directory: LdapDirectory, settings: LdapSettings) -> None:
    parallel = replace(settings, group_attach_parallel=True)

    ann = await directory.prove(parallel, "ann", PASSWORD)

    assert ann is not None
    assert sorted(group.name for group in ann.groups) == ["Admins", "ops", "team"]


async def test_without_a_base_or_a_filter_no_group_counts(
    directory: LdapDirectory, settings: LdapSettings
) -> None:
    plain = replace(settings, group_base_dn="", group_search_filter="")

    ann = await directory.prove(plain, "ann", PASSWORD)

    assert ann is not None
    assert list(ann.groups) == []
    assert len(ann.member_of) == 4


async def test_a_filter_of_groups_leaves_the_others_out(
    directory: LdapDirectory, settings: LdapSettings
) -> None:
    ann = await directory.prove(replace(settings, group_search_filter="(cn=ops)"), "ann", PASSWORD)

    assert ann is not None
    assert [group.name for group in ann.groups] == ["ops"]


async def test_the_name_of_a_group_is_the_attribute_that_is_configured(
    directory: LdapDirectory, settings: LdapSettings
) -> None:
    described = replace(settings, group_attribute_name="description", group_search_filter="(description=*)")

    ann = await directory.prove(described, "ann", PASSWORD)

    assert ann is not None
    assert [group.name for group in ann.groups] == ["The Team"]


async def test_where_entries_tell_no_groups_the_groups_are_searched_for_the_person(
    directory: LdapDirectory, settings: LdapSettings
) -> None:
    silent = replace(settings, group_membership_attribute="title")

    ann = await directory.prove(silent, "ann", PASSWORD)
    pat = await directory.prove(replace(silent, group_search_filter="objectClass=*"), "pat", PASSWORD)

    assert ann is not None
    assert pat is not None
    assert sorted(group.name for group in ann.groups) == ["Admins", "ops", "team"]
    assert [group.name for group in pat.groups] == ["posix"]


async def test_the_admin_group_is_found_also_where_entries_tell_no_groups(
    directory: LdapDirectory, settings: LdapSettings
) -> None:
    silent = replace(settings, group_membership_attribute="title", group_base_dn="", group_search_filter="")

    ann = await directory.prove(silent, "ann", PASSWORD)
    bob = await directory.prove(silent, "bob", PASSWORD)

    assert ann is not None
    assert bob is not None
    assert list(ann.member_of) == [settings.group_admin_dn]
    assert list(bob.member_of) == []


async def test_groups_are_searched_by_name_and_by_dn(
    directory: LdapDirectory, settings: LdapSettings
) -> None:
    async def names(name: str = "", dn: str = "") -> list[str]:
        return sorted(group.name for group in await directory.groups(settings, name, dn))

    assert await names("OPS") == ["ops"]
    assert await names("op*") == []
    assert await names(dn=f"CN=team, ou=groups,{BASE}") == ["team"]
    assert await names(dn=f"cn=A\\, B,ou=groups,{BASE}") == ["A, B"]
    assert await names(dn=f"cn=none,ou=groups,{BASE}") == []
    assert await names(dn=f"cn=far,ou=elsewhere,{BASE}") == []
    assert await names() == ["A, B", "Admins", "company", "division", "ops", "team"]


async def test_tls_is_verified_against_the_trusted_authorities(
    directory: LdapDirectory, settings: LdapSettings, slapd: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe = replace(settings, url=f"ldaps://127.0.0.1:{slapd.tls_port}")
    misnamed = replace(settings, url=f"ldaps://localhost:{slapd.tls_port}")
    blind = replace(misnamed, verify_cert=False)

    with pytest.raises(DirectoryUnavailable, match="certificate verify failed"):
        await directory.check(safe)
    assert await directory.prove(blind, "ann", PASSWORD) is not None
    monkeypatch.setenv("SSL_CERT_FILE", str(slapd.authority.certificate))
    assert await directory.prove(safe, "ann", PASSWORD) is not None
    with pytest.raises(DirectoryUnavailable, match="localhost"):
        await directory.check(misnamed)


async def test_start_tls_is_verified_and_nothing_is_said_before_it(
    directory: LdapDirectory, settings: LdapSettings, slapd: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe = replace(settings, search_dn=CAREFUL_DN, start_tls=True)

    with pytest.raises(DirectoryUnavailable, match="certificate verify failed"):
        await directory.check(safe)
    assert await directory.prove(replace(safe, verify_cert=False), "ann", PASSWORD) is not None
    monkeypatch.setenv("SSL_CERT_FILE", str(slapd.authority.certificate))
    assert await directory.prove(safe, "ann", PASSWORD) is not None
    with pytest.raises(DirectoryUnavailable, match="invalidCredentials"):  # it takes no bind in the clear
        await directory.check(replace(settings, search_dn=CAREFUL_DN))
    with pytest.raises(DirectoryUnavailable, match="localhost"):
        await directory.check(replace(safe, url=f"ldap://localhost:{slapd.port}"))


async def test_a_directory_without_start_tls_gets_no_password(
    directory: LdapDirectory, settings: LdapSettings
) -> None:
    heard = bytearray()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(4096))
        # extendedResp of message 1: resultCode protocolError (2)
        writer.write(bytes.fromhex("300c02010178070a010204000400"))
        await writer.drain()
        heard.extend(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(DirectoryUnavailable):
        await directory.check(replace(settings, url=f"ldap://127.0.0.1:{port}", start_tls=True))
    server.close()

    assert b"1.3.6.1.4.1.1466.20037" in heard
    assert settings.search_password.reveal().encode() not in heard


async def test_groups_of_groups_count_where_they_are_asked_for(
    directory: LdapDirectory, settings: LdapSettings, slapd: Slapd
) -> None:
    nested = replace(settings, group_nested=True)
    company = f"cn=company,ou=groups,{BASE}"
    with _circle(slapd):
        bob = await directory.prove(nested, "bob", PASSWORD)
    plain = await directory.prove(settings, "bob", PASSWORD)
    chief = await directory.prove(replace(nested, group_admin_dn=company), "bob", PASSWORD)

    assert bob is not None
    assert plain is not None
    assert chief is not None
    assert sorted(group.name for group in bob.groups) == ["A, B", "company", "division", "team"]
    assert sorted(group.name for group in plain.groups) == ["A, B", "team"]
    assert company in chief.member_of


@contextmanager
def _circle(slapd: Slapd) -> Iterator[None]:
    """Make the group at the top a member of the one at the bottom."""
    change = (
        "dn: cn=team,ou=groups,{base}\nchangetype: modify\n%s: member\nmember: cn=company,ou=groups,{base}\n"
    )
    slapd.change(change % "add")
    try:
        yield
    finally:
        slapd.change(change % "delete")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"search_password": Secret("wrong")}, "invalidCredentials"),
        ({"search_password": Secret("")}, "ldap_search_password"),
        ({"search_dn": ""}, "anonymous"),
        ({"base_dn": "dc=none"}, "noSuchObject"),
        ({"filter": "(((cn=a"}, "filter"),
        ({"uid": "uid)(cn"}, "ldap_uid"),
        ({"url": "http://127.0.0.1"}, "ldap_url"),
        ({"url": "ldap://127.0.0.1:1"}, "cannot be asked"),
        ({"url": "ldap://directory.invalid"}, "cannot be asked"),
        ({"group_membership_attribute": "a b"}, "ldap_group_membership_attribute"),
    ],
)
async def test_a_directory_that_cannot_be_asked_is_unavailable_and_says_why(
    directory: LdapDirectory, settings: LdapSettings, change: dict[str, object], word: str
) -> None:
    broken = replace(settings, **change)  # type: ignore[arg-type] # by field name

    with pytest.raises(DirectoryUnavailable, match=word):
        await directory.check(broken)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


async def test_a_directory_that_says_nothing_is_given_up_after_the_timeout(
    directory: LdapDirectory, settings: LdapSettings, silent_port: int
) -> None:
    deaf = replace(settings, url=f"ldap://127.0.0.1:{silent_port}", timeout_s=1)

    async with asyncio.timeout(10):
        with pytest.raises(DirectoryUnavailable):
            await directory.prove(deaf, "ann", PASSWORD)


async def test_a_directory_that_hangs_takes_its_own_turns_and_gives_them_back(
    settings: LdapSettings, silent_port: int
) -> None:
    directory = LdapDirectory()
    deaf = replace(settings, url=f"ldap://127.0.0.1:{silent_port}", timeout_s=1)

    async with asyncio.timeout(30):
        answers = await asyncio.gather(*(directory.check(deaf) for _ in range(40)), return_exceptions=True)
        ann = await directory.prove(settings, "ann", PASSWORD)

    assert {type(answer) for answer in answers} == {DirectoryUnavailable}
    assert ann is not None


def test_a_directory_that_hangs_does_not_hold_up_the_end_of_the_process(silent_port: int) -> None:
    code = f"""
import asyncio
from havre.access.ports import LdapSettings
from havre.adapters.identity.ldap import LdapDirectory
settings = LdapSettings(url="ldap://127.0.0.1:{silent_port}", base_dn="dc=x", timeout_s=60)
async def main():
    try:
        await asyncio.wait_for(LdapDirectory().check(settings), 1)
    except TimeoutError:
        print("gone")
asyncio.run(main())
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )

    assert ended.stdout == "gone\n", ended.stderr
