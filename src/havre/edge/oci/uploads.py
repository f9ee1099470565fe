"""`/v2/<name>/blobs/uploads/…`: start, mount, monolithic, chunked, status, finish, cancel."""

from havre.edge.oci.answers import Headers, send_answer, upload_location, upload_range
from havre.edge.oci.ranges import parse_content_range
from havre.edge.oci.request import Request
from havre.edge.wire.asgi import Send
from havre.kernel.digest import Digest
from havre.kernel.names import NameInvalid, RepositoryName
from havre.registry import Chunk, Finish, Mount, Uploads
from havre.registry.model import Upload


class UploadsDoor:
    """The door to Uploads, Finish and Mount."""

    def __init__(self, uploads: Uploads, finish: Finish, mount: Mount) -> None:
        self._uploads = uploads
        self._finish = finish
        self._mount = mount

    async def post(self, request: Request, send: Send, name: RepositoryName) -> None:
        """Answer POST: mount when asked and possible, the whole blob at once, or a fresh upload."""
        mounted = request.query("mount")
        if mounted is not None:
            digest = Digest.parse(mounted)
            if await self._mount.blob(request.actor, name, digest, _source(request.query("from"))):
                await _send_created(send, name, digest)
                return
        whole = request.query("digest")
        digest_of_whole = Digest.parse(whole) if whole is not None and mounted is None else None
        algorithm = request.query("digest-algorithm") or "sha256"
        if digest_of_whole is not None:
            algorithm = digest_of_whole.algorithm
        upload = await self._uploads.start(request.actor, name, algorithm)
        if digest_of_whole is None:
            await _send_upload(send, 202, upload)
            return
        await self._finish.upload(
            request.actor, name, upload.upload_id, digest_of_whole, _chunk(request, needs_body=False)
        )
        await _send_created(send, name, digest_of_whole)

    async def get(self, request: Request, send: Send, name: RepositoryName, upload_id: str) -> None:
        """Answer GET and HEAD: how far the upload is."""
        await _send_upload(send, 204, await self._uploads.find(request.actor, name, upload_id))

    async def patch(self, request: Request, send: Send, name: RepositoryName, upload_id: str) -> None:
        """Answer PATCH: one chunk, or the whole stream."""
        chunk = _chunk(request, needs_body=True)
        assert chunk is not None
        await _send_upload(send, 202, await self._uploads.append(request.actor, name, upload_id, chunk))

    async def put(self, request: Request, send: Send, name: RepositoryName, upload_id: str) -> None:
        """Answer PUT: the last bytes, if any, and the digest of them all."""
        digest = Digest.parse(request.query("digest") or "")
        await self._finish.upload(request.actor, name, upload_id, digest, _chunk(request, needs_body=False))
        await _send_created(send, name, digest)

    async def delete(self, request: Request, send: Send, name: RepositoryName, upload_id: str) -> None:
        """Answer DELETE: give it up."""
        await self._uploads.cancel(request.actor, name, upload_id)
        await send_answer(send, 204, [])


def _source(text: str | None) -> RepositoryName | None:
    if text is None:
        return None
    try:
        return RepositoryName.parse(text)
    except NameInvalid:
        # containerd aborts the push on any refusal of a mount; a name that holds nothing is never found
        return RepositoryName("-")


def _chunk(request: Request, *, needs_body: bool) -> Chunk | None:
    if not request.has_body and not needs_body:
        return None
    text = request.header(b"content-range")
    first, last = parse_content_range(text) if text else (None, None)
    return Chunk(request.body_drain(), first, last, request.content_length)


async def _send_upload(send: Send, status: int, upload: Upload) -> None:
    headers: Headers = [
        (b"location", upload_location(upload.repository, upload.upload_id).encode()),
        (b"range", upload_range(upload.offset)),
        (b"docker-upload-uuid", upload.upload_id.encode()),
    ]
    await send_answer(send, status, headers)


async def _send_created(send: Send, name: RepositoryName, digest: Digest) -> None:
    text = str(digest)
    headers: Headers = [
        (b"location", f"/v2/{name}/blobs/{text}".encode()),
        (b"docker-content-digest", text.encode()),
    ]
    await send_answer(send, 201, headers)
