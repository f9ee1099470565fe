"""Send a blob: mount it, or go on where an earlier try had come to, or begin.

Source: OCI distribution-spec v1.1, "Pushing blobs" (POST then PUT, chunked PATCH, resuming by GET).
"""

import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode, urljoin

from havre.adapters.remotes.caller import Caller, expect
from havre.adapters.remotes.sockets import Cut
from havre.adapters.remotes.transport import Answer, Body, Request, shown
from havre.replication.errors import RemoteMissing, RemoteRefused, RemoteUnreachable, RemoteWrong
from havre.replication.ports import BlobPush, PushOutcome

_SMALL: Final = 4 << 20  # sent with the closing PUT: one request fewer, and little to send again
_CORRECTIONS: Final = 3
_RANGE: Final = re.compile(r"(?:bytes=)?0-(\d+)\Z")
_BINARY: Final = {"Content-Type": "application/octet-stream"}


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where an upload is, and how many bytes the other side has of it."""

    location: str
    offset: int


def push_blob(caller: Caller, push: BlobPush, cut: Cut) -> PushOutcome:
    """Send a blob from a pool thread.

    Raises: the errors of RemoteFailed; what was sent before stays where `on_location` was told.
    """
    scope = _scope(push)
    stand = _resume(caller, push, scope, cut) or _begin(caller, push, scope, cut)
    if stand is None:
        return PushOutcome(is_mounted=True, sent_bytes=0)
    size, sent, corrections = push.source.size_bytes, 0, 0
    while (left := size - stand.offset) > (0 if stand.offset else _SMALL):
        count = min(left, push.chunk_bytes or left)
        try:
            stand = _patch(caller, push, (scope, stand, count), cut)
            sent += count
        except RemoteRefused as error:
            if error.status != 416 or corrections == _CORRECTIONS:
                raise
            corrections += 1  # what a cut link carried has arrived after all
            known = replace(push, location=stand.location)
            stand = _resume(caller, known, scope, cut) or stand
    _finish(caller, push, (scope, stand), cut)
    return PushOutcome(is_mounted=False, sent_bytes=sent + size - stand.offset)


def _scope(push: BlobPush) -> str:
    wanted = f"repository:{push.repository}:pull,push"
    return f"{wanted} repository:{push.mount_from}:pull" if push.mount_from else wanted


def _begin(caller: Caller, push: BlobPush, scope: str, cut: Cut) -> _Stand | None:
    """Open an upload; None when the blob was mounted instead."""
    query = urlencode({"mount": str(push.digest), "from": push.mount_from}) if push.mount_from else ""
    url = caller.url(f"v2/{push.repository}/blobs/uploads/{'?' if query else ''}{query}")
    with caller.ask(Request("POST", url), scope, cut) as answer:
        if answer.status == 201 and push.mount_from:
            return None
        expect(answer, 202)
        return _told(push, _location(answer), 0)


def _resume(caller: Caller, push: BlobPush, scope: str, cut: Cut) -> _Stand | None:
    """Ask how far an earlier try came; None to begin anew."""
    if push.location is None:
        return None
    try:
        with caller.ask(Request("GET", push.location), scope, cut) as answer:
            expect(answer, 204, 200)
            offset = _offset(answer)
            if offset > push.source.size_bytes:
                return None
            return _told(push, _location(answer) if answer.headers.get("Location") else push.location, offset)
    except (RemoteMissing, RemoteRefused, RemoteWrong):
        return None


def _patch(caller: Caller, push: BlobPush, part: tuple[str, _Stand, int], cut: Cut) -> _Stand:
    scope, stand, count = part
    end = stand.offset + count
    headers = {**_BINARY, "Content-Range": f"{stand.offset}-{end - 1}"}
    body = Body(push.source, stand.offset, count, push.pace)
    with caller.ask(Request("PATCH", stand.location, headers, body), scope, cut) as answer:
        expect(answer, 202, 204)
        told = _RANGE.match(answer.headers.get("Range", ""))
        if told is not None and int(told[1]) + 1 != end:
            raise RemoteUnreachable(
                f"{shown(answer.url)} took the upload to byte {told[1]}, sent was {end - 1}"
            )
        return _told(push, _location(answer), end)


def _finish(caller: Caller, push: BlobPush, part: tuple[str, _Stand], cut: Cut) -> None:
    scope, stand = part
    separator = "&" if "?" in stand.location else "?"
    url = f"{stand.location}{separator}{urlencode({'digest': str(push.digest)})}"
    left = push.source.size_bytes - stand.offset
    body = Body(push.source, stand.offset, left, push.pace) if left else b""
    headers = dict(_BINARY) if left else {}
    with caller.ask(Request("PUT", url, headers, body), scope, cut) as answer:
        expect(answer, 201, 204)


def _told(push: BlobPush, location: str, offset: int) -> _Stand:
    if push.on_location is not None:
        push.on_location(location)
    return _Stand(location, offset)


def _location(answer: Answer) -> str:
    told = answer.headers.get("Location")
    if not told:
        raise RemoteWrong(f"{shown(answer.url)} opens an upload and does not say where")
    return urljoin(answer.url, told)


def _offset(answer: Answer) -> int:
    """Read Range: 0-N as N+1 bytes. `0-0` means none with some registries and one with others: none, then,
    and a registry that has the one refuses the next chunk, so that the upload begins anew.
    """
    told = _RANGE.match(answer.headers.get("Range", ""))
    if told is None:
        return 0
    return int(told[1]) + 1 if told[1] != "0" else 0
