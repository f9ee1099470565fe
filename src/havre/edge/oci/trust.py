"""The door of Notary v1, `/v2/<gun>/_trust/…`: parse, call one use case, render as its clients expect.

Source: reference/signing-and-clients.md A1.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from havre.access import Refusals
from havre.access.errors import InsufficientScope
from havre.edge.errors import retry_after_s
from havre.edge.identity import Identity
from havre.edge.oci.answers import Headers, challenge, send_answer
from havre.edge.oci.multipart import read_parts
from havre.edge.oci.request import Request, header_of, origin_of
from havre.edge.oci.trust_errors import NothingServed, trust_envelope, trust_face
from havre.edge.oci.trust_router import TrustKind, TrustRoute, trust_route
from havre.edge.wire.asgi import Receive, Scope, Send
from havre.kernel.errors import Denied, HavreError, Unauthenticated
from havre.signing import (
    Changefeed,
    ChangePage,
    DeleteTrust,
    Gun,
    Publish,
    ReadMetadata,
    ServerKeys,
)
from havre.signing.errors import GunInvalid, MetadataUnknown, PublicationTooLarge
from havre.system import ReadOnlyMode

_log: Final = logging.getLogger("havre.trust")
_JSON: Final = (b"content-type", b"application/json; charset=utf-8")
_NEWEST: Final = (b"cache-control", b"public, max-age=300, s-maxage=300, must-revalidate")
_FIXED: Final = (b"cache-control", b"public, max-age=2592000, s-maxage=2592000")  # 30 days: it never changes
_ACTIONS: Final = {"GET": ("pull",), "POST": ("push", "pull"), "DELETE": ("*",)}

Handler = Callable[[Request, Send, TrustRoute], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class TrustParts:
    """The use cases behind it."""

    identity: Identity
    publish: Publish
    read: ReadMetadata
    keys: ServerKeys
    delete: DeleteTrust
    changes: Changefeed
    refusals: Refusals
    read_only: ReadOnlyMode
    external_url: str | None = None


class TrustDoor:
    """Answers every path with `/_trust/` in it."""

    def __init__(self, parts: TrustParts) -> None:
        self._parts = parts
        self._external_url = parts.external_url.rstrip("/") if parts.external_url else None
        self._handlers: Mapping[tuple[TrustKind, str], Handler] = {
            (TrustKind.COLLECTION, "POST"): self._publish,
            (TrustKind.COLLECTION, "DELETE"): self._delete,
            (TrustKind.DOCUMENT, "GET"): self._document,
            (TrustKind.KEY, "GET"): self._key,
            (TrustKind.KEY, "POST"): self._new_key,
            (TrustKind.CHANGES, "GET"): self._changes,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; no error leaves without its envelope."""
        found = trust_route(scope["path"])
        try:
            await self._answer(scope, receive, send, found)
        except Exception as error:  # noqa: BLE001 - the border: whatever happens, the client gets the envelope
            if not isinstance(error, HavreError) or trust_face(error).status >= 500:
                _log.exception(
                    "trust failed request_id=%s path=%s", origin_of(scope).request_id, scope["path"]
                )
            await self._refuse(scope, send, error, found)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, found: TrustRoute) -> None:
        authorization = header_of(scope["headers"], b"authorization")
        if not authorization:
            raise Unauthenticated("authentication is required: get a token first, an anonymous one will do")
        actor = await self._parts.identity.identify(authorization, origin_of(scope))
        request = Request(scope, receive, actor)
        handler = self._handlers.get((found.kind, request.method))
        if handler is None:
            raise NothingServed(f"{request.method} {scope['path'][:200]} is nothing that Notary serves")
        if request.method != "GET":
            await self._parts.read_only.check()
        try:
            await handler(request, send, found)
        except (Denied, InsufficientScope) as error:
            await self._parts.refusals.note(actor, f"{request.method} {scope['path']}", error)
            raise

    async def _publish(self, request: Request, send: Send, found: TrustRoute) -> None:
        publish, gun = self._parts.publish, self._gun(request, found)
        await publish.authorize(request.actor, gun)
        body = await request.body(publish.limit_bytes, PublicationTooLarge(publish.limit_bytes))
        await publish.run(request.actor, gun, read_parts(request.header(b"content-type"), body))
        await send_answer(send, 200, [])

    async def _delete(self, request: Request, send: Send, found: TrustRoute) -> None:
        await self._parts.delete.run(request.actor, self._gun(request, found))
        await send_answer(send, 200, [])

    async def _document(self, request: Request, send: Send, found: TrustRoute) -> None:
        assert found.wanted is not None
        body, published_at = await self._parts.read.run(
            request.actor, self._gun(request, found), found.wanted
        )
        headers: Headers = [
            (b"content-type", b"application/json"),
            _NEWEST if found.wanted.is_newest else _FIXED,
            (b"last-modified", _moment(published_at)),
        ]
        await send_answer(send, 200, headers, body)

    async def _key(self, request: Request, send: Send, found: TrustRoute) -> None:
        key = await self._parts.keys.get(request.actor, self._gun(request, found), found.role)
        await _send_key(send, key.keytype, key.keyval.public)

    async def _new_key(self, request: Request, send: Send, found: TrustRoute) -> None:
        key = await self._parts.keys.rotate(request.actor, self._gun(request, found), found.role)
        await _send_key(send, key.keytype, key.keyval.public)

    async def _changes(self, request: Request, send: Send, found: TrustRoute) -> None:
        gun = self._gun(request, found) if found.gun else None
        page = ChangePage.parse(request.query("records"), request.query("change_id"))
        changes = await self._parts.changes.run(request.actor, gun, page)
        records = [
            {
                "ID": str(one.id),
                "CreatedAt": one.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
                "GUN": one.gun,
                "Version": one.version,
                "SHA256": one.sha256,
                "Category": one.category,
            }
            for one in changes
        ]
        body = msgspec.json.encode({"count": len(records), "records": records})
        await send_answer(send, 200, [(b"content-type", b"application/json")], body)

    def _gun(self, request: Request, found: TrustRoute) -> Gun:
        try:
            return Gun.parse(found.gun, self._own_hosts(request.scope))
        except GunInvalid as error:
            if request.method == "GET":  # as Notary's own server says it of names that it does not serve
                raise MetadataUnknown(str(error)) from error
            raise

    def _own_hosts(self, scope: Scope) -> frozenset[str]:
        named = header_of(scope["headers"], b"host").lower()
        told = urlsplit(self._external_url).netloc.lower() if self._external_url else ""
        return frozenset({named, told} - {""})

    async def _refuse(self, scope: Scope, send: Send, error: Exception, found: TrustRoute) -> None:
        headers: Headers = [_JSON]
        wait_s = retry_after_s(error)
        if wait_s is not None:
            headers.append((b"retry-after", b"%d" % wait_s))
        detail = None
        if isinstance(error, Unauthenticated):
            actions = _actions_of(scope["method"], found)
            headers.append(challenge(scope, error, _scope_of(found, actions), self._external_url))
            detail = _detail_of(found, actions)
        await send_answer(send, trust_face(error).status, headers, trust_envelope(error, detail))


async def _send_key(send: Send, kind: str, public: str) -> None:
    body = msgspec.json.encode({"keytype": kind, "keyval": {"public": public, "private": None}})
    await send_answer(send, 200, [(b"content-type", b"application/json")], body)


def _actions_of(method: str, found: TrustRoute) -> tuple[str, ...]:
    if found.kind is TrustKind.KEY:
        return ("push", "pull") if method == "GET" else ("*",)
    return _ACTIONS.get(method, ("pull",))


def _scope_of(found: TrustRoute, actions: tuple[str, ...]) -> str:
    if not found.gun:
        return "registry:catalog:*"
    # What is not of a name could break out of the header's value.
    gun = "".join(
        letter for letter in found.gun if letter.isascii() and (letter.isalnum() or letter in "._-/:")
    )
    return f"repository:{gun}:{','.join(actions)}"


def _detail_of(found: TrustRoute, actions: tuple[str, ...]) -> object:
    kind, name = ("repository", found.gun) if found.gun else ("registry", "catalog")
    return [{"Type": kind, "Class": "", "Name": name, "Action": action} for action in actions]


def _moment(moment: datetime) -> bytes:
    return moment.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S UTC").encode()
