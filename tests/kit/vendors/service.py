"""A small registry over HTTP with room for a vendor's own API and its own proof of an account."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Asked:
    """A request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def account(self) -> tuple[str, str] | None:
        """Read the account that Basic proves."""
        scheme, _, proof = self.headers.get("authorization", "").partition(" ")
        if scheme != "Basic":
            return None
        name, _, secret = base64.b64decode(proof).decode().partition(":")
        return name, secret

    def json(self) -> dict[str, object]:
        """Read the body as an object."""
        document = json.loads(self.body)
        assert isinstance(document, dict)
        return document


@dataclass
class Reply:
    """An answer; the body is JSON unless it is bytes."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """Write the body."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass
class Vendor:
    """What every one of them has: a registry for one account. Kinds override `api` and `refusal`."""

    user: str = "porter"
    secret: str = "carries"
    url: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def api(self, asked: Asked) -> Reply | None:
        """Answer what stands beside the registry."""
        raise NotImplementedError

    def refusal(self, asked: Asked) -> Reply | None:
        """Refuse who may not use the registry; by default whoever does not prove the account by Basic."""
        if asked.account() == (self.user, self.secret):
            return None
        return Reply(401, {"errors": []}, {"WWW-Authenticate": 'Basic realm="vendor"'})

    def has_repository(self, _name: str) -> bool:
        """Tell whether something may be pushed there."""
        return True

    def answer(self, asked: Asked) -> Reply:
        """Answer anything."""
        self.asked.append(f"{asked.method} {asked.path}")
        if not asked.path.startswith("/v2/") or self.is_api(asked):
            return self.api(asked) or Reply(404, {"message": "no such thing"})
        return self.refusal(asked) or self._registry(asked)

    def is_api(self, _asked: Asked) -> bool:
        """Tell apart an API below /v2/."""
        return False

    def _registry(self, asked: Asked) -> Reply:
        found = re.fullmatch(r"/v2/(.+?)/(manifests|blobs/uploads|blobs|tags)/(.*)", asked.path)
        if found is None:
            return Reply(200 if asked.path == "/v2/" else 404, {})
        name, kind, rest = found.groups()
        if asked.method in ("POST", "PUT") and not self.has_repository(name):
            return Reply(404, {"errors": [{"code": "NAME_UNKNOWN", "message": f"{name} does not exist"}]})
        if kind == "blobs/uploads":
            return self._upload(asked, name)
        if kind == "tags":
            tags = sorted(ref for repo, ref in self.manifests if repo == name and ":" not in ref)
            return Reply(200, {"name": name, "tags": tags})
        if kind == "blobs":
            body = self.blobs.get(rest)
            return Reply(404) if body is None else Reply(200, body)
        return self._manifest(asked, name, rest)

    def _upload(self, asked: Asked, name: str) -> Reply:
        if asked.method == "POST":
            return Reply(202, None, {"Location": f"/v2/{name}/blobs/uploads/one"})
        digest = asked.query["digest"]
        assert digest == f"sha256:{hashlib.sha256(asked.body).hexdigest()}"
        self.blobs[digest] = asked.body
        return Reply(201, None, {"Location": f"/v2/{name}/blobs/{digest}"})

    def _manifest(self, asked: Asked, name: str, reference: str) -> Reply:
        if asked.method == "DELETE":
            return Reply(405, {"errors": [{"code": "UNSUPPORTED", "message": "nothing is deleted here"}]})
        if asked.method == "PUT":
            digest = f"sha256:{hashlib.sha256(asked.body).hexdigest()}"
            for key in (digest, reference):
                self.manifests[name, key] = asked.headers["content-type"], asked.body
            return Reply(201, None, {"Docker-Content-Digest": digest})
        kept = self.manifests.get((name, reference))
        if kept is None:
            return Reply(404, {"errors": []})
        digest = f"sha256:{hashlib.sha256(kept[1]).hexdigest()}"
        return Reply(200, kept[1], {"Content-Type": kept[0], "Docker-Content-Digest": digest})


Kind = TypeVar("Kind", bound=Vendor)


@contextmanager
def serving(vendor: Kind) -> Iterator[Kind]:
    """Serve one on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, vendor))
    server.daemon_threads = True
    vendor.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, vendor: Vendor, *more: object) -> None:
        self._vendor = vendor
        super().__init__(*more)  # type: ignore[arg-type]  # what the server hands on

    def do_GET(self) -> None:
        """Answer."""
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        reply = self._vendor.answer(Asked(self.command, unquote(parts.path), query, headers, body))
        content = reply.encoded()
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names are http.server's

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def page_of(listed: list[object], asked: Asked, size_name: str = "per_page") -> list[object]:
    """Cut a numbered page, of at most 100."""
    size = min(int(asked.query.get(size_name, "20")), 100)
    first = (int(asked.query.get("page", "1")) - 1) * size
    return listed[first : first + size]
