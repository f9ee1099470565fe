"""All SQL of groups that other systems know, and of who is in them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from havre.access.groups import ExternalGroup
from havre.access.model import GroupType, UserGroup
from havre.kernel.clock import to_micros
from havre.kernel.work import Reader, Row, Value, Work

_GROUP: Final = "SELECT id, group_name, group_type, ldap_group_dn FROM user_group"


class GroupQuery:
    """The WHERE of a list of groups: a part of the name in lower case, and the key of a DN."""

    def __init__(self, name_pattern: str, dn_key: str = "") -> None:
        self.parameters: dict[str, Value] = {"pattern": name_pattern}
        self.where = " WHERE LOWER(group_name) LIKE :pattern ESCAPE '!'"
        if dn_key:
            self.where += " AND group_type = 1 AND external_key = :key"
            self.parameters["key"] = dn_key


async def group(reader: Reader, group_id: int) -> UserGroup | None:
    """Read a group by number."""
    row = await reader.first(f"{_GROUP} WHERE id = :id", {"id": group_id})
    return None if row is None else _group(row)


async def lock_group(work: Work, group_id: int) -> UserGroup | None:
    """Read a group and keep others from changing it until the end."""
    row = await work.first(f"{_GROUP} WHERE id = :id FOR UPDATE", {"id": group_id})
    return None if row is None else _group(row)


async def group_by_key(reader: Reader, wanted: ExternalGroup) -> UserGroup | None:
    """Find a group by what the other system calls it (index user_group_once)."""
    row = await reader.first(
        f"{_GROUP} WHERE group_type = :type AND external_key = :key",
        {"type": int(wanted.type), "key": wanted.key},
    )
    return None if row is None else _group(row)


async def groups_by_key(reader: Reader, type_: GroupType, keys: Sequence[str]) -> Sequence[UserGroup]:
    """List the groups with these keys that are known here, by number (index user_group_once)."""
    rows = await reader.all(
        f"{_GROUP} WHERE group_type = :type AND external_key IN :keys ORDER BY id",
        {"type": int(type_), "keys": keys},
    )
    return [_group(row) for row in rows]


async def count_groups(reader: Reader, query: GroupQuery) -> int:
    """Count the groups of a list."""
    row = await reader.first(
        "SELECT COUNT(*) AS total FROM user_group" + query.where,  # noqa: S608 - constant fragments
        query.parameters,
    )
    return 0 if row is None else int(row.total)


async def groups(reader: Reader, query: GroupQuery, limit: int, offset: int) -> Sequence[UserGroup]:
    """List groups by name (index user_group_name)."""
    rows = await reader.all(
        f"{_GROUP}{query.where} ORDER BY group_name, id LIMIT :limit OFFSET :offset",
        {**query.parameters, "limit": limit, "offset": offset},
    )
    return [_group(row) for row in rows]


async def add_group(work: Work, new: ExternalGroup, at: datetime) -> int | None:
    """Insert a group and return its number; None when it is known already."""
    row = await work.first(
        """
        INSERT INTO user_group (group_name, group_type, ldap_group_dn, external_key, created_at, updated_at)
        VALUES (:name, :type, :dn, :key, :at, :at)
        ON CONFLICT (group_type, external_key) DO NOTHING
        RETURNING id
        """,
        {"name": new.name, "type": int(new.type), "dn": new.dn, "key": new.key, "at": to_micros(at)},
    )
    return None if row is None else int(row.id)


async def rename_group(work: Work, group_id: int, name: str, at: datetime) -> None:
    """Write a group's name; by what it is found again stays."""
    await work.run(
        "UPDATE user_group SET group_name = :name, updated_at = :at WHERE id = :id",
        {"name": name, "at": to_micros(at), "id": group_id},
    )


async def rekey_group(work: Work, group_id: int, key: str) -> None:
    """Let a group be found by another name; nobody is known to be in it then."""
    await work.run("UPDATE user_group SET external_key = :key WHERE id = :id", {"key": key, "id": group_id})
    await work.run("DELETE FROM account_group WHERE group_id = :id", {"id": group_id})


async def delete_group(work: Work, group_id: int) -> None:
    """Remove a group; its memberships of projects go with it."""
    await work.run("DELETE FROM user_group WHERE id = :id", {"id": group_id})


async def groups_of(reader: Reader, user_id: int) -> frozenset[int]:
    """List the groups of an account."""
    rows = await reader.all("SELECT group_id FROM account_group WHERE account_id = :id", {"id": user_id})
    return frozenset(row.group_id for row in rows)


async def join_groups(work: Work, user_id: int, group_ids: Sequence[int]) -> None:
    """Note that an account is in these groups."""
    await work.run_many(
        "INSERT INTO account_group (account_id, group_id) VALUES (:account, :group)"
        " ON CONFLICT (account_id, group_id) DO NOTHING",
        [{"account": user_id, "group": group_id} for group_id in group_ids],
    )


async def leave_groups(work: Work, user_id: int, group_ids: Sequence[int]) -> None:
    """Note that an account is in these groups no more."""
    await work.run(
        "DELETE FROM account_group WHERE account_id = :account AND group_id IN :groups",
        {"account": user_id, "groups": group_ids},
    )


async def set_admin_in_auth(work: Work, user_id: int, *, is_admin: bool) -> None:
    """Write whether a group of the other system makes this account an administrator."""
    await work.run(
        "UPDATE account SET is_admin_in_auth = :is_admin WHERE id = :id",
        {"is_admin": is_admin, "id": user_id},
    )


def _group(row: Row) -> UserGroup:
    return UserGroup(row.id, row.group_name, GroupType(row.group_type), row.ldap_group_dn)
