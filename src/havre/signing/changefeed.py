"""The changefeed: what was published and deleted, of one name or of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.errors import Denied
from havre.kernel.work import Database
from havre.signing import trust_store
from havre.signing.errors import ChangesInvalid
from havre.signing.gun import Gun
from havre.signing.trust_store import TrustChange

_USUAL: Final = 100
_MOST: Final = 1000
_LARGEST: Final = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class ChangePage:
    """What is asked for: so many after a change, or before it when `records` is negative.

    A change of -1 is the newest; 0 records are the usual number.
    """

    records: int
    change_id: int = 0

    @classmethod
    def parse(cls, records: str | None, change_id: str | None) -> "ChangePage":
        """Read what a client says.

        Raises: ChangesInvalid.
        """
        return cls(_number(records, "records"), _number(change_id or "0", "change_id"))


class Changefeed:
    """Lists changes, oldest first."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def run(self, actor: Actor, gun: Gun | None, page: ChangePage) -> Sequence[TrustChange]:
        """List changes of a name, or of all, which only administrators may see.

        Raises: the refusals of Access.
        """
        if gun is not None:
            await self._access.require_repository(actor, gun.repository, "pull")
        else:
            self._access.require_catalog(actor)
            if not actor.is_admin:
                raise Denied("only system administrators may see the changes of all collections")
        is_backwards = page.records < 0 or page.change_id < 0
        async with self._database.read() as reader:
            return await trust_store.list_changes(
                reader,
                None if gun is None else gun.text,
                max(0, page.change_id),
                min(abs(page.records) or _USUAL, _MOST),
                is_backwards=is_backwards,
            )


def _number(text: str | None, name: str) -> int:
    try:
        number = int(text or "")
    except ValueError:
        number = _LARGEST + 1
    if abs(number) > _LARGEST:
        raise ChangesInvalid(name, text or "")
    return number
