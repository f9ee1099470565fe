"""The simplest journal: what the engines are tried with."""

from collections.abc import Sequence

from havre.kernel.events import Event
from havre.kernel.work import Work


class NoteTaker:
    """A JournalWriter that writes one setting for each event; a resource called `broken` fails."""

    async def record(self, work: Work, events: Sequence[Event]) -> None:
        """Add a row for each event."""
        for event in events:
            if event.resource == "broken":
                raise RuntimeError("the journal is broken")
            await work.run(
                "INSERT INTO setting (name, value) VALUES (:name, 'event')",
                {"name": f"event {event.resource}"},
            )
