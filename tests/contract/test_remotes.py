"""Other registries over real sockets: a Havre as the far side, and one that breaks off, lies, points away."""

import asyncio
import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from havre.adapters.remotes.caller import Caller, Endpoint
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.tokens import Account
from havre.kernel.addresses import Reach
from havre.kernel.clock import SystemClock
from havre.kernel.digest import Digest
from havre.kernel.secret import Secret
from havre.replication.errors import (
    AddressRefused,
    RemoteBusy,
    RemoteDenied,
    RemoteMissing,
    RemoteRefused,
    RemoteUnreachable,
    RemoteWrong,
)
from havre.replication.ports import BlobPart, BlobPush, PushOutcome, RemoteDescriptor, RemoteManifest
from kit.house import CONFIG, encode, image
from kit.server import ADMIN_PASSWORD, Server
from kit.sources import Bytes

MIB = 1 << 20
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Steady:
    """A pace of so many bytes a second, written for the test alone."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = time.monotonic()

    def take(self, count: int) -> float:
        self._free_at = max(self._free_at, time.monotonic()) + count / self._rate
        return self._free_at - time.monotonic()


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The far registry: ours, as a process."""
    with Server(tmp_path_factory.mktemp("far") / "data") as server:
        server.api.create_project("far")
        yield server


@contextmanager
def asking(
    url: str, account: Account | None = None, reach: Reach | None = None
) -> Iterator[DistributionRemote]:
    with ThreadPoolExecutor(8) as pool:
        caller = Caller(Endpoint(url, account or Account()), reach or Reach(), pool, SystemClock())
        yield DistributionRemote(caller)
        caller.close()


@pytest.fixture
def remote(far: Server) -> Iterator[DistributionRemote]:
    with asking(far.url, Account("admin", Secret(ADMIN_PASSWORD))) as opened:
        yield opened


async def _collect(remote: DistributionRemote, repository: str, digest: Digest, offset: int = 0) -> bytes:
    taken = bytearray()
    await remote.read_blob(BlobPart(repository, digest, offset), taken.extend, None)
    return bytes(taken)


async def _names(listed: AsyncIterator[str]) -> list[str]:
    return [name async for name in listed]


async def test_an_image_goes_there_and_comes_back(remote: DistributionRemote) -> None:
    layer = os.urandom(9 * MIB)
    document = image(layer)
    for body in (layer, CONFIG):
        await remote.push_blob(BlobPush("far/app", Digest.of(body), Bytes(body)))
    manifest = RemoteManifest(Digest.of(encode(document)), MANIFEST, encode(document))
    await remote.put_manifest("far/app", "v1", manifest)

    assert await remote.manifest("far/app", "v1") == manifest
    assert await remote.manifest("far/app", str(manifest.digest)) == manifest
    found = await remote.stat_manifest("far/app", "v1")
    assert found == RemoteDescriptor(manifest.digest, MANIFEST, len(manifest.body))
    assert await remote.stat_blob("far/app", Digest.of(layer)) == len(layer)
    assert await _collect(remote, "far/app", Digest.of(layer)) == layer
    assert await _collect(remote, "far/app", Digest.of(layer), 5 * MIB + 3) == layer[5 * MIB + 3 :]
    assert await _names(remote.tags("far/app")) == ["v1"]
    assert "far/app" in await _names(remote.repositories("far/"))


async def test_what_is_not_there_is_told_apart(remote: DistributionRemote) -> None:
    nothing = Digest.of(b"nothing")

    assert await remote.stat_manifest("far/none", "v1") is None
    assert await remote.stat_blob("far/none", nothing) is None
    assert await remote.delete_manifest("far/none", str(nothing)) is False
    with pytest.raises(RemoteMissing):
        await remote.manifest("far/none", "v1")


async def test_a_blob_is_mounted_rather_than_sent(remote: DistributionRemote) -> None:
    body = os.urandom(MIB)
    await remote.push_blob(BlobPush("far/a", Digest.of(body), Bytes(body)))
    source = Bytes(body)

    outcome = await remote.push_blob(BlobPush("far/b", Digest.of(body), source, mount_from="far/a"))

    assert outcome.is_mounted
    assert source.served == 0
    assert await remote.stat_blob("far/b", Digest.of(body)) == MIB


@pytest.mark.parametrize("chunk_bytes", [None, 5 * MIB])
async def test_a_push_that_was_cut_goes_on_where_it_was(
    remote: DistributionRemote, chunk_bytes: int | None
) -> None:
    body, places = os.urandom(16 * MIB), list[str]()
    first, rest = Bytes(body), Bytes(body)
    slow = BlobPush(
        "far/cut",
        Digest.of(body),
        first,
        chunk_bytes=chunk_bytes,
        pace=Steady(20 * MIB),
        on_location=places.append,
    )
    pushing = asyncio.ensure_future(remote.push_blob(slow))
    while first.served < 8 * MIB:  # noqa: ASYNC110  # a thread counts it up
        await asyncio.sleep(0.01)
    pushing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pushing

    again = BlobPush("far/cut", Digest.of(body), rest, location=places[-1])
    outcome = await _when_noticed(remote, again)

    assert outcome.sent_bytes < 12 * MIB
    assert await _collect(remote, "far/cut", Digest.of(body)) == body


async def _when_noticed(remote: DistributionRemote, push: BlobPush) -> PushOutcome:
    """Push as soon as the far side has noticed that the first request ended."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await remote.push_blob(push)
            except RemoteRefused:  # the first request still holds the upload
                await asyncio.sleep(0.05)


async def test_an_upload_that_is_gone_begins_anew(remote: DistributionRemote, far: Server) -> None:
    body = os.urandom(6 * MIB)
    gone = f"{far.url}/v2/far/gone/blobs/uploads/01HZZZZZZZZZZZZZZZZZZZZZZZ"

    outcome = await remote.push_blob(BlobPush("far/gone", Digest.of(body), Bytes(body), location=gone))

    assert outcome.sent_bytes == len(body)


async def test_a_transfer_keeps_its_pace(remote: DistributionRemote) -> None:
    body, rate = os.urandom(6 * MIB), 3 * MIB
    started = time.monotonic()
    await remote.push_blob(BlobPush("far/pace", Digest.of(body), Bytes(body), pace=Steady(rate)))
    pushed = time.monotonic()
    await remote.read_blob(BlobPart("far/pace", Digest.of(body)), lambda _: None, Steady(rate))

    for took_s in (pushed - started, time.monotonic() - pushed):
        assert took_s >= 0.9 * len(body) / rate


async def test_a_wrong_account_is_refused_in_words(far: Server) -> None:
    with (
        asking(far.url, Account("admin", Secret("wrong"))) as remote,
        pytest.raises(RemoteDenied, match="admin"),
    ):
        await remote.manifest("far/app", "v1")


async def test_nothing_there_is_said(far: Server) -> None:
    with (
        asking("http://127.0.0.1:1") as remote,
        pytest.raises(RemoteUnreachable, match="takes no connection"),
    ):
        await remote.ping()
    with asking("http://name.invalid") as remote, pytest.raises(RemoteUnreachable, match="not known"):
        await remote.ping()
    with asking(f"{far.url}/sub/path") as remote, pytest.raises((RemoteWrong, RemoteDenied)):
        await remote.ping()


async def test_this_machine_is_not_asked_unless_it_was_allowed(far: Server) -> None:
    with (
        asking(far.url, reach=Reach(loopback=False)) as remote,
        pytest.raises(AddressRefused, match="HAVRE_OUTGOING_ALLOW"),
    ):
        await remote.ping()


# A far side that is none: what each path answers is the test's.


@dataclass
class Stage:
    """What the scripted registry does, and what it was asked."""

    answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def stage() -> Iterator[Stage]:
    acted = Stage()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            acted.asked.append((self.command, self.path, self.headers.get("Authorization", "")))
            acted.answers[self.path.partition("?")[0]](self)

        do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815  # the names of http.server

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    acted.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield acted
    server.shutdown()
    thread.join()
    server.server_close()


def answer(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer so."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def breaking(body: bytes, length: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """Promise `length` bytes and break off after `body`."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        answer(200, body, Content_Length=str(length))(handler)
        handler.close_connection = True

    return act


async def test_a_body_that_breaks_off_leaves_what_came(stage: Stage) -> None:
    digest, taken = Digest.of(b"x"), bytearray()
    stage.answers[f"/v2/a/blobs/{digest}"] = breaking(b"x" * 700_000, MIB)

    with asking(stage.url) as remote, pytest.raises(RemoteUnreachable):
        await remote.read_blob(BlobPart("a", digest), taken.extend, None)

    assert 0 < len(taken) <= 700_000


async def test_a_registry_without_ranges_is_read_past_what_is_here(stage: Stage) -> None:
    body = os.urandom(MIB)
    stage.answers[f"/v2/a/blobs/{Digest.of(body)}"] = answer(200, body)

    with asking(stage.url) as remote:
        assert await _collect(remote, "a", Digest.of(body), 300_001) == body[300_001:]


async def test_other_bytes_than_the_digest_are_not_taken(stage: Stage) -> None:
    digest = Digest.of(b"{}")
    stage.answers[f"/v2/a/manifests/{digest}"] = answer(200, b'{"evil":1}', Content_Type=MANIFEST)
    stage.answers["/v2/a/manifests/v1"] = answer(200, b'{"evil":1}', Docker_Content_Digest=str(digest))

    with asking(stage.url) as remote:
        for reference in (str(digest), "v1"):
            with pytest.raises(RemoteWrong, match="not taken"):
                await remote.manifest("a", reference)


async def test_patience_is_asked_for_with_its_time(stage: Stage) -> None:
    stage.answers["/v2/"] = answer(429, Retry_After="7")

    with asking(stage.url) as remote, pytest.raises(RemoteBusy) as refused:
        await remote.ping()

    assert refused.value.retry_after_s == 7


async def test_the_account_is_shown_to_nobody_else(stage: Stage) -> None:
    """A blob's address leads to another host: the bytes come from there, the account stays here."""
    body = b"y" * 100
    with _second_stage() as other:
        other.answers["/blob"] = answer(200, body)
        challenge = answer(401, WWW_Authenticate='Basic realm="x"')
        redirect = answer(307, Location=f"{other.url}/blob")

        def first(handler: BaseHTTPRequestHandler) -> None:
            (redirect if handler.headers.get("Authorization") else challenge)(handler)

        stage.answers[f"/v2/a/blobs/{Digest.of(body)}"] = first
        with asking(stage.url, Account("me", Secret("pw"))) as remote:
            assert await _collect(remote, "a", Digest.of(body)) == body

        assert [auth for *_, auth in stage.asked][-1].startswith("Basic ")
        assert [auth for *_, auth in other.asked] == [""]


@contextmanager
def _second_stage() -> Iterator[Stage]:
    """The stage again, under another name of this machine."""
    making = stage.__wrapped__()  # type: ignore[attr-defined]  # the fixture's own function
    other: Stage = next(making)
    other.url = other.url.replace("127.0.0.1", "localhost")
    yield other
    next(making, None)


async def test_a_redirect_is_checked_like_the_address_itself(stage: Stage) -> None:
    digest = Digest.of(b"z")
    stage.answers[f"/v2/a/blobs/{digest}"] = answer(307, Location="http://169.254.169.254/latest")

    with asking(stage.url) as remote, pytest.raises(AddressRefused, match="metadata"):
        await _collect(remote, "a", digest)


async def test_a_token_is_asked_for_once(stage: Stage) -> None:
    realm = f'Bearer realm="{stage.url}/token",service="s"'
    stage.answers["/token"] = answer(200, b'{"token":"t0","expires_in":300}')

    def manifest(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Authorization") == "Bearer t0":
            answer(200, b"{}", Docker_Content_Digest=str(Digest.of(b"{}")), Content_Type=MANIFEST)(handler)
        else:
            answer(401, WWW_Authenticate=realm)(handler)

    stage.answers["/v2/a/manifests/v1"] = manifest
    with asking(stage.url) as remote:
        await asyncio.gather(*(remote.manifest("a", "v1") for _ in range(8)))

    tokens = [path for _, path, _ in stage.asked if path.startswith("/token")]
    assert tokens == ["/token?service=s&scope=repository%3Aa%3Apull"]


async def test_a_page_that_leads_to_another_registry_is_not_followed(stage: Stage) -> None:
    stage.answers["/v2/a/tags/list"] = answer(
        200, b'{"tags":["v1"]}', Link='<http://elsewhere.test/v2/a/tags/list>; rel="next"'
    )

    with asking(stage.url) as remote, pytest.raises(RemoteWrong, match="another registry"):
        await _names(remote.tags("a"))


async def test_a_kept_connection_that_ended_is_no_failure(stage: Stage) -> None:
    def closing(handler: BaseHTTPRequestHandler) -> None:
        answer(200, b"{}")(handler)
        handler.close_connection = True  # without telling

    stage.answers["/v2/"] = closing
    with asking(stage.url) as remote:
        for _ in range(3):
            await remote.ping()


async def test_a_caller_who_leaves_is_not_waited_for(stage: Stage, tmp_path: Path) -> None:
    held = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        held.wait(30)
        answer(200)(handler)

    stage.answers["/v2/"] = silent
    with asking(stage.url) as remote:
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await remote.ping()
        took_s = time.monotonic() - started
    held.set()

    assert took_s < 10


def test_the_digest_of_the_tests_is_the_digest() -> None:
    assert str(Digest.of(b"x")) == f"sha256:{hashlib.sha256(b'x').hexdigest()}"


async def test_nobody_in_particular_may_ask_a_registry_that_wants_an_account(far: Server) -> None:
    with asking(far.url) as remote:
        assert await remote.ping() == ""
    with asking(far.url, Account("admin", Secret("wrong"))) as remote, pytest.raises(RemoteDenied):
        await remote.ping()
