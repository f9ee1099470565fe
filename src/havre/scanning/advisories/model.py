"""Advisories in one form, whatever their source. Pure."""

from dataclasses import dataclass, field
from enum import IntEnum


class Severity(IntEnum):
    """How bad, in the words of the scanner API; greater is worse."""

    UNKNOWN = 0
    NEGLIGIBLE = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def word(self) -> str:
        """As reports write it."""
        return self.name.capitalize()


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of versions; an empty bound is none. The bounds belong to it as they say."""

    low: str = ""
    high: str = ""
    has_low: bool = True
    has_high: bool = False


@dataclass(frozen=True, slots=True)
class Affected:
    """One package that an advisory is about.

    A version is vulnerable when it is one of `versions`, or when an interval holds it and no one of `safe`
    does. `modularity` narrows it to a stream of RPM's modules; `qualifier` is what the source says beside,
    such as that the distribution ignores it.
    """

    ecosystem: str
    name: str
    intervals: tuple[Interval, ...] = ()
    versions: frozenset[str] = frozenset()
    safe: tuple[Interval, ...] = ()
    modularity: str = ""
    qualifier: str = ""


@dataclass(frozen=True, slots=True)
class Advisory:
    """What one source says about one vulnerability, or about several fixed at once (`cves`).

    `aliases` are other names of the same vulnerability; `cves` are set when it is about several, each then
    one finding. Dates are as the source writes them, ISO 8601.
    """

    id: str
    source: str
    affected: tuple[Affected, ...]
    aliases: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()
    severity: Severity = Severity.UNKNOWN
    vectors: tuple[str, ...] = ()  # CVSS
    cwes: tuple[str, ...] = ()
    title: str = ""
    details: str = ""
    links: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    is_withdrawn: bool = False

    @property
    def findings(self) -> tuple[str, ...]:
        """By which names it is found: CVE ids where there are some, else its own."""
        if self.cves:
            return self.cves
        return (next((one for one in (self.id, *self.aliases) if one.startswith("CVE-")), self.id),)


@dataclass(frozen=True, slots=True)
class Note:
    """What is known about a CVE beside advisories: known exploits, the chance of one."""

    cve: str
    kev_date: str = ""
    is_ransomware: bool = False
    epss: float | None = None
    percentile: float | None = None


@dataclass(slots=True)
class Faults:
    """What of a source could not be read, and why; an import tells it."""

    said: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, where: str, why: object) -> None:
        """Note one; the first fifty are kept as texts."""
        self.count += 1
        if len(self.said) < 50:
            self.said.append(f"{where}: {why}"[:300])
