"""Threads that push images in every way that clients know, until the server dies or they are told to stop."""

import os
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crash.client import MANIFEST_TYPE, Answer, Broken, Client, digest_of, image_of
from crash.ledger import Image, Ledger, Push

REPOSITORIES = ("library/crash/one", "library/crash/two", "library/crash/three")
# Around the sizes where the ways differ: one packet, the pump's buffer of 512 KiB, several bursts.
_SIZES = (2, 1_000, 60_000, 300_000, 530_000, 1_600_000)
_WEIGHTS = (2, 6, 6, 4, 2, 1)
_PIECE = 16_384


class UnexpectedAnswer(Exception):
    """The server answered, and wrongly."""


@dataclass(frozen=True, slots=True)
class Drive:
    """One run of pushing threads against `port`; every thread has its own dice, tags and connection."""

    port: int
    ledger: Ledger
    stop: threading.Event
    outlives_breaks: bool
    """Whether a broken connection is the end of a thread, or it connects again (one worker died)."""

    def start(self, count: int, seed: int) -> list[threading.Thread]:
        """Start the threads."""
        threads = [
            threading.Thread(target=self._run, args=(number, seed), daemon=True) for number in range(count)
        ]
        for thread in threads:
            thread.start()
        return threads

    def _run(self, number: int, seed: int) -> None:
        dice = random.Random(seed * 1000 + number)
        with Client(self.port) as client:
            while not self.stop.is_set():
                try:
                    _Pusher(client, self.ledger, dice, f"t{number}", b"%d" % seed).image()
                except Broken:
                    if not self.outlives_breaks:
                        return
                except UnexpectedAnswer as error:
                    self.ledger.find_fault(str(error))


class _Pusher:
    def __init__(self, client: Client, ledger: Ledger, dice: random.Random, tag: str, shared: bytes) -> None:
        self._client = client
        self._ledger = ledger
        self._dice = dice
        self._tag = tag
        self._shared = shared
        self._repository = dice.choice(REPOSITORIES)

    def image(self) -> None:
        """Push one image: its blobs, then its manifest."""
        layers = [self._layer() for _ in range(self._dice.randint(1, 3))]
        config = os.urandom(300)
        for data in (*layers, config):
            self._blob(data)
        image = Image(self._repository, image_of(config, layers), [config, *layers], self._tags())
        digest = digest_of(image.body)
        if len(image.tags) == 1:
            path = f"/v2/{self._repository}/manifests/{image.tags[0]}"
        else:
            query = "&".join(f"tag={tag}" for tag in image.tags)
            path = f"/v2/{self._repository}/manifests/{digest}?{query}"
        try:
            answer = self._client.ask("PUT", path, image.body, Content_Type=MANIFEST_TYPE)
        except Broken:
            self._ledger.leave_image(image)
            raise
        _expect(answer, 201, f"PUT {path}")
        self._ledger.keep_image(image)

    def _layer(self) -> bytes:
        if self._dice.random() < 0.2:  # the same bytes as other threads push at this time
            return self._shared * (1_000 * self._dice.randint(1, 8))
        return os.urandom(self._dice.choices(_SIZES, _WEIGHTS)[0])

    def _tags(self) -> list[str]:
        if self._dice.random() < 0.3:
            return [f"{self._tag}-a", f"{self._tag}-b"]
        return [f"{self._tag}-{self._dice.randint(1, 3)}"]

    def _blob(self, data: bytes) -> None:
        if self._dice.random() < 0.15:
            self._mount()
        push = Push(self._repository, data)
        ways: list[Callable[[Push], Answer]] = [self._at_once, self._post_put, self._streamed, self._chunked]
        try:
            answer = self._dice.choice(ways)(push)
        except Broken:
            self._ledger.leave_blob(push)
            raise
        _expect(answer, 201, f"a blob of {len(data)} bytes")
        self._ledger.keep_blob(self._repository, data)

    def _mount(self) -> None:
        """Mount a blob that was acknowledged, beside the image's own."""
        with self._ledger.lock:
            known = list(self._ledger.blobs.items())
        if not known:
            return
        (source, digest), data = self._dice.choice(known)
        path = f"/v2/{self._repository}/blobs/uploads/?mount={digest}&from={source}"
        _expect(self._client.ask("POST", path, Content_Length="0"), 201, path)
        self._ledger.keep_blob(self._repository, data)

    def _at_once(self, push: Push) -> Answer:
        path = f"/v2/{push.repository}/blobs/uploads/?digest={digest_of(push.data)}"
        return self._client.ask("POST", path, push.data)

    def _post_put(self, push: Push) -> Answer:
        location = self._start(push)
        push.is_finishing = True
        return self._client.ask("PUT", f"{location}?digest={digest_of(push.data)}", push.data)

    def _streamed(self, push: Push) -> Answer:
        """As docker does: one PATCH in the chunked coding, then an empty PUT."""
        location = self._start(push)
        self._patch(push, location, _pieces(push.data))
        return self._finish(push, location)

    def _chunked(self, push: Push) -> Answer:
        """Several chunks, each with its Content-Range."""
        location = self._start(push)
        step = max(len(push.data) // self._dice.randint(1, 5), 2)
        at = 0
        while at < len(push.data):
            piece = push.data[at : at + step]
            self._patch(push, location, piece, Content_Range=f"{at}-{at + len(piece) - 1}")
            at += len(piece)
        return self._finish(push, location)

    def _start(self, push: Push) -> str:
        answer = self._client.start(push.repository)
        _expect(answer, 202, "POST of an upload")
        push.location = answer.location
        return answer.location

    def _patch(self, push: Push, location: str, body: bytes | Iterator[bytes], **headers: str) -> None:
        answer = self._client.ask("PATCH", location, body, **headers)
        _expect(answer, 202, f"PATCH {location}")
        push.acknowledged = answer.offset

    def _finish(self, push: Push, location: str) -> Answer:
        push.is_finishing = True
        return self._client.ask("PUT", f"{location}?digest={digest_of(push.data)}", Content_Length="0")


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


def _expect(answer: Answer, status: int, what: str) -> None:
    if answer.status != status:
        raise UnexpectedAnswer(f"{what}: {answer.status} {answer.body[:300]!r}")
