"""The instance's identity, its master key and its health."""

import os
import stat
from pathlib import Path

import pytest

from havre.adapters.vault import Vault, open_vault
from havre.kernel.errors import StartRefused
from havre.system import DatabaseProbe, Health, claim_instance
from unit.access.house import House

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


async def test_the_instance_keeps_its_name_and_refuses_another_key(house: House) -> None:
    first = await claim_instance(house.database, house.vault)

    assert await claim_instance(house.database, house.vault) == first
    with pytest.raises(StartRefused, match="is not the one this data was made with"):
        await claim_instance(house.database, Vault(b"2" * 32))


async def test_health_tells_which_component_is_ill(house: House) -> None:
    class Broken:
        async def check(self) -> None:
            raise OSError("disk on fire at /secret/path")

    report = await Health({"database": DatabaseProbe(house.database), "storage": Broken()}).report()

    assert [(one.name, one.is_healthy) for one in report] == [("database", True), ("storage", False)]
    assert "/secret" not in report[1].message


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "master.key"

    wrapped = open_vault(path).wrap(b"secret")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert open_vault(path).unwrap(wrapped) == b"secret"


def test_the_key_of_the_environment_is_used_and_no_file_made(tmp_path: Path) -> None:
    path = tmp_path / "master.key"

    assert open_vault(path, KEY).key_id == open_vault(path, KEY).key_id
    assert not path.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [("", "is empty"), ("\n", "is empty"), ("c2hvcnQ=", "holds no master key"), ("not base64!", "holds no")],
)
def test_a_key_file_that_holds_no_key_is_one_clear_sentence(
    tmp_path: Path, content: str, reason: str
) -> None:
    path = tmp_path / "master.key"
    path.write_text(content)

    with pytest.raises(StartRefused, match=reason):
        open_vault(path)


def test_a_key_file_that_is_a_directory_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="is a directory"):
        open_vault(tmp_path)


def test_a_key_below_a_file_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StartRefused, match="cannot be used"):
        open_vault(tmp_path / "file" / "master.key")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_key_file_that_is_unreadable_is_one_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    open_vault(path)
    path.chmod(0)

    with pytest.raises(StartRefused, match="Permission denied"):
        open_vault(path)


def test_wrapping_the_same_secret_twice_gives_different_bytes() -> None:
    vault = Vault(bytes(32))

    assert vault.wrap(b"secret") != vault.wrap(b"secret")


def test_a_damaged_secret_is_refused() -> None:
    vault = Vault(bytes(32))
    wrapped = bytearray(vault.wrap(b"secret"))
    wrapped[-1] ^= 1

    with pytest.raises(StartRefused, match="damaged"):
        vault.unwrap(bytes(wrapped))
