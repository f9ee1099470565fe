"""What is found in a layer. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class PackageKind(StrEnum):
    """The manager of a package; the type of its package URL."""

    DEB = "deb"
    APK = "apk"
    RPM = "rpm"
    PYPI = "pypi"
    NPM = "npm"
    GEM = "gem"
    GO = "golang"
    CARGO = "cargo"
    COMPOSER = "composer"
    MAVEN = "maven"
    FOREIGN = "foreign"  # told by another scanner, which alone knows what it is


SYSTEM_KINDS: Final = frozenset({PackageKind.DEB, PackageKind.APK, PackageKind.RPM})  # of distributions


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package.

    `source_name` and `source_version` are those of what it was built from, where the system tells; `path` is
    the file that told of it.
    """

    kind: PackageKind
    name: str
    version: str
    source_name: str = ""
    source_version: str = ""
    arch: str = ""
    path: str = ""

    modularity: str = ""
    vendor: str = ""

    def __post_init__(self) -> None:
        """Keep out what no column and no JSON document takes: an image says what it likes."""
        for name in self.__slots__:
            text = getattr(self, name)
            if text and not text.isprintable():
                object.__setattr__(self, name, plain(text))


def plain(text: str) -> str:
    """Write half characters and NUL out, as in \\udcff and \\0."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


class PackageFault(Exception):
    """A package database cannot be read; the text says why. It is shown, and never taken for an empty one."""
