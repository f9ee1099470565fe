"""`tags/list`, `_catalog` and `referrers`: lists by keyset with a Link to the next page."""

from typing import Final

import msgspec

from havre.edge.oci.answers import Headers, link_next, send_answer, send_json
from havre.edge.oci.reading import ListsReferrers, ListsTags
from havre.edge.oci.request import Request
from havre.edge.wire.asgi import Send
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.registry import Catalog
from havre.registry.errors import PageSizeInvalid
from havre.registry.formats.media_types import OCI_INDEX
from havre.registry.model import Referrer

_INDEX_TYPE: Final = (b"content-type", OCI_INDEX.encode())


class Listings:
    """The door to Tags, Catalog and Referrers."""

    def __init__(self, tags: ListsTags, catalog: Catalog, referrers: ListsReferrers) -> None:
        self._tags = tags
        self._catalog = catalog
        self._referrers = referrers

    async def tags(self, request: Request, send: Send, name: RepositoryName) -> None:
        """Answer GET tags/list."""
        size = _size(request)
        page = await self._tags.page(request.actor, name, request.query("last") or "", size)
        headers = _link(f"/v2/{name}/tags/list", page.next_after, size)
        await send_json(send, {"name": name.text, "tags": page.items}, headers)

    async def catalog(self, request: Request, send: Send) -> None:
        """Answer GET _catalog."""
        size = _size(request)
        page = await self._catalog.page(request.actor, request.query("last") or "", size)
        headers = _link("/v2/_catalog", page.next_after, size)
        await send_json(send, {"repositories": page.items}, headers)

    async def referrers(self, request: Request, send: Send, name: RepositoryName, subject: str) -> None:
        """Answer GET referrers/<digest>; `artifactType` narrows the list."""
        digest = Digest.parse(subject)
        kind = request.query("artifactType") or None
        after = request.query("last") or ""
        before_id = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
        page = await self._referrers.page(request.actor, name, digest, kind, before_id)
        headers: Headers = [_INDEX_TYPE]
        if kind is not None:
            headers.append((b"oci-filters-applied", b"artifactType"))
        if page.next_after is not None:
            parameters = [("last", page.next_after)] + ([("artifactType", kind)] if kind else [])
            headers.append(link_next(f"/v2/{name}/referrers/{digest}", parameters))
        index = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [_descriptor(referrer) for referrer in page.items],
        }
        await send_answer(send, 200, headers, msgspec.json.encode(index))


def _size(request: Request) -> int | None:
    text = request.query("n")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise PageSizeInvalid(text)
    return int(text)


def _link(path: str, after: str | None, size: int | None) -> Headers:
    if after is None:
        return []
    return [link_next(path, [("last", after)] + ([("n", str(size))] if size is not None else []))]


def _descriptor(referrer: Referrer) -> dict[str, object]:
    found: dict[str, object] = {
        "mediaType": referrer.media_type,
        "digest": referrer.digest,
        "size": referrer.size,
    }
    if referrer.artifact_type:
        found["artifactType"] = referrer.artifact_type
    if referrer.annotations:
        found["annotations"] = referrer.annotations
    return found
