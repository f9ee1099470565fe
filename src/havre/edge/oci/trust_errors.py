"""How Notary's clients are told what went wrong: its codes, statuses and details.

Source: reference/signing-and-clients.md A1.6.
"""

from typing import Final, NamedTuple

import msgspec

from havre.edge.errors import face_of, message_of
from havre.registry.errors import ProjectMissing
from havre.signing import errors


class NothingServed(errors.MetadataUnknown):
    """No endpoint of Notary has this path."""


class TrustFace(NamedTuple):
    """What an error looks like."""

    status: int
    code: str


_FACES: Final[dict[type[BaseException], TrustFace]] = {
    errors.MetadataUnknown: TrustFace(404, "METADATA_NOT_FOUND"),
    errors.GunInvalid: TrustFace(400, "INVALID_GUN"),
    ProjectMissing: TrustFace(400, "INVALID_GUN"),
    errors.RoleInvalid: TrustFace(400, "INVALID_ROLE"),
    errors.FilenameMissing: TrustFace(400, "NO_FILENAME"),
    errors.PublicationMalformed: TrustFace(400, "MALFORMED_UPLOAD"),
    errors.MetadataMalformed: TrustFace(400, "MALFORMED_JSON"),
    errors.ChangesInvalid: TrustFace(400, "INVALID_PARAMETERS"),
    errors.VersionOutdated: TrustFace(400, "VERSION"),
    errors.UpdateInvalid: TrustFace(400, "INVALID_UPDATE"),
}


def trust_face(error: BaseException) -> TrustFace:
    """Find the face of an error; what Notary has no word for looks as everywhere on /v2."""
    for kind in type(error).__mro__:
        found = _FACES.get(kind)
        if found is not None:
            return found
    face = face_of(error)
    return TrustFace(face.status, face.oci_code)


def trust_envelope(error: BaseException, detail: object = None) -> bytes:
    """Make the body of an error."""
    told = _detail(error)
    line = {
        "code": trust_face(error).code,
        "message": message_of(error),
        "detail": detail if told is None else told,
    }
    return msgspec.json.encode({"errors": [line]}) + b"\n"


def _detail(error: BaseException) -> object:
    if isinstance(error, errors.UpdateInvalid):
        told = {"Msg": str(error), **({"Missing": error.missing} if error.missing else {})}
        return {"Name": error.kind, "Error": told}
    if isinstance(error, errors.RoleInvalid):
        return error.role
    if isinstance(error, errors.ChangesInvalid) and error.parameter == "records":
        return str(error)
    if isinstance(error, NothingServed):
        return None
    if isinstance(error, errors.VersionOutdated | errors.MetadataUnknown | errors.ChangesInvalid):
        return {}  # as Notary's own server shows what its store says
    return None
