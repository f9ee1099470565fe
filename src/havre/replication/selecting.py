"""What a rule's filters let pass. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from havre.kernel.globs import GlobInvalid, compile_glob
from havre.replication.errors import PolicyInvalid
from havre.replication.policy_model import EXCLUDES, MATCHES, Filter, FilterKind

_RESOURCES: Final = ("", "image", "artifact")
_VALUES: Final = 100
_CHARS: Final = 1024
_MAGIC: Final = frozenset("*?[{\\")


@dataclass(frozen=True, slots=True)
class Selection:
    """Compiled filters; make one with `select`."""

    names: Sequence[Callable[[str], bool]]
    tags: Sequence[tuple[Callable[[str], bool], bool]]
    labels: Sequence[tuple[frozenset[str], bool]]
    images_only: bool

    def takes_repository(self, name: str) -> bool:
        """Say whether a repository, by its whole name, is meant."""
        return all(test(name) for test in self.names)

    def takes_tag(self, tag: str) -> bool:
        """Say whether a tag is meant."""
        return all(test(tag) is expected for test, expected in self.tags)

    def takes_labels(self, labels: frozenset[str]) -> bool:
        """Say whether an artifact with these labels is meant."""
        return all((wanted <= labels) is expected for wanted, expected in self.labels)

    def takes_kind(self, kind: str) -> bool:
        """Say whether an artifact of a kind, such as IMAGE or CHART, is meant."""
        return not self.images_only or kind == "IMAGE"


def select(filters: Sequence[Filter]) -> Selection:
    """Compile filters.

    Raises: PolicyInvalid naming the filter.
    """
    names: list[Callable[[str], bool]] = []
    tags: list[tuple[Callable[[str], bool], bool]] = []
    labels: list[tuple[frozenset[str], bool]] = []
    images_only = False
    for at, one in enumerate(filters):
        where = f"filters[{at}]"
        _check(where, one)
        if one.kind is FilterKind.NAME:
            names.extend(_glob(where, text) for text in one.values if text)
        elif one.kind is FilterKind.TAG:
            tags.extend((_glob(where, text), one.decoration == MATCHES) for text in one.values if text)
        elif one.kind is FilterKind.LABEL:
            if one.values:
                labels.append((frozenset(one.values), one.decoration == MATCHES))
        else:
            images_only = images_only or "image" in one.values
    return Selection(names, tags, labels, images_only)


def fixed_name(filters: Sequence[Filter]) -> str | None:
    """Give the one repository that the filters name outright; None when they hold a pattern, or nothing."""
    for one in filters:
        if one.kind is FilterKind.NAME and one.values and one.values[0]:
            return None if _MAGIC & set(one.values[0]) else one.values[0]
    return None


def fixed_prefix(filters: Sequence[Filter]) -> str:
    """Give what every name that passes begins with, as whole components."""
    for one in filters:
        if one.kind is FilterKind.NAME and one.values and one.values[0]:
            plain = []
            for part in one.values[0].split("/")[:-1]:
                if _MAGIC & set(part):
                    break
                plain.append(part)
            return "".join(f"{part}/" for part in plain)
    return ""


def _check(where: str, one: Filter) -> None:
    if one.decoration not in (MATCHES, EXCLUDES):
        raise PolicyInvalid(f"{where}.decoration must be {MATCHES} or {EXCLUDES}")
    if one.decoration == EXCLUDES and one.kind in (FilterKind.NAME, FilterKind.RESOURCE):
        raise PolicyInvalid(f"{where}: a {one.kind} filter has no decoration {EXCLUDES}; tags and labels do")
    if len(one.values) > _VALUES or any(len(text) > _CHARS for text in one.values):
        raise PolicyInvalid(f"{where}.value is longer than {_VALUES} words of {_CHARS} characters")
    if one.kind is FilterKind.RESOURCE:
        for text in one.values:
            if text not in _RESOURCES:
                raise PolicyInvalid(f"{where}.value must be image or artifact, not {text[:40]!r}")


def _glob(where: str, text: str) -> Callable[[str], bool]:
    try:
        return compile_glob(text).matches
    except GlobInvalid as error:
        raise PolicyInvalid(f"{where}.value: {error}") from error
