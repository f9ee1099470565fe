"""The identity of the instance, and the proof that the master key belongs to its data."""

import base64
import secrets
from typing import Final

from havre.access.ports import KeyWrapper
from havre.kernel.errors import StartRefused
from havre.kernel.work import Database
from havre.system import store

_ID: Final = "instance_id"
_CHECK: Final = "key_check"  # the id again, wrapped by the master key of the first start


async def is_claimed(database: Database) -> bool:
    """Tell whether the database holds an instance, and so needs the master key of its first start."""
    async with database.read() as reader:
        return await store.setting(reader, _CHECK) is not None


async def known_id(database: Database) -> str:
    """Tell the instance's id; empty for a database that holds none."""
    async with database.read() as reader:
        return await store.setting(reader, _ID) or ""


async def claim_instance(database: Database, wrapper: KeyWrapper) -> str:
    """Give the instance's id, made at the first start, after the master key has proved to be its own.

    Raises: StartRefused when the data was made with another master key.
    """
    async with database.read() as reader:
        known = await store.setting(reader, _ID)
        check = await store.setting(reader, _CHECK)
    if known is None or check is None:
        made = secrets.token_hex(16)
        wrapped = base64.b64encode(wrapper.wrap(made.encode())).decode()
        async with database.write() as work:
            if await store.add_setting(work, _ID, made):
                await store.add_setting(work, _CHECK, wrapped)
            known = await store.setting(work, _ID)  # another process may have been faster
            check = await store.setting(work, _CHECK)
    if known is None or check is None or wrapper.unwrap(base64.b64decode(check)) != known.encode():
        raise StartRefused("the identity kept in the database is damaged: restore the database from a backup")
    return known
