"""All SQL of the instance's own settings."""

from havre.kernel.work import Database, Reader, Work


async def setting(reader: Reader, name: str) -> str | None:
    """Read a setting; None when it was never written."""
    row = await reader.first("SELECT value FROM setting WHERE name = :name", {"name": name})
    return None if row is None else str(row.value)


async def add_setting(work: Work, name: str, value: str) -> bool:
    """Write a setting for the first time; False when there is one already."""
    touched = await work.run(
        "INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING",
        {"name": name, "value": value},
    )
    return touched == 1


async def hot_setting(database: Database, name: str) -> str | None:
    """Read a setting outside any transaction: the configuration is asked on many requests."""
    row = await database.hot("SELECT value FROM setting WHERE name = :name", {"name": name})
    return None if row is None else str(row[0])


async def locked_setting(reader: Reader, name: str) -> str | None:
    """Read a setting and keep others from changing it until the end."""
    row = await reader.first("SELECT value FROM setting WHERE name = :name FOR UPDATE", {"name": name})
    return None if row is None else str(row.value)


async def set_setting(work: Work, name: str, value: str) -> None:
    """Write a setting, whether there was one or not."""
    await work.run(
        "INSERT INTO setting (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        {"name": name, "value": value},
    )


async def ping(reader: Reader) -> None:
    """Make the database answer."""
    await reader.first("SELECT id FROM access_epoch")
