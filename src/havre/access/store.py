"""All SQL of accounts, members, rights and their epoch; groups and tokens have their own stores."""

from datetime import datetime
from typing import Any, Final

from havre.access.model import FIRST_ADMIN_ID, AccountOrigin, Member, ProjectStanding, Role, User
from havre.kernel.clock import from_micros, to_micros
from havre.kernel.patterns import containing
from havre.kernel.work import Database, Reader, Row, Work

# The groups of :account, and its roles in a project, its own and those of its groups, as the sum of 2 to the
# power of the role (indexes member_once and member_group_once). CROSS JOIN: SQLite takes the tables in this
# order then, where by itself it would read all members of the project.
_GROUPS: Final = (
    "(SELECT account_group.group_id FROM account_group WHERE account_group.account_id = :account)"
)
ROLE_MASK: Final = """
(COALESCE((SELECT 1 << member.role FROM member
           WHERE member.project_id = project.id AND member.account_id = :account), 0)
 | COALESCE((SELECT SUM(DISTINCT 1 << member.role)
             FROM account_group CROSS JOIN member
             WHERE account_group.account_id = :account
             AND member.project_id = project.id AND member.group_id = account_group.group_id), 0))
"""
_STANDING: Final = f"""
SELECT project.id, project.name, project.is_public, {ROLE_MASK} AS roles FROM project
"""  # noqa: S608 - constant fragments
_USER_COLUMNS: Final = """
SELECT id, username, email, realname, comment, is_admin, created_at, updated_at, origin, subject,
       is_admin_in_auth
"""
_USER: Final = f"{_USER_COLUMNS} FROM account"
_MEMBERS: Final = """
FROM member LEFT JOIN account ON account.id = member.account_id
            LEFT JOIN user_group ON user_group.id = member.group_id
"""
_ENTITY_NAME: Final = "COALESCE(account.username, user_group.group_name)"
_MEMBER: Final = f"""
SELECT member.id, member.project_id, member.account_id, member.group_id, {_ENTITY_NAME} AS entity_name,
       member.role
{_MEMBERS}
"""
# The columns a list may be sorted by; the keys are Harbor's words.
USER_ORDERS: Final = {
    "username": "username",
    "creation_time": "created_at",
    "user_id": "id",
    "email": "email",
}


async def epoch(database: Database) -> int:
    """Read the epoch of rights, outside any transaction: it is asked on every request."""
    row = await database.hot("SELECT epoch FROM access_epoch WHERE id = 1", {})
    return 0 if row is None else int(row[0])


async def raise_epoch(work: Work) -> None:
    """Make every cached right be looked at again; call it with each change of people or visibility."""
    await work.run("UPDATE access_epoch SET epoch = epoch + 1 WHERE id = 1")


async def standing_in(database: Database, project: str, user_id: int | None) -> ProjectStanding | None:
    """Read a project and the user's role there, by the project's unique name."""
    statement = _STANDING + "WHERE project.name = :name"
    return _standing(await database.hot(statement, {"name": project, "account": user_id or 0}))


async def standing_in_id(database: Database, project_id: int, user_id: int | None) -> ProjectStanding | None:
    """Read a project and the user's role there, by the project's number."""
    statement = _STANDING + "WHERE project.id = :id"
    return _standing(await database.hot(statement, {"id": project_id, "account": user_id or 0}))


def _standing(row: Any) -> ProjectStanding | None:
    if row is None:
        return None
    return ProjectStanding(row[0], row[1], bool(row[2]), roles_of(row[3]))


def roles_of(mask: int) -> frozenset[Role]:
    """Read what ROLE_MASK gave."""
    return frozenset(role for role in Role if int(mask) >> role & 1)


async def visible_projects(reader: Reader, user_id: int | None) -> frozenset[int]:
    """List the projects that are public or that the user is a member of, alone or by a group.

    Indexes member_account and member_group.
    """
    rows = await reader.all(
        f"""
        SELECT id FROM project WHERE is_public
        UNION
        SELECT project_id AS id FROM member WHERE account_id = :account
        UNION
        SELECT project_id AS id FROM member WHERE group_id IN {_GROUPS}
        """,  # noqa: S608 - constant fragments
        {"account": user_id or 0},
    )
    return frozenset(row.id for row in rows)


async def projects_with_role(reader: Reader, user_id: int | None, role: Role) -> frozenset[int]:
    """List the projects in which the user has the role, alone or by a group.

    Indexes member_account and member_group.
    """
    rows = await reader.all(
        f"""
        SELECT project_id AS id FROM member WHERE account_id = :account AND role = :role
        UNION
        SELECT project_id AS id FROM member WHERE group_id IN {_GROUPS} AND role = :role
        """,  # noqa: S608 - constant fragments
        {"account": user_id or 0, "role": int(role)},
    )
    return frozenset(row.id for row in rows)


async def user_by_id(reader: Reader, user_id: int) -> User | None:
    """Read a user by number."""
    row = await reader.first(f"{_USER} WHERE id = :id", {"id": user_id})
    return None if row is None else _user(row)


async def user_by_name(reader: Reader, username: str) -> User | None:
    """Read a user by name."""
    row = await reader.first(f"{_USER} WHERE username = :username", {"username": username})
    return None if row is None else _user(row)


async def user_by_subject(reader: Reader, origin: AccountOrigin, subject: str) -> User | None:
    """Read a user by what another system calls it (index account_subject)."""
    row = await reader.first(
        f"{_USER} WHERE origin = :origin AND subject = :subject",
        {"origin": origin.value, "subject": subject},
    )
    return None if row is None else _user(row)


async def has_other_accounts(reader: Reader) -> bool:
    """Tell whether there are accounts besides the first administrator's."""
    row = await reader.first("SELECT id FROM account WHERE id <> :first LIMIT 1", {"first": FIRST_ADMIN_ID})
    return row is not None


async def count_users(reader: Reader, pattern: str) -> int:
    """Count the users whose name or address is LIKE `pattern`."""
    row = await reader.first(
        "SELECT COUNT(*) AS total FROM account"
        " WHERE LOWER(username) LIKE :pattern ESCAPE '!' OR LOWER(email) LIKE :pattern ESCAPE '!'",
        {"pattern": pattern},
    )
    return 0 if row is None else int(row.total)


async def users(reader: Reader, pattern: str, order: str, limit: int, offset: int) -> list[User]:
    """List users whose name or address is LIKE `pattern`; `order` comes from `order_by` alone.

    Accounts are few (thousands): no index serves the pattern.
    """
    rows = await reader.all(
        f"{_USER} WHERE LOWER(username) LIKE :pattern ESCAPE '!' OR LOWER(email) LIKE :pattern ESCAPE '!'"
        f" ORDER BY {order} LIMIT :limit OFFSET :offset",
        {"pattern": pattern, "limit": limit, "offset": offset},
    )
    return [_user(row) for row in rows]


def order_by(sort: str | None) -> str:
    """Turn `username` or `-creation_time` into an ORDER BY list; what is not known falls back to the id."""
    word = (sort or "").strip()
    column = USER_ORDERS.get(word.lstrip("-+"))
    if column is None:
        return "id"
    return f"{column} DESC, id" if word.startswith("-") else f"{column}, id"


async def password_hash(reader: Reader, username: str) -> tuple[User, str] | None:
    """Read a user by name together with the hash of the password."""
    row = await reader.first(
        f"{_USER_COLUMNS}, password_hash FROM account WHERE username = :username",
        {"username": username},
    )
    return None if row is None else (_user(row), row.password_hash)


async def lock_admins(work: Work) -> frozenset[int]:
    """List the administrators and keep others from changing that until the end."""
    rows = await work.all("SELECT id FROM account WHERE is_admin ORDER BY id FOR UPDATE")
    return frozenset(row.id for row in rows)


async def lock_user(work: Work, user_id: int) -> User | None:
    """Read a user and keep others from changing it until the end."""
    row = await work.first(f"{_USER} WHERE id = :id FOR UPDATE", {"id": user_id})
    return None if row is None else _user(row)


async def keep_project(work: Work, project_id: int) -> bool:
    """Keep a project from being deleted until the end; False when it is gone."""
    row = await work.first("SELECT id FROM project WHERE id = :id FOR KEY SHARE", {"id": project_id})
    return row is not None


async def email_taken(reader: Reader, email: str, except_id: int) -> bool:
    """Tell whether somebody else has this address (index account_email)."""
    row = await reader.first(
        "SELECT id FROM account WHERE email = :email AND id <> :id", {"email": email, "id": except_id}
    )
    return row is not None


async def add_user(work: Work, user: User, hashed: str) -> int | None:
    """Insert an account and return its number; None when its name or its address is taken.

    `user.id` is not looked at.
    """
    row = await work.first(
        """
        INSERT INTO account
            (username, email, realname, comment, password_hash, is_admin, created_at, updated_at,
             origin, subject)
        VALUES (:username, :email, :realname, :comment, :hash, :is_admin, :created, :updated,
                :origin, :subject)
        ON CONFLICT DO NOTHING
        RETURNING id
        """,
        {
            "username": user.username,
            "email": user.email,
            "realname": user.realname,
            "comment": user.comment,
            "hash": hashed,
            "is_admin": user.is_admin,
            "created": to_micros(user.created_at),
            "updated": to_micros(user.updated_at),
            "origin": user.origin.value,
            "subject": user.subject,
        },
    )
    return None if row is None else int(row.id)


async def renumber_user(work: Work, user_id: int, new_id: int) -> None:
    """Give an account that nothing refers to yet another number."""
    await work.run("UPDATE account SET id = :new WHERE id = :id", {"new": new_id, "id": user_id})


async def set_profile(work: Work, user: User) -> None:
    """Write a user's address, real name and comment."""
    await work.run(
        "UPDATE account SET email = :email, realname = :realname, comment = :comment, updated_at = :at"
        " WHERE id = :id",
        {
            "email": user.email,
            "realname": user.realname,
            "comment": user.comment,
            "at": to_micros(user.updated_at),
            "id": user.id,
        },
    )


async def set_password(work: Work, user_id: int, hashed: str, at: datetime) -> None:
    """Write the hash of a new password."""
    await work.run(
        "UPDATE account SET password_hash = :hash, updated_at = :at WHERE id = :id",
        {"hash": hashed, "at": to_micros(at), "id": user_id},
    )


async def set_admin(work: Work, user_id: int, at: datetime, *, is_admin: bool) -> None:
    """Write the flag of a system administrator."""
    await work.run(
        "UPDATE account SET is_admin = :is_admin, updated_at = :at WHERE id = :id",
        {"is_admin": is_admin, "at": to_micros(at), "id": user_id},
    )


async def delete_user(work: Work, user_id: int) -> None:
    """Remove an account; its memberships and refresh tokens go with it."""
    await work.run("DELETE FROM account WHERE id = :id", {"id": user_id})


async def member(reader: Reader, project_id: int, member_id: int) -> Member | None:
    """Read one member of a project."""
    row = await reader.first(
        f"{_MEMBER} WHERE member.id = :id AND member.project_id = :project",
        {"id": member_id, "project": project_id},
    )
    return None if row is None else _member(row)


async def count_members(reader: Reader, project_id: int, pattern: str) -> int:
    """Count the members whose name is LIKE `pattern`."""
    row = await reader.first(
        f"SELECT COUNT(*) AS total {_MEMBERS} WHERE member.project_id = :project"
        f" AND LOWER({_ENTITY_NAME}) LIKE :pattern ESCAPE '!'",
        {"project": project_id, "pattern": pattern},
    )
    return 0 if row is None else int(row.total)


async def members(reader: Reader, project_id: int, pattern: str, limit: int, offset: int) -> list[Member]:
    """List members whose name is LIKE `pattern`, by number (index member_once)."""
    rows = await reader.all(
        f"{_MEMBER} WHERE member.project_id = :project AND LOWER({_ENTITY_NAME}) LIKE :pattern ESCAPE '!'"
        " ORDER BY member.id LIMIT :limit OFFSET :offset",
        {"project": project_id, "pattern": pattern, "limit": limit, "offset": offset},
    )
    return [_member(row) for row in rows]


async def add_member(work: Work, project_id: int, user_id: int, role: Role, at: datetime) -> int | None:
    """Insert a member and return its number; None when the user is one already."""
    row = await work.first(
        """
        INSERT INTO member (project_id, account_id, role, created_at)
        VALUES (:project, :account, :role, :at)
        ON CONFLICT (project_id, account_id) DO NOTHING
        RETURNING id
        """,
        {"project": project_id, "account": user_id, "role": int(role), "at": to_micros(at)},
    )
    return None if row is None else int(row.id)


async def add_group_member(
    work: Work, project_id: int, group_id: int, role: Role, at: datetime
) -> int | None:
    """Insert a group as a member and return the member's number; None when it is one already."""
    row = await work.first(
        """
        INSERT INTO member (project_id, group_id, role, created_at)
        VALUES (:project, :group, :role, :at)
        ON CONFLICT (project_id, group_id) DO NOTHING
        RETURNING id
        """,
        {"project": project_id, "group": group_id, "role": int(role), "at": to_micros(at)},
    )
    return None if row is None else int(row.id)


async def set_role(work: Work, member_id: int, role: Role) -> None:
    """Write a member's role."""
    await work.run("UPDATE member SET role = :role WHERE id = :id", {"role": int(role), "id": member_id})


async def remove_member(work: Work, member_id: int) -> None:
    """Remove a member from its project."""
    await work.run("DELETE FROM member WHERE id = :id", {"id": member_id})


def like_pattern(search: str) -> str:
    """Make a LIKE pattern (ESCAPE '!') that finds `search` anywhere in lowered text."""
    return containing(search.lower())


def _user(row: Row) -> User:
    return User(
        id=row.id,
        username=row.username,
        email=row.email,
        realname=row.realname,
        comment=row.comment,
        is_admin=bool(row.is_admin or row.is_admin_in_auth),
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
        origin=AccountOrigin(row.origin),
        subject=row.subject,
        is_appointed=bool(row.is_admin),
        is_admin_in_auth=bool(row.is_admin_in_auth),
    )


def _member(row: Row) -> Member:
    is_group = row.group_id is not None
    entity = row.group_id if is_group else row.account_id
    return Member(row.id, row.project_id, entity, row.entity_name, Role(row.role), is_group)
