"""What an operator sets about scanning."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from havre.kernel.errors import StartRefused

SCHEMES: Final = ("https", "http", "oci", "oci+http")


@dataclass(frozen=True, slots=True)
class ScanningSettings:
    """Where advisories come from and how often, how often it is looked whether others were imported, and
    whether projects that refuse what is dangerous also refuse what was not scanned.
    """

    rematch_every_s: int = 60
    sources: str | None = None
    fetch_every_s: int = 86_400
    refuse_unscanned: bool = True

    @property
    def source_list(self) -> tuple[str, ...]:
        """The sources, one by one: https://… of a file, oci://host/repository:tag of an artifact.

        Raises: StartRefused.
        """
        found = tuple((self.sources or "").replace(",", " ").split())
        for one in found:
            if not is_source(one):
                raise StartRefused(
                    f"scanning.sources: {one[:100]} is none; use https://… or oci://host/repository:tag"
                )
        return found


def is_source(text: str) -> bool:
    """Tell whether a word names something to be fetched."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.hostname) and parts.path not in ("", "/")
