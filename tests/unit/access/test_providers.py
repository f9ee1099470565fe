"""Several ways to prove a password: the order, the cache, and what ends a proof."""

from dataclasses import dataclass

import pytest

from havre.access import AccessSettings, Login
from havre.access.errors import CredentialsWrong
from havre.access.ports import Proof
from havre.kernel.actor import Actor, ActorKind, Origin
from havre.kernel.errors import Unavailable
from unit.access.house import ORIGIN, PASSWORD, House


@dataclass
class Directory:
    """Stands for another system: knows one person."""

    password: str = "Elsewhere-1"
    is_away: bool = False
    asked: int = 0

    async def prove(self, username: str, password: str, origin: Origin) -> Proof | None:
        """Check the password."""
        self.asked += 1
        if self.is_away:
            raise Unavailable("the directory does not answer")
        if (username, password) != ("eve", self.password):
            return None
        return Proof(Actor(ActorKind.USER, "eve", user_id=77), self.password)

    async def still(self, proof: Proof) -> Proof | None:
        """Compare the seal."""
        return proof if proof.seal == self.password else None


def _login(house: House, directory: Directory) -> Login:
    return Login(house.database, house.passwords, AccessSettings(), [directory])


async def test_a_second_way_is_asked_when_the_first_does_not_know_the_name(house: House) -> None:
    directory = Directory()
    login = _login(house, directory)

    actor = await login.by_password("eve", "Elsewhere-1", ORIGIN)
    await login.by_password("eve", "Elsewhere-1", ORIGIN)

    assert (actor.name, actor.user_id, actor.origin, directory.asked) == ("eve", 77, ORIGIN, 1)
    assert house.journal.names()[-1] == "user.logged_in"


async def test_a_password_that_no_way_knows_is_one_failure(house: House) -> None:
    login = _login(house, Directory())

    with pytest.raises(CredentialsWrong):
        await login.by_password("eve", "guess", ORIGIN)

    assert house.journal.names()[-1] == "user.login_failed"


async def test_a_proof_ends_with_its_seal_once_rights_changed(house: House) -> None:
    directory = Directory()
    login = _login(house, directory)
    await login.by_password("eve", "Elsewhere-1", ORIGIN)
    directory.password = "Elsewhere-2"
    await house.project("demo")  # rights changed

    with pytest.raises(CredentialsWrong):
        await login.by_password("eve", "Elsewhere-1", ORIGIN)


async def test_the_local_administrator_gets_in_while_the_other_system_is_away(house: House) -> None:
    login = _login(house, Directory(is_away=True))

    assert (await login.by_password("admin", PASSWORD, ORIGIN)).is_admin
    with pytest.raises(Unavailable):
        await login.by_password("eve", "Elsewhere-1", ORIGIN)


async def test_a_person_who_signs_in_is_written_down_each_time(house: House) -> None:
    for _ in range(2):
        await house.login.anew("admin", PASSWORD, ORIGIN)

    assert house.journal.names().count("user.logged_in") == 2
