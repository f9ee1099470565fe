"""All SQL of the instance's own settings."""

from havre.kernel.work import Reader, Work


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


async def ping(reader: Reader) -> None:
    """Make the database answer."""
    await reader.first("SELECT id FROM access_epoch")
