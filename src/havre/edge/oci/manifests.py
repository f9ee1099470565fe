"""`/v2/<name>/manifests/<reference>`: GET, HEAD, PUT, DELETE."""

from functools import lru_cache

from havre.edge.oci.answers import Headers, send_answer
from havre.edge.oci.request import Request
from havre.edge.wire.asgi import Send
from havre.kernel.names import Reference, RepositoryName, Tag, parse_reference
from havre.registry import Delete, ManifestUpload, Pulls, Push
from havre.registry.errors import ManifestNotAcceptable, ManifestTooLarge
from havre.registry.formats.media_types import MANIFESTS


class Manifests:
    """The door to Pull, Push and Delete for manifests."""

    def __init__(self, pull: Pulls, push: Push, delete: Delete) -> None:
        self._pull = pull
        self._push = push
        self._delete = delete

    async def get(self, request: Request, send: Send, name: RepositoryName, reference: str) -> None:
        """Answer GET and HEAD."""
        parsed = parse_reference(reference)
        ask = self._pull.manifest if request.method == "GET" else self._pull.stat_manifest
        found = await ask(request.actor, name, parsed)
        if isinstance(parsed, Tag) and not is_acceptable(request.joined_header(b"accept"), found.media_type):
            raise ManifestNotAcceptable(parsed, found.media_type)
        digest = found.digest.encode()
        headers: Headers = [
            (b"content-type", found.media_type.encode("latin-1")),
            (b"docker-content-digest", digest),
            (b"etag", b'"%b"' % digest),
        ]
        if found.digest in request.header(b"if-none-match"):
            await send_answer(send, 304, headers)
            return
        await send_answer(send, 200, headers, found.body)

    async def put(self, request: Request, send: Send, name: RepositoryName, reference: str) -> None:
        """Answer PUT; `?tag=` names more tags when pushing by digest."""
        parsed = parse_reference(reference)
        tags = tuple(Tag.parse(text) for text in request.query_all("tag"))
        await self._push.authorize(request.actor, name)
        limit = self._push.limit_bytes
        body = await request.body(limit, ManifestTooLarge(limit))
        pushed = await self._push.manifest(
            request.actor, name, ManifestUpload(body, request.header(b"content-type"), parsed, tags)
        )
        headers: Headers = [
            (b"location", f"/v2/{name}/manifests/{_name_of(parsed, pushed.digest)}".encode()),
            (b"docker-content-digest", str(pushed.digest).encode()),
        ]
        if pushed.subject is not None:
            headers.append((b"oci-subject", str(pushed.subject).encode()))
        headers.extend((b"oci-tag", tag.text.encode()) for tag in tags)
        await send_answer(send, 201, headers)

    async def delete(self, request: Request, send: Send, name: RepositoryName, reference: str) -> None:
        """Answer DELETE by tag and by digest."""
        await self._delete.manifest(request.actor, name, parse_reference(reference))
        await send_answer(send, 202, [])


def _name_of(reference: Reference, digest: object) -> object:
    return digest if isinstance(reference, Tag) else reference


@lru_cache(maxsize=1024)
def is_acceptable(accept: str, media_type: str) -> bool:
    """Tell whether a tag may be answered with `media_type`.

    Refused only when the client lists manifest types and this one is not among them: old clients that
    know no indexes. A header that lists none of them says nothing about manifests.
    """
    listed = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    if not listed & MANIFESTS:
        return True
    return media_type in listed or "*/*" in listed or "application/*" in listed
