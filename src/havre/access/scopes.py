"""The scope grammar of the token service, pure: text to Scope and back. Not for what is granted.

    type[(class)]:[host[:port]/]name:action[,action]*        one scope
    repository:127.0.0.1:5000/lib/bb:pull,push               the type ends at the first colon,
    └ type ──┘ └ own host ──┘└ name ┘└ actions               the actions begin after the last

Source: distribution `docs/content/spec/auth/scope.md`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from havre.access.errors import ScopeInvalid
from havre.access.model import REPOSITORY_ACTIONS
from havre.kernel.names import NameInvalid, RepositoryName

_TYPE: Final = re.compile(r"([a-z0-9]+)(?:\([a-z0-9]+\))?\Z")
_MOST_SCOPES: Final = 200  # an image of 100 mounted layers; a token must still fit into a header
CATALOG: Final = "catalog"


@dataclass(frozen=True, slots=True)
class Scope:
    """One resource and the actions asked for, or granted, on it."""

    type: str
    name: str
    actions: frozenset[str]

    @property
    def is_catalog(self) -> bool:
        """Whether it stands for the list of all repositories."""
        return self.type == "registry" and self.name == CATALOG

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(ordered(self.actions))}"


def ordered(actions: Iterable[str]) -> list[str]:
    """Put actions in the order that tools expect: pull, push, delete, then the rest."""
    known: dict[str, int] = {action: place for place, action in enumerate(REPOSITORY_ACTIONS)}
    return sorted(actions, key=lambda action: (known.get(action, len(known)), action))


def parse_scopes(texts: Iterable[str], own_host: str = "") -> list[Scope]:
    """Read repeated and space-joined scopes; the same resource twice becomes one scope.

    What does not follow the grammar is left out, as distribution's own token server does.
    Raises: ScopeInvalid when there are too many.
    """
    words = [word for text in texts for word in text.split()]
    if len(words) > _MOST_SCOPES:
        raise ScopeInvalid(f"{len(words)} scopes are too many; ask for {_MOST_SCOPES} at most")
    merged: dict[tuple[str, str], frozenset[str]] = {}
    for word in words:
        scope = parse_scope(word, own_host)
        if scope is not None:
            key = scope.type, scope.name
            merged[key] = merged.get(key, frozenset()) | scope.actions
    return [Scope(type_, name, actions) for (type_, name), actions in merged.items()]


def parse_scope(text: str, own_host: str = "") -> Scope | None:
    """Read one scope; None when it does not follow the grammar or names a type that is unknown."""
    head, first, rest = text.partition(":")
    name, last, tail = rest.rpartition(":")
    type_ = _TYPE.match(head)
    if not first or not last or type_ is None:
        return None
    actions = frozenset(tail.split(",")) - {""}
    if type_[1] == "registry":
        return Scope("registry", name, actions) if name == CATALOG else None
    if type_[1] != "repository":
        return None
    try:
        repository = RepositoryName.parse(_without_host(name, own_host))
    except NameInvalid:
        return None
    if "*" in actions:
        actions = frozenset(REPOSITORY_ACTIONS)
    return Scope("repository", repository.text, actions & frozenset(REPOSITORY_ACTIONS))


def _without_host(name: str, own_host: str) -> str:
    host, slash, path = name.partition("/")
    # A bare word such as `localhost` may be a project; only what looks like a host is taken for one.
    if slash and host == own_host and (":" in host or "." in host):
        return path
    return name
