"""THE one table: domain error -> status, OCI code, API code. The nearest class of an error decides.

Sources: OCI distribution-spec v1.1, "Error Codes"; Harbor's codes as in reference/harbor.md 2.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from havre.access import errors as access
from havre.kernel.digest import DigestInvalid
from havre.kernel.errors import (
    Conflict,
    Denied,
    Invalid,
    NotFound,
    Precondition,
    StorageFull,
    Throttled,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unsupported,
)
from havre.kernel.names import NameInvalid, TagInvalid
from havre.registry import errors as registry
from havre.replication import errors as replication
from havre.scanning import errors as scanning
from havre.signing import errors as signing


@dataclass(frozen=True, slots=True)
class Face:
    """What an error looks like outside; `message` replaces its text where that would tell internals."""

    status: int
    oci_code: str
    api_code: str
    message: str | None = None


_UNKNOWN: Final = Face(500, "UNKNOWN", "UNKNOWN", "internal server error")
_FACES: Final[dict[type[BaseException], Face]] = {
    BaseException: _UNKNOWN,
    Invalid: Face(400, "UNSUPPORTED", "BAD_REQUEST"),
    DigestInvalid: Face(400, "DIGEST_INVALID", "DIGEST_INVALID"),
    NameInvalid: Face(400, "NAME_INVALID", "BAD_REQUEST"),
    TagInvalid: Face(400, "TAG_INVALID", "BAD_REQUEST"),
    TooLarge: Face(413, "SIZE_INVALID", "REQUEST_ENTITY_TOO_LARGE"),
    Unauthenticated: Face(401, "UNAUTHORIZED", "UNAUTHORIZED"),
    Denied: Face(403, "DENIED", "FORBIDDEN"),
    NotFound: Face(404, "NAME_UNKNOWN", "NOT_FOUND"),
    Conflict: Face(409, "DENIED", "CONFLICT"),
    Precondition: Face(412, "DENIED", "PRECONDITION"),
    Throttled: Face(429, "TOOMANYREQUESTS", "TOO_MANY_REQUEST"),
    Unsupported: Face(400, "UNSUPPORTED", "UNSUPPORTED"),
    Unavailable: Face(503, "UNAVAILABLE", "UNAVAILABLE", "the registry cannot do this now: try again"),
    access.DirectoryUnavailable: Face(
        503, "UNAVAILABLE", "UNAVAILABLE", "the directory does not answer: try again"
    ),
    StorageFull: Face(507, "UNAVAILABLE", "UNAVAILABLE", "the registry has no room left"),
    registry.BlobUnknown: Face(404, "BLOB_UNKNOWN", "NOT_FOUND"),
    registry.ManifestUnknown: Face(404, "MANIFEST_UNKNOWN", "NOT_FOUND"),
    registry.ManifestNotAcceptable: Face(404, "MANIFEST_UNKNOWN", "NOT_FOUND"),
    registry.RepositoryOutsideProject: Face(400, "NAME_INVALID", "BAD_REQUEST"),
    registry.UploadUnknown: Face(404, "BLOB_UPLOAD_UNKNOWN", "NOT_FOUND"),
    registry.UploadBusy: Face(409, "BLOB_UPLOAD_INVALID", "CONFLICT"),
    registry.UploadRangeInvalid: Face(400, "BLOB_UPLOAD_INVALID", "BAD_REQUEST"),
    registry.RangeOutOfOrder: Face(416, "RANGE_INVALID", "BAD_REQUEST"),
    registry.RangeNotSatisfiable: Face(416, "RANGE_INVALID", "BAD_REQUEST"),
    registry.BodyCutShort: Face(400, "BLOB_UPLOAD_INVALID", "BAD_REQUEST"),
    registry.DigestMismatch: Face(400, "DIGEST_INVALID", "DIGEST_INVALID"),
    registry.ManifestInvalid: Face(400, "MANIFEST_INVALID", "MANIFEST_INVALID"),
    registry.ManifestTooLarge: Face(413, "MANIFEST_INVALID", "REQUEST_ENTITY_TOO_LARGE"),
    registry.ManifestReferenceUnknown: Face(404, "MANIFEST_BLOB_UNKNOWN", "NOT_FOUND"),
    registry.BlobInUse: Face(405, "DENIED", "PRECONDITION"),
    registry.ManifestInUse: Face(405, "DENIED", "PRECONDITION"),
    registry.TagImmutable: Face(412, "PRECONDITION", "PRECONDITION"),  # the code of Harbor on /v2 too
    scanning.PullRefused: Face(412, "PROJECTPOLICYVIOLATION", "PROJECTPOLICYVIOLATION"),  # Harbor's code
    signing.PullUnsigned: Face(412, "PROJECTPOLICYVIOLATION", "PROJECTPOLICYVIOLATION"),
    registry.ProjectIsProxy: Face(405, "DENIED", "METHOD_NOT_ALLOWED"),  # Harbor's status
    replication.UpstreamFailed: Face(502, "UNAVAILABLE", "UNAVAILABLE"),
    registry.PageSizeInvalid: Face(400, "PAGINATION_NUMBER_INVALID", "BAD_REQUEST"),
    registry.TooManyTags: Face(414, "TAG_INVALID", "BAD_REQUEST"),
    registry.MethodUnsupported: Face(405, "UNSUPPORTED", "METHOD_NOT_ALLOWED"),
}


class _Line(msgspec.Struct, omit_defaults=True):
    code: str
    message: str
    detail: object = None
    request_id: str = ""


class _Envelope(msgspec.Struct):
    errors: list[_Line]


_ENCODER: Final = msgspec.json.Encoder()


def face_of(error: BaseException) -> Face:
    """Find the face of an error: its own class's or the nearest parent's."""
    for kind in type(error).__mro__:
        face = _FACES.get(kind)
        if face is not None:
            return face
    return _UNKNOWN


def message_of(error: BaseException) -> str:
    """Say what may be said outside."""
    return face_of(error).message or str(error)


def retry_after_s(error: BaseException) -> int | None:
    """Tell how long the client should wait, for the Retry-After header; None when it need not."""
    return error.retry_after_s if isinstance(error, Throttled) else None


def oci_envelope(error: BaseException, detail: object = None) -> bytes:
    """Make the body of an error on /v2 and at the token service."""
    line = _Line(face_of(error).oci_code, message_of(error), detail)
    return _ENCODER.encode(_Envelope([line]))


def api_envelope(error: BaseException, request_id: str = "") -> bytes:
    """Make the body of an error of the REST API; a 5xx carries the request's id for the search in the log."""
    face = face_of(error)
    line = _Line(face.api_code, message_of(error), request_id=request_id if face.status >= 500 else "")
    return _ENCODER.encode(_Envelope([line]))
