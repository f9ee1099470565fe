"""Take the path of a Notary request apart.

    /v2/_trust/changefeed                            CHANGES, of all names
    /v2/<gun>/_trust/changefeed                      CHANGES
    /v2/<gun>/_trust/tuf/                            COLLECTION
    /v2/<gun>/_trust/tuf/<role>.json                 DOCUMENT, the newest
    /v2/<gun>/_trust/tuf/<version>.<role>.json       DOCUMENT
    /v2/<gun>/_trust/tuf/<role>.<hash>.json          DOCUMENT, the hash hexadecimal
    /v2/<gun>/_trust/tuf/<role>.key                  KEY

Source: reference/signing-and-clients.md A1.1.
"""

import re
from enum import Enum
from typing import Final, NamedTuple

from havre.signing import Wanted

_ROLE: Final = r"(root|targets(?:/[^/\s]+)*|snapshot|timestamp)"
_BY_HASH: Final = re.compile(rf"{_ROLE}\.([a-fA-F0-9]{{64}}|[a-fA-F0-9]{{96}}|[a-fA-F0-9]{{128}})\.json\Z")
_BY_VERSION: Final = re.compile(rf"([0-9]{{1,18}})\.{_ROLE}\.json\Z")
_NEWEST: Final = re.compile(rf"{_ROLE}\.json\Z")
_KEY: Final = re.compile(r"(snapshot|timestamp)\.key\Z")
_PREFIX: Final = "/v2/"
_MARK: Final = "/_trust/"


class TrustKind(Enum):
    """Which endpoint a path is."""

    COLLECTION = "collection"
    DOCUMENT = "document"
    KEY = "key"
    CHANGES = "changes"
    UNKNOWN = "unknown"


class TrustRoute(NamedTuple):
    """An endpoint with the texts in its path; the name is not yet checked."""

    kind: TrustKind
    gun: str = ""
    wanted: Wanted | None = None
    role: str = ""


def is_trust(path: str) -> bool:
    """Tell whether a path under /v2 is Notary's; no repository's name has a part that begins with `_`."""
    return _MARK in path


def trust_route(path: str) -> TrustRoute:
    """Find the endpoint of a decoded path."""
    gun, _, rest = path.partition(_MARK)
    gun = gun[len(_PREFIX) :]
    if rest == "changefeed":
        return TrustRoute(TrustKind.CHANGES, gun)
    name = rest.removeprefix("tuf/")
    if not gun or not rest.startswith("tuf/"):
        return TrustRoute(TrustKind.UNKNOWN, gun)
    if not name:
        return TrustRoute(TrustKind.COLLECTION, gun)
    if found := _BY_HASH.match(name):
        return TrustRoute(TrustKind.DOCUMENT, gun, Wanted(found[1], sha256=found[2]))
    if found := _BY_VERSION.match(name):
        return TrustRoute(TrustKind.DOCUMENT, gun, Wanted(found[2], version=int(found[1])))
    if found := _NEWEST.match(name):
        return TrustRoute(TrustKind.DOCUMENT, gun, Wanted(found[1]))
    if found := _KEY.match(name):
        return TrustRoute(TrustKind.KEY, gun, role=found[1])
    return TrustRoute(TrustKind.UNKNOWN, gun)
