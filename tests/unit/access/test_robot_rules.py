"""The pure rules of robots: names, the catalogue, secrets."""

import pytest

from havre.access import PROJECT_RIGHTS, SYSTEM_RIGHTS
from havre.access.errors import RobotInvalid
from havre.access.passwords import Passwords, check_rule
from havre.access.robot_model import PermissionKind, RobotLevel, RobotPermission
from havre.access.robot_names import check_base_name, full_name, read_full_name
from havre.access.robot_rules import check_permissions
from havre.access.robot_secrets import generate_secret, hash_chosen, hash_generated, secret_fits

PULL = ("repository", "pull")


@pytest.mark.parametrize("prefix", ["robot$", "robot-", "bot+"])
@pytest.mark.parametrize("project", [None, "demo", "a.b-c"])
def test_a_full_name_is_read_back_under_any_prefix(prefix: str, project: str | None) -> None:
    assert read_full_name(full_name(prefix, project, "ci.x"), prefix) == (project, "ci.x")


def test_the_prefix_of_harbor_is_understood_beside_another() -> None:
    assert read_full_name("robot$demo+ci", "robot-") == ("demo", "ci")
    assert read_full_name("robot-demo+ci", "robot$") is None


@pytest.mark.parametrize("text", ["robot$", "robot$+ci", "robot$demo+", "robot$Demo", "ci", "robot$demo+a b"])
def test_what_is_no_name_of_a_robot_is_taken_for_none(text: str) -> None:
    assert read_full_name(text, "robot$") is None


@pytest.mark.parametrize("name", ["", "CI", "a__b", "-a", "a+b", "a" * 256, "a\n"])
def test_a_base_name_that_breaks_the_rule_is_refused(name: str) -> None:
    with pytest.raises(RobotInvalid):
        check_base_name(name)


def test_the_catalogue_is_that_of_the_reference() -> None:
    assert ("quota", "list") in SYSTEM_RIGHTS
    assert ("scan-all", "stop") in SYSTEM_RIGHTS
    assert ("robot", "update") not in (*SYSTEM_RIGHTS, *PROJECT_RIGHTS)
    assert ("configuration", "update") not in SYSTEM_RIGHTS
    assert len(set(SYSTEM_RIGHTS)) == len(SYSTEM_RIGHTS)
    assert len(set(PROJECT_RIGHTS)) == len(PROJECT_RIGHTS)


def _in(namespace: str, *rights: tuple[str, str]) -> RobotPermission:
    return RobotPermission(PermissionKind.PROJECT, namespace, rights)


@pytest.mark.parametrize(
    ("level", "permissions"),
    [
        (RobotLevel.SYSTEM, []),
        (RobotLevel.SYSTEM, [_in("demo")]),
        (RobotLevel.SYSTEM, [_in("demo", ("repository", "*"))]),
        (RobotLevel.SYSTEM, [_in("demo", ("quota", "list"))]),
        (RobotLevel.SYSTEM, [_in("", PULL)]),
        (RobotLevel.SYSTEM, [RobotPermission(PermissionKind.SYSTEM, "demo", [("quota", "list")])]),
        (RobotLevel.PROJECT, [_in("*", PULL)]),
        (RobotLevel.PROJECT, [_in("demo", PULL), _in("open", PULL)]),
        (RobotLevel.PROJECT, [RobotPermission(PermissionKind.SYSTEM, "/", [("quota", "list")])]),
    ],
)
def test_permissions_that_no_robot_can_have_are_refused(
    level: RobotLevel, permissions: list[RobotPermission]
) -> None:
    with pytest.raises(RobotInvalid, match=r"^permissions:"):
        check_permissions(level, permissions)


def test_permissions_of_one_place_are_put_together() -> None:
    (one,) = check_permissions(
        RobotLevel.PROJECT, [_in("demo", PULL), _in("demo", PULL, ("repository", "push"))]
    )

    assert one.rights == (PULL, ("repository", "push"))


async def test_both_kinds_of_secrets_fit_their_own_hash_alone() -> None:
    passwords = Passwords(memory_kib=64)
    generated, chosen = generate_secret(), "Chosen-Secret-1"
    check_rule(generated)

    for secret, hashed in (
        (generated, hash_generated(generated)),
        (chosen, await hash_chosen(passwords, chosen)),
    ):
        assert secret not in hashed
        assert await secret_fits(passwords, secret, hashed)
        assert not await secret_fits(passwords, secret + "x", hashed)
