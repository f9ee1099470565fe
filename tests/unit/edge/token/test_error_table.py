"""The one table of errors."""

import json

import pytest

from havre.access.errors import CredentialsWrong, InsufficientScope, ProjectUnknown, UserExists
from havre.edge.errors import api_envelope, face_of, oci_envelope, retry_after_s
from havre.kernel.digest import DigestInvalid
from havre.kernel.errors import HavreError, StorageFull, Throttled, Unavailable
from havre.projects.errors import ProjectInUse


@pytest.mark.parametrize(
    ("error", "status", "oci", "api"),
    [
        (CredentialsWrong(), 401, "UNAUTHORIZED", "UNAUTHORIZED"),
        (InsufficientScope("a/b", ("pull",)), 401, "UNAUTHORIZED", "UNAUTHORIZED"),
        (ProjectUnknown("demo"), 404, "NAME_UNKNOWN", "NOT_FOUND"),
        (UserExists("taken"), 409, "DENIED", "CONFLICT"),
        (ProjectInUse("demo", 2), 412, "DENIED", "PRECONDITION"),
        (DigestInvalid("bad"), 400, "DIGEST_INVALID", "DIGEST_INVALID"),
        (Throttled("slow", 3), 429, "TOOMANYREQUESTS", "TOO_MANY_REQUEST"),
        (StorageFull("full"), 507, "UNAVAILABLE", "UNAVAILABLE"),
        (Unavailable("gone"), 503, "UNAVAILABLE", "UNAVAILABLE"),
        (HavreError("a fact without a face"), 500, "UNKNOWN", "UNKNOWN"),
        (KeyError("internal"), 500, "UNKNOWN", "UNKNOWN"),
    ],
)
def test_an_error_has_the_face_of_its_nearest_class(
    error: Exception, status: int, oci: str, api: str
) -> None:
    assert face_of(error).status == status
    assert json.loads(oci_envelope(error))["errors"][0]["code"] == oci
    assert json.loads(api_envelope(error))["errors"][0]["code"] == api


@pytest.mark.parametrize(
    "error", [RuntimeError("/etc/secret"), Unavailable("/etc/secret"), StorageFull("/etc/secret")]
)
def test_internals_stay_inside_and_the_request_id_goes_out(error: Exception) -> None:
    body = api_envelope(error, "r1")

    assert b"secret" not in body + oci_envelope(error)
    assert json.loads(body)["errors"][0]["request_id"] == "r1"


def test_a_refusal_tells_its_reason_and_the_wait() -> None:
    error = Throttled("too many tries", 7)

    assert json.loads(api_envelope(error, "r1")) == {
        "errors": [{"code": "TOO_MANY_REQUEST", "message": "too many tries"}]
    }
    assert retry_after_s(error) == 7
