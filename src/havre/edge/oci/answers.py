"""Send answers: the headers that every /v2 answer has, JSON, and errors with their challenge."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs, quote

import msgspec

from havre.access.errors import InsufficientScope, TokenInvalid
from havre.edge.errors import face_of, oci_envelope, retry_after_s
from havre.edge.oci.router import Kind, Route
from havre.edge.wire.asgi import Scope, Send
from havre.kernel.errors import Unauthenticated
from havre.kernel.names import NameInvalid, RepositoryName
from havre.registry.errors import RangeNotSatisfiable, RangeOutOfOrder

Headers = list[tuple[bytes, bytes]]
VERSION: Final = (b"docker-distribution-api-version", b"registry/2.0")
JSON: Final = (b"content-type", b"application/json")
SERVICE: Final = "harbor-registry"
_PUSH_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})


async def send_answer(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    """Send a whole answer."""
    headers.append(VERSION)
    if status != 204:  # RFC 9110, section 8.6: such an answer has no length
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_start(send: Send, status: int, headers: Headers, length: int) -> None:
    """Send the start of an answer whose body follows by other means."""
    headers.append(VERSION)
    headers.append((b"content-length", b"%d" % length))
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def send_json(send: Send, document: object, headers: Headers | None = None) -> None:
    """Send a JSON document with 200."""
    await send_answer(send, 200, [JSON, *(headers or [])], msgspec.json.encode(document))


def upload_location(name: RepositoryName, upload_id: str) -> str:
    """Where an upload goes on. Relative: right behind any proxy."""
    return f"/v2/{name}/blobs/uploads/{upload_id}"


def upload_range(offset: int) -> bytes:
    """The Range header of an upload: inclusive, and 0-0 for an empty one as docker expects."""
    return b"0-%d" % max(offset - 1, 0)


def link_next(path: str, parameters: Sequence[tuple[str, str]]) -> tuple[bytes, bytes]:
    """Make the Link header to the next page."""
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters)
    return (b"link", f'<{path}?{query}>; rel="next"'.encode())


async def send_error(
    send: Send, scope: Scope, error: BaseException, route: Route, realm_base: str | None
) -> None:
    """Send an error as the OCI envelope, with the challenge or the range that belongs to it."""
    headers: Headers = [JSON]
    wait_s = retry_after_s(error)
    if wait_s is not None:
        headers.append((b"retry-after", b"%d" % wait_s))
    if isinstance(error, Unauthenticated):
        wanted = _scope_of(scope, error, route)
        headers.append(challenge(scope, error, wanted, realm_base))
    elif isinstance(error, RangeOutOfOrder):
        headers.append((b"range", upload_range(error.offset)))
        headers.append((b"location", f"/v2/{route.name}/blobs/uploads/{error.upload_id}".encode()))
    elif isinstance(error, RangeNotSatisfiable):
        headers.append((b"content-range", b"bytes */%d" % error.size_bytes))
    await send_answer(send, face_of(error).status, headers, oci_envelope(error))


def challenge(
    scope: Scope, error: Unauthenticated, wanted: str, realm_base: str | None
) -> tuple[bytes, bytes]:
    """Make the header that says where to get a token; `wanted` is the scope to ask for, if any."""
    base = realm_base or f"{scope['scheme']}://{_host_of(scope)}"
    words = f'Bearer realm="{base}/service/token",service="{SERVICE}"'
    if wanted:
        words += f',scope="{wanted}"'
    if isinstance(error, InsufficientScope):
        words += ',error="insufficient_scope"'
    elif isinstance(error, TokenInvalid):
        words += ',error="invalid_token"'
    return (b"www-authenticate", words.encode("latin-1"))


def _host_of(scope: Scope) -> str:
    for key, value in scope["headers"]:
        if key == b"host":
            text: str = value.decode("latin-1")
            # A quote or a blank would break out of the header's value.
            return "".join(letter for letter in text if letter.isalnum() or letter in ".-_:[]")
    address, port = scope["server"]
    return f"{address}:{port}"


def _scope_of(scope: Scope, error: Unauthenticated, route: Route) -> str:
    if isinstance(error, InsufficientScope):
        return error.scope
    if route.kind is Kind.CATALOG:
        return "registry:catalog:*"
    if not route.name:
        return ""
    try:
        name = RepositoryName.parse(route.name)
    except NameInvalid:
        return ""
    method = scope["method"]
    if method in _PUSH_METHODS:
        return f"repository:{name}:pull,push{_mounted_scope(scope)}"
    return f"repository:{name}:{'delete' if method == 'DELETE' and route.kind is not Kind.UPLOAD else 'pull'}"


def _mounted_scope(scope: Scope) -> str:
    """The pull on the source of a mount, so that one token serves both; empty for anything else."""
    if not scope["query_string"]:
        return ""
    query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=None)
    if "mount" not in query or "from" not in query:
        return ""
    try:
        return f" repository:{RepositoryName.parse(query['from'][0])}:pull"
    except NameInvalid:
        return ""
