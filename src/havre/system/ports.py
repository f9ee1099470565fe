"""What the system slice needs from the machine."""

from typing import Protocol


class Probe(Protocol):
    """Asks one component whether it works."""

    async def check(self) -> None:
        """Return when the component works; raise anything else."""
