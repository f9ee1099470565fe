"""An instance that takes part in replication: images in it, registries and rules of it, runs that end."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Final

import httpx

from kit.server import ADMIN_PASSWORD, Server

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX: Final = "application/vnd.oci.image.index.v1+json"
CONFIG: Final = b'{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}'
ENDED: Final = frozenset({"Succeed", "Failed", "Stopped"})
Json = dict[str, Any]


def digest_of(content: bytes) -> str:
    """Name a content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def descriptor(content: bytes, media_type: str) -> Json:
    """Describe a content."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def until(holds: Callable[[], object], deadline_s: float = 60, every_s: float = 0.1) -> None:
    """Wait for a condition; its last answer is in the failure."""
    end = time.monotonic() + deadline_s
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {deadline_s} s: {found!r}"
        time.sleep(every_s)  # between two looks at the condition


class Account(httpx.Auth):
    """Proves an account as a registry asks: by Basic, or by a token for each request from its realm."""

    def __init__(self, name: str, secret: str) -> None:
        self._basic = httpx.BasicAuth(name, secret)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Ask, and ask again with what was asked for."""
        answer = yield next(self._basic.auth_flow(request))
        challenge = answer.headers.get("www-authenticate", "")
        if answer.status_code == 401 and challenge.lower().startswith("bearer"):
            words = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
            wanted = {name: words[name] for name in ("service", "scope") if name in words}
            ask = httpx.Request("GET", words["realm"], params=wanted)
            found = yield next(self._basic.auth_flow(ask))
            found.read()
            request.headers["Authorization"] = f"Bearer {found.json()['token']}"
            yield request


class Site:
    """One registry, as its administrator sees it over /v2 and, where it is ours, over the API."""

    def __init__(
        self, url: str, server: Server | None = None, account: tuple[str, str] | None = None
    ) -> None:
        self.url = url
        self.server = server
        self.account = account or ("admin", ADMIN_PASSWORD)
        self.http = httpx.Client(
            base_url=url, auth=Account(*self.account) if self.account[0] else None, timeout=60
        )

    # What it holds.

    def push_blob(self, repository: str, content: bytes) -> Json:
        """Put a blob there and describe it as a layer."""
        opened = self.http.post(f"/v2/{repository}/blobs/uploads/")
        assert opened.status_code == 202, opened.text
        where = httpx.URL(self.url).join(opened.headers["location"])
        answer = self.http.put(where.copy_merge_params({"digest": digest_of(content)}), content=content)
        assert answer.status_code == 201, answer.text
        return descriptor(content, "application/vnd.oci.image.layer.v1.tar")

    def push_manifest(
        self, repository: str, document: Mapping[str, object], reference: str | None = None
    ) -> str:
        """Put a manifest there and name it by its digest."""
        body = json.dumps(document).encode()
        target = reference or digest_of(body)
        answer = self.http.put(
            f"/v2/{repository}/manifests/{target}",
            content=body,
            headers={"Content-Type": str(document["mediaType"])},
        )
        assert answer.status_code == 201, answer.text
        return digest_of(body)

    def push_image(
        self,
        repository: str,
        tag: str | None,
        layers: Sequence[bytes] = (b"layer",),
        more: Json | None = None,
    ) -> str:
        """Put an image there."""
        self.push_blob(repository, CONFIG)
        listed = [self.push_blob(repository, layer) for layer in layers]
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, "application/vnd.oci.image.config.v1+json"),
            "layers": listed,
            **(more or {}),
        }
        return self.push_manifest(repository, document, tag)

    def push_index(self, repository: str, tag: str, layers: Sequence[bytes]) -> tuple[str, list[str]]:
        """Put an index there with an image for each layer; name it and its children."""
        children = [self.push_image(repository, None, [layer]) for layer in layers]
        listed = []
        for number, child in enumerate(children):
            size = int(self.http.head(f"/v2/{repository}/manifests/{child}").headers["content-length"])
            platform = {"os": "linux", "architecture": f"arch{number}"}
            listed.append({"mediaType": MANIFEST, "digest": child, "size": size, "platform": platform})
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}
        return self.push_manifest(repository, document, tag), children

    def sign(self, repository: str, subject: str, content: bytes = b"signature") -> str:
        """Put something there that refers to a manifest."""
        size = int(self.http.head(f"/v2/{repository}/manifests/{subject}").headers["content-length"])
        more: Json = {
            "artifactType": "application/vnd.dev.cosign.artifact.sig.v1+json",
            "subject": {"mediaType": MANIFEST, "digest": subject, "size": size},
        }
        return self.push_image(repository, None, [content], more)

    def digest(self, repository: str, reference: str) -> str | None:
        """Tell what a reference names there; None when nothing."""
        accept = {"Accept": f"{MANIFEST}, {INDEX}"}
        answer = self.http.head(f"/v2/{repository}/manifests/{reference}", headers=accept)
        return answer.headers["docker-content-digest"] if answer.status_code == 200 else None

    def pull(self, repository: str, reference: str) -> list[bytes]:
        """Get all layers of an image, proved."""
        accept = {"Accept": f"{MANIFEST}, {INDEX}"}
        answer = self.http.get(f"/v2/{repository}/manifests/{reference}", headers=accept)
        assert answer.status_code == 200, answer.text
        found = []
        for layer in answer.json()["layers"]:
            body = self.http.get(f"/v2/{repository}/blobs/{layer['digest']}").content
            assert digest_of(body) == layer["digest"]
            found.append(body)
        return found

    def referrers(self, repository: str, subject: str) -> list[str]:
        """List what refers to a manifest there."""
        answer = self.http.get(f"/v2/{repository}/referrers/{subject}")
        return [one["digest"] for one in answer.json()["manifests"]] if answer.status_code == 200 else []

    def delete(self, repository: str, reference: str) -> None:
        """Delete a tag or a manifest there."""
        answer = self.http.delete(f"/v2/{repository}/manifests/{reference}")
        assert answer.status_code == 202, answer.text

    # What it does: only for a Havre.

    def api(
        self, method: str, path: str, body: object = None, *, status: int | None = None
    ) -> httpx.Response:
        """Call the API and expect a status, any of 2xx when none is named."""
        answer = self.http.request(method, f"/api/v2.0{path}", json=body)
        is_expected = answer.is_success if status is None else answer.status_code == status
        assert is_expected, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def create(self, path: str, body: object) -> int:
        """Make something and tell its number."""
        return int(self.api("POST", path, body).headers["location"].rpartition("/")[2])

    def add_registry(self, other: "Site", kind: str = "harbor", name: str = "other") -> int:
        """Configure another registry."""
        user, secret = other.account
        account = {"type": "basic", "access_key": user, "access_secret": secret}
        body = {"name": name, "type": kind, "url": other.url, "credential": account}
        return self.create("/registries", body)

    def add_rule(self, **words: object) -> int:
        """Make a rule, in force and overriding unless said otherwise."""
        rule = {"name": f"rule-{time.monotonic_ns()}", "enabled": True, "override": True, **words}
        return self.create("/replication/policies", rule)

    def push_rule(self, registry: int, **words: object) -> int:
        """Make a rule that pushes."""
        return self.add_rule(dest_registry={"id": registry}, **words)

    def pull_rule(self, registry: int, **words: object) -> int:
        """Make a rule that pulls."""
        return self.add_rule(src_registry={"id": registry}, **words)

    def start(self, policy: int) -> int:
        """Start a rule and tell the run's number."""
        return self.create("/replication/executions", {"policy_id": policy})

    def run(self, policy: int, status: str = "Succeed", deadline_s: float = 120) -> Json:
        """Start a rule, wait for its end and tell how it went."""
        return self.wait(self.start(policy), status, deadline_s)

    def wait(self, execution: int, status: str = "Succeed", deadline_s: float = 120) -> Json:
        """Wait for the end of a run and tell how it went."""
        path = f"/replication/executions/{execution}"
        until(lambda: self.api("GET", path).json()["status"] in ENDED, deadline_s)
        found: Json = self.api("GET", path).json()
        assert found["status"] == status, f"{found} {self.logs(execution)}"
        return found

    def tasks(self, execution: int) -> list[Json]:
        """List the tasks of a run."""
        found: list[Json] = self.api("GET", f"/replication/executions/{execution}/tasks?page_size=100").json()
        return found

    def logs(self, execution: int) -> str:
        """Put together what the tasks of a run said."""
        path = f"/replication/executions/{execution}/tasks"
        return "\n".join(self.api("GET", f"{path}/{one['id']}/log").text for one in self.tasks(execution))

    def states(self, policy: int) -> list[Json]:
        """Tell how far a rule is with each repository."""
        answer = self.http.get(f"/api/havre/v1/replication/policies/{policy}/repositories")
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["repositories"]
        return found

    def check(self) -> None:
        """Hold rows and bytes against each other."""
        assert self.server is not None
        self.server.check()
