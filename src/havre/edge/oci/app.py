"""The /v2 door: one plain ASGI callable that finds who calls and hands the request to one handler."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from havre.access import Refusals
from havre.access.errors import InsufficientScope
from havre.edge.identity import Identity
from havre.edge.oci.answers import JSON, send_answer, send_error
from havre.edge.oci.blobs import Blobs
from havre.edge.oci.listings import Listings
from havre.edge.oci.manifests import Manifests
from havre.edge.oci.reading import ListsReferrers, ListsTags, Mirrors, Stats
from havre.edge.oci.request import Request, header_of, origin_of
from havre.edge.oci.router import Kind, Route, route
from havre.edge.oci.trust_router import is_trust
from havre.edge.oci.uploads import UploadsDoor
from havre.edge.wire.asgi import ASGIApp, Message, Receive, Scope, Send
from havre.kernel.errors import Denied, HavreError, NotFound, Unauthenticated, Unavailable
from havre.kernel.names import RepositoryName
from havre.registry import (
    Catalog,
    Delete,
    Finish,
    Mount,
    Pulls,
    Push,
    Uploads,
)
from havre.registry.errors import MethodUnsupported
from havre.system import OwnId, ReadOnlyMode

_log: Final = logging.getLogger("havre.oci")
_READING: Final = frozenset({"GET", "HEAD"})
_MIRRORED: Final = frozenset({Kind.MANIFEST, Kind.BLOB, Kind.TAGS, Kind.REFERRERS})

Handler = Callable[[Request, Send, RepositoryName, str], Awaitable[None]]


class EndpointUnknown(NotFound):
    """No endpoint of the specification has this path."""


@dataclass(frozen=True, slots=True)
class OciParts:
    """The use cases behind /v2."""

    identity: Identity
    pull: Pulls
    stat_blob: Stats
    push: Push
    uploads: Uploads
    finish: Finish
    mount: Mount
    tags: ListsTags
    catalog: Catalog
    referrers: ListsReferrers
    delete: Delete
    refusals: Refusals
    read_only: ReadOnlyMode
    own_id: OwnId
    external_url: str | None = None
    mirrors: Mirrors | None = None
    is_mirror: bool = False  # whether what is not here is looked for in a proxy project


class OciDoor:
    """Answers every path under /v2."""

    def __init__(self, parts: OciParts, trust: ASGIApp) -> None:
        self._trust = trust
        self._identity = parts.identity
        self._refusals = parts.refusals
        self._read_only = parts.read_only
        self._external_url = parts.external_url.rstrip("/") if parts.external_url else None
        self._mirrors = parts.mirrors
        self._is_mirror = parts.is_mirror
        self._handlers = _handlers(parts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; no error leaves without its envelope."""
        if is_trust(scope["path"]):
            await self._trust(scope, receive, send)
            return
        found = route(scope["path"])
        has_begun = False

        async def begin(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            if self._is_mirror or b"ns=" in scope["query_string"]:
                found = await self._stand_in(scope, found)
            await self._answer(scope, receive, begin, found)
        except HavreError as error:
            if has_begun:  # an error can only break the connection now
                raise
            if isinstance(error, Unavailable):
                _log.error(
                    "unavailable request_id=%s path=%s error=%s cause=%r",
                    *(origin_of(scope).request_id, scope["path"], error, error.__cause__),
                )
            await send_error(send, scope, error, found, self._external_url)
        except Exception as error:  # the border: whatever happens, the client gets the envelope
            _log.exception("request failed request_id=%s path=%s", origin_of(scope).request_id, scope["path"])
            if has_begun:
                raise
            await send_error(send, scope, error, found, self._external_url)

    async def _stand_in(self, scope: Scope, found: Route) -> Route:
        """Read what a mirror is asked for as what its proxy project has."""
        if self._mirrors is None or found.kind not in _MIRRORED or scope["method"] not in _READING:
            return found
        host = parse_qs(scope["query_string"].decode("latin-1")).get("ns", [""])[0]
        return found._replace(name=await self._mirrors.stand_in(found.name, host or None))

    async def _answer(self, scope: Scope, receive: Receive, send: Send, found: Route) -> None:
        authorization = header_of(scope["headers"], b"authorization")
        if not authorization:
            # Challenged even where anybody may read: so that the journal knows who pulled.
            raise Unauthenticated("authentication is required: get a token first, an anonymous one will do")
        actor = await self._identity.identify(authorization, origin_of(scope))
        request = Request(scope, receive, actor)
        methods = self._handlers.get(found.kind)
        if methods is None:
            raise EndpointUnknown(f"{scope['path'][:200]} is no endpoint of the distribution API")
        handler = methods.get(request.method)
        if handler is None:
            raise MethodUnsupported(f"{request.method} is not supported here")
        if request.method not in _READING:
            await self._read_only.check()
        name = RepositoryName.parse(found.name) if found.name else RepositoryName("")
        try:
            await handler(request, send, name, found.reference)
        except (Denied, InsufficientScope) as error:
            await self._refusals.note(actor, f"{request.method} {scope['path']}", error)
            raise


def _handlers(parts: OciParts) -> Mapping[Kind, Mapping[str, Handler]]:
    manifests = Manifests(parts.pull, parts.push, parts.delete)
    blobs = Blobs(parts.pull, parts.stat_blob, parts.delete)
    uploads = UploadsDoor(parts.uploads, parts.finish, parts.mount)
    listings = Listings(parts.tags, parts.catalog, parts.referrers)

    async def base(request: Request, send: Send, _name: RepositoryName, _reference: str) -> None:
        if not request.actor.is_authenticated and request.actor.grants is None:
            raise Unauthenticated("log in to use the registry")
        own_id = await parts.own_id.get()  # by which another Havre knows where its copies come from
        await send_answer(send, 200, [JSON, (b"havre-instance", own_id.encode())], b"{}")

    async def catalog(request: Request, send: Send, _name: RepositoryName, _reference: str) -> None:
        await listings.catalog(request, send)

    async def tags(request: Request, send: Send, name: RepositoryName, _reference: str) -> None:
        await listings.tags(request, send, name)

    async def post(request: Request, send: Send, name: RepositoryName, _reference: str) -> None:
        await uploads.post(request, send, name)

    return {
        Kind.BASE: {"GET": base, "HEAD": base},
        Kind.CATALOG: {"GET": catalog},
        Kind.TAGS: {"GET": tags, "HEAD": tags},
        Kind.MANIFEST: {
            "GET": manifests.get,
            "HEAD": manifests.get,
            "PUT": manifests.put,
            "DELETE": manifests.delete,
        },
        Kind.BLOB: {"GET": blobs.get, "HEAD": blobs.get, "DELETE": blobs.delete},
        Kind.UPLOADS: {"POST": post},
        Kind.UPLOAD: {
            "GET": uploads.get,
            "HEAD": uploads.get,
            "PATCH": uploads.patch,
            "PUT": uploads.put,
            "DELETE": uploads.delete,
        },
        Kind.REFERRERS: {"GET": listings.referrers, "HEAD": listings.referrers},
    }
