"""Rows of `endpoint`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from havre.access.ports import KeyWrapper
from havre.kernel.clock import from_micros
from havre.kernel.pages import PageRequest
from havre.kernel.secret import Secret
from havre.kernel.work import Parameters, Reader, Row, Work
from havre.replication.endpoint_model import Credential, Endpoint, EndpointWords

_COLUMNS: Final = (
    "id, name, kind, url, description, credential_kind, access_key, secret, is_insecure, ca_pem, version, "
    "is_healthy, peer, fault, checked_at, created_at, updated_at"
)
ENDPOINT_ORDERS: Final = {
    "": "id",
    "id": "id",
    "-id": "id DESC",
    "name": "name",
    "-name": "name DESC",
    "creation_time": "created_at, id",
    "-creation_time": "created_at DESC, id DESC",
    "update_time": "updated_at, id",
    "-update_time": "updated_at DESC, id DESC",
}


@dataclass(frozen=True, slots=True)
class StoredEndpoint:
    """A row; its secret is as it lies there."""

    endpoint: Endpoint
    wrapped: bytes | None

    def opened(self, wrapper: KeyWrapper) -> EndpointWords:
        """Give the words with the secret, for the one who asks the registry."""
        words = self.endpoint.words
        if self.wrapped is None:
            return words
        secret = Secret(wrapper.unwrap(self.wrapped).decode())
        return replace(words, credential=replace(words.credential, secret=secret))


def wrapped_secret(words: EndpointWords, wrapper: KeyWrapper) -> bytes | None:
    """Make the secret's column."""
    text = words.credential.secret.reveal()
    return wrapper.wrap(text.encode()) if text else None


async def find(reader: Reader, endpoint_id: int) -> StoredEndpoint | None:
    """Read one (primary key)."""
    row = await reader.first(
        f"SELECT {_COLUMNS} FROM endpoint WHERE id = :id",  # noqa: S608 - columns of ours
        {"id": endpoint_id},
    )
    return None if row is None else _stored(row)


async def at_address(reader: Reader, url: str) -> StoredEndpoint | None:
    """Read the first that has a URL; they are few."""
    row = await reader.first(
        f"SELECT {_COLUMNS} FROM endpoint WHERE url = :url ORDER BY id LIMIT 1",  # noqa: S608 - columns of ours
        {"url": url},
    )
    return None if row is None else _stored(row)


async def some(reader: Reader, ids: Sequence[int]) -> dict[int, Endpoint]:
    """Read those of a page of policies (primary key), by number."""
    if not ids:
        return {}
    rows = await reader.all(
        f"SELECT {_COLUMNS} FROM endpoint WHERE id IN :ids",  # noqa: S608 - columns of ours
        {"ids": list(ids)},
    )
    return {row.id: _stored(row).endpoint for row in rows}


async def lock(work: Work, endpoint_id: int) -> StoredEndpoint | None:
    """Read one and keep others from changing it until the end."""
    await work.first("SELECT id FROM endpoint WHERE id = :id FOR UPDATE", {"id": endpoint_id})
    return await find(work, endpoint_id)


async def version_of(reader: Reader, endpoint_id: int) -> int | None:
    """Tell which version a row has; None when it is gone."""
    row = await reader.first("SELECT version FROM endpoint WHERE id = :id", {"id": endpoint_id})
    return None if row is None else int(row.version)


async def peer_of(reader: Reader, endpoint_id: int) -> str:
    """Tell the id of another Havre; empty for others."""
    row = await reader.first("SELECT peer FROM endpoint WHERE id = :id", {"id": endpoint_id})
    return "" if row is None else str(row.peer)


async def count(reader: Reader, like: str) -> int:
    """Count those whose name is like a pattern."""
    row = await reader.first(
        "SELECT COUNT(*) AS total FROM endpoint WHERE name LIKE :like ESCAPE '!'", {"like": like}
    )
    return 0 if row is None else int(row.total)


async def page_of(reader: Reader, like: str, order: str, page: PageRequest) -> Sequence[Endpoint]:
    """List one page (primary key or index endpoint_name); they are few."""
    rows = await reader.all(
        f"""SELECT {_COLUMNS} FROM endpoint WHERE name LIKE :like ESCAPE '!'
            ORDER BY {ENDPOINT_ORDERS[order]} LIMIT :limit OFFSET :offset""",  # noqa: S608 - fixed parts
        {"like": like, "limit": page.size, "offset": page.offset},
    )
    return [_stored(row).endpoint for row in rows]


async def due(reader: Reader, before: int, limit: int) -> Sequence[StoredEndpoint]:
    """List those not looked at since a moment, the longest first; they are few."""
    rows = await reader.all(
        f"""SELECT {_COLUMNS} FROM endpoint WHERE checked_at < :before
            ORDER BY checked_at, id LIMIT :limit""",  # noqa: S608 - columns of ours
        {"before": before, "limit": limit},
    )
    return [_stored(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is written with the words: the wrapped secret, the id of a Havre that was seen, and when."""

    secret: bytes | None
    peer: str
    now: int


async def add(work: Work, words: EndpointWords, seen: Seen) -> int | None:
    """Insert one, just seen healthy, and return its number; None when the name is taken."""
    row = await work.first(
        """INSERT INTO endpoint (name, kind, url, description, credential_kind, access_key, secret,
               is_insecure, ca_pem, version, is_healthy, peer, fault, checked_at, created_at, updated_at)
           VALUES (:name, :kind, :url, :description, :credential_kind, :access_key, :secret, :is_insecure,
               :ca_pem, 1, :is_healthy, :peer, '', :now, :now, :now)
           ON CONFLICT (name) DO NOTHING RETURNING id""",
        {**_values(words, seen), "kind": words.kind, "is_healthy": True},
    )
    return None if row is None else int(row.id)


async def change(work: Work, endpoint_id: int, words: EndpointWords, seen: Seen) -> None:
    """Write what is said of one, just seen healthy."""
    await work.run(
        """UPDATE endpoint SET name = :name, url = :url, description = :description,
               credential_kind = :credential_kind, access_key = :access_key, secret = :secret,
               is_insecure = :is_insecure, ca_pem = :ca_pem, version = version + 1, is_healthy = :is_healthy,
               peer = :peer, fault = '', checked_at = :now, updated_at = :now WHERE id = :id""",
        {**_values(words, seen), "id": endpoint_id, "is_healthy": True},
    )


async def name_is_free(reader: Reader, name: str, own_id: int) -> bool:
    """Tell whether no other has this name (index endpoint_name)."""
    row = await reader.first(
        "SELECT id FROM endpoint WHERE name = :name AND id <> :id", {"name": name, "id": own_id}
    )
    return row is None


async def note_health(work: Work, endpoint: Endpoint, fault: str, peer: str, now: int) -> bool:
    """Write what a look found; False when the row changed meanwhile."""
    touched = await work.run(
        """UPDATE endpoint SET is_healthy = :is_healthy, fault = :fault, peer = :peer, checked_at = :now
           WHERE id = :id AND version = :version""",
        {
            "id": endpoint.id,
            "version": endpoint.version,
            "is_healthy": not fault,
            "fault": fault,
            "peer": peer,
            "now": now,
        },
    )
    return touched == 1


async def delete(work: Work, endpoint_id: int) -> None:
    """Delete one."""
    await work.run("DELETE FROM endpoint WHERE id = :id", {"id": endpoint_id})


def _values(words: EndpointWords, seen: Seen) -> Parameters:
    return {
        "name": words.name,
        "url": words.url,
        "description": words.description,
        "credential_kind": words.credential.kind,
        "access_key": words.credential.access_key,
        "secret": seen.secret,
        "peer": seen.peer,
        "is_insecure": words.is_insecure,
        "ca_pem": words.ca_pem,
        "now": seen.now,
    }


def _stored(row: Row) -> StoredEndpoint:
    words = EndpointWords(
        name=row.name,
        kind=row.kind,
        url=row.url,
        description=row.description,
        credential=Credential(row.credential_kind, row.access_key),
        is_insecure=bool(row.is_insecure),
        ca_pem=row.ca_pem,
    )
    endpoint = Endpoint(
        id=row.id,
        words=words,
        version=row.version,
        is_healthy=bool(row.is_healthy),
        peer=row.peer,
        fault=row.fault,
        checked_at=from_micros(row.checked_at),
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
    )
    return StoredEndpoint(endpoint, bytes(row.secret) if row.secret is not None else None)
