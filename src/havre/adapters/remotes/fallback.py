"""Keep the list of referrers where a registry does not: an index under a tag made of the subject's digest.

Source: OCI distribution-spec v1.1, "Referrers Tag Schema".
"""

import json
import threading
from typing import Final

from havre.adapters.remotes.caller import Caller, expect
from havre.adapters.remotes.media_types import INDEX
from havre.adapters.remotes.scopes import pulling, pushing
from havre.adapters.remotes.sockets import Cut
from havre.adapters.remotes.transport import Request
from havre.replication.ports import RemoteManifest

_LARGEST: Final = 4 << 20


class ReferrersTag:
    """Adds manifests that name a subject to its index; one at a time, as reading and writing are two."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._lock = threading.Lock()

    def note(self, repository: str, manifest: RemoteManifest, cut: Cut) -> None:
        """List a manifest that was stored, when it names a subject. Raises: the errors of RemoteFailed."""
        document = json.loads(manifest.body)
        subject = document.get("subject")
        if not isinstance(subject, dict) or not isinstance(subject.get("digest"), str):
            return
        url = self._caller.url(f"v2/{repository}/manifests/{subject['digest'].replace(':', '-')}")
        with self._lock:
            listed = self._read(url, repository, cut)
            digest = str(manifest.digest)
            if any(isinstance(one, dict) and one.get("digest") == digest for one in listed):
                return
            body = json.dumps(
                {
                    "schemaVersion": 2,
                    "mediaType": INDEX,
                    "manifests": [*listed, _descriptor(manifest, document)],
                }
            ).encode()
            request = Request("PUT", url, {"Content-Type": INDEX}, body)
            with self._caller.ask(request, pushing(repository), cut) as answer:
                expect(answer, 201, 202)

    def _read(self, url: str, repository: str, cut: Cut) -> list[object]:
        with self._caller.ask(Request("GET", url, {"Accept": INDEX}), pulling(repository), cut) as answer:
            if answer.status == 404:
                return []
            expect(answer, 200)
            try:
                listed = json.loads(answer.read(_LARGEST)).get("manifests")
            except (ValueError, AttributeError):
                return []
        return listed if isinstance(listed, list) else []


def _descriptor(manifest: RemoteManifest, document: dict[str, object]) -> dict[str, object]:
    config = document.get("config")
    kind = document.get("artifactType") or (config.get("mediaType") if isinstance(config, dict) else None)
    found: dict[str, object] = {
        "mediaType": manifest.media_type,
        "digest": str(manifest.digest),
        "size": len(manifest.body),
    }
    if kind:
        found["artifactType"] = kind
    if document.get("annotations"):
        found["annotations"] = document["annotations"]
    return found
