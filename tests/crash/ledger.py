"""What the server promised and what it left unanswered, and the audit of both after a crash.

acknowledged (201)      must be there, byte for byte
asked, no answer        is there whole, or not at all
upload with an offset   goes on from an offset at or behind the acknowledged one
"""

import threading
from dataclasses import dataclass, field

from crash.client import Client, digest_of


@dataclass(slots=True)
class Push:
    """One blob on its way. `location` is known once the POST is answered."""

    repository: str
    data: bytes
    location: str | None = None
    acknowledged: int = 0
    is_finishing: bool = False
    """The request that ends the upload was sent."""


@dataclass(slots=True)
class Image:
    """One manifest, the blobs that it names, and the tags it was pushed under."""

    repository: str
    body: bytes
    blobs: list[bytes]
    tags: list[str]


@dataclass(slots=True)
class Ledger:
    """The book of all pushing threads; entries of a round are audited, then archived."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)
    images: list[Image] = field(default_factory=list)
    tags: dict[tuple[str, str], str] = field(default_factory=dict)
    open_blobs: list[Push] = field(default_factory=list)
    open_images: list[Image] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    archive: dict[tuple[str, str], bytes] = field(default_factory=dict)
    resumed: int = 0
    whole: int = 0

    def keep_blob(self, repository: str, data: bytes) -> None:
        """A blob was acknowledged."""
        with self.lock:
            self.blobs[repository, digest_of(data)] = data

    def keep_image(self, image: Image) -> None:
        """A manifest was acknowledged with its tags."""
        digest = digest_of(image.body)
        with self.lock:
            self.images.append(image)
            self._overtake(image)
            for tag in image.tags:
                self.tags[image.repository, tag] = digest

    def leave_blob(self, push: Push) -> None:
        """A blob's push ended without an answer."""
        with self.lock:
            self.open_blobs.append(push)

    def leave_image(self, image: Image) -> None:
        """A manifest's push ended without an answer."""
        with self.lock:
            for tag in self._overtake(image):
                self.tags.pop((image.repository, tag), None)
            self.open_images.append(image)

    def _overtake(self, image: Image) -> list[str]:
        """Take the tags of `image` from unanswered pushes before it; give those that were taken.

        A thread that outlives a break may push the same tag again in the round: whether the
        unanswered push was committed, its tag is not there any more, and its manifest may be.
        """
        taken: list[str] = []
        for earlier in self.open_images:
            if earlier is not image and earlier.repository == image.repository:
                taken += [tag for tag in earlier.tags if tag in image.tags]
                earlier.tags[:] = [tag for tag in earlier.tags if tag not in image.tags]
        return taken

    def find_fault(self, text: str) -> None:
        """The server did what it must not."""
        with self.lock:
            self.faults.append(text)

    def audit(self, client: Client) -> None:
        """Hold the server to everything since the last audit; faults say what it broke."""
        for push in self.open_blobs:
            self._audit_open_blob(client, push)
        for image in self.open_images:
            self._audit_open_image(client, image)
        for (repository, digest), data in self.blobs.items():
            answer = client.blob(repository, digest)
            if answer.status != 200 or answer.body != data:
                self.faults.append(f"acknowledged blob {repository}@{digest}: {answer.status}")
        for image in self.images:
            self._expect_image(client, image, digest_of(image.body))
        for (repository, tag), digest in self.tags.items():
            answer = client.manifest(repository, tag)
            if answer.status != 200 or digest_of(answer.body) != digest:
                self.faults.append(f"acknowledged tag {repository}:{tag} -> {digest}: {answer.status}")
        self._turn_page()

    def audit_archive(self, client: Client) -> None:
        """Look again at the blobs of all earlier rounds."""
        for (repository, digest), data in self.archive.items():
            answer = client.blob(repository, digest)
            if answer.status != 200 or answer.body != data:
                self.faults.append(f"blob of an earlier round {repository}@{digest}: {answer.status}")

    def _turn_page(self) -> None:
        self.archive.update(self.blobs)
        self.blobs.clear()
        self.images.clear()
        self.open_blobs.clear()
        self.open_images.clear()

    def _expect_image(self, client: Client, image: Image, reference: str) -> None:
        answer = client.manifest(image.repository, reference)
        if answer.status != 200 or answer.body != image.body:
            self.faults.append(f"manifest {image.repository}@{reference}: {answer.status}")
        for data in image.blobs:
            blob = client.blob(image.repository, digest_of(data))
            if blob.status != 200 or blob.body != data:
                self.faults.append(f"{digest_of(data)} of {image.repository}@{reference}: {blob.status}")

    def _audit_open_image(self, client: Client, image: Image) -> None:
        digest = digest_of(image.body)
        found = client.manifest(image.repository, digest)
        named = [client.manifest(image.repository, tag) for tag in image.tags]
        is_named = [answer.status == 200 and answer.body == image.body for answer in named]
        if found.status == 200 and all(is_named):
            self._expect_image(client, image, digest)
            self.keep_image(image)
        elif found.status != 404 or any(is_named):
            self.faults.append(
                f"half a manifest: {image.repository}@{digest} {found.status}, tags {is_named}"
            )

    def _audit_open_blob(self, client: Client, push: Push) -> None:
        digest = digest_of(push.data)
        found = client.blob(push.repository, digest)
        if found.status == 200 and found.body != push.data:
            self.faults.append(f"half a blob: {push.repository}@{digest}")
        if push.location is not None:
            self._resume(client, push, push.location)
        elif found.status not in (200, 404):
            self.faults.append(f"a blob without an answer: {push.repository}@{digest} {found.status}")

    def _resume(self, client: Client, push: Push, location: str) -> None:
        """Go on as a client does: ask the offset, send the rest, finish; a lost PUT may be repeated."""
        digest = digest_of(push.data)
        status = client.ask("GET", location)
        if status.status == 204:
            if not push.acknowledged <= status.offset <= len(push.data):
                self.faults.append(f"{location} stands at {status.offset}, acknowledged {push.acknowledged}")
            self._append_rest(client, push, location, status.offset)
        elif not (status.status == 404 and push.is_finishing):
            self.faults.append(f"{location} cannot be resumed: {status.status} {status.body!r}")
        finished = client.ask("PUT", f"{location}?digest={digest}", Content_Length="0")
        if finished.status == 404 and push.is_finishing:
            # The crash came between bytes and rows: the upload is gone as a whole, the client starts again.
            finished = client.push(push.repository, push.data)
            self.whole += 1
        else:
            self.resumed += 1
        if finished.status != 201:
            self.faults.append(f"{location} cannot be finished: {finished.status} {finished.body!r}")
            return
        self.blobs[push.repository, digest] = push.data

    def _append_rest(self, client: Client, push: Push, location: str, offset: int) -> None:
        rest = push.data[offset:]
        if not rest:
            return
        span = f"{offset}-{len(push.data) - 1}"
        answer = client.ask("PATCH", location, rest, Content_Range=span)
        if answer.status != 202 and not push.is_finishing:
            self.faults.append(f"{location} does not go on from {span}: {answer.status} {answer.body!r}")
