"""Read-only mode: asked by the doors before anything is changed. Not for what changes."""

from havre.system.configuration import Configuration
from havre.system.errors import ReadOnly


class ReadOnlyMode:
    """Tells whether changes are taken."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    async def check(self) -> None:
        """Let a change pass.

        Raises: ReadOnly.
        """
        if (await self._configuration.current()).read_only:
            raise ReadOnly
