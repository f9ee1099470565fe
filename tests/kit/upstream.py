"""A registry that is staged: it serves what it was given, counts what it is asked, fails when told to."""

import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
_PIECE = 1 << 20


def digest_of(content: bytes) -> str:
    """Name a content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Upstream:
    """What it has, by repository and reference, and how it behaves.

    `asked` counts requests by method and path. `fault` is a status for everything, `lies` swaps the bytes of
    these blobs, `pause_s` is how long each MiB takes, `breaks_at` where the next blob breaks off, once.
    """

    manifests: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    fault: int = 0
    retry_after: str = ""
    lies: set[str] = field(default_factory=set)
    pause_s: float = 0.0
    breaks_at: int = 0
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, repository: str, document: dict[str, object], tag: str | None = None) -> str:
        """Have a manifest."""
        body, media_type = json.dumps(document).encode(), str(document["mediaType"])
        self.manifests[repository, digest_of(body)] = media_type, body
        if tag is not None:
            self.manifests[repository, tag] = media_type, body
        return digest_of(body)

    def image(
        self, repository: str, tag: str | None, *layers: bytes, more: dict[str, object] | None = None
    ) -> str:
        """Have an image."""
        config = b'{"architecture":"amd64","os":"linux"}'
        described = []
        for content in (config, *layers):
            self.blobs[digest_of(content)] = content
            described.append({"digest": digest_of(content), "size": len(content)})
        return self.put(
            repository,
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **described[0]},
                "layers": [
                    {"mediaType": "application/vnd.oci.image.layer.v1.tar", **one} for one in described[1:]
                ],
                **(more or {}),
            },
            tag,
        )

    def index(self, repository: str, tag: str, *children: str) -> str:
        """Have an index of images that are here."""
        listed = [
            {"mediaType": MANIFEST, "digest": one, "size": len(self.manifests[repository, one][1])}
            for one in children
        ]
        return self.put(repository, {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}, tag)

    def times(self, pattern: str) -> int:
        """Count the requests that a pattern describes."""
        with self.lock:
            return sum(count for line, count in self.asked.items() if re.search(pattern, line))


@contextmanager
def staged() -> Iterator[Upstream]:
    """Serve one."""
    upstream = Upstream()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, upstream))
    server.daemon_threads = True
    upstream.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, upstream: Upstream, *more: object) -> None:
        self._upstream = upstream
        super().__init__(*more)  # type: ignore[arg-type]  # what the server hands on

    def do_GET(self) -> None:
        """Answer a question."""
        upstream = self._upstream
        with upstream.lock:
            upstream.asked[f"{self.command} {self.path}"] += 1
        if upstream.fault:
            more = {"Retry-After": upstream.retry_after} if upstream.retry_after else {}
            self._answer(upstream.fault, b'{"errors":[]}', "application/json", more)
            return
        path = self.path.partition("?")[0]
        if path == "/v2/":
            self._answer(200, b"{}", "application/json")
            return
        found = re.fullmatch(r"/v2/(.+)/(manifests|blobs|tags|referrers)/([^/]+)", path)
        if found is None:
            self._answer(404, b'{"errors":[]}', "application/json")
        elif found[2] == "manifests":
            self._manifest(found[1], found[3])
        elif found[2] == "blobs":
            self._blob(found[3])
        elif found[2] == "tags":
            names = sorted(ref for repo, ref in upstream.manifests if repo == found[1] and ":" not in ref)
            body = json.dumps({"name": found[1], "tags": names}).encode()
            self._answer(200 if names else 404, body, "application/json")
        else:
            self._referrers(found[1], found[3])

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def _manifest(self, repository: str, reference: str) -> None:
        kept = self._upstream.manifests.get((repository, reference))
        if kept is None:
            self._answer(404, b'{"errors":[]}', "application/json")
            return
        digest = digest_of(kept[1])
        body = kept[1].replace(b"amd64", b"ppc64") if digest in self._upstream.lies else kept[1]
        if digest in self._upstream.lies:
            body = body + b" "
        self._answer(200, body, kept[0], {"Docker-Content-Digest": digest})

    def _referrers(self, repository: str, subject: str) -> None:
        listed = []
        for (name, reference), (media_type, body) in self._upstream.manifests.items():
            document = json.loads(body)
            if (
                name == repository
                and ":" in reference
                and (document.get("subject") or {}).get("digest") == subject
            ):
                listed.append(
                    {
                        "mediaType": media_type,
                        "digest": reference,
                        "size": len(body),
                        "artifactType": document.get("artifactType", ""),
                    }
                )
        self._answer(
            200, json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}).encode(), INDEX
        )

    def _blob(self, digest: str) -> None:
        upstream = self._upstream
        content = upstream.blobs.get(digest)
        if content is None:
            self._answer(404, b'{"errors":[]}', "application/json")
            return
        if digest in upstream.lies:
            content = bytes([content[0] ^ 1]) + content[1:]
        status, headers, part = 200, {"Docker-Content-Digest": digest}, content
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted:
            first = int(wanted[1])
            part = content[first : int(wanted[2]) + 1 if wanted[2] else None]
            status = 206
            headers["Content-Range"] = f"bytes {first}-{first + len(part) - 1}/{len(content)}"
        self._answer(status, part, "application/octet-stream", headers)

    def _answer(
        self, status: int, body: bytes, media_type: str, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        breaks_at, self._upstream.breaks_at = self._upstream.breaks_at, 0
        for start in range(0, len(body), _PIECE):
            if breaks_at and start >= breaks_at:
                self.close_connection = True
                return
            if self._upstream.pause_s:
                time.sleep(self._upstream.pause_s)  # a wire as slow as that
            self.wfile.write(body[start : start + _PIECE])

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""
