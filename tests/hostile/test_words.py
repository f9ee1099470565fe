"""Malformed digests, names, tags, ranges, queries, manifests and credentials: each refused by its code."""

import json
from urllib.parse import quote

import pytest

from hostile.words import DIGEST, DIGESTS, NAMES, TAGS, assert_sane
from kit.exchange import Exchange, basic
from kit.house import CONFIG, descriptor, encode, image, index
from kit.server import Server

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
NAME = "library/hostile"


@pytest.mark.parametrize("digest", DIGESTS)
def test_a_malformed_digest_is_refused_everywhere(wire: Exchange, digest: str) -> None:
    where = wire.ask("POST", f"/v2/{NAME}/blobs/uploads/", b"").header("location")
    text = quote(digest, safe="")
    answers = [
        wire.ask("GET", f"/v2/{NAME}/blobs/{text}"),
        wire.ask("DELETE", f"/v2/{NAME}/blobs/{text}"),
        wire.ask("GET", f"/v2/{NAME}/referrers/{text}"),
        wire.ask("PUT", f"{where}?digest={text}", b"x"),
        wire.ask("POST", f"/v2/{NAME}/blobs/uploads/?digest={text}", b"x"),
        wire.ask("POST", f"/v2/{NAME}/blobs/uploads/?mount={text}&from=library/x", b""),
        wire.ask("PUT", f"/v2/{NAME}/manifests/{text}", b"{}", {"Content-Type": MANIFEST}),
    ]

    for answer in answers:
        assert_sane(answer)
        assert answer.status in (400, 404)
    assert wire.ask("GET", where).header("range") == "0-0"


@pytest.mark.parametrize("name", NAMES)
def test_a_malformed_name_is_refused_everywhere(wire: Exchange, name: str) -> None:
    for text in {quote(name, safe="/"), quote(name, safe=""), quote(quote(name, safe=""), safe="")}:
        for method, rest in (
            ("GET", "tags/list"),
            ("GET", "manifests/v1"),
            ("PUT", "manifests/v1"),
            ("GET", f"blobs/{DIGEST}"),
            ("POST", "blobs/uploads/"),
            ("GET", f"referrers/{DIGEST}"),
            ("DELETE", "manifests/v1"),
        ):
            answer = wire.ask(method, f"/v2/{text}/{rest}", b"")
            assert_sane(answer)
            # A name of one component is fine but for pushes; referrers of nothing are an empty list.
            assert answer.status in (400, 404), (text, rest, answer)


@pytest.mark.parametrize("tag", TAGS)
def test_a_malformed_tag_is_refused_everywhere(wire: Exchange, tag: str) -> None:
    text = quote(tag, safe="")
    push_config(wire)
    body = encode(image())
    digest = put(wire, "sound", body)
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = wire.ask(method, f"/v2/{NAME}/manifests/{text}", body, {"Content-Type": MANIFEST})
        assert_sane(answer, method)
        assert answer.status in (400, 404)
    answer = wire.ask("PUT", f"/v2/{NAME}/manifests/{digest}?tag={text}", body, {"Content-Type": MANIFEST})
    assert (answer.status, answer.code) == (400, "TAG_INVALID" if "\0" not in tag else "UNSUPPORTED")


@pytest.mark.parametrize(
    "path",
    [
        "/v2/../../etc/passwd",
        "/v2/%2e%2e/%2e%2e/etc/passwd",
        "/v2/library/x/blobs/uploads/..%2f..%2f..%2fetc%2fpasswd",
        "/v2/library/x/blobs/uploads/%00",
        "/v2/library/x/blobs/uploads/%2e%2e",
        "/v2/library/x/blobs/..%2f..%2fmaster.key",
        "/v2/library/x/manifests/..%2f..%2fhavre.db",
        "/v2/%00",
        "/v2/%",
        "/v2/%zz/tags/list",
        "/v2/%ff%fe/tags/list",
        "/v2/%ed%a0%80/tags/list",
        "/v2//",
        "/v2//blobs/uploads/",
        "/v2//blobs/uploads/x",
        "/v2//tags/list",
        "/v2/blobs/uploads/",
        "/v2/tags/list",
        "/v2/manifests/x",
        "/v2/" + "a/" * 4000 + "tags/list",
        "/v2/" + "%2e" * 8000,
        "/v2/_catalog/x",
        "/v2/_oci/../_catalog/../x",
        "/v2/;/tags/list",
        "/v2/?/tags/list",
    ],
)
def test_a_path_trick_finds_nothing(wire: Exchange, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        answer = wire.ask(method, path, b"")
        assert_sane(answer, method)
        assert b"root:" not in answer.body
        assert path == "/v2/?/tags/list" or answer.status >= 400


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("n=-1", 400),
        ("n=x", 400),
        ("n=1e9", 400),
        ("n=", 400),
        ("n=%00", 400),
        ("n=٣", 400),
        ("n=" + "9" * 5000, 400),
        ("n=999999999999999999", 200),
        ("n=1&n=-1", 200),
        ("n=0", 200),
        ("last=%00", 400),
        ("last=%ff", 400),
        ("last=%ed%a0%80", 400),
        ("last=%F4%8F%BF%BF", 200),
        ("last=%", 200),
        ("last=" + "z" * 10_000, 200),
        ("last=" + "z" * 20_000, 400),
        ("&".join(f"p{number}=1" for number in range(1_000)), 400),
        ("last=' OR 1=1 --", 200),
        ("&&==&&", 200),
    ],
)
def test_a_list_takes_or_refuses_its_query(wire: Exchange, query: str, status: int) -> None:
    push_config(wire)
    put(wire, "sound", encode(image()))
    for path in (f"/v2/{NAME}/tags/list", "/v2/_catalog"):
        answer = wire.ask("GET", f"{path}?{quote(query, safe='=&%')}")
        assert_sane(answer)
        assert answer.status == status, answer
    for last in ("last=x", "last=-1", "last=" + "9" * 18, "last=" + "9" * 400, "last=²", "artifactType=é"):
        answer = wire.ask("GET", f"/v2/{NAME}/referrers/{DIGEST}?{quote(last, safe='=')}")
        assert answer.status == 200


@pytest.mark.parametrize(
    "text",
    [
        "bytes=18446744073709551616-",
        "bytes=0-18446744073709551616",
        "bytes=" + "9" * 1000 + "-",
        "bytes=--1",
        "bytes=1-0",
        "bytes=0-0,0-0,0-0,0-0,0-0",
        "bytes=²-³",
        "bytes=\xff",
        "bytes=" + "0-," * 5000,
        "bytes=" + "-1," * 64,
        "=",
        "bytes=0-0\t,\t1-1",
    ],
)
def test_a_malformed_range_never_breaks_a_pull(wire: Exchange, text: str) -> None:
    push_config(wire)
    answer = wire.ask(
        "GET", f"/v2/{NAME}/blobs/{descriptor(CONFIG, '')['digest']}", headers={"Range": text, "If-Range": ""}
    )

    assert_sane(answer)
    assert answer.status in (200, 206, 416)


@pytest.mark.parametrize(
    "text",
    ["-", "0", "0-", "-1", "1-0", "a-b", "0-" + "9" * 30, "bytes 0-1/²", "0-0/x", "0-1,2-3"],
)
def test_a_malformed_content_range_never_breaks_an_upload(wire: Exchange, text: str) -> None:
    where = wire.ask("POST", f"/v2/{NAME}/blobs/uploads/", b"").header("location")
    for method in ("PATCH", "PUT"):
        path = where if method == "PATCH" else f"{where}?digest={DIGEST}"
        answer = wire.ask(method, path, b"x", {"Content-Range": text})
        assert_sane(answer)
        assert answer.status in (400, 416)
    assert wire.ask("GET", where).status == 204


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b"\x00" * 1000,
        b'{"schemaVersion":2,"annotations":{"a":"\\ud800"}}',
        b'{"schemaVersion":2,"config":' + b"[" * 100_000,
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b'{"schemaVersion":' + b"9" * 100_000 + b"}",
        b'{"schemaVersion":2,"schemaVersion":1}',
        encode(image(b"x", config={"mediaType": "a\0b", "digest": DIGEST, "size": 1})),
        encode(image(artifactType="a\0b")),
        encode(image() | {"config": {"mediaType": "x", "digest": DIGEST, "size": 10**30}}),
        encode(image() | {"layers": [{"mediaType": "x", "digest": "../../../etc/passwd", "size": 1}]}),
        encode(index() | {"manifests": [descriptor(b"x", MANIFEST, platform={"a": [[[]]]})]}),
    ],
)
def test_a_malformed_manifest_is_refused(wire: Exchange, body: bytes) -> None:
    push_config(wire)
    for content_type in (MANIFEST, INDEX, "", "text/plain", "application/json; charset=\xff", "x" * 5000):
        answer = wire.ask("PUT", f"/v2/{NAME}/manifests/bad", body, {"Content-Type": content_type})
        assert_sane(answer)
        assert answer.status in (400, 404)
    assert wire.ask("GET", f"/v2/{NAME}/manifests/bad").status == 404


def test_a_manifest_full_of_odd_text_is_kept_and_listed_byte_for_byte(wire: Exchange, server: Server) -> None:
    push_config(wire)
    odd = "\0\x01\x7f\u2028\ufffe\U0010ffff<script>'\"\\"
    body = encode(image(annotations={odd: odd, "": "", "k" * 10_000: "v" * 100_000}))
    put(wire, "odd", body)
    child = encode(image(subject=descriptor(body, MANIFEST), annotations={odd: odd}))
    put(wire, "child", child)
    platform = {odd: odd, "os.features": [odd], "n": 10**30}
    put(wire, "list", encode(index() | {"manifests": [descriptor(child, MANIFEST, platform=platform)]}))
    referrers = json.loads(wire.ask("GET", f"/v2/{NAME}/referrers/{descriptor(body, '')['digest']}").body)
    listed = server.api.http.get("/projects/library/repositories/hostile/artifacts")

    assert wire.ask("GET", f"/v2/{NAME}/manifests/odd").body == body
    assert [one["annotations"] for one in referrers["manifests"]] == [{odd: odd}]
    assert listed.status_code == 200


def test_a_hundred_and_one_tags_are_too_many_and_none_is_set(wire: Exchange) -> None:
    push_config(wire)
    body = encode(image(annotations={"many": "tags"}))
    query = "&".join(f"tag=many{number}" for number in range(101))
    digest = descriptor(body, "")["digest"]
    answer = wire.ask("PUT", f"/v2/{NAME}/manifests/{digest}?{query}", body, {"Content-Type": MANIFEST})

    assert (answer.status, answer.code) == (414, "TAG_INVALID")
    assert wire.ask("GET", f"/v2/{NAME}/manifests/many0").status == 404


@pytest.mark.parametrize(
    "value",
    [
        "Basic",
        "Basic ",
        "Basic %%%",
        "Basic " + "=" * 100,
        "Basic bm9jb2xvbg==",
        "Basic /////w==",
        "Basic Og==",
        basic("admin", "wrong"),
        basic("a\0b", "c\0d"),
        basic("admin\0", "x"),
        basic("ü" * 3000, "ß" * 3000),
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer " + "A" * 20_000,
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
        "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA",
        "Bearer \xff\xfe",
        "Digest username=x",
        "bearer\tx",
        "\xff",
        ",",
        "Basic a, Bearer b",
    ],
)
def test_a_malformed_authorization_is_challenged(wire: Exchange, value: str) -> None:
    for path in ("/v2/", f"/v2/{NAME}/tags/list", "/v2/_catalog"):
        answer = wire.ask("GET", path, headers={"Authorization": value})
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
        assert answer.header("www-authenticate").startswith("Bearer realm=")
    for method in ("GET", "POST"):
        answer = wire.ask(method, "/service/token?service=harbor-registry", b"", {"Authorization": value})
        assert answer.status in (400, 401)
        assert answer.code


@pytest.mark.parametrize(
    "form",
    [
        "",
        "grant_type=password",
        "grant_type=password&username=admin&password=%00",
        "grant_type=password&username=%00&password=x",
        "grant_type=password&username=%ff&password=x",
        "grant_type=refresh_token&refresh_token=%ed%a0%80",
        "grant_type=refresh_token&refresh_token=" + "x" * 10_000,
        "grant_type=magic",
        "service=other",
        "scope=" + "repository:library/x:pull " * 300,
        "&".join("scope=a:b:c" for _ in range(400)),
        "x" * 200_000,
        "=" * 5000,
        "&" * 5000,
        "grant_type=password&username=admin&password=x&client_id=%00",
    ],
)
def test_a_malformed_token_request_is_refused(wire: Exchange, form: str) -> None:
    typed = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": ""}
    del typed["Authorization"]
    posted = wire.ask("POST", "/service/token", form.encode(), typed)
    assert posted.status in (400, 401, 413)
    assert posted.code
    asked = wire.ask("GET", f"/service/token?{form[:30_000]}".replace(" ", "+"))
    assert asked.status < 500


@pytest.mark.parametrize(
    "scope",
    [
        "::",
        "repository::pull",
        "repository:../..:pull",
        "repository:a/%00:pull",
        "registry:catalog:",
        ":",
        "x",
    ],
)
def test_a_malformed_scope_grants_nothing(wire: Exchange, scope: str) -> None:
    answer = wire.ask(
        "GET", f"/service/token?service=harbor-registry&scope={scope}", headers={"Authorization": ""}
    )

    assert answer.status in (200, 400, 401)


def push_config(wire: Exchange) -> None:
    """Push the config that every image of these tests has."""
    digest = descriptor(CONFIG, "")["digest"]
    assert wire.ask("POST", f"/v2/{NAME}/blobs/uploads/?digest={digest}", CONFIG).status == 201


def put(wire: Exchange, tag: str, body: bytes) -> str:
    """Push a manifest; returns its digest."""
    answer = wire.ask("PUT", f"/v2/{NAME}/manifests/{tag}", body)
    assert answer.status == 201, answer
    return answer.header("docker-content-digest")
