"""Faults of the protocol that only the REST API knows, and how any error is rendered here.

What the slices refuse has its face in `edge/errors.py`; these four never leave this door.
"""

from typing import ClassVar, Final

import msgspec
from starlette.responses import Response

from havre.edge.api.operations import RELEASES, Operation
from havre.edge.api.wire.errors import ErrorLine, Errors
from havre.edge.errors import api_envelope, face_of, retry_after_s
from havre.kernel.errors import HavreError

JSON: Final = "application/json"


class Fault(HavreError):
    """A request that does not follow the contract."""

    status: ClassVar[int]
    code: ClassVar[str]
    headers: dict[str, str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.headers = {}


class SchemaViolated(Fault):
    """A parameter or a field of the body is of another form than the contract says."""

    status = 422
    code = "UNPROCESSABLE_ENTITY"


class PathUnknown(Fault):
    """No operation has this path."""

    status = 404
    code = "NOT_FOUND"

    def __init__(self, path: str) -> None:
        super().__init__(f"path {path[:200]} not found: docs/api.md lists the operations")


class MethodRefused(Fault):
    """The path exists, but not with this method."""

    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, method: str, allowed: list[str]) -> None:
        listed = ", ".join(sorted(allowed))
        super().__init__(f"method {method[:16]} is not allowed here: use {listed}")
        self.headers = {"Allow": listed}


class OperationAbsent(Fault):
    """The contract has the operation, this release not yet."""

    status = 501
    code = "UNSUPPORTED"

    def __init__(self, operation: Operation) -> None:
        release = RELEASES[operation.brought_by or 0]
        super().__init__(
            f"operation {operation.operation_id} is not built yet: it comes with the release of {release}"
        )


def render_error(error: Exception, request_id: str) -> Response:
    """Make the answer to an error: its status, and the envelope with its code."""
    if isinstance(error, Fault):
        envelope = Errors([ErrorLine(error.code, str(error))])
        return Response(msgspec.json.encode(envelope), error.status, error.headers, JSON)
    wait_s = retry_after_s(error)
    headers = {} if wait_s is None else {"Retry-After": str(wait_s)}
    return Response(api_envelope(error, request_id), face_of(error).status, headers, JSON)
