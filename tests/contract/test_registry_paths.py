"""The same answers whichever way they are served: the wire, a plain ASGI server, TLS, several workers."""

import hashlib
import json
import time
from collections.abc import Iterator
from email.parser import BytesParser
from itertools import count
from pathlib import Path

import pytest

from kit.exchange import Exchange, head_of, read_reply
from kit.house import CONFIG, encode, image
from kit.plain import PlainServer
from kit.server import Server, Settings
from kit.tls import Authority

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
SMALL = b"0123456789" * 10
LARGE = bytes(range(256)) * 12_288  # 3 MiB: many pieces, and more than a socket's buffer
_numbers = count()


@pytest.fixture(scope="module", params=["wire", "plain", "tls", "workers"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The registry, served one of four ways."""
    directory: Path = tmp_path_factory.mktemp(request.param)
    settings = {
        "tls": lambda: Settings(authority=Authority(directory / "authority")),
        "workers": lambda: Settings(workers=2),
    }.get(request.param, Settings)()
    kind = PlainServer if request.param == "plain" else Server
    with kind(directory / "data", settings) as running:
        yield running
        assert "Traceback" not in running.log.read_text("utf-8"), running.log_tail()
        running.check()


@pytest.fixture
def wire(server: Server) -> Iterator[Exchange]:
    """A connection."""
    with Exchange.with_server(server) as exchange:
        yield exchange


@pytest.fixture
def name() -> str:
    """A repository of the test's own."""
    return f"library/r{next(_numbers)}"


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    """Name some bytes."""
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def start(wire: Exchange, name: str) -> str:
    """Open an upload; returns its path."""
    begun = wire.ask("POST", f"/v2/{name}/blobs/uploads/", b"")
    assert begun.status == 202
    assert begun.header("range") == "0-0"
    assert begun.header("location").endswith(begun.header("docker-upload-uuid"))
    return begun.header("location")


def push(wire: Exchange, name: str, content: bytes) -> str:
    """Push a blob by POST and PUT; returns its path."""
    digest = digest_of(content)
    done = wire.ask("PUT", f"{start(wire, name)}?digest={digest}", content)
    assert done.status == 201, done
    return done.header("location")


def test_every_answer_names_the_api(wire: Exchange) -> None:
    for path, status in (("/v2/", 200), ("/v2", 200), ("/v2/library/x/tags/list", 404), ("/v2/x", 404)):
        answer = wire.ask("GET", path)
        assert (answer.status, answer.header("docker-distribution-api-version")) == (status, "registry/2.0")
    assert wire.ask("GET", "/v2/").body == b"{}"


def test_who_is_not_known_is_challenged(wire: Exchange, server: Server) -> None:
    answer = wire.ask("GET", "/v2/library/x/tags/list", headers={"Authorization": ""})

    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    assert answer.header("www-authenticate") == (
        f'Bearer realm="{server.url}/service/token",service="harbor-registry",'
        'scope="repository:library/x:pull"'
    )


@pytest.mark.parametrize("content", [b"", SMALL, LARGE])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_blob_is_pushed_whole_by_one_post(
    wire: Exchange, name: str, content: bytes, algorithm: str, is_chunked: bool
) -> None:
    digest = digest_of(content, algorithm)
    pieces = [content[at : at + 100_000] for at in range(0, len(content), 100_000)]
    done = wire.ask(
        "POST", f"/v2/{name}/blobs/uploads/?digest={digest}", iter(pieces) if is_chunked else content
    )
    pulled = wire.ask("GET", done.header("location"))

    assert (done.status, done.header("docker-content-digest")) == (201, digest)
    assert done.header("location") == f"/v2/{name}/blobs/{digest}"
    assert (pulled.status, pulled.body) == (200, content)


@pytest.mark.parametrize("content", [b"", SMALL, LARGE])
def test_a_blob_is_pushed_as_docker_does_it(wire: Exchange, name: str, content: bytes) -> None:
    where = start(wire, name)
    grown = wire.ask("PATCH", where, iter([content[:50], content[50:]]))
    done = wire.ask("PUT", f"{grown.header('location')}?digest={digest_of(content)}", b"")

    assert (grown.status, grown.header("range")) == (202, f"0-{max(len(content) - 1, 0)}")
    assert grown.header("location") == where
    assert done.status == 201
    assert wire.ask("GET", done.header("location")).body == content


def test_chunks_in_order_grow_and_others_are_told_where_to_go_on(wire: Exchange, name: str) -> None:
    where = start(wire, name)
    first = wire.ask("PATCH", where, SMALL, {"Content-Range": "0-99"})
    again = wire.ask("PATCH", where, SMALL, {"Content-Range": "0-99"})
    gap = wire.ask("PUT", f"{where}?digest={digest_of(SMALL)}", SMALL, {"Content-Range": "101-200"})
    lying = wire.ask("PATCH", where, SMALL, {"Content-Range": "100-150"})
    unreadable = wire.ask("PATCH", where, SMALL, {"Content-Range": "from here"})
    status = wire.ask("GET", where)
    done = wire.ask("PUT", f"{where}?digest={digest_of(SMALL * 2)}", SMALL, {"Content-Range": "100-199"})

    assert (first.status, first.header("range")) == (202, "0-99")
    for refused in (again, gap, lying):
        assert (refused.status, refused.code) == (416, "RANGE_INVALID")
        assert (refused.header("range"), refused.header("location")) == ("0-99", where)
    assert (unreadable.status, unreadable.code) == (400, "BLOB_UPLOAD_INVALID")
    assert (status.status, status.header("range"), status.header("location")) == (204, "0-99", where)
    assert done.status == 201


@pytest.mark.parametrize("head", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_an_upload_goes_on_after_a_lost_connection(
    wire: Exchange, server: Server, name: str, head: str
) -> None:
    where, whole = start(wire, name), SMALL * 2
    with wire.open() as sock:
        sock.sendall(head_of("PATCH", where, head) + (SMALL if "Length" in head else b"64\r\n" + SMALL))
    # The pump keeps all that arrived; without it, what was not handed over yet may be dropped.
    has_pump = server.settings.authority is None and not isinstance(server, PlainServer)
    deadline = time.monotonic() + 20
    status = 0
    while status != 201:
        assert time.monotonic() < deadline
        last = int(wire.ask("GET", where).header("range").removeprefix("0-"))
        if last == 0 and has_pump:
            continue
        first = last + 1 if last else 0
        ranged = {"Content-Range": f"{first}-{len(whole) - 1}"}
        status = wire.ask("PUT", f"{where}?digest={digest_of(whole)}", whole[first:], ranged).status
        assert status in (201, 409, 416), status  # 409: the server has not seen the end of the other yet

    assert wire.ask("GET", f"/v2/{name}/blobs/{digest_of(whole)}").body == whole


def test_a_cancelled_upload_is_unknown(wire: Exchange, name: str) -> None:
    where = start(wire, name)
    gone = wire.ask("DELETE", where)

    assert (gone.status, gone.body) == (204, b"")
    for method in ("GET", "PATCH", "DELETE"):
        answer = wire.ask(method, where, b"")
        assert (answer.status, answer.code) == (404, "BLOB_UPLOAD_UNKNOWN")


@pytest.mark.parametrize("content", [SMALL, LARGE])
def test_a_wrong_digest_stores_nothing(wire: Exchange, name: str, content: bytes) -> None:
    wrong = digest_of(b"another")
    where = start(wire, name)
    refused = wire.ask("PUT", f"{where}?digest={wrong}", content)
    posted = wire.ask("POST", f"/v2/{name}/blobs/uploads/?digest={wrong}", content)

    assert (refused.status, refused.code) == (posted.status, posted.code) == (400, "DIGEST_INVALID")
    assert wire.ask("GET", where).code == "BLOB_UPLOAD_UNKNOWN"
    for digest in (wrong, digest_of(content)):
        assert wire.ask("GET", f"/v2/{name}/blobs/{digest}").code == "BLOB_UNKNOWN"


def test_a_repeated_put_is_answered_again(wire: Exchange, name: str) -> None:
    where = f"{start(wire, name)}?digest={digest_of(SMALL)}"
    answers = [wire.ask("PUT", where, SMALL) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].header("location") == answers[1].header("location")


def test_a_blob_is_mounted_or_else_uploaded(wire: Exchange, name: str) -> None:
    content = name.encode()
    push(wire, name, content)
    base = f"/v2/{name}-copy/blobs/uploads/?mount="
    named = wire.ask("POST", f"{base}{digest_of(content)}&from={name}", b"")
    anywhere = wire.ask("POST", f"/v2/{name}-third/blobs/uploads/?mount={digest_of(content)}", b"")
    absent = wire.ask("POST", f"{base}{digest_of(b'absent')}&from={name}", b"")
    nowhere = wire.ask("POST", f"{base}{digest_of(content)}x", b"")

    assert (named.status, named.header("location")) == (201, f"/v2/{name}-copy/blobs/{digest_of(content)}")
    assert anywhere.status == 201
    assert (absent.status, absent.header("range")) == (202, "0-0")
    assert (nowhere.status, nowhere.code) == (400, "DIGEST_INVALID")
    assert wire.ask("GET", named.header("location")).body == content


@pytest.mark.parametrize("content", [b"", SMALL, LARGE])
def test_a_blob_is_answered_whole_with_its_headers(wire: Exchange, name: str, content: bytes) -> None:
    where = push(wire, name, content)
    got, head = wire.ask("GET", where), wire.ask("HEAD", where)

    assert (got.status, got.body) == (200, content)
    assert (head.status, head.body) == (200, b"")
    for answer in (got, head):
        assert answer.header("content-length") == str(len(content))
        assert answer.header("content-type") == "application/octet-stream"
        assert answer.header("docker-content-digest") == digest_of(content)
        assert answer.header("etag") == f'"{digest_of(content)}"'
        assert answer.header("accept-ranges") == "bytes"
        assert "immutable" in answer.header("cache-control")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("0-0", 0, 0),
        ("10-19", 10, 19),
        ("90-", 90, 99),
        ("-5", 95, 99),
        ("50-5000", 50, 99),
        ("-5000", 0, 99),
    ],
)
def test_a_range_is_answered_with_just_its_bytes(
    wire: Exchange, name: str, asked: str, first: int, last: int
) -> None:
    answer = wire.ask("GET", push(wire, name, SMALL), headers={"Range": f"bytes={asked}"})

    assert (answer.status, answer.body) == (206, SMALL[first : last + 1])
    assert answer.header("content-range") == f"bytes {first}-{last}/100"
    assert answer.header("content-length") == str(last - first + 1)


def test_a_large_range_is_answered_too(wire: Exchange, name: str) -> None:
    answer = wire.ask("GET", push(wire, name, LARGE), headers={"Range": "bytes=1-2500000"})

    assert (answer.status, answer.body) == (206, LARGE[1:2_500_001])


@pytest.mark.parametrize("asked", ["100-", "100-200", "-0", "9999999-"])
def test_a_range_outside_is_refused_with_the_size(wire: Exchange, name: str, asked: str) -> None:
    answer = wire.ask("GET", push(wire, name, SMALL), headers={"Range": f"bytes={asked}"})

    assert (answer.status, answer.code) == (416, "RANGE_INVALID")
    assert answer.header("content-range") == "bytes */100"


@pytest.mark.parametrize(
    "asked", ["bytes=5-3,x", "lines=0-1", "bytes", "bytes=-", "bytes=" + "0-0," * 200 + "0-0"]
)
def test_a_range_that_makes_no_sense_is_ignored(wire: Exchange, name: str, asked: str) -> None:
    answer = wire.ask("GET", push(wire, name, SMALL), headers={"Range": asked})

    assert (answer.status, answer.body) == (200, SMALL)


@pytest.mark.parametrize("content", [SMALL, LARGE])
def test_several_ranges_come_as_parts(wire: Exchange, name: str, content: bytes) -> None:
    size = len(content)
    answer = wire.ask("GET", push(wire, name, content), headers={"Range": "bytes=0-4, 10-19,-3"})
    kind = answer.header("content-type")
    message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + answer.body)
    parts = list(message.walk())[1:]

    assert answer.status == 206
    assert int(answer.header("content-length")) == len(answer.body)
    assert [(part["content-range"], part.get_payload(decode=True)) for part in parts] == [
        (f"bytes 0-4/{size}", content[:5]),
        (f"bytes 10-19/{size}", content[10:20]),
        (f"bytes {size - 3}-{size - 1}/{size}", content[-3:]),
    ]


def test_conditions_are_kept(wire: Exchange, name: str) -> None:
    where = push(wire, name, SMALL)
    tag = f'"{digest_of(SMALL)}"'
    same = wire.ask("GET", where, headers={"If-None-Match": tag})
    other = wire.ask("GET", where, headers={"If-None-Match": '"sha256:0"'})
    still = wire.ask("GET", where, headers={"Range": "bytes=0-4", "If-Range": tag})
    changed = wire.ask("GET", where, headers={"Range": "bytes=0-4", "If-Range": '"other"'})

    assert (same.status, same.body, same.header("etag")) == (304, b"", tag)
    assert (other.status, still.status, changed.status) == (200, 206, 200)
    assert changed.body == SMALL


def test_a_blob_that_is_deleted_is_gone_at_once(wire: Exchange, name: str) -> None:
    where = push(wire, name, SMALL)

    assert wire.ask("DELETE", where).status == 202
    assert (wire.ask("GET", where).code, wire.ask("DELETE", where).code) == ("BLOB_UNKNOWN", "BLOB_UNKNOWN")
    assert (wire.ask("HEAD", where).status, wire.ask("HEAD", where).body) == (404, b"")


def put_image(wire: Exchange, name: str, tag: str, **more: object) -> bytes:
    """Push an image without layers."""
    push(wire, name, CONFIG)
    body = encode(image(**more))
    answer = wire.ask("PUT", f"/v2/{name}/manifests/{tag}", body, {"Content-Type": MANIFEST})
    assert answer.status == 201, answer
    assert answer.header("docker-content-digest") == digest_of(body)
    assert answer.header("location") == f"/v2/{name}/manifests/{digest_of(body)}"
    return body


def test_a_manifest_is_answered_by_tag_and_by_digest(wire: Exchange, name: str) -> None:
    body = put_image(wire, name, "v1")
    digest = digest_of(body)
    for reference in ("v1", digest):
        got = wire.ask("GET", f"/v2/{name}/manifests/{reference}")
        head = wire.ask("HEAD", f"/v2/{name}/manifests/{reference}")
        same = wire.ask("GET", f"/v2/{name}/manifests/{reference}", headers={"If-None-Match": digest})
        assert (got.status, got.body, head.status, head.body) == (200, body, 200, b"")
        assert (same.status, same.body) == (304, b"")
        for answer in (got, head):
            assert answer.header("content-type") == MANIFEST
            assert answer.header("content-length") == str(len(body))
            assert answer.header("docker-content-digest") == digest
            assert answer.header("etag") == f'"{digest}"'


def test_a_tag_is_answered_in_a_form_that_the_client_knows(wire: Exchange, name: str) -> None:
    put_image(wire, name, "v1")
    where = f"/v2/{name}/manifests/v1"
    statuses = [
        wire.ask("GET", where, headers={"Accept": accept}).status
        for accept in (
            "*/*",
            MANIFEST,
            f"{INDEX}, {MANIFEST};q=0.5",
            "application/json",
            f"{INDEX},*/*",
            INDEX,
        )
    ]

    assert statuses == [200, 200, 200, 200, 200, 404]


def test_a_push_by_digest_sets_tags_and_names_its_subject(wire: Exchange, name: str) -> None:
    subject = {"mediaType": MANIFEST, "digest": digest_of(b"subject"), "size": 7}
    push(wire, name, CONFIG)
    body = encode(image(subject=subject))
    answer = wire.ask(
        "PUT", f"/v2/{name}/manifests/{digest_of(body)}?tag=a&tag=b", body, {"Content-Type": MANIFEST}
    )
    listed = wire.ask("GET", f"/v2/{name}/referrers/{digest_of(b'subject')}")

    assert (answer.status, answer.all("oci-tag")) == (201, ["a", "b"])
    assert answer.header("oci-subject") == digest_of(b"subject")
    assert json.loads(wire.ask("GET", f"/v2/{name}/tags/list").body) == {"name": name, "tags": ["a", "b"]}
    assert listed.header("content-type") == INDEX
    assert [one["digest"] for one in json.loads(listed.body)["manifests"]] == [digest_of(body)]


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_manifest_over_the_limit_is_refused_and_one_at_the_limit_is_not(
    wire: Exchange, name: str, is_chunked: bool
) -> None:
    push(wire, name, CONFIG)
    room = 4 * 1024 * 1024 - len(encode(image(annotations={"a": ""})))
    for extra, status in ((0, 201), (1, 413)):
        body = encode(image(annotations={"a": "x" * (room + extra)}))
        pieces = iter([body[at : at + 65_536] for at in range(0, len(body), 65_536)])
        head = ("Transfer-Encoding: chunked",) if is_chunked else (f"Content-Length: {len(body)}",)
        framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        request = head_of("PUT", f"/v2/{name}/manifests/v1", f"Content-Type: {MANIFEST}", *head)
        answer = wire.send(request + (framed if is_chunked else body))
        assert answer is not None
        assert answer.status == status
        assert extra == 0 or answer.code == "MANIFEST_INVALID"


def test_errors_carry_their_codes(wire: Exchange, name: str) -> None:
    put_image(wire, name, "v1")
    typed = {"Content-Type": MANIFEST}
    expected = [
        (wire.ask("GET", f"/v2/{name}/manifests/absent"), 404, "MANIFEST_UNKNOWN"),
        (wire.ask("GET", f"/v2/{name}/manifests/-bad-"), 400, "TAG_INVALID"),
        (wire.ask("GET", f"/v2/{name}/manifests/sha256:short"), 400, "DIGEST_INVALID"),
        (wire.ask("GET", "/v2/library/UPPER/tags/list"), 400, "NAME_INVALID"),
        (wire.ask("GET", f"/v2/{name}/nothing/here"), 404, "NAME_UNKNOWN"),
        (wire.ask("GET", f"/v2/{name}/tags/list?n=-1"), 400, "PAGINATION_NUMBER_INVALID"),
        (wire.ask("POST", f"/v2/{name}/manifests/v1", b""), 405, "UNSUPPORTED"),
        (wire.ask("PUT", f"/v2/{name}/manifests/v1", b"{}", typed), 400, "MANIFEST_INVALID"),
        (
            wire.ask("PUT", f"/v2/{name}/manifests/v1", encode(image(b"x")), typed),
            404,
            "MANIFEST_BLOB_UNKNOWN",
        ),
        (wire.ask("DELETE", f"/v2/{name}/blobs/{digest_of(CONFIG)}"), 405, "DENIED"),
        (wire.ask("POST", "/v2/absent/app/blobs/uploads/", b""), 404, "NAME_UNKNOWN"),
        (wire.ask("POST", "/v2/alone/blobs/uploads/", b""), 404, "NAME_UNKNOWN"),
        (wire.ask("POST", "/v2/library/blobs/uploads/", b""), 400, "NAME_INVALID"),
        (wire.ask("GET", "/v2/", headers={"Authorization": "Basic !"}), 401, "UNAUTHORIZED"),
    ]

    for answer, status, code in expected:
        assert (answer.status, answer.code) == (status, code)


def test_a_client_that_waits_for_continue_gets_it(wire: Exchange, name: str) -> None:
    where = start(wire, name)
    with wire.open() as sock:
        sock.sendall(head_of("PATCH", where, "Content-Length: 100", "Expect: 100-continue"))
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(SMALL)
        answer = read_reply(sock, "PATCH")

    assert answer is not None
    assert (answer.status, answer.header("range")) == (202, "0-99")


def test_requests_in_a_row_on_one_connection_are_answered_in_order(wire: Exchange, name: str) -> None:
    put_image(wire, name, "v1")
    paths = [f"/v2/{name}/manifests/v1", f"/v2/{name}/blobs/{digest_of(CONFIG)}", "/v2/"]
    with wire.open() as sock:
        sock.sendall(b"".join(head_of("HEAD", path) for path in paths * 3))
        found = b""
        while found.count(b"\r\n\r\n") < 9:
            piece = sock.recv(65_536)
            assert piece, found
            found += piece

    lengths = [line for line in found.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    sizes = [len(encode(image())), len(CONFIG), 2]
    assert [int(line.split(b":")[1]) for line in lengths] == sizes * 3
