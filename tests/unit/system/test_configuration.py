"""The run-time configuration: checked by key, kept, in force at once, told without its secrets."""

import asyncio
from pathlib import Path

import pytest

from havre.kernel.errors import Denied, StartRefused
from havre.kernel.events import HIDDEN_CHANGE, Change
from havre.kernel.secret import Secret
from havre.system import (
    Configuration,
    ConfigurationValues,
    ReadConfiguration,
    ReadOnlyMode,
    UpdateConfiguration,
    fixed_values,
)
from havre.system.errors import AuthModeKept, ConfigurationFixed, ConfigurationInvalid, ReadOnly
from havre.system.keys import Plain
from unit.access.house import House, open_house


def _configuration(house: House, fixed: dict[str, Plain] | None = None) -> Configuration:
    return Configuration(house.database, house.vault, fixed)


async def _update(house: House, document: object, fixed: dict[str, Plain] | None = None) -> None:
    await UpdateConfiguration(house.database, _configuration(house, fixed)).update(
        await house.admin(), document
    )


async def test_nobody_configured_anything_at_first(house: House) -> None:
    assert await _configuration(house).current() == ConfigurationValues()


async def test_a_change_is_in_force_at_once_in_every_process(house: House, tmp_path: Path) -> None:
    async with open_house(tmp_path / "havre.db") as other:
        theirs = _configuration(other)
        assert (await theirs.current()).token_expiration == 30

        await _update(house, {"token_expiration": 5})
        await _update(house, {"read_only": True, "banner_message": None})

        assert await theirs.current() == ConfigurationValues(token_expiration=5, read_only=True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("read_only", "true"),
        ("read_only", 1),
        ("token_expiration", 0),
        ("token_expiration", 30.5),
        ("token_expiration", True),
        ("token_expiration", 10**30),
        ("session_timeout", -1),
        ("storage_per_project", 0),
        ("storage_per_project", 2**50 + 1),
        ("robot_token_duration", 0),
        ("robot_name_prefix", ""),
        ("robot_name_prefix", "a b"),
        ("auth_mode", "uaa_auth"),
        ("project_creation_restriction", "nobody"),
        ("ldap_scope", 3),
        ("ldap_timeout", 0),
        ("ldap_url", "http://directory.test"),
        ("oidc_endpoint", "file:///etc/passwd"),
        ("oidc_endpoint", "https://"),
        ("oidc_endpoint", "https://[::1"),
        ("oidc_scope", "profile,email"),
        ("oidc_group_filter", "("),
        ("oidc_extra_redirect_parms", "[]"),
        ("oidc_extra_redirect_parms", '{"a": 1}'),
        ("oidc_extra_redirect_parms", "[" * 100_000),
        ("audit_log_forward_endpoint", "nowhere"),
        ("banner_message", "x" * 65_537),
        ("banner_message", ["a"]),
        ("skip_audit_log_database", True),
        ("no_such_key", "x"),
    ],
)
async def test_a_bad_value_is_refused_by_its_key_and_nothing_is_written(
    house: House, key: str, value: object
) -> None:
    with pytest.raises(ConfigurationInvalid, match=key):
        await _update(house, {"banner_message": "hello", key: value})

    assert await _configuration(house).current() == ConfigurationValues()


@pytest.mark.parametrize(
    "document",
    [
        {"oidc_endpoint": "https://idp.test/realms/a", "oidc_scope": "openid,profile offline_access"},
        {"ldap_url": "ldaps://directory.test:636", "ldap_scope": 0},
        {"storage_per_project": -1, "robot_token_duration": -1},
        {"audit_log_forward_endpoint": "[::1]:514", "skip_audit_log_database": True},
        {"oidc_extra_redirect_parms": '{"hd": "example.test"}', "oidc_group_filter": "^havre-.*$"},
    ],
)
async def test_good_values_are_kept(house: House, document: dict[str, object]) -> None:
    await _update(house, document)

    current = await _configuration(house).current()
    assert {key: getattr(current, key) for key in document} == document


async def test_a_secret_is_wrapped_at_rest_masked_in_the_journal_and_never_told(house: House) -> None:
    await _update(house, {"oidc_client_secret": "first-one"})
    await _update(house, {"oidc_client_secret": "hush-hush", "oidc_name": "idp"})

    async with house.database.read() as reader:
        row = await reader.first("SELECT value FROM setting WHERE name = 'configuration'")
    told = await ReadConfiguration(_configuration(house)).read(await house.admin())
    event = house.journal.events[-1]
    assert row is not None
    assert "hush-hush" not in row.value
    assert (await _configuration(house).current()).oidc_client_secret == Secret("hush-hush")
    assert "oidc_client_secret" not in told
    assert event.changes == {"oidc_client_secret": HIDDEN_CHANGE, "oidc_name": Change("", "idp")}


async def test_what_the_operator_fixed_is_told_as_not_editable_and_stays(house: House) -> None:
    fixed: dict[str, Plain] = {"self_registration": True}

    with pytest.raises(ConfigurationFixed, match="self_registration"):
        await _update(house, {"self_registration": False}, fixed)
    await _update(house, {"self_registration": True, "session_timeout": 7}, fixed)

    told = await ReadConfiguration(_configuration(house, fixed)).read(await house.admin())
    assert (told["self_registration"].value, told["self_registration"].is_editable) == (True, False)
    assert (told["session_timeout"].value, told["session_timeout"].is_editable) == (7, True)
    assert (await _configuration(house).current()).self_registration is False  # fixed, never stored


async def test_the_way_to_sign_in_stays_once_there_are_people(house: House) -> None:
    await _update(house, {"auth_mode": "oidc_auth"})
    await house.person("ann")

    with pytest.raises(AuthModeKept):
        await _update(house, {"auth_mode": "db_auth"})
    await _update(house, {"auth_mode": "oidc_auth"})  # no change


async def test_changes_at_the_same_time_are_all_kept(house: House) -> None:
    await asyncio.gather(
        _update(house, {"token_expiration": 5}),
        _update(house, {"session_timeout": 6}),
        _update(house, {"banner_message": "seven"}),
    )

    current = await _configuration(house).current()
    assert (current.token_expiration, current.session_timeout, current.banner_message) == (5, 6, "seven")


async def test_only_administrators_read_and_change_it(house: House) -> None:
    ann = await house.person("ann")

    with pytest.raises(Denied):
        await ReadConfiguration(_configuration(house)).read(ann)
    with pytest.raises(Denied):
        await UpdateConfiguration(house.database, _configuration(house)).update(ann, {})


async def test_read_only_mode_says_how_it_ends(house: House) -> None:
    mode = ReadOnlyMode(_configuration(house))
    await mode.check()

    await _update(house, {"read_only": True})

    with pytest.raises(ReadOnly, match="until an administrator"):
        await mode.check()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"read_only": "yes"}', '{"no_such_key": 1}', "[" * 100_000])
def test_fixed_values_that_cannot_be_used_refuse_the_start(text: str) -> None:
    with pytest.raises(StartRefused, match="HAVRE_CONFIG_OVERWRITE_JSON"):
        fixed_values(Secret(text))


def test_fixed_values_are_read() -> None:
    assert fixed_values(Secret('{"auth_mode": "ldap_auth", "ldap_scope": 1}')) == {
        "auth_mode": "ldap_auth",
        "ldap_scope": 1,
    }
    assert fixed_values(None) == {}
