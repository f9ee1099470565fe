"""What an operator may choose about the journal."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """How the journal is sealed and forwarded."""

    seal_every_s: int = 60
    forward_to: str | None = None
    forward_ca: Path | None = None
