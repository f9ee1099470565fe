"""One request as the handlers see it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.edge.oci.manifests import is_acceptable
from havre.edge.oci.request import Request
from havre.edge.wire.asgi import Message
from havre.kernel.actor import anonymous
from havre.kernel.errors import Invalid
from havre.registry.errors import BodyCutShort, ManifestTooLarge
from havre.registry.formats.media_types import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST


def request_of(
    query: bytes = b"",
    headers: list[tuple[bytes, bytes]] | None = None,
    messages: list[Message] | None = None,
) -> Request:
    """Make a request whose body comes in `messages`."""
    waiting = iter(messages or [])

    async def receive() -> Message:
        return next(waiting)

    scope = {"type": "http", "method": "PUT", "query_string": query, "headers": headers or []}
    return Request(scope, receive, anonymous())


def piece(body: bytes, *, more: bool = False) -> Message:
    """Make one message of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize(
    "query", [b"a=%00", b"a=%ff", b"a=%ed%a0%80", b"a=\xff", b"a=" + b"x" * 20_000, b"&".join([b"a=1"] * 257)]
)
def test_a_query_that_cannot_be_read_is_refused(query: bytes) -> None:
    with pytest.raises(Invalid):
        request_of(query).query("a")


def test_a_query_is_read_by_name_with_its_repeats_and_blanks() -> None:
    request = request_of(b"tag=a&tag=b&last=&digest=sha256%3Ax")

    assert list(request.query_all("tag")) == ["a", "b"]
    assert (request.query("last"), request.query("digest"), request.query("n")) == ("", "sha256:x", None)


@given(st.binary(max_size=50))
def test_only_invalid_ever_leaves_for_any_query(query: bytes) -> None:
    try:
        value = request_of(query).query("a")
    except Invalid:
        return

    assert value is None or "\0" not in value or b"\0" in query


@pytest.mark.parametrize("coding", [b"gzip", b"chunked, gzip", b"identity", b"\x0bchunked"])
def test_a_transfer_coding_that_nobody_can_end_is_refused(coding: bytes) -> None:
    with pytest.raises(Invalid):
        request_of(headers=[(b"transfer-encoding", coding)]).body_drain()


@pytest.mark.parametrize(
    ("length", "expected"), [(b"5", 5), (b"", None), (b"-1", None), ("²".encode("latin-1"), None)]
)
def test_a_content_length_is_a_plain_number_or_none(length: bytes, expected: int | None) -> None:
    assert request_of(headers=[(b"content-length", length)]).content_length == expected


async def test_a_body_is_read_up_to_its_limit_and_no_further() -> None:
    whole = request_of(messages=[piece(b"ab", more=True), piece(b"c")])
    over = request_of(messages=[piece(b"ab", more=True), piece(b"cd", more=True)])
    announced = request_of(headers=[(b"content-length", b"4")])

    assert await whole.body(3, ManifestTooLarge(3)) == b"abc"
    for request in (over, announced):
        with pytest.raises(ManifestTooLarge):
            await request.body(3, ManifestTooLarge(3))


async def test_a_body_that_breaks_off_is_no_body() -> None:
    request = request_of(messages=[piece(b"ab", more=True), {"type": "http.disconnect"}])

    with pytest.raises(BodyCutShort):
        await request.body(3, ManifestTooLarge(3))


@pytest.mark.parametrize(
    ("accept", "media_type", "expected"),
    [
        ("", OCI_INDEX, True),
        ("*/*", OCI_INDEX, True),
        ("application/json", OCI_INDEX, True),
        (OCI_MANIFEST, OCI_MANIFEST, True),
        (OCI_MANIFEST, OCI_INDEX, False),
        (f"{OCI_MANIFEST}, */*;q=0.1", OCI_INDEX, True),
        (f"{DOCKER_MANIFEST},{DOCKER_LIST}", DOCKER_LIST, True),
        (f"{DOCKER_MANIFEST.upper()} ; q=1", DOCKER_MANIFEST, True),
    ],
)
def test_a_tag_is_answered_in_a_form_that_the_client_lists(
    accept: str, media_type: str, expected: bool
) -> None:
    assert is_acceptable(accept, media_type) is expected
