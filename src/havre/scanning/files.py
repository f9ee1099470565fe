"""Which files of a layer say what is installed, told by their names. Pure."""

import re
from enum import StrEnum
from typing import Final


class FileKind(StrEnum):
    """What a file tells."""

    OS = "os"
    ALPINE = "alpine"
    DPKG = "dpkg"
    DPKG_FILES = "dpkg_files"
    APK = "apk"
    RPM = "rpm"
    RPM_OLD = "rpm_old"
    PYTHON = "python"
    NPM = "npm"
    GEM = "gem"
    COMPOSER = "composer"
    JAR = "jar"


_LANGUAGES: Final = frozenset({FileKind.PYTHON, FileKind.NPM, FileKind.GEM, FileKind.COMPOSER, FileKind.JAR})
_PATTERN: Final = re.compile(
    r"(?P<os>(?:etc|usr/lib)/os-release)"
    r"|(?P<alpine>etc/alpine-release)"
    r"|(?P<dpkg>var/lib/dpkg/(?:status|status\.d/(?!.*\.md5sums$)[^/]+))"
    r"|(?P<dpkg_files>var/lib/dpkg/info/[^/]+\.list)"
    r"|(?P<apk>(?:usr/)?lib/apk/db/installed)"
    r"|(?P<rpm>(?:var/lib/rpm|usr/lib/sysimage/rpm|usr/share/rpm)/rpmdb\.sqlite)"
    r"|(?P<rpm_old>(?:var/lib/rpm|usr/lib/sysimage/rpm|usr/share/rpm)/(?:Packages|Packages\.db))"
    r"|(?P<python>(?:.*/)?[^/]+(?:\.dist-info/METADATA|\.egg-info/PKG-INFO|\.egg-info|/EGG-INFO/PKG-INFO))"
    r"|(?P<npm>(?:.*/)?package\.json)"
    r"|(?P<gem>.*/specifications/(?:default/)?[^/]+\.gemspec)"
    r"|(?P<composer>(?:.*/)?vendor/composer/installed\.json)"
    r"|(?P<jar>.*\.(?:jar|war|ear|par))",
    re.DOTALL,
)
_ENDINGS: Final = (
    *("os-release", "alpine-release", "status", ".list", "installed", "rpmdb.sqlite", "Packages", ".db"),
    *("METADATA", "PKG-INFO", ".egg-info", "package.json", ".gemspec", "installed.json"),
    *(".jar", ".war", ".ear", ".par"),
)


def kind_of(name: str) -> FileKind | None:
    """Tell what a file tells, by its name from the root without a leading slash."""
    if not name.endswith(_ENDINGS) and "dpkg/status.d/" not in name:
        return None  # nearly all of them: quicker than the pattern
    found = _PATTERN.fullmatch(name)
    return None if found is None or found.lastgroup is None else FileKind(found.lastgroup)


def is_of_language(name: str) -> bool:
    """Tell whether a file may tell of packages that the system's own packages may own; then it is theirs."""
    return kind_of(name) in _LANGUAGES


def canonical(name: str) -> str:
    """Give a package database one name, wherever a system has it: /lib leads to /usr/lib in many."""
    return name.removeprefix("usr/") if name == "usr/lib/apk/db/installed" else name
