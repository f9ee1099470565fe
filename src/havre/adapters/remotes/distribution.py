"""Any registry that speaks the OCI distribution specification v1.1, as one account."""

import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final
from urllib.parse import quote, urljoin

from havre.adapters.remotes.caller import Caller, expect
from havre.adapters.remotes.fallback import ReferrersTag
from havre.adapters.remotes.media_types import MANIFEST_TYPES
from havre.adapters.remotes.push import push_blob
from havre.adapters.remotes.scopes import deleting, pulling, pushing
from havre.adapters.remotes.sockets import Cut
from havre.adapters.remotes.transport import Answer, Request, shown
from havre.kernel.digest import Digest, DigestInvalid
from havre.replication.errors import RemoteDenied, RemoteMissing, RemoteRefused, RemoteWrong
from havre.replication.ports import BlobPart, BlobPush, Pace, PushOutcome, RemoteDescriptor, RemoteManifest

PEER_HEADER: Final = "Havre-Instance"  # by which one Havre knows another
_PEER_CHARS: Final = 64
_INDEX: Final = MANIFEST_TYPES[0]
_MANIFEST_BYTES: Final = 4 << 20  # what registries take at most
_LIST_BYTES: Final = 32 << 20
_PAGE: Final = 1000
_PAGES: Final = 100_000  # a registry whose next page never ends is no registry


class DistributionRemote:
    """Implements Remote and Referring over the specification alone."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._fallback = ReferrersTag(caller)

    async def ping(self) -> str:
        """GET /v2/; see the port."""
        return await self.caller.run(self._ping)

    def _ping(self, cut: Cut) -> str:
        try:
            return self._hello(cut)
        except RemoteDenied:
            if self.caller.account.name:
                raise
            return ""  # public repositories may be read all the same

    def _hello(self, cut: Cut) -> str:
        with self.caller.ask(Request("GET", self.caller.url("v2/")), "", cut) as answer:
            if answer.status == 404:
                raise RemoteWrong(f"{shown(answer.url)} answers 404: no registry is served there")
            expect(answer, 200)
            told = answer.headers.get(PEER_HEADER, "")
            return told if told.isalnum() and len(told) <= _PEER_CHARS else ""

    async def manifest(self, repository: str, reference: str) -> RemoteManifest:
        """GET a manifest; see the port."""
        return await self.caller.run(lambda cut: self._manifest(repository, reference, cut))

    def _manifest(self, repository: str, reference: str, cut: Cut) -> RemoteManifest:
        request = self._manifest_request("GET", repository, reference)
        with self.caller.ask(request, pulling(repository), cut) as answer:
            expect(answer, 200)
            body = answer.read(_MANIFEST_BYTES)
            told = answer.headers.get("Docker-Content-Digest")
            wanted = reference if ":" in reference else told
            digest = Digest.of(body) if wanted is None else _digest(wanted, answer)
            if Digest.of(body, digest.algorithm) != digest:
                raise RemoteWrong(f"{shown(answer.url)} answers other bytes than {digest}: not taken")
            return RemoteManifest(digest, _media_type(answer, body), body)

    async def stat_manifest(self, repository: str, reference: str) -> RemoteDescriptor | None:
        """HEAD a manifest; see the port."""
        return await self.caller.run(lambda cut: self._stat_manifest(repository, reference, cut))

    def _stat_manifest(self, repository: str, reference: str, cut: Cut) -> RemoteDescriptor | None:
        request = self._manifest_request("HEAD", repository, reference)
        with self.caller.ask(request, pulling(repository), cut) as answer:
            if answer.status == 404:
                return None
            expect(answer, 200)
            told = answer.headers.get("Docker-Content-Digest") or (reference if ":" in reference else None)
            size, media_type = answer.headers.get("Content-Length"), answer.headers.get("Content-Type", "")
            if told is not None:
                return RemoteDescriptor(
                    _digest(told, answer), media_type.partition(";")[0].strip(), int(size) if size else None
                )
        found = self._manifest(repository, reference, cut)  # a registry that tells no digest
        return RemoteDescriptor(found.digest, found.media_type, len(found.body))

    def _manifest_request(self, method: str, repository: str, reference: str) -> Request:
        url = self.caller.url(f"v2/{repository}/manifests/{quote(reference, safe=':')}")
        return Request(method, url, {"Accept": ", ".join(MANIFEST_TYPES)})

    async def put_manifest(self, repository: str, reference: str, manifest: RemoteManifest) -> None:
        """PUT a manifest; see the port."""
        return await self.caller.run(lambda cut: self._put_manifest(repository, reference, manifest, cut))

    def _put_manifest(self, repository: str, reference: str, manifest: RemoteManifest, cut: Cut) -> None:
        url = self.caller.url(f"v2/{repository}/manifests/{quote(reference, safe=':')}")
        request = Request("PUT", url, {"Content-Type": manifest.media_type}, manifest.body)
        with self.caller.ask(request, pushing(repository), cut) as answer:
            expect(answer, 201, 202)
            told = answer.headers.get("Docker-Content-Digest")
            knows_subject = answer.headers.get("OCI-Subject") is not None
        if told is None:  # it does not say what it stored: ask
            stored = self._stat_manifest(repository, reference, cut)
            told = "nothing" if stored is None else str(stored.digest)
        if told.partition(":")[0] in (manifest.digest.algorithm, "nothing") and told != str(manifest.digest):
            raise RemoteWrong(f"{shown(url)} stored {told}, sent was {manifest.digest}")
        if not knows_subject:
            self._fallback.note(repository, manifest, cut)

    async def delete_manifest(self, repository: str, reference: str) -> bool:
        """DELETE a manifest; see the port."""
        return await self.caller.run(lambda cut: self._delete_manifest(repository, reference, cut))

    def _delete_manifest(self, repository: str, reference: str, cut: Cut) -> bool:
        url = self.caller.url(f"v2/{repository}/manifests/{quote(reference, safe=':')}")
        with self.caller.ask(Request("DELETE", url), deleting(repository), cut) as answer:
            if answer.status == 404:
                return False
            expect(answer, 200, 202, 204)
            return True

    async def stat_blob(self, repository: str, digest: Digest) -> int | None:
        """HEAD a blob; see the port."""
        return await self.caller.run(lambda cut: self._stat_blob(repository, digest, cut))

    def _stat_blob(self, repository: str, digest: Digest, cut: Cut) -> int | None:
        url = self.caller.url(f"v2/{repository}/blobs/{digest}")
        with self.caller.ask(Request("HEAD", url), pulling(repository), cut) as answer:
            if answer.status == 404:
                return None
            expect(answer, 200)
            return int(answer.headers.get("Content-Length") or 0)

    async def read_blob(self, part: BlobPart, sink: Callable[[memoryview], None], pace: Pace | None) -> None:
        """GET a part of a blob; see the port."""
        await self.caller.run(lambda cut: self._read_blob(part, sink, pace, cut))

    def _read_blob(
        self, part: BlobPart, sink: Callable[[memoryview], None], pace: Pace | None, cut: Cut
    ) -> None:
        offset = part.offset
        url = self.caller.url(f"v2/{part.repository}/blobs/{part.digest}")
        last = "" if part.count is None else str(offset + part.count - 1)
        headers = {"Range": f"bytes={offset}-{last}"} if offset or last else {}
        with self.caller.ask(Request("GET", url, headers), pulling(part.repository), cut) as answer:
            if answer.status == 416 and offset:
                return  # nothing is left
            expect(answer, 200, 206)
            if answer.status == 206 and not answer.headers.get("Content-Range", "").startswith(
                f"bytes {offset}-"
            ):
                raise RemoteWrong(f"{shown(url)} answers another range than from byte {offset}")
            answer.drain(_skipping(sink, offset) if answer.status == 200 and offset else sink, pace)

    async def push_blob(self, push: BlobPush) -> PushOutcome:
        """POST, PATCH, PUT; see the port."""
        return await self.caller.run(lambda cut: push_blob(self.caller, push, cut))

    async def tags(self, repository: str) -> AsyncIterator[str]:
        """GET tags/list; see the port."""
        async for name in self._pages(f"v2/{repository}/tags/list?n={_PAGE}", pulling(repository), "tags"):
            yield name

    async def repositories(self, prefix: str) -> AsyncIterator[str]:
        """GET the catalog; see the port."""
        async for name in self._pages(f"v2/_catalog?n={_PAGE}", "registry:catalog:*", "repositories"):
            if name.startswith(prefix):
                yield name

    async def _pages(self, path: str, scope: str, key: str) -> AsyncIterator[str]:
        url: str | None = self.caller.url(path)
        for _ in range(_PAGES):
            if url is None:
                return
            names, url = await self.caller.run(partial(self._page, url, scope, key))
            for name in names:
                yield name
        raise RemoteWrong(f"{shown(self.caller.url(path))} never comes to its last page")

    def _page(self, url: str, scope: str, key: str, cut: Cut) -> tuple[list[str], str | None]:
        with self.caller.ask(Request("GET", url), scope, cut) as answer:
            expect(answer, 200)
            names = _document(answer).get(key) or []
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise RemoteWrong(f"{shown(url)} answers no list of {key}")
            return names, next_page(answer)

    async def referrers(self, repository: str, digest: Digest) -> list[RemoteDescriptor]:
        """GET the referrers, or the tag that older registries keep in their place; see the port."""
        return await self.caller.run(lambda cut: self._referrers(repository, digest, cut))

    def _referrers(self, repository: str, digest: Digest, cut: Cut) -> list[RemoteDescriptor]:
        url: str | None = self.caller.url(f"v2/{repository}/referrers/{digest}")
        found: list[RemoteDescriptor] = []
        while url is not None and len(found) < _PAGES:
            with self.caller.ask(Request("GET", url), pulling(repository), cut) as answer:
                if answer.status == 404 or not answer.headers.get("Content-Type", "").startswith(_INDEX):
                    return self._referrers_tag(repository, digest, cut)
                expect(answer, 200)
                found += _descriptors(answer, _document(answer))
                url = next_page(answer)
        return found

    def _referrers_tag(self, repository: str, digest: Digest, cut: Cut) -> list[RemoteDescriptor]:
        request = self._manifest_request("GET", repository, f"{digest.algorithm}-{digest.hex}")
        try:
            with self.caller.ask(request, pulling(repository), cut) as answer:
                expect(answer, 200)
                return _descriptors(answer, _document(answer))
        except (RemoteMissing, RemoteRefused):
            return []


def next_page(answer: Answer) -> str | None:
    """Read the Link header (RFC 5988) that leads on, as an address of the same registry.

    Raises: RemoteWrong when it leads elsewhere.
    """
    for link in (answer.headers.get("Link") or "").split(","):
        target, _, rest = link.strip().partition(">")
        if target.startswith("<") and 'rel="next"' in rest.replace("'", '"').replace(
            "rel=next", 'rel="next"'
        ):
            url = urljoin(answer.url, target[1:])
            if url.split("/", 3)[:3] != answer.url.split("/", 3)[:3]:
                raise RemoteWrong(
                    f"the next page of {shown(answer.url)} is at another registry, {shown(url)}"
                )
            return url
    return None


def _skipping(sink: Callable[[memoryview], None], offset: int) -> Callable[[memoryview], None]:
    """Pass over what is here already, from a registry that gives no ranges."""
    left = offset

    def take(piece: memoryview) -> None:
        nonlocal left
        passed = min(left, len(piece))
        left -= passed
        if passed < len(piece):
            sink(piece[passed:])

    return take


def _document(answer: Answer) -> dict[str, object]:
    try:
        document = json.loads(answer.read(_LIST_BYTES))
    except (ValueError, RecursionError) as error:
        raise RemoteWrong(f"{shown(answer.url)} answers no JSON") from error
    if not isinstance(document, dict):
        raise RemoteWrong(f"{shown(answer.url)} answers no JSON object")
    return document


def _descriptors(answer: Answer, index: dict[str, object]) -> list[RemoteDescriptor]:
    listed = index.get("manifests") or []
    try:
        return [
            RemoteDescriptor(
                Digest.parse(one["digest"]),
                str(one.get("mediaType", "")),
                int(one["size"]),
                str(one.get("artifactType", "")),
                {str(name): str(value) for name, value in (one.get("annotations") or {}).items()},
            )
            for one in listed  # type: ignore[attr-defined]  # any other shape is the except below
        ]
    except (KeyError, TypeError, ValueError, AttributeError, DigestInvalid) as error:
        raise RemoteWrong(f"{shown(answer.url)} answers no index of referrers") from error


def _digest(text: str, answer: Answer) -> Digest:
    try:
        return Digest.parse(text)
    except DigestInvalid as error:
        raise RemoteWrong(f"{shown(answer.url)} names no digest: {error}") from error


def _media_type(answer: Answer, body: bytes) -> str:
    told = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    if told in MANIFEST_TYPES:
        return told
    try:  # a registry or a proxy in front of it that calls everything JSON
        written = json.loads(body).get("mediaType")
    except (ValueError, AttributeError, RecursionError):
        written = None
    return written if isinstance(written, str) else told
