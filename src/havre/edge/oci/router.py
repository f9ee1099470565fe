"""Take a /v2 path apart by hand: the last keyword decides, since repositories may bear any of them.

    /v2/                              BASE
    /v2/_catalog                      CATALOG
    /v2/<name>/tags/list              TAGS
    /v2/<name>/manifests/<reference>  MANIFEST
    /v2/<name>/blobs/<digest>         BLOB
    /v2/<name>/blobs/uploads/         UPLOADS
    /v2/<name>/blobs/uploads/<id>     UPLOAD
    /v2/<name>/referrers/<digest>     REFERRERS

Source: OCI distribution-spec v1.1, "Endpoints".
"""

from enum import Enum
from typing import Final, NamedTuple


class Kind(Enum):
    """Which endpoint a path is."""

    BASE = "base"
    CATALOG = "catalog"
    TAGS = "tags"
    MANIFEST = "manifest"
    BLOB = "blob"
    UPLOADS = "uploads"
    UPLOAD = "upload"
    REFERRERS = "referrers"
    UNKNOWN = "unknown"


class Route(NamedTuple):
    """An endpoint with the texts in its path, not yet checked."""

    kind: Kind
    name: str = ""
    reference: str = ""


_UNKNOWN: Final = Route(Kind.UNKNOWN)
_BY_KEYWORD: Final = {"manifests": Kind.MANIFEST, "blobs": Kind.BLOB, "referrers": Kind.REFERRERS}
_PREFIX: Final = len("/v2/")


def route(path: str) -> Route:
    """Find the endpoint of a decoded path that begins with `/v2`."""
    rest = path[_PREFIX:]
    if not rest:
        return Route(Kind.BASE)
    parts = rest.rsplit("/", 2)
    if len(parts) < 3:
        return Route(Kind.CATALOG) if rest == "_catalog" else _UNKNOWN
    name, keyword, reference = parts
    if keyword == "uploads" and name.endswith("/blobs") and name != "/blobs":
        name = name.removesuffix("/blobs")
        return Route(Kind.UPLOAD, name, reference) if reference else Route(Kind.UPLOADS, name)
    if not reference or not name:
        return _UNKNOWN
    if keyword == "blobs" and reference == "uploads":
        return Route(Kind.UPLOADS, name)
    if keyword == "tags":
        return Route(Kind.TAGS, name) if reference == "list" else _UNKNOWN
    kind = _BY_KEYWORD.get(keyword)
    return _UNKNOWN if kind is None else Route(kind, name, reference)
