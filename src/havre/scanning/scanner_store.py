"""Rows of `scanner` and `project_scanner`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from havre.access.ports import KeyWrapper
from havre.kernel.clock import from_micros
from havre.kernel.secret import Secret
from havre.kernel.work import Parameters, Reader, Row, Work
from havre.scanning.scanner_model import OWN_UUID, Metadata, Scanner, ScannerWords

_COLUMNS: Final = (
    "uuid, name, url, description, auth, credential, is_disabled, is_default, is_insecure, "
    "uses_internal_address, metadata, fault, created_at, updated_at"
)
_MOST: Final = 1000  # scanners; an instance has a handful


@dataclass(frozen=True, slots=True)
class StoredScanner:
    """A row; its credential is as it lies there."""

    scanner: Scanner
    wrapped: bytes | None

    def opened(self, wrapper: KeyWrapper) -> ScannerWords:
        """Give the words with the credential, for the one who asks the scanner."""
        if self.wrapped is None:
            return self.scanner.words
        return replace(self.scanner.words, credential=Secret(wrapper.unwrap(self.wrapped).decode()))


def wrapped_credential(words: ScannerWords, wrapper: KeyWrapper) -> bytes | None:
    """Make the credential's column."""
    text = words.credential.reveal()
    return wrapper.wrap(text.encode()) if text else None


async def every(reader: Reader) -> Sequence[StoredScanner]:
    """List all, by name."""
    rows = await reader.all(
        f"SELECT {_COLUMNS} FROM scanner ORDER BY name LIMIT {_MOST}"  # noqa: S608 - columns of ours
    )
    return [_stored(row) for row in rows]


async def find(reader: Reader, uuid: str) -> StoredScanner | None:
    """Read one (unique key)."""
    row = await reader.first(
        f"SELECT {_COLUMNS} FROM scanner WHERE uuid = :uuid",  # noqa: S608 - columns of ours
        {"uuid": uuid},
    )
    return None if row is None else _stored(row)


async def lock(work: Work, uuid: str) -> StoredScanner | None:
    """Read one and keep others from changing it until the end."""
    await work.first("SELECT uuid FROM scanner WHERE uuid = :uuid FOR UPDATE", {"uuid": uuid})
    return await find(work, uuid)


async def taken_by(reader: Reader, words: ScannerWords, uuid: str) -> str | None:
    """Name the field that another scanner has the same: name or url; None when both are free."""
    row = await reader.first(
        "SELECT name FROM scanner WHERE (name = :name OR url = :url) AND uuid <> :uuid",
        {"name": words.name, "url": words.url, "uuid": uuid},
    )
    if row is None:
        return None
    return f"name {words.name!r}" if row.name == words.name else f"url {words.url}"


async def add(work: Work, uuid: str, words: ScannerWords, credential: bytes | None, now: int) -> bool:
    """Insert one that nobody has asked yet; False when its name or URL is taken."""
    added = await work.run(
        """INSERT INTO scanner (uuid, name, url, description, auth, credential, is_disabled, is_default,
               is_insecure, uses_internal_address, metadata, fault, created_at, updated_at)
           VALUES (:uuid, :name, :url, :description, :auth, :credential, :is_disabled, :is_default,
               :is_insecure, :uses_internal_address, '', '', :now, :now) ON CONFLICT DO NOTHING""",
        {**_values(words, credential), "uuid": uuid, "is_default": False, "now": now},
    )
    return added == 1


async def change(work: Work, uuid: str, words: ScannerWords, credential: bytes | None, now: int) -> None:
    """Write what is said of one."""
    await work.run(
        """UPDATE scanner SET name = :name, url = :url, description = :description, auth = :auth,
               credential = :credential, is_disabled = :is_disabled, is_insecure = :is_insecure,
               uses_internal_address = :uses_internal_address, updated_at = :now WHERE uuid = :uuid""",
        {**_values(words, credential), "uuid": uuid, "now": now},
    )


async def note_look(work: Work, uuid: str, metadata: Metadata | None, fault: str) -> None:
    """Write what a look found; what it said before stays when it does not answer."""
    said = "" if metadata is None else msgspec.json.encode(metadata).decode()
    await work.run(
        """UPDATE scanner SET fault = :fault,
               metadata = CASE WHEN :said = '' THEN metadata ELSE :said END WHERE uuid = :uuid""",
        {"uuid": uuid, "said": said, "fault": fault},
    )


async def delete(work: Work, uuid: str) -> None:
    """Delete one; projects that used it use the default again."""
    await work.run("DELETE FROM project_scanner WHERE scanner = :uuid", {"uuid": uuid})
    await work.run("DELETE FROM scanner WHERE uuid = :uuid", {"uuid": uuid})


async def set_default(work: Work, uuid: str) -> None:
    """Let one be the default, or the instance's own when no row has the uuid."""
    await work.all("SELECT uuid FROM scanner ORDER BY uuid LIMIT 1000 FOR UPDATE")
    await work.run("UPDATE scanner SET is_default = :off WHERE uuid <> :uuid", {"off": False, "uuid": uuid})
    await work.run("UPDATE scanner SET is_default = :on WHERE uuid = :uuid", {"on": True, "uuid": uuid})


async def set_of_project(work: Work, project_id: int, uuid: str) -> None:
    """Let a project use one."""
    await work.run(
        """INSERT INTO project_scanner (project_id, scanner) VALUES (:project_id, :uuid)
           ON CONFLICT (project_id) DO UPDATE SET scanner = excluded.scanner""",
        {"project_id": project_id, "uuid": uuid},
    )


async def uuid_for(reader: Reader, project_id: int) -> str:
    """Tell which scanner a project uses: its own choice, the default, or the instance's own."""
    row = await reader.first(
        """SELECT COALESCE((SELECT p.scanner FROM project_scanner p WHERE p.project_id = :project_id),
                           (SELECT MIN(s.uuid) FROM scanner s WHERE s.is_default), :own) AS uuid""",
        {"project_id": project_id, "own": OWN_UUID},
    )
    assert row is not None
    return str(row.uuid)


def _values(words: ScannerWords, credential: bytes | None) -> Parameters:
    return {
        "name": words.name,
        "url": words.url,
        "description": words.description,
        "auth": words.auth,
        "credential": credential,
        "is_disabled": words.is_disabled,
        "is_insecure": words.is_insecure,
        "uses_internal_address": words.uses_internal_address,
    }


def _stored(row: Row) -> StoredScanner:
    words = ScannerWords(
        name=row.name,
        url=row.url,
        description=row.description,
        auth=row.auth,
        is_disabled=bool(row.is_disabled),
        is_insecure=bool(row.is_insecure),
        uses_internal_address=bool(row.uses_internal_address),
    )
    scanner = Scanner(
        uuid=row.uuid,
        words=words,
        is_default=bool(row.is_default),
        metadata=msgspec.json.decode(row.metadata, type=Metadata) if row.metadata else None,
        fault=row.fault,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
    )
    return StoredScanner(scanner, bytes(row.credential) if row.credential is not None else None)
