"""`/v2/<name>/blobs/<digest>`: GET with ranges, HEAD, DELETE."""

import secrets
from typing import Final

from havre.edge.oci.answers import Headers, send_answer, send_start
from havre.edge.oci.ranges import parse_ranges
from havre.edge.oci.reading import Stats
from havre.edge.oci.request import Request
from havre.edge.wire import send_file
from havre.edge.wire.asgi import Send
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.registry import Delete, Pulls
from havre.registry.model import BlobContent

_TYPE: Final = (b"content-type", b"application/octet-stream")
_RANGES: Final = (b"accept-ranges", b"bytes")
# A digest never means other bytes.
_CACHE: Final = (b"cache-control", b"private, max-age=31536000, immutable")


class Blobs:
    """The door to Pull, StatBlob and Delete."""

    def __init__(self, pull: Pulls, stat_blob: Stats, delete: Delete) -> None:
        self._pull = pull
        self._stat_blob = stat_blob
        self._delete = delete

    async def get(self, request: Request, send: Send, name: RepositoryName, reference: str) -> None:
        """Answer GET and HEAD."""
        use_case = self._stat_blob if request.method == "HEAD" else self._pull
        blob = await use_case.blob(request.actor, name, Digest.parse(reference))
        digest = reference.encode()
        etag = b'"%b"' % digest
        headers: Headers = [(b"docker-content-digest", digest), (b"etag", etag), _RANGES, _CACHE]
        if reference in request.header(b"if-none-match"):
            await send_answer(send, 304, headers)
            return
        pieces = self._ranges(request, blob, etag)
        if pieces is None:
            await send_start(send, 200, [_TYPE, *headers], blob.size)
            await self._send_bytes(request, send, blob, 0, blob.size)
        elif len(pieces) == 1:
            offset, count = pieces[0]
            headers.append((b"content-range", _content_range(offset, count, blob.size)))
            await send_start(send, 206, [_TYPE, *headers], count)
            await self._send_bytes(request, send, blob, offset, count)
        else:
            await self._send_parts(send, blob, headers, pieces)

    def _ranges(self, request: Request, blob: BlobContent, etag: bytes) -> list[tuple[int, int]] | None:
        text = request.header(b"range")
        if not text or request.method != "GET":
            return None
        condition = request.header(b"if-range")
        if condition and condition.encode("latin-1") != etag:
            return None
        return parse_ranges(text, blob.size)

    async def _send_bytes(
        self, request: Request, send: Send, blob: BlobContent, offset: int, count: int
    ) -> None:
        if request.method == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        path = self._pull.path_of(blob)
        if path is not None:
            await send_file(request.scope, send, path, offset, count)
            return
        async for piece in self._pull.read(blob, offset, count):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _send_parts(
        self, send: Send, blob: BlobContent, headers: Headers, pieces: list[tuple[int, int]]
    ) -> None:
        boundary = secrets.token_hex(16).encode()
        heads = [
            b"\r\n--%b\r\ncontent-type: application/octet-stream\r\ncontent-range: %b\r\n\r\n"
            % (boundary, _content_range(offset, count, blob.size))
            for offset, count in pieces
        ]
        tail = b"\r\n--%b--\r\n" % boundary
        length = sum(map(len, heads)) + sum(count for _, count in pieces) + len(tail)
        kind = (b"content-type", b"multipart/byteranges; boundary=%b" % boundary)
        await send_start(send, 206, [kind, *headers], length)
        for head, (offset, count) in zip(heads, pieces, strict=True):
            await send({"type": "http.response.body", "body": head, "more_body": True})
            async for piece in self._pull.read(blob, offset, count):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": tail})

    async def delete(self, request: Request, send: Send, name: RepositoryName, reference: str) -> None:
        """Answer DELETE."""
        await self._delete.blob(request.actor, name, Digest.parse(reference))
        await send_answer(send, 202, [])


def _content_range(offset: int, count: int, size: int) -> bytes:
    return b"bytes %d-%d/%d" % (offset, offset + count - 1, size)
