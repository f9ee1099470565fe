"""The run-time configuration over the API: what it changes for the next request."""

import pytest

from unit.edge.api.rig import PASSWORD, Instance

_PERSON = {"username": "fresh", "password": PASSWORD, "email": "f@example.test"}


async def _configure(instance: Instance, **values: object) -> None:
    response = await instance.ask("PUT", "/configurations", "admin", values)
    assert response.status_code == 200, response.text


async def test_a_bad_value_is_a_400_that_names_the_key(instance: Instance) -> None:
    response = await instance.ask("PUT", "/configurations", "admin", {"token_expiration": "soon"})

    assert response.status_code == 400
    assert "token_expiration" in response.json()["errors"][0]["message"]


async def test_a_body_that_is_no_object_is_refused(instance: Instance) -> None:
    assert (await instance.ask("PUT", "/configurations", "admin", [1])).status_code == 422


async def test_what_is_written_is_read(instance: Instance) -> None:
    await _configure(instance, oidc_client_secret="hush", oidc_name="idp", session_timeout=9)

    for path in ("/configurations", "/internalconfig"):
        told = (await instance.ask("GET", path, "admin")).json()
        assert told["session_timeout"] == {"value": 9, "editable": True}
        assert told["oidc_name"] == {"value": "idp", "editable": True}
        assert "hush" not in str(told)


async def test_read_only_mode_refuses_what_writes_until_it_is_ended(instance: Instance) -> None:
    await _configure(instance, read_only=True)

    refused = await instance.ask("POST", "/projects", "admin", {"project_name": "fresh"})
    assert refused.status_code == 403
    assert "read-only mode" in refused.json()["errors"][0]["message"]
    assert (await instance.ask("GET", "/projects", "admin")).status_code == 200
    assert (await instance.ask("GET", "/systeminfo")).json()["read_only"] is True
    await _configure(instance, read_only=False)
    assert (await instance.ask("POST", "/projects", "admin", {"project_name": "fresh"})).status_code == 201


@pytest.mark.parametrize(("restriction", "status"), [("everyone", 201), ("adminonly", 403)])
async def test_the_configuration_decides_who_creates_projects(
    instance: Instance, restriction: str, status: int
) -> None:
    await _configure(instance, project_creation_restriction=restriction)

    assert (await instance.ask("POST", "/projects", "plain", {"project_name": "fresh"})).status_code == status
    assert (await instance.ask("GET", "/systeminfo")).json()["project_creation_restriction"] == restriction


async def test_people_sign_up_when_that_is_allowed(instance: Instance) -> None:
    assert (await instance.ask("POST", "/users", body=_PERSON)).status_code == 401

    await _configure(instance, self_registration=True)

    assert (await instance.ask("POST", "/users", body=_PERSON)).status_code == 201
    assert (await instance.ask("GET", "/users/current", "fresh")).json()["sysadmin_flag"] is False


async def test_tokens_live_as_long_as_configured(instance: Instance) -> None:
    actor = await instance.actor("admin")
    await _configure(instance, token_expiration=2)

    assert (await instance.tokens.issue(actor, [])).expires_in_s == 120


async def test_the_banner_is_told_to_everybody(instance: Instance) -> None:
    await _configure(instance, banner_message="maintenance at noon")

    assert (await instance.ask("GET", "/systeminfo")).json()["banner_message"] == "maintenance at noon"
