"""Requests made up by hypothesis: whatever the words, never a 5xx, always the envelope."""

from collections.abc import Callable
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hostile.words import DIGEST, DIGESTS, NAMES, TAGS, assert_sane
from kit.exchange import Exchange, basic, head_of

Test = Callable[..., None]
_words = st.sampled_from(
    [
        *(
            "v2",
            "blobs",
            "uploads",
            "manifests",
            "tags",
            "list",
            "referrers",
            "_catalog",
            "library",
            "fuzz",
            "",
        ),
        *(DIGEST, "sha256:", "service", "token", "api", "v2.0", "projects", "..", "."),
        *DIGESTS,
        *NAMES,
        *TAGS,
    ]
)
_pieces = st.one_of(_words.map(str.encode), st.binary(max_size=12))
_paths = st.lists(_pieces.map(quote_from_bytes), max_size=8).map(lambda pieces: "/v2/" + "/".join(pieces))
_keys = st.sampled_from(
    ["n", "last", "digest", "digest-algorithm", "mount", "from", "tag", "artifactType", "x", ""]
)
_values = st.one_of(
    st.binary(max_size=20).map(quote_from_bytes),
    st.integers().map(str),
    st.sampled_from([*map(str, DIGESTS), DIGEST, "sha512", "library/x"]).map(
        lambda text: quote_from_bytes(text.encode())
    ),
    st.text("%&=+;#abc09", max_size=10).map(lambda text: text.replace("#", "")),
)
_queries = st.lists(st.tuples(_keys, _values), max_size=5).map(
    lambda pairs: "&".join(f"{key}={value}" for key, value in pairs)
)
_names = st.sampled_from(
    [
        *(
            "Range",
            "If-Range",
            "If-None-Match",
            "Content-Range",
            "Content-Type",
            "Accept",
            "Cookie",
            "Expect",
        ),
        *(
            "User-Agent",
            "X-Request-ID",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "Forwarded",
            "Host",
            "Origin",
        ),
    ]
)
_printable = st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f")
_texts = st.one_of(
    st.text(_printable, max_size=30),
    st.from_regex(r"bytes=[0-9]{0,3}-[0-9]{0,3}(,[0-9]{0,3}-[0-9]{0,25})?", fullmatch=True),
    st.from_regex(r"[0-9]{0,3}-[0-9]{0,25}", fullmatch=True),
    st.sampled_from(
        ["application/vnd.oci.image.manifest.v1+json", "*/*", DIGEST, f'"{DIGEST}"', basic("a", "b")]
    ),
)
_headers = st.lists(st.tuples(_names, _texts), max_size=4)
_methods = st.sampled_from(["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE"])


def sized(examples: int) -> Callable[[Test], Test]:
    """Run a property so many times."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=examples, deadline=None, suppress_health_check=checks)


def _request(method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    lines = [f"{name}: {value.strip()}" for name, value in headers if name not in ("Expect", "Host")]
    target = f"{path}?{query}" if query else path
    return head_of(method, target, *lines, f"Content-Length: {len(body)}", "Connection: close") + body


def _fuzz(
    wire: Exchange, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    assert_sane(wire.send(_request(method, path, query, headers, body)), method)


@sized(150)
@given(_methods, _paths, _queries, _headers, st.binary(max_size=50))
def test_any_request_is_answered_sanely(
    wire: Exchange, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    _fuzz(wire, method, path, query, headers, body)


@pytest.mark.full
@pytest.mark.timeout(900)
@sized(10_000)
@given(_methods, _paths, _queries, _headers, st.binary(max_size=50))
def test_very_many_requests_are_answered_sanely(
    wire: Exchange, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    _fuzz(wire, method, path, query, headers, body)


@sized(150)
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    b"GET ",
                    b"PUT ",
                    b"PATCH ",
                    b"/v2/",
                    b"library/x/blobs/uploads/",
                    b" HTTP/1.1",
                    b"\r\n",
                    b"\n",
                ),
                *(
                    b"Host: x",
                    b"Content-Length: 5",
                    b"Transfer-Encoding: chunked",
                    b"5\r\nabcde\r\n",
                    b"0\r\n\r\n",
                ),
                *(
                    b"Expect: 100-continue",
                    b": ",
                    b"\0",
                    b"\xff",
                    b"Connection: close",
                    b"Upgrade: h2c",
                    b"\r\n\r\n",
                ),
            ]
        )
        | st.binary(max_size=8),
        max_size=20,
    ).map(b"".join)
)
def test_any_bytes_leave_the_server_standing(wire: Exchange, request_bytes: bytes) -> None:
    with wire.open() as sock:
        sock.sendall(request_bytes)
    assert wire.ask("GET", "/v2/").status == 200
