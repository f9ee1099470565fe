"""A scanner that is another programme, behind the pluggable scanner API: `python -m kit.scanner_adapter`.

It pulls the manifest of what it is to scan with what it was given, and finds one vulnerability in each layer.
A repository whose name ends in `broken` fails; one that ends in `slow` is never done.
"""

import argparse
import json
import urllib.error
import urllib.request
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from uuid import uuid4

REPORT: Final = "application/vnd.security.vulnerability.report; version=1.1"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_SCANNER: Final = {"name": "Probe", "vendor": "Tests", "version": "2.1"}


class Adapter(ThreadingHTTPServer):
    """Keeps scans in memory; `secret` is what callers must send, `kind` how it pulls."""

    daemon_threads = True

    def __init__(self, port: int = 0, secret: str = "", kind: str = "Basic") -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.secret = secret
        self.kind = kind
        self.scans: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, int] = {}

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Adapter

    def do_GET(self) -> None:
        """Tell what it is, or what it found."""
        if not self._is_known():
            return
        if self.path == "/api/v1/metadata":
            kind = {"harbor.scanner-adapter/registry-authorization-type": self.server.kind}
            capability = {"consumes_mime_types": [MANIFEST], "produces_mime_types": [REPORT]}
            self._answer(
                200, {"scanner": _SCANNER, "capabilities": [capability], "properties": kind}, "metadata"
            )
            return
        number = self.path.split("/")[4] if self.path.endswith("/report") else ""
        scan = self.server.scans.get(number)
        if scan is None:
            self._fail(404, f"there is no scan {number}")
        elif scan["repository"].endswith("broken"):
            self._fail(500, "the scanner broke")
        elif scan["repository"].endswith("slow") or self._is_early(number):
            self.send_response(302)
            self.send_header("Refresh-After", "1")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            assert self.headers["Accept"].replace(" ", "") == REPORT.replace(" ", "")
            self._answer(200, _report(scan), "report")

    def do_POST(self) -> None:
        """Begin a scan: pull the manifest at once, so that a bad pass is a bad request."""
        if not self._is_known():
            return
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        registry, artifact = asked["registry"], asked["artifact"]
        if not registry["authorization"].startswith(f"{self.server.kind} "):
            self._fail(422, "registry.authorization is of another kind than was asked for")
            return
        request = urllib.request.Request(
            f"{registry['url']}/v2/{artifact['repository']}/manifests/{artifact['digest']}",
            headers={"Authorization": registry["authorization"], "Accept": artifact["mime_type"]},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                layers = [layer["digest"] for layer in json.load(answer)["layers"]]
        except urllib.error.HTTPError as error:
            self._fail(422, f"the registry says {error.code}: {error.read().decode()}")
            return
        number = str(uuid4())
        self.server.scans[number] = {"repository": artifact["repository"], "layers": layers}
        self._answer(202, {"id": number}, "scan.response")

    def _is_early(self, number: str) -> bool:
        self.server.asked[number] = self.server.asked.get(number, 0) + 1
        return self.server.asked[number] == 1

    def _is_known(self) -> bool:
        wanted = self.server.secret
        if wanted and self.headers.get("Authorization") != f"Bearer {wanted}":
            self._fail(401, "the credential is wrong")
            return False
        return True

    def _fail(self, status: int, message: str) -> None:
        self._answer(status, {"error": {"message": message}}, "error")

    def _answer(self, status: int, document: object, kind: str) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", f"application/vnd.scanner.adapter.{kind}+json; version=1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def _report(scan: dict[str, Any]) -> dict[str, object]:
    found = [
        {
            "id": f"CVE-2099-{number:04}",
            "package": f"layer-{digest[7:15]}",
            "version": "1.0",
            "fix_version": "1.1" if number == 1 else "",
            "severity": "Critical" if number == 1 else "Low",
            "description": "found by the probe",
            "links": ["https://example.test/advisory"],
            "preferred_cvss": {"score_v3": 9.8, "vector_v3": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
            "cwe_ids": ["CWE-79"],
        }
        for number, digest in enumerate(scan["layers"], 1)
    ]
    return {"generated_at": "2026-01-01T00:00:00Z", "scanner": _SCANNER, "vulnerabilities": found}


@cache
def adapter_url() -> str:
    """Serve one from this process, as long as it lives, and tell where."""
    adapter = Adapter()
    Thread(target=adapter.serve_forever, daemon=True).start()
    return adapter.url


def main() -> None:
    """Serve one, and say where."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--secret", default="")
    parser.add_argument("--kind", default="Basic")
    given = parser.parse_args()
    adapter = Adapter(secret=given.secret, kind=given.kind)
    print(adapter.url, flush=True)
    adapter.serve_forever()


if __name__ == "__main__":
    main()
