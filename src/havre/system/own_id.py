"""The instance's id, for whoever tells it to others; it never changes."""

from havre.kernel.work import Database
from havre.system.instance import known_id


class OwnId:
    """Reads it once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._id = ""

    async def get(self) -> str:
        """Tell it; empty for a database that holds no instance."""
        if not self._id:
            self._id = await known_id(self._database)
        return self._id
